"""Gives the product its own detail back: our fine structure on the model's light, bounded."""

from __future__ import annotations

import cv2
import numpy as np

from roomstage import colour
from roomstage.image import F32, U8

_COARSE = 0.03  # of the product's diagonal: what is finer is detail, and ours
_BOUND = 1.2  # the model may light the product so much more or less
_DARK = 2e-3  # linear; below it a ratio says nothing


def restored(painted: U8, ours: U8, alpha: F32, *, bound: float = _BOUND) -> U8:
    """`painted` [h, w, 3] with the product as in `ours`, under the model's smooth light.

    In linear light: ``out = a * ours * r + (1 - a) * painted``, where ``r`` is the ratio of the
    two pictures, each averaged inside the product alone, held within ``1 / bound .. bound``.

    Args:
        painted: what the model made, aligned and matched in tone.
        ours: the placed and lit product in the room.
        alpha: the product's coverage [h, w], 0 to 1.
        bound: 1 leaves the product's pixels exactly as they are.
    """
    if not (alpha > 0).any():
        return painted
    own, made = colour.decode(ours), colour.decode(painted)
    rows, columns = np.nonzero(alpha > 0.5)
    extent = np.hypot(np.ptp(rows), np.ptp(columns)) if len(rows) else 1.0
    sigma = max(2.0, _COARSE * float(extent))
    share = np.asarray(cv2.GaussianBlur(alpha, (0, 0), sigma), np.float32)[..., None] + 1e-4
    over = alpha[..., None]
    coarse_own = np.asarray(cv2.GaussianBlur(own * over, (0, 0), sigma)) / share
    coarse_made = np.asarray(cv2.GaussianBlur(made * over, (0, 0), sigma)) / share
    ratio = np.clip((coarse_made + _DARK) / (coarse_own + _DARK), 1 / bound, bound)
    mixed = colour.encode(np.asarray(own * ratio * over + made * (1 - over), np.float32))
    if bound == 1:  # no round trip through linear light for what shall not change
        mixed = np.where(over == 1, ours, mixed)
    return np.where(over > 0, mixed, painted).astype(np.uint8)
