"""Filling in what is unknown from what is known around it.

Push-pull interpolation: S. J. Gortler, R. Grzeszczuk, R. Szeliski, M. F. Cohen, "The Lumigraph",
SIGGRAPH 1996, section 3.4: a pyramid of weighted means, then each hole is filled from the level
above it.
"""

from __future__ import annotations

import cv2
import numpy as np

from roomstage.image import F32


def push_pull(values: F32, weight: F32) -> F32:
    """`values` [H, W, C] where `weight` [H, W] is 1, smoothly continued to where it is 0.

    With no weight anywhere the answer is zero everywhere.
    """
    height, width = weight.shape
    if height <= 2 or width <= 2:
        total = float(weight.sum())
        mean = (values * weight[..., None]).sum(axis=(0, 1)) / max(total, 1e-6)
        filled = np.where(weight[..., None] > 0, values, mean)
        return np.asarray(filled, np.float32)
    size = ((width + 1) // 2, (height + 1) // 2)
    share = _halve(weight, size)
    sums = _halve(values * weight[..., None], size)
    coarse = push_pull(sums / np.maximum(share, 1e-6)[..., None], np.minimum(share * 2, 1))
    above = np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR))
    return above + (values - above) * weight[..., None]


def _halve(values: F32, size: tuple[int, int]) -> F32:
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.float32)
