"""The line in which wall and floor meet, carried on across a hole."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage.image import F32, U8
from roomstage.scene.lines import segments

Bools = NDArray[np.bool_]

_NEAR = 0.02  # of the height: points so near to a line agree with it
_FEWEST = 6  # columns that must agree on a line
_TRUSTED = 0.4
_CORNER = 1.1  # two lines must be so much better than one
_APART = 8.0  # units of Lab from which two materials are surely different
_MUCH = 0.7  # share of the columns in view
_BELOW = 0.7  # a line below the piece's foot is rather the edge of a patch of sun
_STEEPEST = 1.2  # slope
_BEST, _MOST_LINES = 8, 40
_SEARCH = 0.03  # of the height: how far the map of the floor may be off


@dataclass(frozen=True, slots=True)
class Crease:
    """One line, or two that meet in a corner of the room: row = max(slope x + offset)."""

    lines: tuple[tuple[float, float], ...]  # (slope, offset) in pixels

    def row(self, x: F32) -> F32:
        """Row of the crease at columns x; what lies further down is floor."""
        rows = [slope * x + offset for slope, offset in self.lines]
        return np.asarray(rows[0] if len(rows) == 1 else np.maximum(rows[0], rows[1]), np.float32)


def crease(floor: F32, rgb: U8, hole: Bools, horizon: float) -> Crease | None:
    """The line in which wall and floor meet, by what is seen of it around the hole [h, w].

    Candidates are the upper edge of the floor map [h, w], moved to where the picture has an edge,
    and the straight lines of the picture itself, alone and in pairs that meet in a corner. The
    best has an edge under it all along and different materials above and below. None: there is
    no good one.
    """
    grey = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)
    view = _View.of(rgb, grey, hole)
    lines = _by_map(floor, view) + _by_picture(grey, hole, horizon)
    single = sorted((Crease((line,)) for line in lines), key=view.trust, reverse=True)[:_BEST]
    pairs = [
        Crease((one.lines[0], other.lines[0]))
        for k, one in enumerate(single)
        for other in single[k + 1 :]
        if _is_corner(one.lines[0], other.lines[0], floor.shape[1])
    ]
    best = max(single, key=view.trust, default=None)
    corner = max(pairs, key=view.trust, default=None)
    if best is None:
        return None
    if corner is not None and view.trust(corner) > _CORNER * view.trust(best):
        best = corner
    return best if view.trust(best) > _TRUSTED else None


@dataclass(frozen=True, eq=False, slots=True)
class _View:
    """What tells a crease from other lines."""

    strength: F32  # [h, w] upright gradient
    lab: F32  # [h, w, 3] smooth colours, lightness counting little
    hole: Bools  # [h, w]
    usual: float  # median strength

    @classmethod
    def of(cls, rgb: U8, grey: U8, hole: Bools) -> _View:
        strength = np.asarray(cv2.Scharr(grey, cv2.CV_32F, 0, 1), np.float32)
        lab = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
        smooth = cv2.GaussianBlur(lab * np.array([0.35, 1, 1], np.float32), (0, 0), 2.0)
        usual = float(np.median(np.abs(strength)))
        return cls(strength, np.asarray(smooth, np.float32), hole, usual)

    def trust(self, line: Crease) -> float:
        """0..1: the share of columns with an edge, times how different the two sides are."""
        height, width = self.hole.shape
        column = np.arange(width)
        row = line.row(column.astype(np.float32)).astype(int)
        far_up, far_down = round(0.08 * height), round(0.035 * height)
        inside = (row > far_up) & (row < height - far_down - 3)
        column, row = column[inside], row[inside]
        seen = ~(self.hole[row, column] | self.hole[row - far_up, column])
        column, row = column[seen], row[seen]
        if column.size < _FEWEST:
            return 0.0
        steps = np.stack([np.abs(self.strength[row + k, column]) for k in (-2, -1, 0, 1, 2)])
        edge = steps.max(axis=0) > 3 * self.usual + 60
        below = self.lab[row + far_down, column]
        apart = np.minimum.reduce(
            [
                np.linalg.norm(self.lab[row - up, column] - below, axis=1)
                for up in (far_up, far_down)
            ]
        )
        # Of a skirting's two edges the lower one is the crease.
        low = 0.75 + 0.25 * float(row.mean()) / height
        told = float((edge * np.minimum(apart / _APART, 1)).sum())
        # A line that leaves the picture soon has told little.
        told /= max(column.size, _MUCH * float((~self.hole.any(axis=0)).sum()))
        return told * low * (1.0 if self._behind(line) else _BELOW)

    def _behind(self, line: Crease) -> bool:
        """True if the line passes behind the piece, whose foot stands further down."""
        rows, columns = np.nonzero(self.hole)
        foot = float(rows.max()) - 0.06 * float(np.ptp(rows))
        return float(line.row(np.array([columns.mean()], np.float32))[0]) < foot


def _by_map(floor: F32, view: _View) -> list[tuple[float, float]]:
    """Lines through the upper edge of the floor map on both sides of the hole."""
    near = _NEAR * len(floor)
    x, y = _upper_edge(floor, view.hole)
    first = _line(x, y, near)
    if first is None:
        return []
    rest = np.abs(y - first[0] * x - first[1]) > 2 * near
    second = _line(x[rest], y[rest], near) if rest.sum() >= 3 * _FEWEST else None
    seen = np.asarray(~view.hole.any(axis=0), np.bool_)
    found = [first] if second is None else [first, second]
    return [*found, _on_edge(first, view.strength, seen)]


def _by_picture(grey: U8, hole: Bools, horizon: float) -> list[tuple[float, float]]:
    """Straight lines of the picture outside the hole and below the horizon, the longest first."""
    height, width = grey.shape
    lines = segments(grey, 0.1 * width)
    if len(lines) == 0:
        return []
    run, rise = lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1]
    middle_x, middle_y = (lines[:, 0] + lines[:, 2]) / 2, (lines[:, 1] + lines[:, 3]) / 2
    column = np.clip(middle_x, 0, width - 1).astype(int)
    row = np.clip(middle_y, 0, height - 1).astype(int)
    usable = (np.abs(rise) < _STEEPEST * np.abs(run)) & (middle_y > horizon) & ~hole[row, column]
    slope = rise[usable] / run[usable]
    offset = middle_y[usable] - slope * middle_x[usable]
    order = np.argsort(-np.abs(run[usable]), kind="stable")[:_MOST_LINES]
    return [(float(slope[k]), float(offset[k])) for k in order]


def _upper_edge(floor: F32, hole: Bools) -> tuple[F32, F32]:
    """Column and row of the floor's upper edge where wall is seen above and floor below it."""
    is_floor = floor > 0.5
    row = np.argmax(is_floor, axis=0)
    column = np.arange(floor.shape[1])
    wide = cv2.dilate(hole.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    seen = is_floor.any(axis=0) & (row > 1) & ~wide[row, column]
    return column[seen].astype(np.float32), row[seen].astype(np.float32) - 0.5


def _line(x: F32, y: F32, near: float) -> tuple[float, float] | None:
    """(slope, offset) of the line that most points agree with.

    Fischler and Bolles, "Random sample consensus", 1981, with every pair of spread points tried.
    """
    if len(x) < _FEWEST:
        return None
    pick = np.linspace(0, len(x) - 1, min(len(x), 40)).astype(int)
    first, second = np.triu_indices(len(pick), 1)
    first, second = pick[first], pick[second]
    apart = np.abs(x[second] - x[first]) > 0.15 * max(1.0, float(np.ptp(x)))
    first, second = first[apart], second[apart]
    if len(first) == 0:
        return None
    slope = (y[second] - y[first]) / (x[second] - x[first])
    offset = y[first] - slope * x[first]
    votes = (np.abs(slope[:, None] * x + offset[:, None] - y) < near).sum(axis=1)
    best = int(np.argmax(votes - 5 * np.abs(slope)))
    agree = np.abs(slope[best] * x + offset[best] - y) < near
    if agree.sum() < _FEWEST:
        return None
    fitted = np.polyfit(x[agree], y[agree], 1)
    return float(fitted[0]), float(fitted[1])


def _is_corner(first: tuple[float, float], second: tuple[float, float], width: int) -> bool:
    """True if the two lines meet in view, as the creases of two walls do."""
    if abs(first[0] - second[0]) < 0.08:
        return False
    meet = (second[1] - first[1]) / (first[0] - second[0])
    return -0.2 * width < meet < 1.2 * width


def _on_edge(line: tuple[float, float], strength: F32, seen: Bools) -> tuple[float, float]:
    """The line moved, by its two ends, to where the picture's upright gradient is strongest."""
    height, width = strength.shape
    column = np.flatnonzero(seen)
    if len(column) < 2 * _FEWEST:
        return line
    column = column[np.linspace(0, len(column) - 1, min(len(column), 160)).astype(int)]
    reach = max(2.0, _SEARCH * height)
    shifts = np.linspace(-reach, reach, 25)
    left, right = (grid.ravel() for grid in np.meshgrid(shifts, shifts, indexing="ij"))
    share = column / max(1, width - 1)
    base = line[0] * column + line[1]
    rows = base + left[:, None] * (1 - share) + right[:, None] * share
    inside = (rows > 1) & (rows < height - 2)
    sampled = strength[np.clip(rows, 0, height - 1).astype(int), column] * inside
    # An edge of one sign all along: a skirting's foot is dark on one side only.
    support = np.abs(np.clip(sampled, -120, 120).sum(axis=1))
    support *= 1 - 0.15 * (np.abs(left) + np.abs(right)) / (2 * reach)
    best = int(np.argmax(support))
    slope = line[0] + (right[best] - left[best]) / max(1, width - 1)
    return float(slope), float(line[1] + left[best])
