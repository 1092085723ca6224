"""What a light probe at the product's place would see of the room, as far as the photo shows it.

Every pixel is put where it would lie in space: floor on the floor, what stands above the end of the
floor on an upright surface there, what is higher than rooms are on the ceiling. Seen from the
product, the radiance of all of it has a mean and a first moment: the light vector of Gershun ("The
light field", Journal of Mathematics and Physics 18, 1939). What the photo does not show is taken
for as bright as the mean.

Space is measured in heights of the camera, from the floor under it: x to the right, y away from it,
z up.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from roomstage import colour
from roomstage.image import F32
from roomstage.placement import Placement
from roomstage.scene import Scene

# A window or lamp that is burnt out in the photo may be this much brighter than white.
BOOSTS = 0.0, 4.0, 20.0
FEATURES = 4 * len(BOOSTS)
_GRID = 72  # long side of the picture as it is looked at
_BURNT = 0.88  # linear luminance from which a pixel says nothing but "bright"
_CEILING = 1.86  # of a room of 2.6 m seen from 1.4 m
_FARTHEST = 6.0
_NEAREST = 0.25  # of a pixel to the product
_TABLE = 0.5  # height that things on tables stand at
_LEAST_DROP = 0.02  # of the contact below the horizon, in focal lengths


def probe(scene: Scene, placement: Placement) -> F32:
    """For each of `BOOSTS` the moment (right, away, up) over the mean, and the mean's log: [12].

    A moment of 0 is even light; of 3, a single lamp far away.
    """
    points, solid = _points(scene)
    light, burnt = _seen(scene)
    place = _middle(scene, placement)
    way = points - place
    far = np.maximum(np.linalg.norm(way, axis=2), _NEAREST)
    from_camera = points - np.array([0, 0, 1], np.float32)
    away = np.linalg.norm(from_camera, axis=2)
    lying = (np.abs(way[..., 2]) / far) / np.maximum(np.abs(from_camera[..., 2]) / away, 1e-3)
    level = (points[..., 2] < 1e-3) | (points[..., 2] > _CEILING - 1e-3)
    turned = np.where(level, np.clip(lying, 0.05, 5), 1)
    angle = np.minimum(solid * (away / far) ** 2 * turned, 0.08)
    angle *= min(1.0, 10.0 / max(float(angle.sum()), 1e-6))
    unit = way / far[..., None]
    found: list[float] = []
    for boost in BOOSTS:
        bright = light + boost * burnt
        mean = float((bright * angle).sum() / max(float(angle.sum()), 1e-6)) + 2e-3
        moment = ((bright / mean - 1) * angle)[..., None] * unit
        found += [*(3 / (4 * math.pi) * moment.sum(axis=(0, 1))), math.log(mean)]
    return np.array(found, np.float32)


def _seen(scene: Scene) -> tuple[F32, F32]:
    """Luminance [h, w], and the share of burnt pixels."""
    light = colour.luminance(scene.linear)
    size = _size(scene)
    burnt = (light > _BURNT).astype(np.float32)
    small = [cv2.resize(x, size, interpolation=cv2.INTER_AREA) for x in (light, burnt)]
    return np.asarray(small[0], np.float32), np.asarray(small[1], np.float32)


def _size(scene: Scene) -> tuple[int, int]:
    height, width = scene.linear.shape[:2]
    shrink = _GRID / max(width, height)
    return max(8, round(width * shrink)), max(8, round(height * shrink))


def _rays(scene: Scene) -> tuple[F32, float]:
    """Directions [h, w, 3] of the pixels with y = 1, and the focal length in pixels of the grid."""
    width, height = _size(scene)
    shrink = width / scene.size[0]
    focal = scene.camera.focal * shrink
    across = (np.arange(width, dtype=np.float32) + 0.5 - width / 2) / focal
    down = (np.arange(height, dtype=np.float32) + 0.5 - scene.camera.horizon * shrink) / focal
    rays = np.ones((height, width, 3), np.float32)
    rays[..., 0], rays[..., 2] = across[None], -down[:, None]
    return rays, focal


def _points(scene: Scene) -> tuple[F32, F32]:
    """Where the pixels lie [h, w, 3], and the solid angle [h, w] of each at the camera."""
    rays, focal = _rays(scene)
    height, width = rays.shape[:2]
    floor = np.asarray(
        cv2.resize(scene.floor, (width, height), interpolation=cv2.INTER_AREA), np.float32
    )
    drop = -rays[..., 2]
    on_floor = (floor > 0.5) & (drop > _LEAST_DROP)
    away = np.where(on_floor, 1 / np.maximum(drop, _LEAST_DROP), 0)
    # Upright things stand where the floor of their column ends.
    ends = np.minimum(np.where(on_floor.any(0), away.max(0), 0), _FARTHEST)
    known = ends > 0
    usual = float(np.median(ends[known])) if known.any() else 3.0
    ends = np.where(known, ends, usual)
    upright = np.broadcast_to(ends[None], (height, width))
    to_ceiling = np.where(rays[..., 2] > 1e-3, (_CEILING - 1) / np.maximum(rays[..., 2], 1e-3), 99)
    to_floor = np.where(drop > _LEAST_DROP, 1 / np.maximum(drop, _LEAST_DROP), 99)
    depth = np.where(on_floor, away, np.minimum(np.minimum(upright, to_ceiling), to_floor))
    points = depth[..., None] * rays
    points[..., 2] += 1
    length = np.linalg.norm(rays, axis=2)
    return points.astype(np.float32), (1 / (focal**2 * length**3)).astype(np.float32)


def _middle(scene: Scene, placement: Placement) -> F32:
    """The middle of the product in space."""
    camera, corners = scene.camera, placement.corners
    stands = _TABLE if placement.surface == "table" else 0.0
    drop = max((placement.contact - camera.horizon) / camera.focal, _LEAST_DROP)
    depth = min((1 - stands) / drop, _FARTHEST)
    left, right = float(corners[:, 0].min()), float(corners[:, 0].max())
    x = ((left + right) / 2 - scene.size[0] / 2) / camera.focal * depth
    top = 1 - (float(corners[:, 1].min()) - camera.horizon) / camera.focal * depth
    return np.array([x, depth, (stands + max(top, stands)) / 2], np.float32)
