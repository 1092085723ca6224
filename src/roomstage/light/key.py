"""Where the room's light comes from, seen from the product.

The sources in view and the gradient of the whole are vectors that are added up, as the first-order
term of a light probe would be (the "light vector" of Gershun, "The light field", Journal of
Mathematics and Physics 18, 1939): its direction is the main light's, its length against what comes
from all round the main light's share.

Directions point to the light, in a frame that stands upright in front of the camera: x to the
right, y up, z away from the camera.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from roomstage.image import F32
from roomstage.placement import Placement
from roomstage.scene import Scene
from roomstage.scene.light import Source

_WALL_BEHIND = 1.5  # windows seen are this much further away than the product
_WINDOW_RISE = 0.375  # of the direction to a window, in distances to the product
_AREA_WEIGHT = 9.0  # a window of a tenth of the picture rules
_GRADIENT_FULL = 1.2  # log luminance over the picture's width that speaks for a light at one side
_GRADIENT_NOISE = 0.25  # of the same; furniture and paint alone make so much
_MOST_SHARE = 0.65
_SPREAD_DEG = 24.0  # a window two metres wide, seen from two metres


@dataclass(frozen=True, slots=True)
class KeyLight:
    """The main light as one direction; the rest of the light comes from all round."""

    direction: tuple[float, float, float]  # unit, to the light
    share: float  # of the light that falls on the floor, 0..1
    spread_deg: float  # angular radius of the source

    @property
    def azimuth_deg(self) -> float:
        """0 = from behind the product, 90 = from the right, -90 = from the left, 180 = camera."""
        return math.degrees(math.atan2(self.direction[0], self.direction[2]))


def key_light(scene: Scene, placement: Placement) -> KeyLight:
    """The main light at the product, from windows and lamps in view and from the room's gradient.

    What is brighter to one side is lit from that side, even if its window is out of view.
    """
    total = np.array([0.0, 0.5, -0.25])  # nothing known: from above and from the camera's side
    total += _towards_gradient(scene)
    for source in scene.light.sources:
        if not source.on_floor:
            total += min(1.0, _AREA_WEIGHT * source.area) * _towards(scene, placement, source)
    length = float(np.linalg.norm(total))
    direction = total / length
    direction[1] = max(direction[1], 0.35)
    direction /= np.linalg.norm(direction)
    sideways = float(np.hypot(total[0], max(total[2], 0.0)))
    share = min(_MOST_SHARE, 0.2 + 0.4 * sideways)
    unit = (float(direction[0]), float(direction[1]), float(direction[2]))
    return KeyLight(unit, share, _SPREAD_DEG)


def _towards_gradient(scene: Scene) -> F32:
    slope = scene.light.gradient
    telling = math.copysign(max(0.0, abs(slope) - _GRADIENT_NOISE), slope)
    pull = math.tanh(telling / _GRADIENT_FULL)
    return np.array([pull, 0.35 * abs(pull), 0.0], np.float32)


def _towards(scene: Scene, placement: Placement, source: Source) -> F32:
    camera = scene.camera
    column = (placement.corners[0, 0] + placement.corners[1, 0]) / 2
    sight = (source.x / scene.scale - scene.size[0] / 2) / camera.focal * _WALL_BEHIND
    stand = (column - scene.size[0] / 2) / camera.focal
    direction = np.array([sight - stand, _WINDOW_RISE, _WALL_BEHIND - 1.0], np.float32)
    return direction / np.linalg.norm(direction)
