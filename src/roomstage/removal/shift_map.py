"""Chooses for each cell of a hole from where it is copied, so that no seam shows.

Pritch, Kav-Venaki, Peleg, "Shift-map image editing", ICCV 2009: the energy. Komodakis and
Tziritas, "Image completion using efficient belief propagation", 2007: its minimum by messages.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from roomstage.image import F32

Bools = NDArray[np.bool_]
Labels = NDArray[np.int32]

_SWEEPS = 5
IMPOSSIBLE = 1e3  # the cost of a shift that lands on nothing


def shift_map(cost: F32, features: F32, inside: Bools) -> Labels:
    """The label [h, w] of each cell; 0 outside.

    Args:
        cost: what a label costs by itself [h, w, n].
        features: what the label would put there [h, w, n, c].
        inside: the cells to be labelled [h, w].

    A seam between labels a and b costs what they would put differently on both of its sides:
    |F_a(p) - F_b(p)| + |F_a(q) - F_b(q)| (Pritch, equation 4). Min-sum belief propagation, swept
    right, left, down and up.
    """
    seam = _seams(features)
    to = {way: np.zeros_like(cost) for way in ("right", "left", "down", "up")}
    for _ in range(_SWEEPS):
        _sweep(cost, seam, inside, to, "right", 1)
        _sweep(cost, seam, inside, to, "left", 1)
        _sweep(cost, seam, inside, to, "down", 0)
        _sweep(cost, seam, inside, to, "up", 0)
    belief = cost + to["right"] + to["left"] + to["down"] + to["up"]
    return np.where(inside, belief.argmin(axis=2), 0).astype(np.int32)


def _seams(features: F32) -> F32:
    """|F_a - F_b| [h, w, n, n] for every pair of labels in each cell."""
    square = np.square(features).sum(axis=3)
    product = features @ features.transpose(0, 1, 3, 2)
    distance = square[..., :, None] + square[..., None, :] - 2 * product
    return np.sqrt(np.maximum(distance, 0)).astype(np.float32)


_AGAINST = {"right": "left", "left": "right", "down": "up", "up": "down"}


def _sweep(cost: F32, seam: F32, inside: Bools, to: dict[str, F32], way: str, axis: int) -> None:
    """Pass the messages of one direction through the grid, line by line."""
    length = cost.shape[axis]
    order = range(length - 1) if way in ("right", "down") else range(length - 1, 0, -1)
    step = 1 if way in ("right", "down") else -1

    def line(values: np.ndarray, index: int) -> np.ndarray:
        return values[:, index] if axis == 1 else values[index]

    ways = [other for other in to if other != _AGAINST[way]]
    for index in order:
        both = np.flatnonzero(line(inside, index) & line(inside, index + step))
        if both.size == 0:
            continue
        known = line(cost, index)[both] + sum(line(to[w], index)[both] for w in ways)
        edge = line(seam, index)[both] + line(seam, index + step)[both]
        message = (known[:, :, None] + edge).min(axis=1)
        message -= message.min(axis=1, keepdims=True)
        line(to[way], index + step)[both] = message
