"""Smooth patches of what the flood left over, parted by sharp edges.

A patch that edges close in on all sides is a face of the product, or ground in shadow that is
seen through an opening. Shadowed ground has the ground's hue, is no darker than the shadow seen
round the product, and every edge around it leads to something darker that stands out clearly.
A slat or a leg of a white product has lighter ground beyond some of its edges.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage.cutout.background import Background, largest
from roomstage.image import F32

Marks = NDArray[np.bool_]
_BLOCK = np.ones((3, 3), np.uint8)
_ACROSS = np.ones((9, 9), np.uint8)  # from a patch over its edge to what lies beyond
_LEAST = 24  # pixels
_CLOSED = 0.94  # share of a patch's rim that has to be sharp
_STRONG = 30  # levels that the rim of shadowed ground has to be darker than it
_DARKER = 0.85  # share of the rim that has to be so
_HUE = 0.025  # how far shadowed ground may be off the lit ground's hue
_REACH = 40  # pixels to the shadow outside that shadowed ground belongs to


@dataclass(frozen=True, eq=False, slots=True)
class Faces:
    """The patches that sharp edges close in."""

    labels: NDArray[np.int32]  # [H, W] 0 = none
    stats: NDArray[np.int32]  # [N, 5] as by cv2.connectedComponentsWithStats
    closed: Marks  # [N]

    @property
    def marks(self) -> Marks:
        """Where the closed patches are [H, W]."""
        return self.closed[self.labels]


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


def shadowed(levels: F32, faces: Faces, reached: Marks, background: Background) -> Marks:
    """The closed patches [H, W] that are ground in shadow."""
    found = np.zeros(reached.shape, bool)
    allowed = _HUE + 0.004 * background.noise
    for label in np.flatnonzero(faces.closed):
        x, y, w, h = (int(value) for value in faces.stats[label, :4])
        window = np.s_[max(0, y - 6) : y + h + 6, max(0, x - 6) : x + w + 6]
        region = faces.labels[window] == label
        if float(np.median(background.hue[window][region])) > allowed:
            continue
        wide = np.s_[max(0, y - _REACH) : y + h + _REACH, max(0, x - _REACH) : x + w + _REACH]
        shade = background.light[wide][reached[wide]]
        light = background.light[window][region]
        if _within(light, shade) and _stands_out(levels[window], region):
            found[window] |= region
    return found


def _within(light: NDArray[np.floating], shade: NDArray[np.floating]) -> bool:
    """Whether a patch's light may belong to the shadow of the ground reached near it."""
    if shade.size < _LEAST:
        return False
    darkest = float(np.percentile(shade, 2))
    return darkest < 0.96 and darkest - 0.06 < float(np.median(light)) < 1.02


def _stands_out(levels: F32, region: Marks) -> bool:
    """Whether what lies beyond a patch's edge is clearly darker all along."""
    middle = np.median(levels[region], axis=0).astype(np.float32)
    darkest = cv2.erode(levels, _ACROSS)
    edge = cv2.dilate(region.view(np.uint8), _BLOCK).astype(bool) & ~region
    lightest = cv2.dilate(levels, _ACROSS)
    deeper = largest(np.maximum(middle - darkest, 0))[edge] > _STRONG
    lighter = largest(np.maximum(lightest - middle, 0))[edge] > _STRONG / 2
    return float((deeper & ~lighter).mean()) > _DARKER
