"""How grainy a photo is, so that what is put into it can be as grainy."""

from __future__ import annotations

import cv2
import numpy as np

from roomstage.image import U8

_PATCH = 32  # side of the patches looked at
_PATCHES = 12  # along each axis
_SMOOTHEST = 20  # percentile over the patches: those show noise and little else
_MOST = 6.0
# The kernel is blind to slopes; its response to white noise is 6 times the noise.
_KERNEL = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)


def grain(rgb: U8) -> float:
    """Standard deviation of the noise of [H, W, 3], in 8-bit levels.

    Immerkaer, "Fast noise variance estimation", Computer Vision and Image Understanding 64, 1996,
    on the smoothest of evenly spread patches; burnt and black ones have lost theirs.
    """
    height, width = rgb.shape[:2]
    found = []
    for y in np.linspace(0, max(0, height - _PATCH), _PATCHES).astype(int):
        for x in np.linspace(0, max(0, width - _PATCH), _PATCHES).astype(int):
            grey = cv2.cvtColor(rgb[y : y + _PATCH, x : x + _PATCH], cv2.COLOR_RGB2GRAY)
            if 12 < grey.mean() < 243:
                response = cv2.filter2D(grey.astype(np.float32), -1, _KERNEL)[1:-1, 1:-1]
                found.append(float(np.abs(response).mean()) * np.sqrt(np.pi / 2) / 6)
    return float(min(_MOST, np.percentile(found, _SMOOTHEST))) if found else 0.0
