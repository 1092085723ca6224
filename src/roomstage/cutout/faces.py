"""Smooth patches of what the flood left over, parted by sharp edges.

A patch that edges close in on all sides is a face of the product, however much it looks like the
ground: shadow passes into the ground beside it without an edge.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Marks = NDArray[np.bool_]
_BLOCK = np.ones((3, 3), np.uint8)
_LEAST = 24  # pixels
_CLOSED = 0.94  # share of a patch's rim that has to be sharp


@dataclass(frozen=True, eq=False, slots=True)
class Faces:
    """The patches that sharp edges close in."""

    labels: NDArray[np.int32]  # [H, W] 0 = none
    stats: NDArray[np.int32]  # [N, 5] as by cv2.connectedComponentsWithStats
    closed: Marks  # [N]

    def of(self, least: int = 0) -> Marks:
        """Where the closed patches of at least so many pixels are [H, W]."""
        return (self.closed & (self.stats[:, cv2.CC_STAT_AREA] >= least))[self.labels]


def find(rest: Marks, sharp: Marks) -> Faces:
    """The patches of `rest` [H, W] between edges that are `sharp` [H, W]."""
    smooth = (rest & ~sharp).view(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(smooth, connectivity=4)
    spread = cv2.dilate(labels.astype(np.float32), _BLOCK).astype(np.intp)
    rim = (spread > 0) & (labels == 0)
    total = np.bincount(spread[rim], minlength=count)
    edged = np.bincount(spread[rim & sharp], minlength=count)
    closed = (stats[:, cv2.CC_STAT_AREA] >= _LEAST) & (edged >= _CLOSED * total)
    closed[0] = False
    return Faces(np.asarray(labels, np.int32), np.asarray(stats, np.int32), closed)
