"""How bright, and of what colour, the light is at the product's place.

A product shot is exposed so that white is white; a room is not. What the camera sees of a wall is
its albedo times the light on it, and the walls near the product face the camera as its front does.
So the walls' luminance over their usual albedo is the factor from the studio's light to the
room's; the room as a whole steadies it where the walls near by are few, dark or burnt out.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from roomstage import colour
from roomstage.image import F32
from roomstage.placement import Placement
from roomstage.scene import Scene

_ALBEDO = 0.38  # of walls and what stands before them, geometric mean over furnished interiors
_TYPICAL = 0.10, 0.80  # by luminance: hot spots round lamps and black holes say little
_FLAT_ALBEDO = {"rug": 0.23, "wall": 0.55}  # of floors, and of bare walls
_WALLS_SAY, _LYING = 0.35, 0.69  # of a rug's light; log of light on what lies over what stands
_NEAR = 0.75  # weight of the surroundings against the whole room
_USUAL_GAIN = 0.5  # of interiors photographed to look natural, where nothing is told
_BOUNDS = 0.12, 2.2
_BURNT = 0.88  # linear luminance from which a pixel says nothing but "bright"
_COLOUR_TRUST = 0.85  # how far the room's illuminant is believed
_COLOUR_BOUND = 0.45  # of the log ratio of a channel to luminance


@dataclass(frozen=True, slots=True)
class Exposure:
    """The studio's light to the room's."""

    gain: float  # of luminance
    tint: tuple[float, float, float]  # factors with luminance 1

    @property
    def rgb(self) -> F32:
        """Factor on the product's linear colours, [3]."""
        return (self.gain * np.asarray(self.tint)).astype(np.float32)


def exposure(scene: Scene, placement: Placement, white: float = 1.0) -> Exposure:
    """Light at the place of the product, against that of a photo in which white reads `white`."""
    flat = placement.surface in _FLAT_ALBEDO
    level = _level_on(scene, placement) if flat else _level_before(scene, placement)
    gain = float(np.clip(np.exp(level) / white, *_BOUNDS))
    return Exposure(gain, _tint(scene.light.illuminant))


def _level_on(scene: Scene, placement: Placement) -> float:
    """Log of the light on a flat product: that on the very surface it covers.

    Floors are of any colour and walls next to it tell more of them than their own, so a rug's light
    is told by both; it lies and they stand, and get less of what comes from windows and ceiling.
    """
    covered = _covered(scene, placement)
    if covered is None:
        return float(np.log(_USUAL_GAIN))
    own = _log_luminance(covered) - float(np.log(_FLAT_ALBEDO[placement.surface]))
    if placement.surface != "rug":
        return own
    return (1 - _WALLS_SAY) * own + _WALLS_SAY * (_level_before(scene, placement) + _LYING)


def _level_before(scene: Scene, placement: Placement) -> float:
    """Log of the light on the front of a standing product, by what stands round it."""
    honest = (colour.luminance(scene.linear) < _BURNT).astype(np.float32)
    weight = honest * _surroundings(scene, placement)
    light = scene.linear * (1 - scene.glow)[..., None]
    near = _log_mean(light, _typical(light, weight))
    whole = _log_mean(light, honest)
    if near is None or whole is None:
        return float(np.log(_USUAL_GAIN))
    seen = _NEAR * _log_luminance(near) + (1 - _NEAR) * _log_luminance(whole)
    return seen - float(np.log(_ALBEDO))


def _covered(scene: Scene, placement: Placement) -> F32 | None:
    """Mean colour of the floor or wall that a flat product will cover: its light will be its own.

    The mean is plain, not of logs, and burnt pixels count: a sun patch falls on the product too.
    """
    inside = np.zeros(scene.floor.shape, np.uint8)
    corners = np.rint(placement.corners * scene.scale * 16).astype(np.int32)
    cv2.fillConvexPoly(inside, corners, 1, cv2.LINE_8, 4)
    if not inside.any():
        return None
    return colour.unbent(scene.linear[inside > 0]).mean(axis=0) + np.float32(2e-3)


def _surroundings(scene: Scene, placement: Placement) -> F32:
    """Weight [h, w] of what stands round the product."""
    height, width = scene.floor.shape
    corners = placement.corners * scene.scale
    (left, top), (right, bottom) = corners[0], corners[2]
    wide, tall = max(right - left, 4), max(bottom - top, 4)
    y, x = np.mgrid[:height, :width].astype(np.float32) + 0.5
    across = np.maximum(np.maximum(left - x, x - right), 0) / (0.6 * wide)
    middle = bottom - 0.4 * tall  # the product's feet stand before the floor, not the wall
    down = np.maximum(np.maximum(top - y, y - middle), 0) / (0.4 * tall)
    return np.exp(-(across**2) - down**2) * (1.05 - scene.floor)


def _typical(linear: F32, weight: F32) -> F32:
    """The weight [h, w] without the brightest and the darkest of what it weighs."""
    luminance = colour.luminance(linear)
    order = np.argsort(luminance, axis=None)
    below = np.cumsum(weight.ravel()[order]) / max(float(weight.sum()), 1e-6)
    kept = np.zeros(weight.size, bool)
    kept[order] = (below >= _TYPICAL[0]) & (below <= _TYPICAL[1])
    return weight * kept.reshape(weight.shape)


def _log_mean(linear: F32, weight: F32) -> F32 | None:
    total = float(weight.sum())
    if total < 1.0:
        return None
    mean = np.tensordot(weight, np.log(linear + 2e-3), axes=((0, 1), (0, 1))) / total
    return np.exp(mean).astype(np.float32)


def _log_luminance(rgb: F32) -> float:
    return float(np.log(rgb @ colour.LUMINANCE))


def _tint(illuminant: F32) -> tuple[float, float, float]:
    """Colour of the light, bounded: a painted room must not repaint the product."""
    tint = np.exp(np.clip(np.log(illuminant) * _COLOUR_TRUST, -_COLOUR_BOUND, _COLOUR_BOUND))
    tint /= tint @ colour.LUMINANCE
    return float(tint[0]), float(tint[1]), float(tint[2])
