"""Flat products: a rug on the floor, a picture on a side wall, by the plane's homography.

The mask's box holds the product's whole outline. A rectangle of the product's true aspect is laid
into the plane so that its picture fills that box: four unknowns, four edges.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage.image import F32
from roomstage.placement.extent import Extent
from roomstage.scene import Camera

Floats = NDArray[np.float64]

_FRONTAL = 0.08  # of log aspect: a picture this little foreshortened hangs square to the camera
_FOCAL_UNSURE = 0.12  # of log focal length
_FILLS = 0.03  # of the longer side, the error that an edge may have
_SLANT = 55.0  # degrees, the search starts at a side wall seen like this


def floor_quad(camera: Camera, size: tuple[int, int], target: Extent, aspect: float) -> F32 | None:
    """Corners [4, 2] of a rectangle on the floor whose picture fills `target`, or None.

    Unknown are its place, width and yaw, and horizon and focal length as far as the camera is
    uncertain. Of several that fill the box the one least turned to the camera is meant.
    """
    unsure = 0.02 + 0.22 * (1 - camera.confidence)

    def corners(p: Floats) -> Floats:
        x, log_z, log_w, yaw, rise, log_f = p
        horizon, focal = camera.horizon + rise * size[1], camera.focal * np.exp(log_f)
        pitch = np.arctan2(size[1] / 2 - horizon, focal)
        half = np.exp(log_w) / 2
        flat = _rectangle(half, half / aspect)
        turned = flat @ np.array([[np.cos(yaw), np.sin(yaw)], [-np.sin(yaw), np.cos(yaw)]])
        world = np.c_[x + turned[:, 0], -np.ones(4), np.exp(log_z) + turned[:, 1]]
        return _seen(world, pitch, focal, size)

    def start(rise: float, yaw: float) -> Floats:
        row = (target.top + target.bottom) / 2
        depth = camera.focal / max(row - camera.horizon - rise * size[1], 8.0)
        x = ((target.left + target.right) / 2 - size[0] / 2) * depth / camera.focal
        width = 0.8 * target.width * depth / camera.focal
        return np.array([x, np.log(depth), np.log(width), yaw, rise, 0.0])

    rises = (0.0, -0.15, -0.3, 0.12) if camera.confidence < 0.8 else (0.0,)
    starts = [start(rise, yaw) for rise in rises for yaw in (0.0, 0.25, -0.25)]
    strength = np.array([0, 0, 0, 0.5, 0.015 / unsure, 0.015 / _FOCAL_UNSURE])
    return _best(corners, starts, _Tie(np.zeros(6), strength), target)


def wall_quad(camera: Camera, size: tuple[int, int], target: Extent, aspect: float) -> F32 | None:
    """Corners [4, 2] of an upright rectangle whose picture fills `target`, or None.

    A box narrower than the product means a side wall; which one, the side of the picture tells.
    """
    squeeze = np.log(target.aspect / aspect)
    if squeeze > -_FRONTAL:
        return None
    pitch = np.arctan2(size[1] / 2 - camera.horizon, camera.focal)
    side = 1.0 if (target.left + target.right) > size[0] else -1.0

    def corners(p: Floats) -> Floats:
        x, y, log_w, yaw = p
        half = np.exp(log_w) / 2
        flat = _rectangle(half, half / aspect)
        # Left to right on the picture runs towards the camera on a right-hand wall.
        world = np.c_[
            x + flat[:, 0] * np.cos(yaw), y + flat[:, 1], 1 - side * flat[:, 0] * np.sin(yaw)
        ]
        return _seen(world, pitch, camera.focal, size)

    x = ((target.left + target.right) / 2 - size[0] / 2) / camera.focal
    y = -((target.top + target.bottom) / 2 - camera.horizon) / camera.focal
    width = target.height * aspect / camera.focal
    start = np.array([x, y, np.log(width), np.radians(_SLANT)])
    return _best(corners, [start], _Tie(start, np.zeros(4)), target)


def homography(cut: Extent, quad: F32) -> Floats:
    """Matrix [3, 3] from cut-out pixel edges to room pixel edges for the product's corners."""
    return np.asarray(cv2.getPerspectiveTransform(cut.corners, quad.astype(np.float32)), np.float64)


def _rectangle(half_width: float, half_height: float) -> Floats:
    """Corners [4, 2], second axis up: top left, top right, bottom right, bottom left."""
    return np.array([[-1, 1], [1, 1], [1, -1], [-1, -1]]) * [half_width, half_height]


def _seen(world: Floats, pitch: float, focal: float, size: tuple[int, int]) -> Floats:
    """Points [N, 3] (x right, y up, z away) in the picture of a camera that looks down by pitch."""
    c, s = np.cos(pitch), np.sin(pitch)
    up = world[:, 1] * c + world[:, 2] * s
    away = np.maximum(world[:, 2] * c - world[:, 1] * s, 1e-3)
    return np.c_[size[0] / 2 + focal * world[:, 0] / away, size[1] / 2 - focal * up / away]


@dataclass(frozen=True, eq=False, slots=True)
class _Tie:
    """Of several rectangles that fill the box, the one nearest to the usual is meant."""

    usual: Floats
    strength: Floats


def _best(
    corners: Callable[[Floats], Floats], starts: list[Floats], tie: _Tie, target: Extent
) -> F32 | None:
    """The corners that fill the target's box best, if they fill it within three per cent."""
    span = max(target.width, target.height)
    edges = np.array([target.left, target.top, target.right, target.bottom])

    def residual(p: Floats) -> Floats:
        quad = corners(p)
        return np.r_[
            (np.r_[quad.min(axis=0), quad.max(axis=0)] - edges) / span,
            tie.strength * (p - tie.usual),
        ]

    found = [_descended(residual, start) for start in starts]
    best = min(found, key=lambda p: float(residual(p) @ residual(p)))
    if np.abs(residual(best)[:4]).max() > _FILLS:
        return None
    return corners(best).astype(np.float32)


def _descended(residual: Callable[[Floats], Floats], start: Floats) -> Floats:
    """Levenberg-Marquardt with a numeric Jacobian; steps are bounded, since depth is a log."""
    p, damping = start.copy(), 1e-2
    error = residual(p)
    for _ in range(40):
        jacobian = np.stack([(residual(p + h) - error) / 1e-5 for h in np.eye(len(p)) * 1e-5])
        damped = jacobian @ jacobian.T + damping * np.eye(len(p))
        step = np.clip(np.linalg.solve(damped, -jacobian @ error), -0.3, 0.3)
        trial = residual(p + step)
        if trial @ trial < error @ error:
            p, error, damping = p + step, trial, damping * 0.4
        else:
            damping *= 4
    return p
