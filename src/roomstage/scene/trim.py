"""Skirting boards: white paint along the foot of the walls, which shows the light's own colour.

A painted wall shows its paint and the light together. The board at its foot gets the same light and
is white in most homes: a white card that somebody has left in the room (a reference white, as in
von Kries' coefficient law, "Chromatic adaptation", 1902).

It is sought where the planes say that a wall meets the floor. Column by column the strip above the
crease is compared with the wall above it. A board and a wall of one paint each keep one ratio all
along, in light and in shade; furniture, windows and doors do not.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage import colour
from roomstage.image import F32, U8
from roomstage.scene.planes import Plane

_SURE = 0.4  # confidence from which a wall's crease is believed
_FROM_M, _TO_M, _STEP_M = -0.06, 0.30, 0.01  # above the crease, what is looked at
_BOARD_M = 0.025, 0.065  # of it, what is board if there is one: the lowest are 7 cm
_WALL_M = 0.19, 0.29  # of it, what is wall: the highest usual boards end below
_OFF_M = 0.0, 0.03, -0.03, 0.06  # by which a crease may be told too low, likeliest first
_COLUMN = 2.0  # pixels between the columns looked at
_GRAIN = 5  # columns averaged against the photo's grain
_EVEN = 0.10  # deviation of the log within board and wall; more is a pattern or an edge
_GLOWING, _DARK = 0.9, 0.04  # linear luminance; no white board is darker in a photo of a room
_OTHER_HUE, _PALER = 0.075, 0.25  # steps of the log from wall to board; less may be mere shade
_EDGE_M, _EDGE_SHARE = 0.035, 0.6  # within so much height, so much of the step is taken
_ALIKE = 0.10  # distance of log ratios that are one paint's
_BRIGHTER_WALL = 0.10  # log luminance by which a wall may exceed white
_WARMEST, _COOLEST = (0.5, -1.0), (-0.35, 0.5)  # logs of red and blue over green that light has
_PAINT = (1.01, 1.0, 0.955)  # of white for trim, which is a little warm: RAL 9016, 9010 more so
_LEAST_SHARE, _SURE_SHARE = 0.06, 0.25  # of a wall's columns that agree
_FEWEST = 24  # columns

Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False, slots=True)
class Trim:
    """What the skirting boards show."""

    linear: F32  # [n, 3] linear light that they would send if they were neutral, by column
    confidence: float  # 0..1


@dataclass(frozen=True, eq=False, slots=True)
class _Strip:
    """What is seen along a wall's crease, upright."""

    up: F32  # [m] metres above the crease
    linear: F32  # [m, n, 3]

    def between(self, low: float, high: float) -> F32:
        """The rows [k, n, 3] from `low` to `high` metres."""
        return self.linear[(self.up >= low) & (self.up <= high)]


def trim(rgb: U8, walls: tuple[Plane, ...], scale: float) -> Trim | None:
    """The skirting boards of a room.

    Args:
        rgb: [h, w, 3] the room, `scale` times the photo's size.
        walls: in the photo's pixels and in metres.
        scale: see `rgb`.

    Returns:
        None where no white board is told.
    """
    linear = colour.decode(rgb)
    found = [one for wall in walls if (one := _along(linear, wall, scale)) is not None]
    if not found:
        return None
    return Trim(
        np.concatenate([one.linear for one in found]),
        max(one.confidence for one in found),
    )


def _along(linear: F32, wall: Plane, scale: float) -> Trim | None:
    strip = _strip(linear, wall, scale) if wall.confidence >= _SURE else None
    if strip is None:
        return None
    count = strip.linear.shape[1]
    for off in _OFF_M:
        agree = _is_board(strip, off)
        if agree.sum() < max(_FEWEST, _LEAST_SHARE * count):
            continue
        seen = strip.between(_BOARD_M[0] + off, _BOARD_M[1] + off)[:, agree].mean(axis=0)
        if _may_be_white(seen.mean(axis=0)):
            sure = min(1.0, float(agree.sum()) / count / _SURE_SHARE)
            return Trim((seen / _PAINT).astype(np.float32), sure)
    return None


