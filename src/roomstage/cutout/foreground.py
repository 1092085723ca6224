"""The product's own colours: the ground's spill taken out of the edge, and colours beyond it.

A pixel is C = alpha F + (1 - alpha) B. As in multi-level foreground estimation (T. Germer,
T. Uelwer, S. Conrad, S. Harmeling, "Fast multi-level foreground estimation", ICPR 2020), F and B
are first continued across scales (F0, B0) and then moved by the least that makes the pixel
right. With one neighbour per layer, the layer above, their equations have the solution

    F = F0 + alpha r / (alpha^2 + b (1 - alpha)^2 + l),   r = C - alpha F0 - (1 - alpha) B0

where b says how far B may move (0 = known ground) and l holds F to F0 where alpha is small.
"""

from __future__ import annotations

import cv2
import numpy as np

from roomstage.cutout.continuation import continued_colours
from roomstage.cutout.reduce import levels_to_linear, linear_to_levels
from roomstage.image import F32, U8

_HOLD = 0.02  # l: an alpha of 0.14 moves F by half of what the pixel asks for
_MOST = 0.25  # how far F may leave F0, linear light
_WHOLE = 0.995  # from this alpha on a pixel's colour is the product's


def estimate(rgb: U8, alpha: F32, ground: F32 | U8, *, known: bool) -> U8:
    """Product colours F [H, W, 3] in sRGB, defined everywhere; `rgb` itself where alpha is 1.

    Args:
        rgb: the picture [H, W, 3], sRGB.
        alpha: [H, W], 0..1.
        ground: B0 [H, W, 3], sRGB levels.
        known: whether the ground is a plain one that was fitted, or only a guess.
    """
    whole = alpha > _WHOLE
    sure = whole if whole.any() else alpha > 0.5 * float(alpha.max())
    colours = continued_colours(rgb, sure)
    cv2.copyTo(rgb, whole.view(np.uint8), colours)
    at = np.flatnonzero((alpha > 0) & ~whole)
    a = alpha.flat[at][:, None]
    seen, behind, first = (
        levels_to_linear(layer.reshape(-1, 3)[at].astype(np.float32))
        for layer in (rgb, ground, colours)
    )
    rest = seen - a * first - (1 - a) * behind
    give = np.float32(0.02 if known else 1.0)
    step = a * rest / (a * a + give * np.square(1 - a) + _HOLD)
    colours.reshape(-1, 3)[at] = linear_to_levels(first + np.clip(step, -_MOST, _MOST))
    return colours


def extended(rgb: U8, alpha: U8) -> U8:
    """`rgb` [H, W, 3] where alpha [H, W] is set, continued outwards to where it is 0."""
    sure = alpha > min(127, int(alpha.max()) // 2)
    colours = continued_colours(rgb, sure)
    cv2.copyTo(rgb, alpha, colours)
    return colours
