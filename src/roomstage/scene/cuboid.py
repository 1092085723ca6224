"""The room as a box: how far its walls and its ceiling are, in units of the camera's height.

The layout is a box along the room's directions (Hedau, Hoiem and Forsyth, "Recovering the spatial
layout of cluttered rooms", ICCV 2009): an image of it is fixed by the distance of the back wall,
the two side walls and the ceiling. Every box of a grid of distances is scored, in closed form:

- the floor map: what is floor lies in front of the walls; what isn't may be furniture;
- lines along a crease of the box speak for it, and so do upright lines at its corners;
- a line towards the breadth's vanishing point does not lie on a side wall.

No learned part: a layout without evidence keeps no confidence.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage.image import F32
from roomstage.scene.manhattan import Directions, Floats

_COLUMNS = 32  # of the floor map that are looked at
_NEAREST, _FARTHEST = 0.9, 7.0  # of the back wall, in camera heights: 1.2 m to 9 m
_SIDES = 0.35, 5.0  # of the side walls: 0.5 m to 7 m
_CEILINGS = 0.55, 1.9  # above the camera: rooms of 2.1 m to 3.9 m
_STEPS = 20, 10, 96  # distances tried: back, side, ceiling ...
_DRAWN = 12, 10  # ... and those at which lines are drawn on the floor, longest first
_UNSEEN = 1e4  # a wall that the picture does not show
_FURNITURE = 0.25  # of a floor pixel: what is no floor before the wall may stand on it
_ALONG_DEG = 2.0  # a segment runs along a direction if it misses its point by no more
_NEAR, _SHARP = 0.010, 0.004  # of the long side: how far a segment may lie off a crease
_CREASE, _CORNER, _CONTRADICTS = 0.35, 0.20, 0.40  # weights against the floor map's 1
_LEAK = 0.3  # share of floor behind a side wall that says there is no wall
_CORNER_DRAWN = 0.5  # of its height, from which a corner proves the wall beyond it
_AWAY = 0.02  # a wall must be worth this much to be assumed


@dataclass(frozen=True, slots=True)
class Cuboid:
    """Distances from the camera along the room's axes, in units of its height; inf = unseen."""

    back: float
    left: float
    right: float
    ceiling: float  # above the camera
    support: tuple[float, float, float, float]  # of each, share of its visible crease that is drawn
    fits_floor: float  # share of the floor map that lies in front of the walls


def cuboid(found: Directions, lines: F32, floor: F32, size: tuple[int, int]) -> Cuboid:
    """The box that explains floor map [h, w] and segments [N, 4] of a picture of `size` best."""
    drawn = _Drawn(found, lines, floor, size)
    backs = np.geomspace(_NEAREST, _FARTHEST, _STEPS[0])
    sides = np.geomspace(*_SIDES, _STEPS[1])
    deep, broad = drawn.distances(1), drawn.distances(0)
    tried = (
        np.r_[backs, _among(deep, _NEAREST, _FARTHEST)[: _DRAWN[0]]],
        np.r_[sides, _among(-broad, *_SIDES)[: _DRAWN[1]], _UNSEEN],
        np.r_[sides, _among(broad, *_SIDES)[: _DRAWN[1]], _UNSEEN],
    )
    back, left, right = _best_walls(drawn, floor, tried, _NEAR)
    for spread, tolerance in ((0.06, _NEAR), (0.015, _SHARP)):
        near = np.exp(np.linspace(-spread, spread, 9))
        left_near, right_near = (
            side * near if side < _UNSEEN else np.array([side]) for side in (left, right)
        )
        tried = back * near, left_near, right_near
        back, left, right = _best_walls(drawn, floor, tried, tolerance)
    ceiling = _best_ceiling(drawn, (back, left, right))
    return _measured(drawn, floor, (back, left, right, ceiling))


def _among(distances: Floats, low: float, high: float) -> Floats:
    """Those between two bounds, in their order."""
    return distances[(distances > low) & (distances < high)]


