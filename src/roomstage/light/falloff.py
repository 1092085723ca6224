"""Light on a flat product: what falls on the floor or wall that it covers falls on it."""

from __future__ import annotations

import cv2
import numpy as np

from roomstage import colour
from roomstage.image import F32, Cutout
from roomstage.placement import Placement
from roomstage.scene import Scene

_GRID = 96  # long side of the factor's grid
_BOUNDS = 0.4, 2.5


def falloff(scene: Scene, cutout: Cutout, placement: Placement) -> F32:
    """Factor [h, w] over the cut-out with mean 1: sun patches and gradients of what lies under it.

    The surface is taken to be of one material, so its luminance is light; pattern finer than the
    analysis grid is blurred away.
    """
    luminance = cv2.GaussianBlur(colour.luminance(scene.linear), (0, 0), 1.5)
    width, height = cutout.size
    shrink = min(1.0, _GRID / max(width, height))
    size = max(4, round(width * shrink)), max(4, round(height * shrink))
    from_grid = placement.to_room @ np.diag([width / size[0], height / size[1], 1.0])
    to_scene = np.diag([scene.scale, scene.scale, 1.0]) @ from_grid
    under = cv2.warpPerspective(
        luminance,
        to_scene,
        size,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    factor = np.clip(under / max(float(under.mean()), 1e-3), *_BOUNDS)
    return (factor / factor.mean()).astype(np.float32)
