"""Flat products: a rug on the floor, a picture on a wall, by the plane's homography.

The mask's box holds the product's whole outline. A rectangle of the product's true aspect is laid
into the plane so that its picture fills that box: place, width and turn against four edges. The
walls' directions tell how a picture hangs and how a rug most likely lies; a box that no such
rectangle fills is a box to lie in, and the largest rectangle that stays inside it is taken.
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
_STILL = 2e-5  # a step this small moves no edge by a tenth of a pixel
_FILLS = 0.03  # of the longer side, the error that an edge may have
_SLANT = 55.0  # degrees, the search starts at a side wall seen like this
_TURN = 0.03  # of the longer side that a radian away from the walls costs a rug
_SQUARE = 0.5  # that a radian away from square costs one that may as well be square
_ALIKE = 0.09  # radians, 5 degrees: the walls' direction is not known to tell these apart
_TURNED_MOST = 0.7  # radians; a box that only a rug turned further fills is a rough box
_OFF_WALL = 0.3  # and a picture: it hangs on the wall, but the wall is known to a few degrees
_BACKWARDS = 1e-3  # of the box's area: a quad with less is seen from behind


def floor_quad(
    camera: Camera, size: tuple[int, int], target: Extent, aspect: float, turn: float = 0.0
) -> F32 | None:
    """Corners [4, 2] of a rectangle on the floor whose picture fills `target`, or None.

    Unknown are its place, width and yaw, and horizon and focal length as far as the camera is
    uncertain. Of several that fill the box, such as two mirror images, the one nearest to `turn`,
    the yaw of the room's walls, is meant, unless the one nearest to square to the camera is nearly
    the same; one along the walls that lies in the box is the fallback.
    """
    unsure = 0.02 + 0.22 * (1 - camera.confidence)

    def corners(p: Floats) -> Floats:
        x, log_z, log_w, yaw, rise, log_f = p
        horizon, focal = camera.horizon + rise * size[1], camera.focal * np.exp(log_f)
        axis = camera.axis(size[1])
        pitch = np.arctan2(axis - horizon, focal)
        half = np.exp(log_w) / 2
        flat = _rectangle(half, half / aspect)
        turned = flat @ np.array([[np.cos(yaw), -np.sin(yaw)], [np.sin(yaw), np.cos(yaw)]])
        world = np.c_[x + turned[:, 0], -np.ones(4), np.exp(log_z) + turned[:, 1]]
        return _seen(world, pitch, focal, (size[0] / 2, axis))

    def start(rise: float, yaw: float) -> Floats:
        row = (target.top + target.bottom) / 2
        depth = camera.focal / max(row - camera.horizon - rise * size[1], 8.0)
        x = ((target.left + target.right) / 2 - size[0] / 2) * depth / camera.focal
        width = 0.8 * target.width * depth / camera.focal
        return np.array([x, np.log(depth), np.log(width), yaw, rise, 0.0])

    rises = (0.0, -0.15, -0.3, 0.12) if camera.confidence < 0.8 else (0.0,)
    starts = [start(rise, turn + yaw) for rise in rises for yaw in (0.0, 0.25, -0.25)]

    def nearest_to(yaw: float, cost: float) -> _Fit:
        strength = np.array([0, 0, 0, cost, 0.015 / unsure, 0.015 / _FOCAL_UNSURE])
        return _fitted(corners, starts, _Tie(np.array([0, 0, 0, yaw, 0, 0]), strength), target)

    found = nearest_to(turn, _TURN)
    if not found.fills or abs(found.yaw - turn) > _TURNED_MOST:
        return _within(corners, start(0.0, turn), target)
    square = nearest_to(0.0, _SQUARE)
    alike = square.fills and abs(square.yaw - found.yaw) < _ALIKE
    return square.quad if alike else found.quad


def wall_quad(
    camera: Camera,
    size: tuple[int, int],
    target: Extent,
    aspect: float,
    turns: tuple[float, ...] = (),
) -> F32 | None:
    """Corners [4, 2] of an upright rectangle whose picture fills `target`, or None.

    Args:
        camera: of the room's photo.
        size: of the photo.
        target: the mask's box.
        aspect: the product's width over its height.
        turns: yaws of the walls that it may hang on, radians; 0 faces the camera, 90 degrees is a
            wall to the right. Without them a box narrower than the product means a side wall;
            which one, the side of the picture tells. With them, a box that the product does not
            fill on any of them is one to hang in, on the first.
    """
    squeeze = np.log(target.aspect / aspect)
    if squeeze > -_FRONTAL and not turns:
        return None
    axis = camera.axis(size[1])
    pitch = camera.pitch(size[1])

    def corners(p: Floats) -> Floats:
        x, y, log_w, yaw = p
        half = np.exp(log_w) / 2
        flat = _rectangle(half, half / aspect)
        # Left to right on the picture runs towards the camera on a right-hand wall.
        world = np.c_[x + flat[:, 0] * np.cos(yaw), y + flat[:, 1], 1 - flat[:, 0] * np.sin(yaw)]
        return _seen(world, pitch, camera.focal, (size[0] / 2, axis))

    x = ((target.left + target.right) / 2 - size[0] / 2) / camera.focal
    y = -((target.top + target.bottom) / 2 - camera.horizon) / camera.focal
    width = target.height * aspect / camera.focal
    side = 1.0 if (target.left + target.right) > size[0] else -1.0
    yaws = turns or (side * np.radians(_SLANT),)
    starts = [np.array([x, y, np.log(width), yaw]) for yaw in yaws]
    strength = np.array([0, 0, 0, _OFF_WALL if turns else 0.0])
    found = [_fitted(corners, [start], _Tie(start, strength), target) for start in starts]
    filling = [fit for fit in found if fit.fills and _faces(fit.quad, target)]
    if filling:
        return min(filling, key=lambda fit: fit.miss).quad
    return _within(corners, starts[0], target) if turns else None


def _faces(quad: F32, target: Extent) -> bool:
    """Whether a quad is seen from its front."""
    area = float(cv2.contourArea(quad.astype(np.float32), oriented=True))
    return area > _BACKWARDS * target.width * target.height


def homography(cut: Extent, quad: F32) -> Floats:
    """Matrix [3, 3] from cut-out pixel edges to room pixel edges for the product's corners."""
    return np.asarray(cv2.getPerspectiveTransform(cut.corners, quad.astype(np.float32)), np.float64)


