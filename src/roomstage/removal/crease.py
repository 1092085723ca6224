"""The line in which wall and floor meet, carried on across a hole."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage.image import F32, U8

Bools = NDArray[np.bool_]

_NEAR = 0.02  # of the height: points so near to a line agree with it
_FEWEST = 6  # columns that must agree on a line
_TRUSTED = 0.3
_SEARCH = 0.03  # of the height: how far the map of the floor may be off


@dataclass(frozen=True, slots=True)
class Crease:
    """One line, or two that meet in a corner of the room: row = max(slope x + offset)."""

    lines: tuple[tuple[float, float], ...]  # (slope, offset) in pixels

    def row(self, x: F32) -> F32:
        """Row of the crease at columns x; what lies further down is floor."""
        rows = [slope * x + offset for slope, offset in self.lines]
        return np.asarray(rows[0] if len(rows) == 1 else np.maximum(rows[0], rows[1]), np.float32)


def crease(floor: F32, grey: U8, hole: Bools) -> Crease | None:
    """The crease by the floor map [h, w] where the hole [h, w] does not hide it.

    Lines are drawn through the upper edge of the floor on both sides of the hole, and moved to
    where the picture itself has an edge. None where map and picture do not agree on any.
    """
    height, width = floor.shape
    x, y = _upper_edge(floor, hole)
    near = _NEAR * height
    first = _line(x, y, near)
    if first is None:
        return None
    seen = np.asarray(~hole.any(axis=0), np.bool_)
    strength = np.asarray(cv2.Scharr(grey, cv2.CV_32F, 0, 1), np.float32)
    rest = np.abs(y - first[0] * x - first[1]) > 2 * near
    second = _line(x[rest], y[rest], near) if rest.sum() >= 3 * _FEWEST else None
    found = Crease((_on_edge(first, strength, seen),))
    if second is not None and _is_corner(first, second, width):
        corner = Crease((first, second))
        if _trust(corner, x, y, near, strength, seen) > _trust(found, x, y, near, strength, seen):
            found = corner
    return found if _trust(found, x, y, near, strength, seen) > _TRUSTED else None


def _trust(line: Crease, x: F32, y: F32, near: float, strength: F32, seen: Bools) -> float:
    """0..1: the share of the floor's edge that lies on the line, times that of edges under it."""
    agree = float((np.abs(line.row(x) - y) < 2 * near).mean())
    column = np.flatnonzero(seen)
    row = line.row(column.astype(np.float32))
    inside = (row > 3) & (row < len(strength) - 4)
    column, row = column[inside], row[inside].astype(int)
    if column.size == 0:
        return 0.0
    steps = np.stack([np.abs(strength[row + step, column]) for step in (-2, -1, 0, 1, 2)])
    usual = float(np.median(np.abs(strength)))
    return agree * float((steps.max(axis=0) > 3 * usual + 60).mean())


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
