"""Where a model may paint: the product's surroundings, or its place, and later its shadow's."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage.engines.base import Draft
from roomstage.image import F32, U8, Box

_RIM = 0.008  # of the product's diagonal: the rim inside its outline that the model may blend
_TIGHT = 0.02  # beyond outline and shadow
_WIDE = 0.12  # room for shadow and reflection
_THIN = 0.04  # the same for what hangs or lies flat: it throws little
_FEATHER = 0.06  # of the product's diagonal
_SHADOWED = 6  # levels; a weaker shadow needs no painting anew


@dataclass(frozen=True, eq=False, slots=True)
class Regions:
    """Masks [H, W] of the room's size, 255 = may be painted.

    Attributes:
        tight: outline and shadow; the first part of the schedule finds the form in it.
        wide: with room for shadow and light; the second part.
        edited: `wide` and the product: what may look different afterwards.
        front: True where something stands before all that; None where nothing does.
        feather: pixels over which the painted part fades into the room.
    """

    tight: U8
    wide: U8
    edited: U8
    front: NDArray[np.bool_] | None
    feather: float

    @property
    def box(self) -> Box | None:
        """Around all that may be painted, its feather included."""
        box = Box.around(self.edited > 0) if (self.wide > 0).any() else None
        size = self.wide.shape[1], self.wide.shape[0]
        return None if box is None else box.grown(int(np.ceil(self.feather)), size)


def regions(draft: Draft, *, faithful: bool) -> Regions:
    """The regions of a draft.

    Faithful leaves out the inside of the product, all but a rim; generative takes it in. What
    stands before the product is left out of both.
    """
    outline = np.asarray(draft.coverage > 127, np.uint8) * 255
    diagonal = _diagonal(outline)
    surface = draft.placement.surface
    reach = _WIDE if surface in ("floor", "table") else _THIN
    drawn = np.asarray(cv2.bitwise_or(outline, _shadow(draft)), np.uint8)
    tight = _grown(drawn if faithful else outline, _TIGHT * diagonal)
    wide = cv2.bitwise_or(_grown(drawn, reach * diagonal), tight)
    edited = np.asarray(cv2.bitwise_or(wide, outline), np.uint8)
    if faithful:
        kept = _shrunk(outline, max(1.0, _RIM * diagonal))
        tight, wide = (np.asarray(cv2.subtract(part, kept), np.uint8) for part in (tight, wide))
    front = _in_front(draft)
    if front is not None:
        tight, wide, edited = (np.where(front, 0, part) for part in (tight, wide, edited))
    tight, wide, edited = (np.asarray(part, np.uint8) for part in (tight, wide, edited))
    return Regions(tight, wide, edited, front, _FEATHER * diagonal)


def _diagonal(outline: U8) -> float:
    box = Box.around(outline > 0)
    return 16.0 if box is None else max(16.0, float(np.hypot(box.width, box.height)))


def _shadow(draft: Draft) -> U8:
    """Where the compositor drew something that is seen [H, W]."""
    difference = cv2.absdiff(draft.staged.rgb, draft.room.rgb).max(axis=2)
    seen = np.asarray((difference > _SHADOWED) & (draft.changed.values > 0), np.uint8) * 255
    return np.asarray(cv2.morphologyEx(seen, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)), np.uint8)


def _grown(mask: U8, radius: float) -> U8:
    away = cv2.distanceTransform(np.asarray(mask == 0, np.uint8), cv2.DIST_L2, 5)
    if not (mask > 0).any():
        return mask
    return np.asarray(away <= radius, np.uint8) * 255


def _shrunk(mask: U8, radius: float) -> U8:
    inside = cv2.distanceTransform(np.asarray(mask > 0, np.uint8), cv2.DIST_L2, 5)
    return np.asarray(inside > radius, np.uint8) * 255


def _in_front(draft: Draft) -> NDArray[np.bool_] | None:
    height, width = draft.coverage.shape
    hidden: F32 | None = draft.placement.hidden(Box(0, 0, width, height))
    return None if hidden is None else hidden > 0.5
