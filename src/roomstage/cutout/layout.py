"""A cut-out laid back where its photo had it, on transparency: what a page shows and corrects."""

from __future__ import annotations

import cv2
import numpy as np

from roomstage.image import U8, Box, Cutout, Image


def laid_out(cutout: Cutout, photo: tuple[int, int], longest: int) -> tuple[Image, Box]:
    """The cut-out on a transparent picture of the photo's shape, and its box there.

    Args:
        cutout: the product.
        photo: (width, height) of the photo that it comes from.
        longest: pixels of the picture's longer side at most.
    """
    scale = min(1.0, longest / max(photo))
    width, height = (max(1, round(side * scale)) for side in photo)
    box = cutout.box
    left, top = min(width - 1, round(box.x0 * scale)), min(height - 1, round(box.y0 * scale))
    right = max(left + 1, min(width, round(box.x1 * scale)))
    bottom = max(top + 1, min(height, round(box.y1 * scale)))
    there = Box(left, top, right, bottom)
    size = there.width, there.height
    rgb, alpha = np.zeros((height, width, 3), np.uint8), np.zeros((height, width), np.uint8)
    rgb[there.slices] = _resized(cutout.rgb, size)
    alpha[there.slices] = _resized(cutout.alpha, size)
    return Image(rgb, alpha), there


def _resized(values: U8, size: tuple[int, int]) -> U8:
    if (values.shape[1], values.shape[0]) == size:
        return values
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.uint8)
