"""sRGB and linear light, luminance, and the tables that make the conversions fast."""

from __future__ import annotations

import functools

import cv2
import numpy as np

from roomstage.image import F32, U8

LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)  # Rec. 709 weights, linear RGB
_SHOULDER, _BRIGHTEST = 0.7, 0.985  # linear light that cameras bend from, and that they burn at
_CODES = 4096  # entries of the linear -> sRGB table; the worst error is below half an 8-bit level


def srgb_to_linear(srgb: F32) -> F32:
    """IEC 61966-2-1 decoding of values in 0..1."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4).astype(
        np.float32
    )


def linear_to_srgb(linear: F32) -> F32:
    """IEC 61966-2-1 encoding of values, clipped to 0..1."""
    x = np.clip(linear, 0, 1)
    return np.where(x <= 0.0031308, x * 12.92, 1.055 * x ** (1 / 2.4) - 0.055).astype(np.float32)


@functools.cache
def _decode_table() -> F32:
    return srgb_to_linear(np.arange(256, dtype=np.float32) / 255)


@functools.cache
def _encode_table() -> U8:
    # Indexed by sqrt(linear): the square root spends the codes where the eye and sRGB do.
    root = np.arange(_CODES + 1, dtype=np.float32) / _CODES
    return np.rint(linear_to_srgb(root * root) * 255).astype(np.uint8)


def decode(rgb: U8) -> F32:
    """8-bit sRGB [..., 3] to linear light 0..1 as float32."""
    return np.asarray(cv2.LUT(rgb, _decode_table()), np.float32).reshape(rgb.shape)


def encode(linear: F32) -> U8:
    """Linear light [..., 3] to 8-bit sRGB, clipped."""
    root = cv2.sqrt(np.clip(linear, 0, 1, dtype=np.float32))
    index = np.rint(np.asarray(root) * _CODES).astype(np.int16).reshape(linear.shape)
    return _encode_table()[index]


def luminance(linear: F32) -> F32:
    """Relative luminance [...] of linear RGB [..., 3]."""
    return linear @ LUMINANCE


def unbent(linear: F32) -> F32:
    """Highlights [..., 3] or luminance of a photo before its camera's shoulder bent them to white.

    An exponential shoulder from the knee on, as cameras usually draw it; what is burnt out comes
    back as 1.6 times white.
    """
    over = np.minimum(linear, _BRIGHTEST) - _SHOULDER
    room = 1 - _SHOULDER
    opened = _SHOULDER - room * np.log(1 - np.maximum(over, 0) / room)
    return np.where(over > 0, opened, linear).astype(np.float32)
