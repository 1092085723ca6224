"""The camera of a room photo: horizon, vanishing point of the depth lines, focal length.

Two witnesses. Upright edges lean towards the nadir when the camera looks down, which tells the
tilt and so the horizon. Lines that run into the depth meet in one point of the horizon. Where
neither tells, a photographer's habit is the fallback: eye level a little above the middle, a lens
of about 28 mm on full frame.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roomstage.image import F32

_USUAL_HORIZON = 0.42  # of the height, from the top
_USUAL_FOCAL = 0.80  # of the long side: 29 mm on a 36 mm sensor
_EYE_HEIGHT_M = 1.35  # of people who photograph rooms
_UPRIGHT_DEG = 74  # a steeper line is taken for an upright edge
_UPRIGHT_PHOTO = 0.015  # of the height: a tilt this small is taken for a corrected photo
_FLAT_DEG = 5  # a flatter line says nothing about the depth

Floats = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Camera:
    """A pinhole camera; lengths in pixels of the room photo."""

    horizon: float  # row of the horizon
    centre: float  # column of the point that depth lines run to
    focal: float
    height_m: float  # of the camera above the floor
    confidence: float  # 0 = habit, 1 = many lines agree
    lens_shift: float = 0.0  # rows that the optical axis lies below the middle of the picture

    def axis(self, height: int) -> float:
        """Row of the optical axis in a photo of this height."""
        return height / 2 + self.lens_shift

    def pitch(self, height: int) -> float:
        """Radians that the camera of a photo of this height looks down."""
        return float(np.arctan2(self.axis(height) - self.horizon, self.focal))

    def descent(self, row: float | Floats, height: int) -> Floats:
        """Radians below the level at which the middle of a row is seen."""
        return self.pitch(height) + np.arctan((np.asarray(row) - self.axis(height)) / self.focal)

    def pixels_per_metre(self, row: float) -> float:
        """Pixels that a metre takes where the floor is seen at `row`."""
        return max(row - self.horizon, 1.0) / self.height_m


def usual(width: int, height: int) -> Camera:
    """The habitual camera for a picture of this size."""
    return Camera(
        _USUAL_HORIZON * height, width / 2, _USUAL_FOCAL * max(width, height), _EYE_HEIGHT_M, 0.0
    )


def estimate(lines: F32, width: int, height: int) -> Camera:
    """Camera from segments [N, 4] in pixels of a picture of `width` x `height`."""
    habit = usual(width, height)
    tilt_row, tilt_trust = _horizon_of_uprights(lines, width, height, habit.focal)
    if tilt_trust > 0.5 and abs(tilt_row - height / 2) < _UPRIGHT_PHOTO * height:
        # Uprights made parallel by lens or software: the horizon may lie off the middle again.
        prior, searches = 0.5 * (tilt_row + habit.horizon), [(habit.horizon, 0.10)]
    elif tilt_trust > 0.5:
        prior, searches = tilt_row, [(tilt_row, 0.06)]
    else:
        prior = tilt_trust * tilt_row + (1 - tilt_trust) * habit.horizon
        searches = [(tilt_row, 0.06), (prior, 0.15)]
    depth_lines = _depth_lines(lines)
    tried = [_vanishing_point(depth_lines, width, row, share * height) for row, share in searches]
    found = max((t for t in tried if t is not None), key=lambda t: t[1], default=None)
    if found is None:
        return Camera(prior, habit.centre, habit.focal, habit.height_m, tilt_trust * 0.8)
    point, support = found
    trust = float(np.clip((support - 0.2) / 0.4, 0, 1))
    horizon = trust * point[1] + (1 - trust) * prior
    centre = trust * point[0] + (1 - trust) * habit.centre
    confidence = max(trust, tilt_trust * 0.8)
    return Camera(float(horizon), float(centre), habit.focal, habit.height_m, confidence)


def _slopes(lines: F32) -> Floats:
    return np.degrees(
        np.arctan2(np.abs(lines[:, 3] - lines[:, 1]), np.abs(lines[:, 2] - lines[:, 0]))
    )


def _depth_lines(lines: F32) -> F32:
    slope = _slopes(lines)
    return lines[(slope > _FLAT_DEG) & (slope < _UPRIGHT_DEG)]


def _horizon_of_uprights(lines: F32, width: int, height: int, focal: float) -> tuple[float, float]:
    """Row of the horizon by the lean of upright edges, and how far to trust it (0..1).

    An upright edge at column x leans by dx/dy = roll + k (x - cx), with k = -tan(pitch) / focal
    near the middle row, and the horizon lies focal * tan(pitch) above the middle. Fitted by
    iteratively reweighted least squares (Cauchy weights).
    """
    upright = lines[_slopes(lines) >= _UPRIGHT_DEG]
    length = np.hypot(upright[:, 2] - upright[:, 0], upright[:, 3] - upright[:, 1])
    upright, length = upright[length > 0.04 * height], length[length > 0.04 * height]
    if len(upright) < 4:
        return height / 2, 0.0
    across = (upright[:, 0] + upright[:, 2]) / 2 - width / 2
    middle = (upright[:, 1] + upright[:, 3]) / 2 - height / 2
    lean = (upright[:, 2] - upright[:, 0]) / (upright[:, 3] - upright[:, 1])
    weight, slope, residual = length.copy(), 0.0, lean
    for _ in range(12):
        # The lean grows towards the nadir: (x - cx) / (nadir - y), linearised at the last fit.
        near = across / np.maximum(1 + slope * middle, 0.3)
        design = np.c_[np.ones_like(near), near] * np.sqrt(weight)[:, None]
        (roll, slope), *_ = np.linalg.lstsq(design, lean * np.sqrt(weight), rcond=None)
        residual = lean - roll - slope * near
        weight = length / (1 + (residual / 0.008) ** 2)
    agreeing = np.abs(residual) < 0.012
    spread = float(np.std(across[agreeing])) / width if agreeing.any() else 0.0
    share = float(length[agreeing].sum() / length.sum())
    total = float(length[agreeing].sum()) / height
    trust = min(1.0, spread / 0.15) * min(1.0, share / 0.4) * min(1.0, total / 0.8)
    row = height / 2 + focal * focal * slope
    return float(np.clip(row, -0.4 * height, 0.8 * height)), float(trust)


def _vanishing_point(
    lines: F32, width: int, prior: float, spread: float
) -> tuple[Floats, float] | None:
    """The point near row `prior` that most lines run to, and the share of line length that does.

    How near is told by `spread`, the standard deviation of the horizon's row, in pixels.

    Every pair of the longest segments is a hypothesis (Rother, "A new approach to vanishing point
    detection in architectural environments", 2002). Lines vote by length, and the votes of one
    direction saturate, so a stack of parallel edges can't outvote a fan of lines.
    """
    if len(lines) < 5:
        return None
    length = np.hypot(lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1])
    order = np.argsort(-length)[:140]
    lines, length = lines[order], length[order]
    ones = np.ones(len(lines))
    normals = np.cross(np.c_[lines[:, :2], ones], np.c_[lines[:, 2:], ones])
    first, second = np.triu_indices(min(len(lines), 70), 1)
    meets = np.cross(normals[first], normals[second])
    meets = meets[np.abs(meets[:, 2]) > 1e-6]
    points = meets[:, :2] / meets[:, 2:]
    near = np.abs(points[:, 1] - prior) < 2.5 * spread
    points = points[near & (points[:, 0] > -0.6 * width) & (points[:, 0] < 1.6 * width)]
    if len(points) == 0:
        return None
    agree, angle = _agreement(lines, points)
    votes = agree * length
    likely = np.exp(-0.5 * ((points[:, 1] - prior) / spread) ** 2)
    best = int(np.argmax(_saturated(votes, angle) * likely))
    chosen = agree[best] > 0.3
    refined = _least_squares(normals[chosen], length[chosen], points[best])
    return refined, float(votes[best].sum() / length.sum())


def _saturated(votes: Floats, angle: Floats) -> Floats:
    """[P] sum over directions of the root of the votes [P, N] cast from that direction."""
    bins = (angle / 15).astype(np.int64) % 12
    return sum(np.sqrt((votes * (bins == b)).sum(axis=1)) for b in range(12))  # type: ignore[return-value]


def _agreement(lines: F32, points: Floats) -> tuple[Floats, Floats]:
    """[P, N] 1 where a segment points at a point within a degree, falling to 0 at two; its angle.

    The angle is the segment's direction in degrees, 0 to 180.
    """
    middle = (lines[:, :2] + lines[:, 2:]) / 2
    along = lines[:, 2:] - lines[:, :2]
    along = along / np.linalg.norm(along, axis=1, keepdims=True)
    sight = points[:, None].astype(np.float32) - middle[None]
    distance = np.maximum(np.linalg.norm(sight, axis=2), 1e-3)
    sine = np.abs(along[None, :, 0] * sight[..., 1] - along[None, :, 1] * sight[..., 0]) / distance
    angle = np.degrees(np.arctan2(along[:, 1], along[:, 0])) % 180
    off = np.degrees(np.arcsin(np.clip(sine, 0, 1)))
    return np.clip(2 - off, 0, 1), np.broadcast_to(angle, off.shape)


def _least_squares(normals: Floats, weight: Floats, start: Floats) -> Floats:
    if len(normals) < 3:
        return start
    scaled = normals / np.linalg.norm(normals[:, :2], axis=1, keepdims=True) * weight[:, None]
    point, *_ = np.linalg.lstsq(scaled[:, :2], -scaled[:, 2], rcond=None)
    return point if np.linalg.norm(point - start) < 60 else start
