"""What the ground behind a product looks like when it is plain.

A plain background is a smooth field per channel: here a polynomial of second order in x and y,
fitted to the picture's border by iteratively reweighted least squares with Tukey's biweight
(P. W. Holland, R. E. Welsch, "Robust regression using iteratively reweighted least-squares",
1977), so that a product or a shadow that touches the border does not bend it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from roomstage.colour import linear_to_srgb
from roomstage.cutout.reduce import levels_to_linear
from roomstage.image import F32, U8

_ROUNDS = 6
_TUKEY = 4.685  # Tukey's constant for 95 % efficiency under normal noise
_SAMPLES = 2000  # border pixels that the field is fitted to


@dataclass(frozen=True, eq=False, slots=True)
class Background:
    """A plain background as fitted to a picture's border [H, W, 3], compared with the picture."""

    lit: F32  # [H, W, 3] the unshadowed ground in sRGB levels 0..255
    light: F32  # [H, W] share of the lit ground's level that a pixel shows, largest channel
    hue: F32  # [H, W] how far a pixel's hue is off the ground's: spread of the channels' shares
    detail: F32  # [H, W] departure from the local mean in levels, largest of the channels
    ring: NDArray[np.bool_]  # [H, W] the border pixels
    noise: float  # typical `detail` on the border, levels
    grain: float  # typical `detail` on the part of the border that is not clipped to white
    unevenness: float  # how far the border departs from the fitted field, levels

    @property
    def shadow_like(self) -> NDArray[np.bool_]:
        """Where the picture may be the ground in another light: of its hue, not much brighter."""
        return (self.light < 1.5) & (self.hue < 0.13) & (self.light > 0.14)


def fit(rgb: U8) -> Background:
    """Fit the ground of a picture [H, W, 3], sRGB."""
    levels = rgb.astype(np.float32)
    ring = _ring(rgb.shape[:2])
    lit = _polynomial(rgb, ring)
    light, hue = _compared(levels, lit)
    detail = detail_of(levels)
    departure = largest(cv2.absdiff(levels, lit))
    return Background(
        lit=lit,
        light=light,
        hue=hue,
        detail=detail,
        ring=ring,
        noise=float(np.median(detail[ring])),
        grain=_grain(levels[ring], detail[ring]),
        unevenness=float(np.median(departure[ring])),
    )


def _grain(levels: F32, detail: F32) -> float:
    """Median detail [N] of the border's colours [N, 3] that are not clipped."""
    shaded = levels[:, 1] < 250
    return float(np.median(detail[shaded])) if np.count_nonzero(shaded) > 100 else 0.0


def detail_of(levels: F32) -> F32:
    """How far each pixel [H, W, 3] departs from the mean around it, largest of the channels.

    A linear ramp departs by nothing, a step of height h by nearly h / 2 on both sides.
    """
    fine = cv2.GaussianBlur(levels, (3, 3), 0.7, borderType=cv2.BORDER_REPLICATE)
    coarse = cv2.GaussianBlur(levels, (9, 9), 2.0, borderType=cv2.BORDER_REPLICATE)
    return largest(cv2.absdiff(fine, coarse))


def largest(values: MatLike) -> F32:
    """The largest of three channels [H, W, 3]."""
    first, second, third = cv2.split(values)
    return np.asarray(cv2.max(cv2.max(first, second), third), np.float32)


def _compared(levels: F32, lit: F32) -> tuple[F32, F32]:
    """Light and hue, see `Background`."""
    r, g, b = cv2.split(cv2.divide(levels + 2, lit + 2))
    top, low = cv2.max(cv2.max(r, g), b), cv2.min(cv2.min(r, g), b)
    return np.asarray(top, np.float32), np.asarray(top - low, np.float32)


def _ring(shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """True on the border of a picture [H, W], 1.5 % of the shorter side wide."""
    width = max(2, round(min(shape) * 0.015))
    ring = np.ones(shape, bool)
    ring[width:-width, width:-width] = False
    return ring


def _polynomial(rgb: U8, ring: NDArray[np.bool_]) -> F32:
    """The fitted field [H, W, 3] in sRGB levels."""
    height, width = ring.shape
    index = np.flatnonzero(ring)
    y, x = np.divmod(index[:: max(1, index.size // _SAMPLES)], width)
    terms = _design(x / width - 0.5, y / height - 0.5)
    # The cube root evens out the noise of linear light, so that one scale fits all levels.
    target = np.cbrt(levels_to_linear(rgb[y, x].astype(np.float32))).astype(np.float64)
    model = _reweighted(terms, target)
    grid = max(2, width // 8), max(2, height // 8)
    rows = (np.arange(grid[1]) + 0.5) / grid[1] - 0.5
    columns = (np.arange(grid[0]) + 0.5) / grid[0] - 0.5
    field = _design(*np.broadcast_arrays(columns[None, :], rows[:, None])) @ model
    ground = linear_to_srgb(np.clip(field, 0, 1).astype(np.float32) ** 3) * 255
    whole = cv2.resize(ground, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(whole, np.float32)


def _design(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """The six terms [..., 6] of a polynomial of second order."""
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)


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
