"""Ground in full light that is too narrow to be told by its own look.

In gaps a few pixels wide a lossy or reduced picture mixes ground and product, so that no pixel has
the ground's colour for sure. What is left is the rim: a pixel is nearly ground if it has lost most
of the height of the step beside it. Where the product encloses such pixels they may as well be a
highlight. So the rim has to be stark all around, for on coloured things highlights fade at some
end; on chrome and on black lacquer they don't, and more is asked of a rim of the ground's hue.
Where such pixels lead on from open ground, as into the corner between two slats, less is asked.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage.cutout.background import Background, largest
from roomstage.cutout.regions import regions
from roomstage.image import F32

Marks = NDArray[np.bool_]
_BESIDE = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
_BLOCK = np.ones((3, 3), np.uint8)
_NEXT = np.ones((7, 7), np.uint8)
_MARGIN = 6  # pixels round a region that are looked at
_LEAST = 10  # pixels
_WIDEST = 4.0  # pixels: half the width of a slit; broader ground is told by its look
_BAND = 3.0  # pixels: the edge band sees to what lies no further inside the product
_STEP = 90.0  # levels that a step has to have for what is beside it to count
_NEARLY = 0.3  # of the step's height: product's share in what counts as nearly ground
_GROUND = 6.0  # levels; nearer to the ground nothing is a rim
_FAINTEST = 0.1  # share of the rim that may be fainter
_HUED = 0.13  # spread of the channels' shares of the ground that no shadow has


@dataclass(frozen=True, slots=True)
class Demand:
    """What a slit has to show."""

    corner: float  # levels that a corner's rim has to stand out
    mouth: float  # share of a corner's edge that is open; with less it has to be as stark as:
    closed: float  # levels that an enclosed slit's rim has to stand out
    mixed: float  # of the rim's height: how far a slit's inmost part may be off the ground
    pure: float  # the same of an enclosed slit's purest pixel
    thinnest: float  # pixels: half the width of an enclosed slit; less is a scratch


_COLOURED = Demand(corner=90, mouth=0.2, closed=120, mixed=0.25, pure=0.1, thinnest=1.3)
_NEUTRAL = Demand(corner=150, mouth=0.3, closed=150, mixed=0.1, pure=0.05, thinnest=2.0)


def find(levels: F32, outside: Marks, background: Background) -> Marks:
    """Slits [h, w] in what is not yet `outside`; `levels` are [h, w, 3], sRGB."""
    distance = largest(cv2.absdiff(levels, background.lit))
    height = cv2.dilate(np.where(outside, np.float32(0), distance), _BESIDE)
    nearly = ~outside & (height > _STEP) & (distance < _NEARLY * height)
    rim = ~outside & ~nearly & (distance > _GROUND)
    found = np.zeros(outside.shape, bool)
    for at, region in regions(nearly, _LEAST, _MARGIN):
        around = _around(region, rim[at])
        if around.any():
            starkness = float(np.quantile(distance[at][around], _FAINTEST))
            coloured = np.median(background.hue[at][around]) >= _HUED
            demand = _COLOURED if coloured else _NEUTRAL
            found[at] |= _opened(region, starkness, demand, distance[at], outside[at])
    return found


def _around(region: Marks, rim: Marks) -> Marks:
    """The part of the rim next to a region [h, w], but for the pixels that mix with it."""
    away = cv2.distanceTransform((~region).view(np.uint8), cv2.DIST_L2, 5)
    return rim & (away > 1.2) & (away <= 3.6)


def _opened(
    region: Marks, starkness: float, demand: Demand, distance: F32, outside: Marks
) -> Marks:
    """What of a region [h, w] of nearly ground is a slit."""
    depth = cv2.distanceTransform(region.view(np.uint8), cv2.DIST_L2, 3)
    inmost = region & (depth > depth.max() - 0.5)
    none = np.zeros_like(region)
    if depth.max() > _WIDEST or np.median(distance[inmost]) > demand.mixed * starkness:
        return none
    mouth = _mouth(region, outside)
    if mouth > 0:
        stark = starkness > (demand.corner if mouth > demand.mouth else demand.closed)
        return _beyond_band(region, outside) if stark else none
    pure = distance[region].min() < demand.pure * starkness
    wide = depth.max() > demand.thinnest
    return region if starkness > demand.closed and pure and wide else none


def _mouth(region: Marks, outside: Marks) -> float:
    """The share of a region's edge that lies on open ground."""
    edge = cv2.dilate(region.view(np.uint8), _BLOCK).astype(bool) & ~region
    return float(outside[edge].mean())


def _beyond_band(region: Marks, outside: Marks) -> Marks:
    """The part of a region that the edge band does not reach, and what is next to it."""
    inward = cv2.distanceTransform((~outside).view(np.uint8), cv2.DIST_L2, 3)
    beyond = (region & (inward > _BAND)).view(np.uint8)
    return region & cv2.dilate(beyond, _NEXT).astype(bool)
