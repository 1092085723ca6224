"""Area reduction in linear light, and the conversions that go with it."""

from __future__ import annotations

import cv2
import numpy as np

from roomstage.colour import encode, srgb_to_linear
from roomstage.image import F32, U8

_TABLE = srgb_to_linear(np.arange(256, dtype=np.float32) / 255)
_STRIP_PIXELS = 4_000_000  # linear light is held for this many pixels at a time


def linear(rgb: U8) -> F32:
    """8-bit sRGB [H, W, 3] as linear light 0..1; a table look-up."""
    return np.asarray(cv2.LUT(rgb, _TABLE), np.float32)


def reduced_size(size: tuple[int, int], scale: float) -> tuple[int, int]:
    """(width, height) of a picture of `size` after reduction by `scale`, at least 1 x 1."""
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def reduce_rgb(rgb: U8, size: tuple[int, int]) -> U8:
    """The picture [H, W, 3] at a smaller `size` (width, height), area-averaged in linear light."""
    height, width = rgb.shape[:2]
    if size == (width, height):
        return rgb
    factor = height // size[1]
    if width * height > _STRIP_PIXELS and factor >= 4:
        # Halving first in sRGB costs less than a level and a quarter of the memory.
        half = cv2.resize(rgb, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
        return reduce_rgb(np.asarray(half, np.uint8), size)
    small = cv2.resize(linear(rgb), size, interpolation=cv2.INTER_AREA)
    return encode(np.asarray(small, np.float32))


def reduce_grey(values: U8, size: tuple[int, int]) -> U8:
    """A mask or alpha [H, W] at a smaller `size` (width, height), area-averaged."""
    if size == (values.shape[1], values.shape[0]):
        return values
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.uint8)


def reduce_rgba(rgb: U8, alpha: U8, size: tuple[int, int]) -> tuple[U8, U8]:
    """Colours and alpha reduced together: colours weigh by alpha, so none bleed in from outside."""
    if size == (alpha.shape[1], alpha.shape[0]):
        return rgb, alpha
    weight = alpha.astype(np.float32) / 255
    premultiplied = cv2.resize(linear(rgb) * weight[..., None], size, interpolation=cv2.INTER_AREA)
    small = np.asarray(cv2.resize(weight, size, interpolation=cv2.INTER_AREA), np.float32)
    colours = np.asarray(premultiplied, np.float32) / np.maximum(small, 1e-4)[..., None]
    return encode(colours), np.rint(small * 255).astype(np.uint8)


def levels_to_linear(levels: F32) -> F32:
    """sRGB levels 0..255 with fractions as linear light, read off a table in steps of 1/8."""
    index = np.rint(levels * 8).astype(np.int16)
    return _FINE[np.clip(index, 0, 255 * 8)]


_FINE = srgb_to_linear(np.arange(255 * 8 + 1, dtype=np.float32) / (255 * 8))
