"""A product marked by a mask."""

from __future__ import annotations

import cv2
import numpy as np

from roomstage.cutout import foreground, matte
from roomstage.cutout.background import detail_of
from roomstage.cutout.continuation import continued
from roomstage.cutout.frame import cropped, frame
from roomstage.cutout.reduce import reduce_grey, reduce_rgb
from roomstage.errors import InvalidMask
from roomstage.image import F32, U8, Box, Cutout

_BAND = 3  # pixels at the size worked on that a drawn outline may be off, each way


def from_mask(rgb: U8, mask: U8, max_side: int | None) -> Cutout:
    """The cut-out of what `mask` [H, W] marks in a photo [H, W, 3].

    Raises:
        InvalidMask: the mask marks nothing.
    """
    box = Box.around(mask > 2)
    if box is None:
        raise InvalidMask(
            "overlay_image_mask is empty: paint white where the product is",
            field="overlay_image_mask",
        )
    photo = rgb.shape[1], rgb.shape[0]
    chosen = frame(box, photo, max_side, margin=max(8, max(photo) // 64))
    window = chosen.window.slices
    small = reduce_rgb(np.ascontiguousarray(rgb[window]), chosen.size)
    drawn = reduce_grey(np.ascontiguousarray(mask[window]), chosen.size)
    alpha = drawn.astype(np.float32) / 255
    if not is_soft(mask[window]):
        alpha = _refined(small, alpha)
    behind = continued(small, alpha < 0.01)
    colours = foreground.estimate(small, alpha, behind, known=False)
    return cropped(chosen, colours, alpha, "mask")


def is_soft(mask: U8) -> bool:
    """Whether a mask [H, W] has anti-aliased edges, so that it is an alpha already."""
    between = (mask > 12) & (mask < 243)
    marked = (mask > 127).astype(np.uint8)
    edge = cv2.dilate(marked, np.ones((3, 3), np.uint8)) != marked
    return int(between.sum()) > 0.3 * int(edge.sum())


def _refined(rgb: U8, drawn: F32) -> F32:
    """The edge of a hard mask, solved from the picture within a few pixels of it."""
    marked = (drawn > 0.5).astype(np.uint8)
    ball = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _BAND + 1, 2 * _BAND + 1))
    inside = cv2.erode(marked, ball, borderValue=1).astype(bool)
    outside = ~cv2.dilate(marked, ball).astype(bool)
    ground = continued(rgb, outside)
    noise = float(np.median(detail_of(rgb.astype(np.float32))[outside])) if outside.any() else 4.0
    return matte.estimate(rgb, ground, drawn, inside, outside, noise)
