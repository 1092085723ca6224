"""Ground in full light that is too narrow to be told by its own look.

In gaps a few pixels wide a lossy or reduced picture mixes ground and product, so that no pixel has
the ground's colour for sure. What is left is the rim: a pixel is nearly ground if it has lost most
of the height of the step beside it. Where the product encloses such pixels they may as well be a
highlight, which looks the same on chrome and on black lacquer. So the rim has to be of another hue
than the ground's, and stark all around: on coloured things highlights fade at some end. Where such
pixels lead on from open ground, as into the corner between two slats, less is asked.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage.cutout.background import Background, largest
from roomstage.image import F32

Marks = NDArray[np.bool_]
_BESIDE = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
_BLOCK = np.ones((3, 3), np.uint8)
_AROUND = np.ones((7, 7), np.uint8)
_MARGIN = 6  # pixels round a region that are looked at
_LEAST = 10  # pixels
_WIDEST = 4.0  # pixels: half the width of a slit; broader ground is told by its look
_THINNEST = 1.3  # pixels: the same of an enclosed slit; less is a scratch
_BAND = 3.0  # pixels: the edge band sees to what lies no further inside the product
_STEP = 90.0  # levels that a step has to have for what is beside it to count
_NEARLY = 0.3  # of the step's height: product's share in what counts as nearly ground
_GROUND = 6.0  # levels; nearer to the ground nothing is a rim
_CORNER = 90.0  # levels that a corner's rim has to stand out
_CLOSED = 120.0  # levels that an enclosed slit's rim has to stand out
_MIXED = 0.25  # of the rim's height: how far a slit's inmost part may be off the ground
_PURE = 0.1  # of the rim's height: how near an enclosed slit has to come to the ground
_FAINTEST = 0.1  # share of the rim that may be fainter
_HUED = 0.13  # spread of the channels' shares of the ground that no shadow has
_MOUTH = 0.2  # share of a corner's edge that is open; a highlight at an outline leads far in


def find(levels: F32, outside: Marks, background: Background) -> Marks:
    """Slits [h, w] in what is not yet `outside`; `levels` are [h, w, 3], sRGB."""
    distance = largest(cv2.absdiff(levels, background.lit))
    height = cv2.dilate(np.where(outside, np.float32(0), distance), _BESIDE)
    nearly = ~outside & (height > _STEP) & (distance < _NEARLY * height)
    rim = ~outside & ~nearly & (distance > _GROUND)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        nearly.view(np.uint8), connectivity=4
    )
    found = np.zeros(outside.shape, bool)
    for label in 1 + np.flatnonzero(stats[1:count, cv2.CC_STAT_AREA] >= _LEAST):
        x, y, w, h = (int(value) for value in stats[label, :4])
        at = np.s_[max(0, y - _MARGIN) : y + h + _MARGIN, max(0, x - _MARGIN) : x + w + _MARGIN]
        region = labels[at] == label
        starkness = _starkness(region, rim[at], distance[at], background.hue[at])
        found[at] |= _opened(region, starkness, distance[at], outside[at])
    return found


def _opened(region: Marks, starkness: float, distance: F32, outside: Marks) -> Marks:
    """What of a region [h, w] of nearly ground is a slit."""
    depth = cv2.distanceTransform(region.view(np.uint8), cv2.DIST_L2, 3)
    inmost = region & (depth > depth.max() - 0.5)
    none = np.zeros_like(region)
    if depth.max() > _WIDEST or np.median(distance[inmost]) > _MIXED * starkness:
        return none
    mouth = _mouth(region, outside)
    if mouth > 0:
        demand = _CORNER if mouth > _MOUTH else _CLOSED
        return _beyond_band(region, outside) if starkness > demand else none
    pure = distance[region].min() < _PURE * starkness
    return region if starkness > _CLOSED and pure and depth.max() > _THINNEST else none


def _mouth(region: Marks, outside: Marks) -> float:
    """The share of a region's edge that lies on open ground."""
    edge = cv2.dilate(region.view(np.uint8), _BLOCK).astype(bool) & ~region
    return float(outside[edge].mean())


def _starkness(region: Marks, rim: Marks, distance: F32, hue: F32) -> float:
    """How far the faintest part of a region's rim stands out; 0 for a rim of the ground's hue."""
    away = cv2.distanceTransform((~region).view(np.uint8), cv2.DIST_L2, 5)
    near = rim & (away > 1.2) & (away <= 3.6)
    if not near.any() or np.median(hue[near]) < _HUED:
        return 0.0
    return float(np.quantile(distance[near], _FAINTEST))


def _beyond_band(region: Marks, outside: Marks) -> Marks:
    """The part of a region that the edge band does not reach, and what is next to it."""
    inward = cv2.distanceTransform((~outside).view(np.uint8), cv2.DIST_L2, 3)
    beyond = (region & (inward > _BAND)).view(np.uint8)
    return region & cv2.dilate(beyond, _AROUND).astype(bool)
