"""What the ground behind a product looks like when it is plain.

A plain background is a smooth field per channel: here a polynomial of second order in x and y
in linear light, fitted to the picture's border by iteratively reweighted least squares with
Tukey's biweight (P. W. Holland, R. E. Welsch, "Robust regression using iteratively reweighted
least-squares", 1977), so that a product or a shadow that touches the border does not bend it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from roomstage.colour import linear_to_srgb
from roomstage.cutout.reduce import linear
from roomstage.image import F32, U8

_ROUNDS = 6
_TUKEY = 4.685  # Tukey's constant for 95 % efficiency under normal noise


@dataclass(frozen=True, eq=False, slots=True)
class Background:
    """A plain background as fitted to a picture's border."""

    levels: F32  # [H, W, 3] the unshadowed ground in sRGB levels 0..255
    detail: F32  # [H, W] departure from the local mean in levels, largest of the channels
    noise: float  # typical `detail` on the ground, levels
    unevenness: float  # how far the border departs from the fitted field, levels
    ring: NDArray[np.bool_]  # [H, W] the border pixels
    share: float  # how much of the border is the ground, in shadow or not


def ring_of(shape: tuple[int, int]) -> NDArray[np.bool_]:
    """True on the border of a picture [H, W], 1.5 % of the shorter side wide."""
    width = max(2, round(min(shape) * 0.015))
    ring = np.ones(shape, bool)
    ring[width:-width, width:-width] = False
    return ring


def detail_of(levels: F32) -> F32:
    """How far each pixel [H, W, 3] departs from the mean around it, largest of the channels.

    A linear ramp departs by nothing, a step of height h by nearly h / 2 on both sides.
    """
    fine = cv2.GaussianBlur(levels, (3, 3), 0.7, borderType=cv2.BORDER_REPLICATE)
    coarse = cv2.GaussianBlur(levels, (9, 9), 2.0, borderType=cv2.BORDER_REPLICATE)
    return largest(cv2.absdiff(fine, coarse))


def largest(values: MatLike) -> F32:
    """The largest of three channels [H, W, 3], faster than a maximum over the axis."""
    first, second, third = cv2.split(values)
    return np.asarray(cv2.max(cv2.max(first, second), third), np.float32)


def fit(rgb: U8) -> Background:
    """Fit the ground of a picture [H, W, 3], sRGB."""
    levels = rgb.astype(np.float32)
    ring = ring_of(rgb.shape[:2])
    detail = detail_of(levels)
    ground = _polynomial(rgb, ring)
    like = shadow_like(levels[ring], ground[ring])
    noise = float(np.median(detail[ring][like])) if like.any() else 99.0
    error = largest(cv2.absdiff(levels, ground))[ring]
    unevenness = float(np.median(error[like])) if like.any() else 99.0
    return Background(ground, detail, noise, unevenness, ring, float(like.mean()))


def light_of(levels: F32, ground: F32) -> tuple[F32, F32]:
    """How much of the `ground`'s light colours [..., 3] show, and how far their hue is off.

    Both are ratios [...]: the largest of the channels', and its lead over the smallest, less
    what reflected colour and coarse steps in the dark may add.
    """
    ratio = (levels + 2) / (ground + 2)
    r, g, b = ratio[..., 0], ratio[..., 1], ratio[..., 2]
    top, low = np.maximum(np.maximum(r, g), b), np.minimum(np.minimum(r, g), b)
    return top, top - low + 0.10 * low


def shadow_like(levels: F32, ground: F32) -> NDArray[np.bool_]:
    """Whether colours [..., 3] may be `ground` in another light: of its hue, not much brighter."""
    light, off = light_of(levels, ground)
    return (light < 1.5) & (off < 0.22) & (light > 0.14)


def _design(x: F32, y: F32) -> F32:
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)


def _polynomial(rgb: U8, ring: NDArray[np.bool_]) -> F32:
    """The fitted field [H, W, 3] in sRGB levels."""
    height, width = ring.shape
    y, x = np.nonzero(ring)
    keep = slice(None, None, max(1, y.size // 3000))
    y, x = y[keep], x[keep]
    terms = _design(x / np.float32(width) - 0.5, y / np.float32(height) - 0.5).astype(np.float64)
    # The cube root evens out the noise of linear light, so that one scale fits all levels.
    target = np.cbrt(linear(np.ascontiguousarray(rgb[y, x][None]))[0]).astype(np.float64)
    model = _reweighted(terms, target)
    grid = max(2, width // 8), max(2, height // 8)
    rows = (np.arange(grid[1], dtype=np.float32) + 0.5) / grid[1] - 0.5
    columns = (np.arange(grid[0], dtype=np.float32) + 0.5) / grid[0] - 0.5
    field = _design(*np.broadcast_arrays(columns[None, :], rows[:, None])) @ model
    ground = linear_to_srgb(np.clip(field, 0, 1).astype(np.float32) ** 3) * 255
    return np.asarray(cv2.resize(ground, (width, height), interpolation=cv2.INTER_LINEAR))


def _reweighted(terms: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """Coefficients [6, 3] of target [N, 3] over terms [N, 6]."""
    departure = np.abs(target - np.median(target, axis=0)).max(axis=1)
    weight = (departure < 0.25).astype(np.float64)
    # A faint pull towards a constant keeps the field tame where half the border is covered.
    ridge = np.diag([1e-9, 1e-3, 1e-3, 4e-3, 4e-3, 4e-3]) * len(target)
    model = np.zeros((terms.shape[1], target.shape[1]))
    for _ in range(_ROUNDS):
        scaled = terms * weight[:, None]
        model = np.linalg.solve(scaled.T @ terms + ridge, scaled.T @ target)
        error = np.abs(target - terms @ model).max(axis=1)
        spread = max(1.4826 * float(np.median(error)), 0.004) * _TUKEY
        weight = np.square(np.clip(1 - np.square(error / spread), 0, 1))
    return model
