"""The dark line where a product touches what carries it: the eye's proof that it stands."""

from __future__ import annotations

import math

import cv2
import numpy as np

from roomstage.image import F32

_DARK = 0.6  # light lost in the line itself
_FINE, _WIDE = 0.006, 0.022  # blur of its two scales, as shares of the product's height


def contact(alpha: F32, s: F32, back: float) -> F32:
    """Share of light lost [h, w] to contact, for a silhouette [h, w] on the shadow's grid.

    The silhouette's lower border, where it is as low as the footprint reaches, is smeared over a
    fine and a wide scale: ambient light gets into a gap only from its opening.

    Args:
        alpha: silhouette, 0..1.
        s: [h, 1] row below the horizon of each grid row.
        back: the same of the footprint's rear edge; what ends above it floats.
    """
    rows = np.flatnonzero(alpha.max(axis=1) > 0.5)
    if rows.size == 0:
        return np.zeros_like(alpha)
    tall = float(rows[-1] - rows[0] + 1)
    depth = max(1, round(0.012 * tall))
    below = np.zeros_like(alpha)
    below[:-depth] = alpha[depth:]
    border = np.maximum(alpha - below, 0) * (s >= back)
    foot = np.zeros_like(alpha)
    foot[depth:] = border[:-depth]  # onto what carries it
    dark = np.zeros_like(alpha)
    for sigma in (_FINE * tall, _WIDE * tall):
        sigma = max(0.7, sigma)
        smeared = cv2.GaussianBlur(foot.astype(np.float32), (0, 0), sigma)
        # A line's blur falls with its width: brought back to 1 on the line.
        dark += 0.5 * np.minimum(1, smeared * sigma * math.sqrt(2 * math.pi) / depth)
    return (_DARK * np.clip(dark, 0, 1)).astype(np.float32)