def edges(points: Floats, corners: Floats, along: int) -> Floats:
    """[N, 3] the lines in the picture of the box's edges through corners that run along an axis.

    Scaled so that their product with a pixel (column, row, 1) is its distance in pixels.

    Args:
        points: [3, 3] the vanishing points, `Directions.vanishing`.
        corners: [N, 3] along breadth, up and depth from the camera.
        along: which axis: 0 depth, 1 breadth, 2 up, the order of the vanishing points.
    """
    lines = np.cross(at(points, corners), points[along])
    return lines / np.maximum(np.hypot(lines[:, :1], lines[:, 1:2]), 1e-9)


def at(points: Floats, corners: Floats) -> Floats:
    """[N, 3] homogeneous pixels of corners [N, 3] along breadth, up and depth from the camera."""
    return corners @ points[[1, 2, 0]]


def _spots(breadth: float | Floats, up: float | Floats, depth: float | Floats) -> Floats:
    """[N, 3] corners from coordinates, of which one may be many."""
    return np.stack(np.broadcast_arrays(np.atleast_1d(breadth), up, depth), axis=-1).astype(float)


class _Drawn:
    """The segments, sorted by the direction that they run along."""

    def __init__(self, found: Directions, lines: F32, floor: F32, size: tuple[int, int]) -> None:
        self.size, self.long, self.horizon = size, float(max(size)), found.horizon
        self.points = found.vanishing
        middle = (lines[:, :2] + lines[:, 2:]) / 2
        along = lines[:, 2:] - lines[:, :2]
        self.length = np.linalg.norm(along, axis=1) + 1e-6
        self.ends, self.middle = lines, np.c_[middle, np.ones(len(lines))]
        towards = self.points[:, None, :2] - self.points[:, None, 2:] * middle
        sine = np.abs(towards[..., 0] * along[:, 1] - towards[..., 1] * along[:, 0])
        sine = sine / (np.linalg.norm(towards, axis=2) * self.length + 1e-6)
        self.runs = (sine < np.sin(np.radians(_ALONG_DEG))) & (sine == sine.min(axis=0))
        rows = np.clip(middle[:, 1] * floor.shape[0] / size[1], 0, floor.shape[0] - 1)
        columns = np.clip(middle[:, 0] * floor.shape[1] / size[0], 0, floor.shape[1] - 1)
        self.on_floor = floor[rows.astype(np.int64), columns.astype(np.int64)] > 0.5

    def distances(self, along: int) -> Floats:
        """[P] how far away the segments along depth (0) or breadth (1) are, if on the floor.

        Longest first. To the side, negative to the left, for those along depth; ahead for those
        along breadth.
        """
        low = self.runs[along] & (self.middle[:, 1] > self.horizon + 0.02 * self.long)
        depth, breadth, up = self.points
        on_floor = np.linalg.solve(np.stack([breadth, depth, -up], axis=1), self.middle[low].T)
        far = on_floor[1 if along == 1 else 0] / on_floor[2]
        return far[np.argsort(-self.length[low])]

    def votes(self, creases: Floats, along: int, tolerance: float) -> Floats:
        """[P] length, as a share of the long side, of the segments that lie on each of [P, 3]."""
        chosen = self.runs[along]
        off = np.abs(creases @ self.middle[chosen].T) / (tolerance * self.long)
        return np.exp(-0.5 * off**2) @ self.length[chosen] / self.long


def _best_walls(
    drawn: _Drawn,
    floor: F32,
    tried: tuple[Floats, Floats, Floats],
    tolerance: float,
) -> tuple[float, float, float]:
    """The best distances of back, left and right wall among those tried."""
    backs, lefts, rights = tried
    creases = edges(drawn.points, _spots(0, -1, backs), 1)
    score = _CREASE * np.minimum(drawn.votes(creases, 1, tolerance), 0.8)[:, None, None]
    feet = [_rows(creases, drawn.size)]
    for side, walls in ((-1, lefts), (1, rights)):
        foot = edges(drawn.points, _spots(side * walls, -1, 1), 0)
        worth = _CREASE * np.minimum(drawn.votes(foot, 0, tolerance), 0.5) - _AWAY
        worth = worth + _corners(drawn, side * walls, backs, creases, tolerance)
        worth[:, walls >= _UNSEEN] = 0
        rows = _rows(foot, drawn.size)
        rows[walls >= _UNSEEN] = -np.inf
        feet.append(rows)
        score = score + (worth[:, :, None] if side < 0 else worth[:, None, :])
    score = score + _floor_fit(floor, feet)
    i, j, k = np.unravel_index(int(np.argmax(score)), score.shape)
    return float(backs[i]), float(lefts[j]), float(rights[k])


