"""What a lamp in view lights round itself: the pool of light on the wall behind it.

A bulb at distance h before a wall lights it, at distance r from the point next to it, by
``cos / d^2 = h / (r^2 + h^2)^(3/2)``, h^-2 times ``(1 + (r / h)^2)^(-3/2)`` (J. H. Lambert,
"Photometria", 1760). So round a lamp the wall's luminance is told apart into that pool and the
light of the rest of the room. What stands before the wall, and shows the camera its other side,
gets of the pool hardly anything.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage import colour
from roomstage.image import F32
from roomstage.scene.light import GLOWING, Source

_SIDE = 96  # long side of the grid that pools are fitted on
_LARGEST = 0.12  # of the picture: what glows more widely is a window
# h, in long sides; a wider pool reaches what stands before the wall, too.
_SIZES = np.geomspace(0.02, 0.15, 9)
_REACH = 0.7  # long sides about the lamp in which its pool is fitted
_ON_FLOOR = 0.3  # of a pixel, from which it tells nothing of walls
_DARK = 0.05  # luminance below which differences are not weighed any higher
_EXPLAINS = 0.55  # of the variance, from which it is a pool of light
_FEWEST = 60  # pixels

Grid = NDArray[np.bool_]
Floats = NDArray[np.floating]


def glow(linear: F32, floor: F32, sources: tuple[Source, ...]) -> F32:
    """Share [h, w] of the light in a room [h, w, 3] that falls on its walls from lamps next by.

    Args:
        linear: the room on the analysis grid.
        floor: [h, w] share of floor.
        sources: what glows.
    """
    height, width = floor.shape
    ratio = min(1.0, _SIDE / max(width, height))
    size = max(8, round(width * ratio)), max(8, round(height * ratio))
    luminance, lying = (
        np.asarray(cv2.resize(grid, size, interpolation=cv2.INTER_AREA), np.float32)
        for grid in (colour.luminance(linear), floor)
    )
    upright = lying < _ON_FLOOR
    rest = luminance
    for source in sources:
        if not source.on_floor and source.area < _LARGEST:
            at = source.x * size[0] / width, source.y * size[1] / height
            rest = np.maximum(rest - _pool(rest, upright & (luminance < GLOWING), at), 0)
    share = (1 - rest / np.maximum(luminance, 1e-4)) * upright
    wide = cv2.resize(share.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(wide, np.float32)


def _pool(luminance: F32, walls: Grid, lamp: tuple[float, float]) -> F32:
    """The luminance [h, w] that a lamp adds; 0 where the picture does not fall off round it so."""
    height, width = luminance.shape
    long = max(width, height)
    y, x = np.mgrid[:height, :width]
    off = np.hypot(x - lamp[0], y - lamp[1]) / long
    near = walls & (off < _REACH)
    best = np.zeros_like(luminance)
    if near.sum() < _FEWEST:
        return best
    seen = luminance[near].astype(float)
    weight = 1 / (seen + _DARK)
    even, ones = np.average(seen, weights=weight**2), np.ones_like(seen)
    unlike = float((((seen - even) * weight) ** 2).sum())
    # A window's light falls across the picture, and round nothing.
    across, _ = _fitted(seen, weight, ones, x[near] / long, y[near] / long)
    least = min((1 - _EXPLAINS) * unlike, across)
    for h in _SIZES:
        shape = (1 + (off / h) ** 2) ** -1.5
        error, (ambient, strength) = _fitted(seen, weight, ones, shape[near])
        if error < least and strength > 0 and ambient > 0:
            best, least = (strength * shape).astype(np.float32), error
    return best


def _fitted(seen: Floats, weight: Floats, *parts: Floats) -> tuple[float, Floats]:
    """What is seen as a sum of parts, all [n]: weighted squared error, and each part's strength."""
    design = np.stack(parts, axis=1) * weight[:, None]
    told, *_ = np.linalg.lstsq(design, weight * seen, rcond=None)
    return float(((design @ told - weight * seen) ** 2).sum()), told
