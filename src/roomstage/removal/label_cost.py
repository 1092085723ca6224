"""What a label of the shift map costs by itself, before any seam."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage.image import F32
from roomstage.removal.membrane import masked_blur
from roomstage.removal.partition import Region
from roomstage.removal.plane_view import Move
from roomstage.removal.shift_map import IMPOSSIBLE

Bools = NDArray[np.bool_]

RIM = 2  # cells around the hole that a label has to agree with
_UNLIKE = 2.0  # weight of colours that are not found around the hole
_ALIKE = {"wall": 1, "floor": None, "mixed": 4}  # rows up and down that look alike
_USUAL = 0.12  # share of the surroundings that has to look like it
_OFF_ROW = 0.02  # for each pixel that a wall's label leaves its row
_STRANGE_SIZE = 0.6  # weight of copying what appears larger or smaller there
_LARGEST_STEP = 0.8  # log of size: what is copied would be blurred or too fine
_OTHER_PLANE = 0.6  # weight of taking floor for wall or wall for floor


def features_of(texture: F32, seen: Bools, cell: int) -> F32:
    """What is compared at a pixel [h, w, 12]: colours at four points of the cell around it."""
    smooth, _ = masked_blur(texture, seen.astype(np.float32), max(0.5, cell / 4))
    off = max(1, cell // 3)
    parts = [np.roll(smooth, (dy, dx), (0, 1)) for dy in (-off, off) for dx in (-off, off)]
    return np.concatenate(parts, axis=2).astype(np.float32)


def label_cost(put: F32, found: Bools, own: F32, known: Bools, wanted: Bools, kind: str) -> F32:
    """[h, w, n] how badly each label suits each cell, by what it would put there.

    Args:
        put: features that a label puts into a cell [h, w, n, c].
        found: whether it has any to put [h, w, n].
        own: features of the cells themselves [h, w, c].
        known: cells that keep their own [h, w].
        wanted: cells that are to be filled [h, w].
        kind: of plane: wall, floor or mixed.
    """
    cost = _alone(put, found, own, known) + IMPOSSIBLE * ~found
    return cost + _UNLIKE * _unlike(put, own, known, wanted, _ALIKE[kind])


def strain(plane: Region, moves: list[Move], x: F32, y: F32, there: list[tuple[F32, F32]]) -> F32:
    """What a move costs for itself [h, w, n].

    On a wall, to leave the row. On a floor, to come from where things look larger or smaller. In
    a mixed plane also to copy the one for the other.
    """
    floor = cv2.remap(plane.floor_share, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    tall = float(np.ptp(y)) + 1
    total = np.zeros((*y.shape, len(moves)), np.float32)
    for label, (frame, shift) in enumerate(moves):
        if plane.kind == "wall":
            total[..., label] = _OFF_ROW * abs(float(shift[1]))
            continue
        size = np.abs(np.log(frame.size_there(y) / frame.size_there(there[label][1])))
        total[..., label] = _STRANGE_SIZE * size + IMPOSSIBLE / 2 * (size > _LARGEST_STEP)
        if plane.kind == "mixed":
            upright = frame is plane.frame
            taken = cv2.remap(plane.floor_share, *there[label], cv2.INTER_LINEAR)
            total[..., label] += 2 * _OTHER_PLANE * np.abs(floor - taken)
            total[..., label] += _OTHER_PLANE * (floor if upright else 1 - floor)
            total[..., label] += _OTHER_PLANE * upright * np.abs(there[label][1] - y) / tall
    return total


def _alone(put: F32, found: Bools, own: F32, known: Bools) -> F32:
    """[h, w, n] how badly a label agrees with the known cells near a cell.

    A known cell keeps its own colours, and so a seam towards it costs what the label would have
    put there instead.
    """
    off = np.linalg.norm(put - own[:, :, None], axis=3)
    off = np.where(found, off, 1.0) * known[..., None]
    side = 2 * RIM + 1
    near = cv2.getGaussianKernel(side, RIM / 1.5).astype(np.float32)
    kernel = near @ near.T
    total = np.empty_like(off, np.float32)
    for label in range(off.shape[2]):
        total[..., label] = cv2.filter2D(off[..., label].astype(np.float32), -1, kernel * 4)
    return total


def _unlike(put: F32, own: F32, known: Bools, wanted: Bools, reach: int | None) -> F32:
    """[h, w, n] how far what is put is from the colours seen around the hole.

    With a `reach` only those of the same height, so many rows up and down, are compared: a
    skirting stays where it is.
    """
    total = np.zeros(put.shape[:3], np.float32)
    for row in range(len(put)) if reach is not None else (None,):
        rows = (
            slice(None)
            if row is None or reach is None
            else slice(max(0, row - reach), row + reach + 1)
        )
        here = row if row is not None else slice(None)
        palette, cells = own[rows][known[rows]][:, :3], wanted[here]
        if len(palette) and cells.any():
            total[here][cells] = _unusual(put[here][cells][..., :3], palette)
    return total


def _unusual(colours: F32, palette: F32) -> F32:
    """Distance of colours [m, n, 3] to the nearest `_USUAL` of the palette [k, 3]."""
    near = palette[np.linspace(0, len(palette) - 1, min(len(palette), 160)).astype(int)]
    flat = colours.reshape(-1, 3)
    distance = (
        np.square(flat).sum(axis=1)[:, None] + np.square(near).sum(axis=1) - 2 * flat @ near.T
    )
    # Not the nearest: what is rare around the hole, a cable on the floor, is not to be copied.
    usual = round(_USUAL * (len(near) - 1))
    least = np.sqrt(np.maximum(np.partition(distance, usual, axis=1)[:, usual], 0))
    return np.maximum(least - 0.05, 0).reshape(colours.shape[:2]).astype(np.float32)
