"""The product's own colours: the ground's spill taken out of the edge, and colours beyond it.

A pixel is C = alpha F + (1 - alpha) B. As in multi-level foreground estimation (T. Germer,
T. Uelwer, S. Conrad, S. Harmeling, "Fast multi-level foreground estimation", ICPR 2020), F and B
are first continued across scales (F0, B0) and then moved by the least that makes the pixel
right. Their equation 6 with one neighbour per layer, the layer above:

    F = F0 + alpha r / (alpha^2 + b (1 - alpha)^2 + l),   r = C - alpha F0 - (1 - alpha) B0

where b says how far B may move (0 = known ground) and l holds F to F0 where alpha is small.
"""

from __future__ import annotations

import numpy as np

from roomstage.cutout.pushpull import push_pull
from roomstage.image import F32

_HOLD = 0.02  # l: an alpha of 0.14 moves F by half of what the pixel asks for
_MOST = 0.25  # how far F may leave F0, linear light


def estimate(colours: F32, alpha: F32, ground: F32, *, known: bool) -> F32:
    """Product colours F [H, W, 3] in linear light, defined everywhere.

    Args:
        colours: the picture [H, W, 3], linear.
        alpha: [H, W], 0..1.
        ground: B0 [H, W, 3], linear.
        known: whether the ground is a plain one that was fitted, or only a guess.
    """
    inner = push_pull(colours, inward(alpha))
    a = alpha[..., None]
    rest = colours - a * inner - (1 - a) * ground
    give = np.float32(0.02 if known else 1.0)
    step = a * rest / (a * a + give * np.square(1 - a) + _HOLD)
    moved = inner + np.clip(step, -_MOST, _MOST)
    whole = (alpha > 0.995)[..., None]
    return np.where(whole, colours, np.clip(moved, 0, 1)).astype(np.float32)


def inward(alpha: F32) -> F32:
    """How far each pixel shows the product alone: 0 at alpha 0.9 and below, 1 at 1."""
    return np.clip(alpha * 10 - 9, 0, 1).astype(np.float32)


def extended(colours: F32, alpha: F32) -> F32:
    """`colours` [H, W, 3] where alpha [H, W] is set, continued outwards to where it is 0."""
    known = np.clip(alpha * 4, 0, 1).astype(np.float32)
    return np.asarray(push_pull(colours, known), np.float32)
