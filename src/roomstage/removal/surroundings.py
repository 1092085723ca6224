"""How unlike its surroundings a place is: what stands there differs, light does not."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage.image import F32, U8, Box

Bools = NDArray[np.bool_]

_LIGHTNESS = 0.45  # weight of lightness against hue
_HUE_ONLY = 0.15  # the same where light must not count: sun and shadow change lightness most
_OTHER_HUE = 8.0  # units of Lab from which light alone is no explanation, ...
_DARKER = 0.3  # ... or this share of the light of the darkest that is beside
_ROWS = 1  # rows up and down that are compared
_SAMPLES = 24  # on each side of a row


def unlikeness(rgb: U8, box: Box) -> tuple[F32, Bools]:
    """How unlike what lies beside it a pixel in `box` is, and where light can't be the cause.

    A pixel of the empty room looks like something left or right of the box at its own height:
    wall beside wall, skirting beside skirting, boards beside boards. So each row is compared with
    its own samples from outside the box, and only the nearest counts.

    Returns:
        distance [h, w], in units of Lab, 0 outside the box; True where it is of another hue or
        darker than shadows are [h, w].
    """
    lab = np.asarray(cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)
    outside = np.r_[_spaced(0, box.x0), _spaced(box.x1, rgb.shape[1])]
    distance, other = np.zeros(rgb.shape[:2], np.float32), np.zeros(rgb.shape[:2], np.bool_)
    if outside.size == 0:
        return distance, other
    distance[box.slices] = _nearest(lab, box, outside, _LIGHTNESS)
    hue = _nearest(lab, box, outside, _HUE_ONLY)
    light = ((lab[..., 0] + 16) / 116) ** 3  # CIE 1976: the luminance of a lightness
    darkest = light[box.y0 : box.y1, outside].min(axis=1, keepdims=True)
    other[box.slices] = (hue > _OTHER_HUE) | (light[box.slices] < _DARKER * darkest)
    return distance, other


def _nearest(lab: F32, box: Box, outside: NDArray[np.int_], lightness: float) -> F32:
    """Distance [h, w] of the box's pixels to the nearest sample of their rows."""
    lab = lab * np.array([lightness, 1, 1], np.float32)
    rows = np.arange(box.y0, box.y1)
    inside = lab[rows, box.x0 : box.x1]
    least = np.full(inside.shape[:2], np.inf, np.float32)
    for step in range(-_ROWS, _ROWS + 1):
        beside = lab[np.clip(rows + step, 0, len(lab) - 1)][:, outside]
        cross = inside @ beside.transpose(0, 2, 1)
        square = np.square(beside).sum(axis=2)[:, None, :] - 2 * cross
        np.minimum(least, square.min(axis=2), out=least)
    return np.sqrt(np.maximum(least + np.square(inside).sum(axis=2), 0))


def _spaced(start: int, stop: int) -> NDArray[np.int_]:
    count = min(_SAMPLES, max(0, stop - start))
    return np.linspace(start, stop - 1, count).astype(int) if count else np.zeros(0, int)