def _rectangle(half_width: float, half_height: float) -> Floats:
    """Corners [4, 2], second axis up: top left, top right, bottom right, bottom left."""
    return np.array([[-1, 1], [1, 1], [1, -1], [-1, -1]]) * [half_width, half_height]


def _seen(world: Floats, pitch: float, focal: float, principal: tuple[float, float]) -> Floats:
    """Points [N, 3] (x right, y up, z away) in the picture of a camera that looks down by pitch."""
    c, s = np.cos(pitch), np.sin(pitch)
    up = world[:, 1] * c + world[:, 2] * s
    away = np.maximum(world[:, 2] * c - world[:, 1] * s, 1e-3)
    return np.c_[principal[0] + focal * world[:, 0] / away, principal[1] - focal * up / away]


@dataclass(frozen=True, eq=False, slots=True)
class _Tie:
    """Of several rectangles that fill the box, the one nearest to the usual is meant."""

    usual: Floats
    strength: Floats


@dataclass(frozen=True, eq=False, slots=True)
class _Fit:
    """A rectangle fitted to the target's box."""

    quad: F32  # [4, 2] its corners
    yaw: float
    miss: float  # of the box's longer side, by which its worst edge is off

    @property
    def fills(self) -> bool:
        """Whether every edge is within three per cent."""
        return self.miss < _FILLS


def _fitted(
    corners: Callable[[Floats], Floats], starts: list[Floats], tie: _Tie, target: Extent
) -> _Fit:
    """The rectangle that fills the target's box best, of those that do the most usual one."""
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
    miss = float(np.abs(residual(best)[:4]).max())
    return _Fit(corners(best).astype(np.float32), float(best[3]), miss)


def _within(corners: Callable[[Floats], Floats], start: Floats, target: Extent) -> F32 | None:
    """The largest rectangle in the middle of the target's box, turned as at the start."""
    span = max(target.width, target.height)
    middle = np.array([target.left + target.right, target.top + target.bottom]) / 2

    def residual(p: Floats) -> Floats:
        quad = corners(np.r_[p, start[3:]])
        low, high = quad.min(axis=0), quad.max(axis=0)
        filled = ((high - low) / [target.width, target.height]).max()
        return np.r_[((low + high) / 2 - middle) / span, filled - 1]

    found = _descended(residual, start[:3])
    quad = corners(np.r_[found, start[3:]]).astype(np.float32)
    return quad if np.abs(residual(found)).max() < _FILLS and _faces(quad, target) else None


def _descended(residual: Callable[[Floats], Floats], start: Floats) -> Floats:
    """Levenberg-Marquardt with a numeric Jacobian; steps are bounded, since depth is a log."""
    p, damping = start.copy(), 1e-2
    error = residual(p)
    for _ in range(40):
        jacobian = np.stack([(residual(p + h) - error) / 1e-5 for h in np.eye(len(p)) * 1e-5])
        damped = jacobian @ jacobian.T + damping * np.eye(len(p))
        step = np.clip(np.linalg.solve(damped, -jacobian @ error), -0.3, 0.3)
        if np.abs(step).max() < _STILL:
            break
        trial = residual(p + step)
        if trial @ trial < error @ error:
            p, error, damping = p + step, trial, damping * 0.4
        else:
            damping *= 4
    return p
