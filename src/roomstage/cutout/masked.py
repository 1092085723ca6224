"""A product marked by a mask."""

from __future__ import annotations

import cv2
import numpy as np
from cv2.typing import MatLike

from roomstage.cutout import foreground, matte
from roomstage.cutout.continuation import continued, continued_colours
from roomstage.cutout.frame import cropped, frame
from roomstage.cutout.reduce import reduce_grey, reduce_rgb
from roomstage.errors import InvalidMask
from roomstage.image import F32, U8, Box, Cutout

_BAND = 2.5  # pixels at the size worked on that a drawn outline may be off, each way
_PLAIN = 4.0  # levels that a plain ground departs from its smooth continuation


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
    # A refined edge may end a little outside of the drawn one, counted in pixels worked on.
    reduction = 1 if max_side is None else max(1, max(box.width, box.height) / max_side)
    box = box.grown(int(np.ceil(3 * reduction)), photo)
    chosen = frame(box, photo, max_side, margin=max(8, max(photo) // 64))
    window = chosen.window.slices
    small = reduce_rgb(np.ascontiguousarray(rgb[window]), chosen.size)
    drawn = reduce_grey(np.ascontiguousarray(mask[window]), chosen.size)
    alpha = drawn.astype(np.float32) / np.float32(255)
    if not is_soft(mask[window]):
        alpha = _refined(small, alpha)
    behind = continued_colours(small, alpha < 0.01)
    colours = foreground.estimate(small, alpha, behind, known=False)
    return cropped(chosen, colours, np.rint(alpha * 255).astype(np.uint8), "mask")


def is_soft(mask: U8) -> bool:
    """Whether a mask [H, W] has anti-aliased edges, so that it is an alpha already."""
    between = cv2.countNonZero(cv2.inRange(mask, 13, 242))  # type: ignore[call-overload]
    marked = cv2.inRange(mask, 128, 255)  # type: ignore[call-overload]
    edge = cv2.absdiff(cv2.dilate(marked, np.ones((3, 3), np.uint8)), marked)
    return between > 0.3 * cv2.countNonZero(edge)


def _refined(rgb: U8, drawn: F32) -> F32:
    """The edge of a hard mask, solved from the picture within a few pixels of it."""
    marked = (drawn > 0.5).view(np.uint8)
    inside = cv2.distanceTransform(marked, cv2.DIST_L2, 3) > _BAND
    away = cv2.distanceTransform(1 - marked, cv2.DIST_L2, 3)
    outside = away > _BAND
    ground = continued(rgb, outside)
    departure = _departure(rgb, away)
    if departure < _PLAIN:
        return matte.estimate(rgb, ground, drawn, inside, outside, departure / 3)
    from roomstage.cutout import closed_form  # scipy's solvers take a third of a second to load

    known = np.where(inside, np.float32(1), np.where(outside, np.float32(0), drawn))
    return closed_form.solve(rgb.astype(np.float32) / 255, known, ~(inside | outside))


def _departure(rgb: U8, away: MatLike) -> float:
    """How far the ground next to the product departs from its smooth continuation, levels."""
    near = (away > _BAND) & (away <= _BAND + 6)
    beyond = away > _BAND + 6
    if not near.any() or not beyond.any():
        return np.inf
    guess = continued(rgb, beyond)
    error = np.abs(guess[near] - rgb[near]).max(axis=1)
    return float(np.median(error))
