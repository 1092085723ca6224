"""Takes a piece and its shadow out of a room photo and puts wall and floor in its place."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from roomstage.errors import InvalidMask
from roomstage.image import Image, Mask
from roomstage.removal.cleared import cleared
from roomstage.removal.fill import fill
from roomstage.removal.occupant import find_occupant, is_box
from roomstage.removal.rim import with_rim
from roomstage.scene import Scene

__all__ = ["NOTHING_REMOVED", "Erased", "Removal", "erase", "find_occupant", "to_erase"]

_EVERYTHING = 0.85  # a mask of this share of the picture leaves nothing to fill it from


@dataclass(frozen=True, eq=False, slots=True)
class Removal:
    """What was taken out of a room, if anything was."""

    confidence: float  # 0..1: how sure one whole piece stands in the mask
    hole: Mask | None = None  # 255 where it was; None: nothing was taken out

    def report(self) -> dict[str, object]:
        """JSON-ready: removed, confidence, pixels."""
        pixels = 0 if self.hole is None else int((self.hole.values > 127).sum())
        return {
            "removed": self.hole is not None,
            "confidence": round(self.confidence, 2),
            "pixels": pixels,
        }


NOTHING_REMOVED = Removal(0.0)


@dataclass(frozen=True, eq=False, slots=True)
class Erased:
    """A room without what stood in it."""

    image: Image
    scene: Scene  # as if the cleaned photo had been analysed
    changed: Mask  # 255 where a pixel was written, the shadow included
    warnings: tuple[str, ...] = ()  # what should be looked at


def erase(image: Image, scene: Scene, hole: Mask, *, seed: int) -> Erased:
    """Take out what `hole` marks (it must mark something), and its shadow.

    Every pixel outside `changed` keeps its bytes. Same input and seed: same bytes.
    """
    filled = fill(image, scene, hole, seed)
    return Erased(filled.image, cleared(scene, filled), filled.changed, filled.warnings)


def to_erase(image: Image, scene: Scene, mask: Mask) -> Removal:
    """What is meant by a mask over something that is to go.

    A box around one clear piece means the piece: the room seen around it in the box stays. Any
    other mask is taken as it is, an outline with the rim that it left standing.

    Raises:
        InvalidMask: it leaves next to nothing of the picture to fill it from.
    """
    if float((mask.values > 127).mean()) > _EVERYTHING:
        raise InvalidMask(
            "main_image_mask marks nearly everything: paint white only what is to be taken out",
            field="main_image_mask",
        )
    found = find_occupant(image, scene, mask)
    if found.mask is None:
        return Removal(found.confidence, mask if is_box(mask) else with_rim(image, mask))
    if is_box(mask):
        return Removal(found.confidence, found.mask)
    both = cv2.max(with_rim(image, mask).values, found.mask.values)
    return Removal(found.confidence, Mask(np.asarray(both, np.uint8)))
