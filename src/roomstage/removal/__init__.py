"""Takes a piece and its shadow out of a room photo and puts wall and floor in its place."""

from __future__ import annotations

from dataclasses import dataclass

import cv2

from roomstage.removal.cleared import cleared
from roomstage.removal.fill import fill
from roomstage.removal.occupant import SURE, Occupant, find_occupant, is_box
from roomstage.removal.rim import with_rim
from roomstage.image import Image, Mask
from roomstage.scene import Scene

__all__ = ["SURE", "Erased", "Occupant", "erase", "find_occupant", "to_erase"]


@dataclass(frozen=True, eq=False, slots=True)
class Erased:
    """A room without what stood in it."""

    image: Image
    scene: Scene  # as if the cleaned photo had been analysed
    hole: Mask  # 255 where the piece was
    changed: Mask  # 255 where a pixel was written, the shadow included


def erase(image: Image, scene: Scene, hole: Mask, *, seed: int) -> Erased:
    """Take out what `hole` marks (it must mark something), and its shadow.

    Every pixel outside `changed` keeps its bytes. Same input and seed: same bytes.
    """
    filled = fill(image, scene, hole, seed)
    return Erased(filled.image, cleared(scene, filled), hole, filled.changed)


def to_erase(image: Image, scene: Scene, mask: Mask) -> tuple[Mask, Occupant]:
    """What is meant by a mask over something that is to go, and the piece that was found in it.

    A box around one clear piece means the piece: the room seen around it in the box stays. Any
    other mask is taken as it is, with the rim that it left standing.
    """
    found = find_occupant(image, scene, mask)
    if found.mask is None:
        return with_rim(image, mask), found
    if is_box(mask):
        return found.mask, found
    return Mask(cv2.max(with_rim(image, mask).values, found.mask.values)), found