def _is_board(strip: _Strip, off: float) -> Bools:
    """[n] in which columns a board is seen, `off` metres above where the crease is told."""
    board = np.log(strip.between(_BOARD_M[0] + off, _BOARD_M[1] + off) + 2e-3)
    wall = np.log(strip.between(*_WALL_M) + 2e-3)
    step = board.mean(axis=0) - wall.mean(axis=0)
    paler = step @ colour.LUMINANCE
    hue = np.linalg.norm(step - step.mean(axis=1, keepdims=True), axis=1)
    useful = (hue > _OTHER_HUE) | (paler > _PALER)
    for part in (board, wall):
        useful &= part.std(axis=0).max(axis=1) < _EVEN
        useful &= (np.exp(part) @ colour.LUMINANCE).max(axis=0) < _GLOWING
    # The step is an edge, not the slow change of light along a wall.
    rows = round(_EDGE_M / _STEP_M)
    both = np.log(strip.between(_BOARD_M[0] + off, _WALL_M[1]) + 2e-3)
    edge = np.linalg.norm(both[rows:] - both[:-rows], axis=2).max(axis=0)
    useful &= edge > _EDGE_SHARE * np.linalg.norm(step, axis=1)
    if not useful.any():
        return useful
    agree = useful & _one_paint(step, useful)
    return agree & (float(np.median(paler[agree])) > -_BRIGHTER_WALL)


def _one_paint(step: F32, useful: Bools) -> Bools:
    """[n] which columns have the ratio of board to wall, logs [n, 3], that most columns have."""
    those = step[useful]
    near = np.linalg.norm(those[:, None] - those[None], axis=2) < _ALIKE
    usual = those[near[near.sum(axis=1).argmax()]].mean(axis=0)
    return np.linalg.norm(step - usual, axis=1) < _ALIKE


def _may_be_white(seen: F32) -> bool:
    """Whether a colour [3] is that of white paint under lamps, sun or sky."""
    red, green, blue = np.log(seen + 1e-4)
    within = _COOLEST[0] < red - green < _WARMEST[0] and _WARMEST[1] < blue - green < _COOLEST[1]
    return bool(within and seen @ colour.LUMINANCE > _DARK)


def _strip(linear: F32, wall: Plane, scale: float) -> _Strip | None:
    """The strip above a wall's crease; None where the crease is not seen or is upright."""
    to_image = np.diag([scale, scale, 1.0]) @ wall.to_image
    a, b, c = np.cross(to_image[:, 0], to_image[:, 2])
    if len(wall.outline) < 3 or abs(b) < 0.05 * abs(a):
        return None
    height, width = linear.shape[:2]
    first, last = wall.outline[:, 0].min() * scale, wall.outline[:, 0].max() * scale
    columns = np.arange(max(2.0, first), min(width - 3.0, last), _COLUMN)
    rows = -(a * columns + c) / b
    seen = (rows > 2) & (rows < height - 3)
    if seen.sum() < _FEWEST:
        return None
    columns, rows = columns[seen], rows[seen]
    up = np.arange(_FROM_M, _TO_M, _STEP_M)
    along = np.linalg.solve(to_image, np.stack([columns, rows, np.ones_like(rows)]))
    along, over = np.broadcast_arrays(along[0] / along[2], up[:, None])
    spots = np.tensordot(to_image, np.stack([along, over, np.ones_like(along)]), axes=1)
    x, y = ((spots[k] / spots[2] - 0.5).astype(np.float32) for k in (0, 1))
    strip = cv2.remap(linear, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    even = np.asarray(cv2.blur(strip, (_GRAIN, 1)), np.float32)
    return _Strip(up.astype(np.float32), even)
