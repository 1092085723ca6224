"""The part of a room that a model sees, and the size at which it sees it; pure geometry.

A model has a best number of pixels and wants sides that its latent patches divide. A mask of 300
pixels in a photo of 12 MP would be five patches wide if the whole photo were given.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from roomstage.image import U8, Box

_CONTEXT = 0.35  # of the region's longer side, seen beyond it on every side
_LEAST_CONTEXT = 32  # pixels
_LONGEST = 2.0  # sides' ratio; models are trained on little beyond it
_MOST_ENLARGED = 2.0  # more pixels than that say nothing new: rather more of the room is shown


@dataclass(frozen=True, slots=True)
class Crop:
    """What a model sees.

    Attributes:
        box: in room pixels.
        size: (width, height) at which the model works; multiples of its patch.
    """

    box: Box
    size: tuple[int, int]

    @property
    def scale(self) -> float:
        """Model pixels per room pixel."""
        return math.sqrt(self.size[0] * self.size[1] / (self.box.width * self.box.height))

    def seen(self, whole: U8) -> U8:
        """The crop of an array [H, W] or [H, W, 3] at the model's size."""
        return resized(np.ascontiguousarray(whole[self.box.slices]), self.size)

    def back(self, painted: U8) -> U8:
        """What the model made of it, at the room's own resolution."""
        return resized(painted, (self.box.width, self.box.height))


def plan(
    region: Box,
    room: tuple[int, int],
    *,
    pixels: int,
    multiple: int = 16,
    context: float = _CONTEXT,
) -> Crop:
    """The crop around `region`.

    Args:
        region: what is to be painted, in room pixels.
        room: the room's (width, height).
        pixels: how many the model works best with.
        multiple: both sides at the model's size are multiples of it.
        context: share of the region's longer side that is seen beyond it.
    """
    margin = max(_LEAST_CONTEXT, context * max(region.width, region.height))
    width, height = region.width + 2 * margin, region.height + 2 * margin
    enough = math.sqrt(pixels / _MOST_ENLARGED**2 / (width * height))
    if enough > 1:
        width, height = width * enough, height * enough
    width = max(width, height / _LONGEST)
    height = max(height, width / _LONGEST)
    x = _side((region.x0 + region.x1) / 2, width, room[0])
    y = _side((region.y0 + region.y1) / 2, height, room[1])
    box = Box(x[0], y[0], x[1], y[1])
    return Crop(box, _working_size(box, pixels, multiple))


def resized(array: U8, size: tuple[int, int]) -> U8:
    """An array [H, W] or [H, W, 3] at `size` (w, h): averaged when smaller, cubic when larger."""
    if (array.shape[1], array.shape[0]) == size:
        return array
    smaller = size[0] * size[1] < array.shape[0] * array.shape[1]
    way = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(array, size, interpolation=way), array.dtype)


def _side(middle: float, length: float, limit: int) -> tuple[int, int]:
    """A stretch of `length` around `middle`, moved rather than cut at the picture's edge."""
    whole = min(math.ceil(length), limit)
    start = min(max(0, round(middle - whole / 2)), limit - whole)
    return start, start + whole


def _working_size(box: Box, pixels: int, multiple: int) -> tuple[int, int]:
    """Sides of the box's shape with no more than `pixels`, where its shape allows."""
    scale = math.sqrt(pixels / (box.width * box.height))

    def side(length: int) -> int:
        return max(multiple, int(length * scale / multiple + 0.5) * multiple)

    width, height = side(box.width), side(box.height)
    while width * height > pixels and max(width, height) > multiple:
        if width / box.width > height / box.height and width > multiple:
            width -= multiple
        elif height > multiple:
            height -= multiple
        else:
            width -= multiple
    return width, height