def _corners(
    drawn: _Drawn, walls: Floats, backs: Floats, creases: Floats, tolerance: float
) -> Floats:
    """[B, W] what upright lines and the lines beyond a side wall's corners say of them."""
    spots = np.stack(np.meshgrid(walls, [-1.0], backs, indexing="ij"), axis=-1).reshape(-1, 3)
    corners = _inward(drawn, edges(drawn.points, spots, 2))
    upright = np.minimum(drawn.votes(corners, 2, tolerance), 0.3)
    flat = drawn.runs[1]
    middle, length = drawn.middle[flat], drawn.length[flat] / drawn.long
    beyond = np.clip(-(corners @ middle.T) / (0.02 * drawn.long), 0, 1)
    # Between horizon and crease stands furniture; the crease itself and what hangs tell the wall.
    hangs = np.where((middle[:, 1] < drawn.horizon) & ~drawn.on_floor[flat], 0.5, 0)
    tells = np.exp(-0.5 * ((creases @ middle.T) / (2 * tolerance * drawn.long)) ** 2) + hangs
    beyond = beyond.reshape(len(walls), len(backs), -1).transpose(1, 0, 2)
    wrong = (beyond @ (tells * length)[..., None])[..., 0]
    return _CORNER * upright.reshape(len(walls), -1).T - _CONTRADICTS * np.minimum(wrong, 1.0)


def _inward(drawn: _Drawn, lines: Floats) -> Floats:
    """The lines [N, 3], turned so that the back wall lies on their positive side."""
    return lines * np.where(lines @ drawn.points[0] < 0, -1, 1)[:, None]


def _rows(creases: Floats, size: tuple[int, int]) -> Floats:
    """[P, C] share of the picture's height at which creases [P, 3] cross evenly spread columns."""
    x = (np.arange(_COLUMNS) + 0.5) * size[0] / _COLUMNS
    down = np.where(np.abs(creases[:, 1:2]) < 1e-6, 1e-6, creases[:, 1:2])
    return -(creases[:, :1] * x + creases[:, 2:]) / down / size[1]


def _floor_fit(floor: F32, feet: list[Floats]) -> Floats:
    """[B, L, R] how well the floor map lies below the foot of the walls in every column."""
    height = floor.shape[0]
    seen = cv2.resize(floor, (_COLUMNS, height), interpolation=cv2.INTER_AREA)
    gain = seen - _FURNITURE * (1 - seen)
    below = np.zeros((height + 1, _COLUMNS))
    below[:-1] = np.cumsum(gain[::-1], axis=0)[::-1]
    below /= max(float(seen.sum()), 0.05 * seen.size)
    back, left, right = (np.clip(f * height, 0, height).astype(np.int32) for f in feet)
    column = np.arange(_COLUMNS)
    sides = np.maximum(left[:, None], right[None])
    fit = np.empty((len(back), len(left), len(right)))
    for i, rows in enumerate(back):
        fit[i] = below[np.maximum(rows, sides), column].sum(axis=-1)
    return fit


def _best_ceiling(drawn: _Drawn, walls: tuple[float, float, float]) -> float:
    """Height of the ceiling above the camera; `_UNSEEN` where nothing is drawn along it."""
    back, left, right = walls
    heights = np.geomspace(*_CEILINGS, _STEPS[2])
    creases = _inward(drawn, edges(drawn.points, _spots(0, heights, back), 1))
    score = np.minimum(drawn.votes(creases, 1, _SHARP), 0.6)
    for wall in (-left, right):
        if abs(wall) < _UNSEEN:
            along = edges(drawn.points, _spots(wall, heights, 1), 0)
            score += np.minimum(drawn.votes(along, 0, _SHARP), 0.4)
    # Above the crease is the ceiling, where nothing is upright.
    upright = drawn.runs[2]
    above = np.clip(-(creases @ drawn.middle[upright].T) / (0.02 * drawn.long), 0, 1)
    score -= np.minimum(above @ drawn.length[upright] / drawn.long, 1.0)
    best = int(np.argmax(score))
    return float(heights[best]) if score[best] > 0.12 else _UNSEEN


