"""Colours continued from where they are known to where they are not.

Push-pull interpolation: S. J. Gortler, R. Grzeszczuk, R. Szeliski, M. F. Cohen, "The Lumigraph",
SIGGRAPH 1996, section 3.4: a pyramid of weighted means, then each hole is filled from the level
above it.
"""

from __future__ import annotations

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from roomstage.image import F32, U8


def continued(values: NDArray[np.float32 | np.uint8], known: NDArray[np.bool_]) -> F32:
    """`values` [H, W, 3] where `known`, continued smoothly to everywhere else.

    What comes back is smoothed to half the resolution, where `known` too. With nothing known it
    is zero everywhere.
    """
    height, width = known.shape
    whole = cv2.resize(_filled(values, known), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(whole, np.float32)


def continued_colours(rgb: U8, known: NDArray[np.bool_]) -> U8:
    """The same for 8-bit colours, rounded to them; it needs a quarter of the memory."""
    height, width = known.shape
    levels = cv2.convertScaleAbs(_filled(rgb, known))
    whole = cv2.resize(levels, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(whole, np.uint8)


def _filled(values: NDArray[np.float32 | np.uint8], known: NDArray[np.bool_]) -> F32:
    """The continuation at half the resolution."""
    height, width = known.shape
    mask = known.view(np.uint8)
    half = (max(1, width // 2), max(1, height // 2))
    masked = cv2.copyTo(values, mask)
    if masked.dtype == np.uint8:
        # 16 bits keep the fractions of a mean at half the memory of floats.
        sums = _shrunk(np.left_shift(masked, 8, dtype=np.uint16), half) / np.float32(256)
    else:
        sums = _shrunk(masked, half)
    return _pull(sums, _shrunk(mask * np.float32(1), half))


def _pull(sums: F32, share: F32) -> F32:
    """Means of [h, w, 3] weighted sums with weights [h, w] in 0..1, holes filled from above."""
    height, width = share.shape
    means = cv2.divide(sums, cv2.merge([np.maximum(share, np.float32(1e-6))] * 3))
    if height <= 2 or width <= 2:
        total = max(float(share.sum()), 1e-6)
        mean = sums.sum(axis=(0, 1)) / total
        return np.where(share[..., None] > 0, means, mean).astype(np.float32)
    size = ((width + 1) // 2, (height + 1) // 2)
    above = _pull(_shrunk(sums, size), _shrunk(share, size))
    coarse = cv2.resize(above, (width, height), interpolation=cv2.INTER_LINEAR)
    # A cell that is half known is trusted fully; less blends towards the level above.
    trust = np.minimum(share * 2, np.float32(1))
    return np.asarray(cv2.blendLinear(means, coarse, trust, 1 - trust), np.float32)


def _shrunk(values: MatLike, size: tuple[int, int]) -> F32:
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.float32)
