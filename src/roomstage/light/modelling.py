"""The smooth change of light over the product: its lit and its shaded side, its dim foot."""

from __future__ import annotations

import numpy as np

from roomstage.image import F32, Cutout
from roomstage.light.key import KeyLight
from roomstage.light.relief import normals
from roomstage.placement import Placement

_STRENGTH = 1.1  # of the key light's modelling, before the share is applied
_SIDE = 1.0  # log change from the middle to the side that faces a light at that side
_BOUNDS = 0.45, 1.8
_FOOT_DARK = 0.30  # light lost at the very foot to the product's own occlusion of the floor
_FOOT_REACH = 0.22  # of the height


def modelling(cutout: Cutout, placement: Placement, key: KeyLight) -> F32:
    """Factor [h, w] over the cut-out with mean 1: how light models the product.

    Wrapped Lambert shading of a coarse relief by the key light, over an even ambient. The whole
    falls off from the lit side to the other, as what is inside a product shades what lies behind
    it. The foot of what stands is dimmed, since the floor there is in its own shade.
    """
    normal = normals(cutout.alpha)
    facing = normal @ np.asarray(key.direction, np.float32)
    lit = (1 - key.share) + key.share * _STRENGTH * (0.5 + facing)
    across = np.linspace(-1, 1, lit.shape[1], dtype=np.float32)[None]
    lit = lit * np.exp(_SIDE * key.share * key.direction[0] * across)
    rows = np.linspace(1, 0, lit.shape[0], dtype=np.float32)[:, None]  # height above the foot
    if placement.surface in ("floor", "table"):
        lit = lit * (1 - _FOOT_DARK * np.exp(-rows / _FOOT_REACH))
    factor = np.clip(lit / max(float(lit.mean()), 1e-3), *_BOUNDS)
    return (factor / factor.mean()).astype(np.float32)
