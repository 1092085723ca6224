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
from roomstage.scene import Scene

_SIDE = 96  # long side of the grid that pools are fitted on
_GLOWING = 0.88  # linear luminance of lamps, and of walls next to them
_AREA = 6e-4, 0.12  # of the picture: less is a highlight, more a window
_MOST_LAMPS = 4
# h, in long sides; a wider pool reaches what stands before the wall, too.
_SIZES = np.geomspace(0.02, 0.15, 9)
_REACH = 0.7  # long sides about the lamp in which its pool is fitted
_ON_FLOOR = 0.3  # of a pixel, from which it tells nothing of walls
_DARK = 0.05  # luminance below which differences are not weighed any higher
_EXPLAINS = 0.55  # of the variance, from which it is a pool of light
_FEWEST = 60  # pixels

Grid = NDArray[np.bool_]


def glow(scene: Scene) -> F32:
    """Share [h, w] of the light on the scene's grid that comes from lamps in view next by."""
    luminance = colour.luminance(scene.linear)
    height, width = luminance.shape
    ratio = min(1.0, _SIDE / max(width, height))
    size = max(8, round(width * ratio)), max(8, round(height * ratio))
    small, floor = (
        np.asarray(cv2.resize(grid, size, interpolation=cv2.INTER_AREA), np.float32)
        for grid in (luminance, scene.floor)
    )
    left = small.copy()
    walls = (floor < _ON_FLOOR) & (small < _GLOWING)
    for lamp in _lamps(small, floor):
        left = np.maximum(left - _pool(left, walls, lamp), 0)
    share = np.clip(1 - left / np.maximum(small, 1e-4), 0, 1) * (floor < _ON_FLOOR)
    wide = cv2.resize(share.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(wide, np.float32)


def _lamps(luminance: F32, floor: F32) -> list[tuple[float, float]]:
    """Middles (column, row) of what glows, off the floor and not as large as a window."""
    glowing = (luminance > _GLOWING).astype(np.uint8)
    _, labels, stats, centres = cv2.connectedComponentsWithStats(glowing)
    area = stats[:, cv2.CC_STAT_AREA] / luminance.size
    found = []
    for label in 1 + np.argsort(-area[1:]):
        inside = labels == label
        if _AREA[0] < area[label] < _AREA[1] and floor[inside].mean() < _ON_FLOOR:
            found.append((float(centres[label][0]), float(centres[label][1])))
    return found[:_MOST_LAMPS]


def _pool(luminance: F32, walls: Grid, lamp: tuple[float, float]) -> F32:
    """The luminance [h, w] that a lamp adds; 0 where the picture does not fall off round it so."""
    height, width = luminance.shape
    long = max(width, height)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    off = np.hypot(x - lamp[0], y - lamp[1]) / long
    near = walls & (off < _REACH)
    none = np.zeros_like(luminance)
    if near.sum() < _FEWEST:
        return none
    seen, away = luminance[near].astype(float), off[near].astype(float)
    weight = 1 / (seen + _DARK)
    best, least = none, (1 - _EXPLAINS) * _left(seen, weight, np.zeros(0))[0]
    for h in _SIZES:
        error, rest, strength = _left(seen, weight, (1 + (away / h) ** 2) ** -1.5)
        if error < least and strength > 0 and rest > 0:
            best, least = strength * (1 + (off / h) ** 2) ** -1.5, error
    return best.astype(np.float32)


def _left(
    seen: NDArray[np.float64], weight: NDArray[np.float64], pool: NDArray[np.float64]
) -> tuple[float, float, float]:
    """Weighted squared error of even light and a pool [n], and how strong each is."""
    parts = [weight] if pool.size == 0 else [weight, weight * pool]
    design = np.stack(parts, axis=1)
    told, *_ = np.linalg.lstsq(design, weight * seen, rcond=None)
    error = float(((design @ told - weight * seen) ** 2).sum())
    return error, float(told[0]), float(told[-1])
