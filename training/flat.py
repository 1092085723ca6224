"""Rugs and pictures, photographed from the front and laid into the room's view as if staged."""

from __future__ import annotations

import bpy
import numpy as np
from scipy import ndimage

from framing import project
from specs import Camera

FRONTS = {"rug": (2, 1.0), "picture": (1, -1.0)}  # axis and sign of the visible face
_SIDE, _LENS, _FINER = 144, 60.0, 4


def _basis(root: bpy.types.Object) -> tuple[np.ndarray, np.ndarray]:
    matrix = np.array(root.matrix_world)
    turn = matrix[:3, :3] / np.linalg.norm(matrix[:3, :3], axis=0)
    return turn, matrix[:3, 3]


def _face(kind: str, root: bpy.types.Object, points: np.ndarray) -> np.ndarray:
    """Corners of the face in the world: top left, top right, bottom right, bottom left."""
    turn, origin = _basis(root)
    local = (points - origin) @ turn
    low, high = local.min(0), local.max(0)
    axis, sign = FRONTS[kind]
    other = 3 - axis  # the face's upward axis: z for pictures, y for rugs
    corners = np.zeros((4, 3))
    corners[:, axis] = high[axis] if sign > 0 else low[axis]
    corners[:, 0] = [low[0], high[0], high[0], low[0]]
    corners[:, other] = [high[other], high[other], low[other], low[other]]
    return corners @ turn.T + origin


def frontal(kind: str, root: bpy.types.Object, points: np.ndarray) -> Camera:
    """A camera straight before the face, which fills most of its square frame."""
    face = _face(kind, root, points)
    axis, sign = FRONTS[kind]
    normal = _basis(root)[0][:, axis] * sign
    middle = face.mean(0)
    reach = float(np.ptp(face @ _basis(root)[0], axis=0).max()) * 1.12
    away = reach * _LENS / 36
    # Looking straight down leaves "up" open: a hair of tilt settles it along the rug.
    up = _basis(root)[0][:, 1] * 1e-3 * away if kind == "rug" else 0.0
    return Camera(tuple(middle + normal * away - up), tuple(middle), _LENS, _SIDE, _SIDE)


def corners(kind: str, root: bpy.types.Object, points: np.ndarray, camera: Camera) -> np.ndarray:
    """The face's corners in a camera's picture, [4, 2]."""
    return project(_face(kind, root, points), camera)


def _homography(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The map that takes the four points `a` to `b`."""
    rows, right = [], []
    for (x, y), (u, v) in zip(a, b, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    return np.append(np.linalg.solve(np.array(rows), np.array(right)), 1).reshape(3, 3)


def laid(
    photo: np.ndarray, seen: np.ndarray, wanted: np.ndarray, size: tuple[int, int]
) -> np.ndarray:
    """The frontal photo (linear RGBA, premultiplied) as it lies in the room's view."""
    height, width = size
    back = _homography(wanted, seen)
    y, x = (np.mgrid[0 : height * _FINER, 0 : width * _FINER] + 0.5) / _FINER
    u, v, w = back @ np.stack([x.ravel(), y.ravel(), np.ones(x.size)])
    at = [v / w - 0.5, u / w - 0.5]
    channels = [ndimage.map_coordinates(photo[..., c], at, order=1) for c in range(4)]
    fine = np.stack(channels, -1).reshape(height, _FINER, width, _FINER, 4)
    return fine.mean((1, 3)).astype(np.float32)
