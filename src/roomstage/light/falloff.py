"""Light on a flat product: what falls on the floor or wall that it covers falls on it."""

from __future__ import annotations

import cv2
import numpy as np

from roomstage import colour
from roomstage.image import F32, Cutout
from roomstage.placement import Placement
from roomstage.scene import Scene

_GRID = 96  # long side of the factor's grid
_BOUNDS = 0.25, 4.0
_BLUR, _COLOUR_BLUR = 1.5, 4.0  # grid pixels of the scene


def falloff(scene: Scene, cutout: Cutout, placement: Placement) -> F32:
    """Factor [h, w, 3] over the cut-out with mean 1: sun patches and gradients of what it covers.

    The surface is taken to be of one material, so its colours are light: shade is bluer than sun.
    Pattern finer than the analysis grid is blurred away, coloured pattern more so.
    """
    width, height = cutout.size
    shrink = min(1.0, _GRID / max(width, height))
    size = max(4, round(width * shrink)), max(4, round(height * shrink))
    from_grid = placement.to_room @ np.diag([width / size[0], height / size[1], 1.0])
    to_scene = np.diag([scene.scale, scene.scale, 1.0]) @ from_grid

    def under(light: F32, blur: float) -> F32:
        laid = cv2.warpPerspective(
            cv2.GaussianBlur(light, (0, 0), blur),
            to_scene,
            size,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.maximum(laid, 1e-3)

    light = colour.unbent(scene.linear)
    fine, coarse = under(colour.luminance(light), _BLUR), under(light, _COLOUR_BLUR)
    hue = coarse / colour.luminance(coarse)[..., None]
    hue /= hue.mean(axis=(0, 1))
    factor = np.clip(fine / fine.mean(), *_BOUNDS)[..., None] * hue
    return (factor / factor.mean(axis=(0, 1))).astype(np.float32)
