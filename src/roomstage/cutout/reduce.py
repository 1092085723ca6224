"""Area reduction in linear light, and the conversions that go with it.

Linear light is held in 16 bits while it is averaged: the darkest 8-bit step is 20 of its levels.
"""

from __future__ import annotations

import cv2
import numpy as np

from roomstage.colour import linear_to_srgb, srgb_to_linear
from roomstage.image import F32, U8

_FINE = 8  # entries of the table for fractional levels, per level
_LINEAR = srgb_to_linear(np.arange(255 * _FINE + 1, dtype=np.float32) / (255 * _FINE))
_LINEAR_16 = np.rint(_LINEAR[::_FINE] * 65535).astype(np.uint16)
_SRGB_16 = np.rint(
    linear_to_srgb(np.arange(65536, dtype=np.float32) / np.float32(65535)) * 255
).astype(np.uint8)
_STRIP = 4_000_000  # pixels whose linear light is held at once


def levels_to_linear(levels: F32) -> F32:
    """sRGB levels 0..255 with fractions as linear light 0..1, off a table in steps of 1/8."""
    index = np.rint(levels * _FINE).astype(np.int32)
    return _LINEAR[np.clip(index, 0, 255 * _FINE)]


def reduce_rgb(rgb: U8, size: tuple[int, int]) -> U8:
    """The picture [H, W, 3] at a smaller `size` (width, height), area-averaged in linear light."""
    height, width = rgb.shape[:2]
    if size == (width, height):
        return rgb
    if width * height > _STRIP and min(width // size[0], height // size[1]) >= 4:
        # A halving in sRGB beforehand costs less than a level and saves three quarters.
        half = cv2.resize(rgb, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
        return reduce_rgb(np.asarray(half, np.uint8), size)
    light = cv2.resize(cv2.LUT(rgb, _LINEAR_16), size, interpolation=cv2.INTER_AREA)
    return _SRGB_16[np.asarray(light, np.uint16)]


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
    light = np.asarray(cv2.LUT(rgb, _LINEAR[::_FINE]), np.float32) * weight[..., None]
    small = np.asarray(cv2.resize(weight, size, interpolation=cv2.INTER_AREA), np.float32)
    premultiplied = cv2.resize(light, size, interpolation=cv2.INTER_AREA)
    colours = np.asarray(premultiplied, np.float32) / np.maximum(small, 1e-4)[..., None]
    codes = np.rint(np.clip(colours, 0, 1) * 65535).astype(np.uint16)
    return _SRGB_16[codes], np.rint(small * 255).astype(np.uint8)


def linear_to_levels(light: F32) -> U8:
    """Linear light as 8-bit sRGB, clipped."""
    return _SRGB_16[np.rint(np.clip(light, 0, 1) * 65535).astype(np.uint16)]