def _measured(drawn: _Drawn, floor: F32, distances: tuple[float, float, float, float]) -> Cuboid:
    """The box with what speaks for each of its planes."""
    back, left, right, ceiling = distances
    points, width = drawn.points, float(drawn.size[0])
    ends = at(points, np.array([[-left, -1, back], [right, -1, back]]))
    first = float(ends[0, 0] / ends[0, 2]) if left < _UNSEEN else 0.0
    last = float(ends[1, 0] / ends[1, 2]) if right < _UNSEEN else width
    spots = np.array([[0, -1, back], [-left, -1, 1], [right, -1, 1], [0, ceiling, back]])
    foot, left_foot, right_foot, top = (
        edges(points, spot[None], along) for spot, along in zip(spots, (1, 0, 0, 1), strict=True)
    )
    spans = (foot, 1, first, last), (left_foot, 0, 0.0, first), (right_foot, 0, last, width)
    drawn_along = [_coverage(drawn, *span) for span in (*spans, (top, 1, first, last))]
    seen = np.asarray(
        cv2.resize(floor, (_COLUMNS, floor.shape[0]), interpolation=cv2.INTER_AREA), np.float32
    )
    below = [
        np.arange(floor.shape[0])[:, None] >= _rows(line, drawn.size)[0] * floor.shape[0] - 1
        for line in (foot, left_foot, right_foot)
    ]
    before = below[0]
    support = [0.0 if d >= _UNSEEN else s for d, s in zip(distances, drawn_along, strict=True)]
    for side in (1, 2):
        if distances[side] < _UNSEEN:
            end = ends[side - 1]
            support[side] = max(support[side], _upright(drawn, end))
            support[side] *= _without_floor(seen, below[0] & ~below[side])
            before = before & below[side]
    fits = float((seen * before).sum() / max(float(seen.sum()), 1.0))
    back, left, right, ceiling = (float("inf") if d >= _UNSEEN else d for d in distances)
    shown = support[0], support[1], support[2], support[3]
    return Cuboid(back, left, right, ceiling, shown, fits)


def _upright(drawn: _Drawn, foot: Floats) -> float:
    """Share of the edge above a corner's foot (homogeneous) that segments lie on, if most of it."""
    line = np.cross(foot, drawn.points[2])
    line = line / max(float(np.hypot(line[0], line[1])), 1e-9)
    row = min(float(foot[1] / foot[2]), float(drawn.size[1]))
    if row < 0.1 * drawn.long:
        return 0.0
    chosen = drawn.runs[2] & (np.abs(drawn.middle @ line) < 2 * _SHARP * drawn.long)
    taken = np.zeros(drawn.size[1], bool)
    for y0, y1 in np.sort(drawn.ends[chosen][:, [1, 3]], axis=1):
        taken[max(0, int(y0)) : int(y1) + 1] = True
    share = float(taken[: int(row)].mean())
    return share if share > _CORNER_DRAWN else 0.0


def _without_floor(seen: Floats, behind: NDArray[np.bool_]) -> float:
    """1 if the floor map shows none of the floor that would lie behind a wall, down to 0."""
    if not behind.any():
        return 1.0
    return float(np.clip(1 - seen[behind].mean() / _LEAK, 0, 1))


def _coverage(drawn: _Drawn, line: Floats, along: int, first: float, last: float) -> float:
    """Share of an edge between two columns of the picture that segments lie on."""
    width = drawn.size[0]
    first, last = max(0.0, min(first, last)), min(float(width), max(first, last))
    if last - first < 0.04 * width:
        return 0.0
    chosen = drawn.runs[along] & (np.abs(drawn.middle @ line[0]) < 2 * _SHARP * drawn.long)
    taken = np.zeros(width, bool)
    for x0, x1 in np.sort(drawn.ends[chosen][:, [0, 2]], axis=1):
        taken[max(0, int(x0)) : int(x1) + 1] = True
    return float(taken[int(first) : int(last)].mean())
