"""Skirting boards: a strip of white paint along the foot of the walls, by which a room tells its light.

A painted wall shows its paint and the light together. The board at its foot gets the same light and
is white in most homes, so what it shows is the light: a white card that somebody has left in the
room (a reference patch, as in von Kries' coefficient law, "Festschrift der
Albrecht-Ludwigs-Universitaet", 1902).

It is sought where the planes say that a wall meets the floor. Column by column the strip above the
crease is compared with the wall above it. A board and a wall of one paint each keep one ratio all
along, in light and in shade; furniture, windows and doors do not.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from roomstage import colour
from roomstage.image import F32, U8
from roomstage.scene.planes import Plane

_SURE = 0.4  # confidence from which a wall's crease is believed
_STEP_M = 0.01
_FROM_M, _TO_M = -0.06, 0.30  # above the crease, what is looked at
_BOARD_M = 0.025, 0.065  # of it, what is board if there is one: the lowest are 7 cm
_OFF_M = 0.0, 0.03, -0.03, 0.06  # by which a crease may be told too low, likeliest first
_WALL_M = 0.19, 0.29  # of it, what is wall: the highest usual boards end below
_EDGE_M = 0.035  # a board's upper edge takes no more
_EDGE_SHARE = 0.6  # of the step from board to wall, taken within that
_GRAIN = 5  # columns averaged against the photo's grain
_COLUMNS = 2.0  # pixels between those looked at
_EVEN = 0.10  # deviation of the log within board and wall; more is a pattern or an edge
_GLOWING = 0.9
_ALIKE = 0.10  # distance of log ratios that are one paint's
_OTHER_HUE, _PALER = 0.075, 0.25  # steps of the log from wall to board; less may be mere shade
_LEAST_SHARE, _SURE_SHARE = 0.06, 0.25  # of a wall's columns that agree
_FEWEST = 24  # columns
_BRIGHTER_WALL = 0.10  # log luminance by which a wall may exceed white
_WHITE = 0.25  # log ratio of a channel's share that the room's white patch may differ by


@dataclass(frozen=True, eq=False, slots=True)
class Trim:
    """What the skirting boards show."""

    columns: F32  # [n] of the photo, where they were looked at
    linear: F32  # [n, 3] linear light that they send to the camera
    confidence: float  # 0..1


def trim(rgb: U8, walls: tuple[Plane, ...], scale: float) -> Trim | None:
    """The skirting boards of a room [h, w, 3], `scale` times the size that its planes are told in.

    None where no board is told.
    """
    linear = colour.decode(rgb)
    found = [one for wall in walls if (one := _along(linear, wall, scale)) is not None]
    if not found:
        return None
    columns, boards, confidence = zip(*found, strict=True)
    return Trim(np.concatenate(columns), np.concatenate(boards), float(max(confidence)))


def _along(linear: F32, wall: Plane, scale: float) -> tuple[F32, F32, float] | None:
    """(columns [n], colours [n, 3], trust) of the board along a wall."""
    if wall.confidence < _SURE:
        return None
    columns, up, strip = _strip(linear, wall, scale)
    if len(columns) < _FEWEST:
        return None
    for off in _OFF_M:
        found = _board(columns, up, strip, off)
        if found is not None and len(found[0]) >= max(_FEWEST, _LEAST_SHARE * len(columns)):
            return *found, min(1.0, len(found[0]) / len(columns) / _SURE_SHARE)
    return None


def _board(columns: F32, up: F32, strip: F32, off: float) -> tuple[F32, F32] | None:
    """(columns [n], colours [n, 3]) of a board `off` metres above where the crease is told."""
    log = np.log(strip + 2e-3)
    board = (up >= _BOARD_M[0] + off) & (up <= _BOARD_M[1] + off)
    above = (up >= _WALL_M[0]) & (up <= _WALL_M[1])
    even = np.maximum(log[board].std(axis=0).max(axis=1), log[above].std(axis=0).max(axis=1)) < _EVEN
    lit = (strip[board | above] @ colour.LUMINANCE).max(axis=0) < _GLOWING
    step = log[board].mean(axis=0) - log[above].mean(axis=0)
    far = np.linalg.norm(step, axis=1)
    paler = step @ colour.LUMINANCE
    hue = np.linalg.norm(step - step.mean(axis=1, keepdims=True), axis=1)
    # The step is an edge, not the slow change of light along a wall.
    rows = round(_EDGE_M / _STEP_M)
    between = log[(up >= _BOARD_M[0] + off) & (up <= _WALL_M[1])]
    edge = np.linalg.norm(between[rows:] - between[:-rows], axis=2).max(axis=0)
    useful = even & lit & ((hue > _OTHER_HUE) | (paler > _PALER)) & (edge > _EDGE_SHARE * far)
    if useful.sum() < _FEWEST:
        return None
    agree = useful & _one_paint(step, useful)
    if float(np.median(paler[agree])) < -_BRIGHTER_WALL:
        return None
    return columns[agree], strip[board].mean(axis=0)[agree].astype(np.float32)


def _one_paint(step: F32, useful: np.ndarray) -> np.ndarray:
    """Which columns' log ratios [n, 3] of board to wall are those that most columns have."""
    those = step[useful]
    near = np.linalg.norm(those[:, None] - those[None], axis=2) < _ALIKE
    usual = those[near[near.sum(axis=1).argmax()]].mean(axis=0)
    return np.linalg.norm(step - usual, axis=1) < _ALIKE


def _strip(linear: F32, wall: Plane, scale: float) -> tuple[F32, F32, F32]:
    """(columns [n] of the photo, heights [m] in metres, colours [m, n, 3]) above the wall's crease."""
    to_image = np.diag([scale, scale, 1.0]) @ wall.to_image
    a, b, c = np.cross(to_image[:, 0], to_image[:, 2])
    up = np.arange(_FROM_M, _TO_M, _STEP_M).astype(np.float32)
    none = np.zeros(0, np.float32), up, np.zeros((len(up), 0, 3), np.float32)
    if len(wall.outline) < 3 or abs(b) < 0.05 * abs(a):
        return none
    height, width = linear.shape[:2]
    seen = wall.outline[:, 0] * scale
    columns = np.arange(max(2.0, seen.min()), min(width - 3.0, seen.max()), _COLUMNS * scale)
    rows = -(a * columns + c) / b
    inside = (rows > 2) & (rows < height - 3)
    columns, rows = columns[inside], rows[inside]
    if not len(columns):
        return none
    along = np.linalg.solve(to_image, np.stack([columns, rows, np.ones_like(rows)]))
    along = np.broadcast_to(along[0] / along[2], (len(up), len(columns)))
    spots = np.stack([along, np.broadcast_to(up[:, None], along.shape), np.ones_like(along)])
    pixels = np.tensordot(to_image, spots, axes=1)
    x, y = ((pixels[k] / pixels[2] - 0.5).astype(np.float32) for k in (0, 1))
    strip = cv2.remap(linear, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    strip = cv2.blur(strip, (_GRAIN, 1))
    return (columns / scale).astype(np.float32), up, np.asarray(strip, np.float32)
