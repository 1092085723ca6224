"""Plain ways to paste a product into a room, given its exact mask and the box it fills.

No one of them knows perspective, light or shadow; the cut-out is stretched to the box.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np

from roomstage.errors import RoomstageError
from roomstage.image import F32, U8, Box

PASTE = "naive paste"
REINHARD = "Reinhard LAB"
NORMAL = "cv2.seamlessClone normal"
MIXED = "cv2.seamlessClone mixed"
_SURROUNDINGS = 0.25  # of the box's longer side, from which Reinhard's transfer takes its colours
_MARGIN = 40  # pixels added round the room: seamlessClone accepts no mask at its border


@dataclass(frozen=True, eq=False, slots=True)
class Fitted:
    """A product stretched to its box, in the room's frame."""

    room: U8  # [H, W, 3]
    product: U8  # [H, W, 3] black outside the box
    alpha: F32  # [H, W] 0..1
    box: Box


def baselines() -> dict[str, Callable[[Fitted], U8]]:
    """Each way by name; takes a fitted product and gives the picture [H, W, 3]."""
    return {
        PASTE: paste,
        REINHARD: reinhard,
        NORMAL: partial(seamless_clone, how=cv2.NORMAL_CLONE),
        MIXED: partial(seamless_clone, how=cv2.MIXED_CLONE),
    }


def fitted(room: U8, product: U8, cover: U8, box: Box) -> Fitted:
    """Crop a product [h, w, 3] to its cover [h, w] and stretch it to a box of the room."""
    inner = Box.around(cover > 127)
    if inner is None:
        raise RoomstageError("a product's mask is empty: mark the product white")
    way = cv2.INTER_AREA if box.width < inner.width else cv2.INTER_CUBIC
    pasted, alpha = np.zeros_like(room), np.zeros(room.shape[:2], np.float32)
    size = box.width, box.height
    pasted[box.slices] = cv2.resize(product[inner.slices], size, interpolation=way)
    shape = np.asarray(cv2.resize(cover[inner.slices], size, interpolation=way), np.float32)
    alpha[box.slices] = shape / 255
    return Fitted(room, pasted, alpha, box)


def paste(fit: Fitted) -> U8:
    """Alpha blending, in sRGB."""
    return _over(fit.room, fit.product, fit.alpha)


def reinhard(fit: Fitted) -> U8:
    """Mean and deviation of the surroundings in CIELAB given to the product, then a paste."""
    height, width = fit.alpha.shape
    margin = int(_SURROUNDINGS * max(fit.box.width, fit.box.height))
    around = np.zeros(fit.alpha.shape, bool)
    around[fit.box.grown(margin, (width, height)).slices] = True
    around &= fit.alpha < 0.01
    if not around.any():
        return paste(fit)
    lab, wanted = _lab(fit.product), _lab(fit.room)[around]
    own = lab[fit.alpha > 0.5]
    gain = (wanted.std(axis=0) + 1e-3) / (own.std(axis=0) + 1e-3)
    moved = ((lab - own.mean(axis=0)) * gain + wanted.mean(axis=0)).astype(np.float32)
    moved[..., 0] = moved[..., 0].clip(0, 100)
    rgb = np.asarray(cv2.cvtColor(moved, cv2.COLOR_LAB2RGB)).clip(0, 1) * 255
    return _over(fit.room, rgb, fit.alpha)


def seamless_clone(fit: Fitted, how: int) -> U8:
    """Poisson blending, with the product photo's white round the product.

    Raises:
        RoomstageError: OpenCV can't blend this mask.
    """
    source = np.full_like(fit.room, 255)
    source[fit.box.slices] = fit.product[fit.box.slices]
    shape = cv2.dilate((fit.alpha > 0.5).astype(np.uint8), np.ones((3, 3), np.uint8)) * 255
    room = _bordered(fit.room, cv2.BORDER_REPLICATE, 0)
    source = _bordered(source, cv2.BORDER_CONSTANT, 255)
    shape = _bordered(np.asarray(shape, np.uint8), cv2.BORDER_CONSTANT, 0)
    left, top, width, height = cv2.boundingRect(shape)
    middle = (2 * left + width) // 2, (2 * top + height) // 2
    try:
        blended = cv2.seamlessClone(source, room, shape, middle, how)
    except cv2.error as error:
        raise RoomstageError("cv2.seamlessClone fails on this product: check its mask") from error
    inner = slice(_MARGIN, -_MARGIN)
    return np.asarray(blended, np.uint8)[inner, inner]


def _bordered(picture: U8, way: int, level: int) -> U8:
    m, value = _MARGIN, (level, level, level)
    return np.asarray(cv2.copyMakeBorder(picture, m, m, m, m, way, value=value), np.uint8)


def _lab(rgb: U8) -> F32:
    scaled = rgb.astype(np.float32) / 255
    return np.asarray(cv2.cvtColor(scaled, cv2.COLOR_RGB2LAB), np.float32)


def _over(room: U8, product: U8 | F32, alpha: F32) -> U8:
    share = alpha[..., None]
    return (room * (1 - share) + product * share + 0.5).clip(0, 255).astype(np.uint8)
