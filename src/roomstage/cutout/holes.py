"""Openings in a product through which the ground is seen.

A region that the product encloses is an opening only if it has the colour of the ground around
the product, lit or shadowed, to within the ground's own unevenness, and if its rim stands out as
the product's outer outline does. So a white cushion, a picture's mat and the highlights of a
marble top stay.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage.cutout.background import Background, largest
from roomstage.image import F32

Marks = NDArray[np.bool_]
Colour = NDArray[np.floating]
_RIM = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
_SAMPLES = 500  # pixels that a region's colour is measured on
_LEAST = 30  # pixels; smaller spots may as well be highlights


def find(levels: F32, ground: F32, product: Marks, background: Background) -> Marks:
    """The openings [h, w] in `product`, given what the `ground` behind it should look like."""
    tolerance = 1.5 + 3 * background.noise + min(3.0, background.unevenness)
    darkest, brightest = cv2.min(ground, background.lit), cv2.max(ground, background.lit)
    excess = largest(cv2.max(cv2.subtract(levels, brightest), cv2.subtract(darkest, levels)))
    like = cv2.medianBlur((product & (excess < max(2 * tolerance, 6))).view(np.uint8), 3)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(like, connectivity=4)
    outline = _outline(largest(cv2.absdiff(levels, ground)), product)
    found = np.zeros(product.shape, bool)
    for label in np.flatnonzero(stats[:, cv2.CC_STAT_AREA] >= _LEAST):
        if label == 0:
            continue
        x, y, w, h = (int(value) for value in stats[label, :4])
        window = np.s_[max(0, y - 6) : y + h + 6, max(0, x - 6) : x + w + 6]
        region = labels[window] == label
        if not _ground_like(
            levels[window], ground[window], background.lit[window], region, tolerance
        ):
            continue
        demand = tolerance * _demand(background.detail[window], region, background.noise)
        if _rim(levels[window], region) > max(0.5 * outline, demand):
            found[window] |= region
    return found


def _ground_like(levels: F32, ground: F32, lit: F32, region: Marks, tolerance: float) -> bool:
    """Whether a region's colour is the ground's in light, or in the shadow found near it."""
    y, x = np.nonzero(region)
    at = np.s_[y[:: 1 + y.size // _SAMPLES], x[:: 1 + y.size // _SAMPLES]]
    colour, shadowed, bright = (np.median(layer[at], axis=0) for layer in (levels, ground, lit))
    if np.abs(colour - shadowed).max() > 18 + tolerance:
        return False
    return min(_departure(colour, shadowed), _departure(colour, bright)) < tolerance


def _departure(colour: Colour, ground: Colour) -> float:
    """How far a colour is from the ground's; brighter counts less, as the middle is often lit."""
    excess = colour - ground
    return float(max((-excess).max(), excess.max() - 2.5, excess.max() - excess.min()))


def _outline(distance: F32, product: Marks) -> float:
    """How far the product's outer outline stands out from the ground, median along it."""
    outside = (~product).view(np.uint8)
    edge = cv2.dilate(outside, np.ones((3, 3), np.uint8)) != outside
    strongest = cv2.dilate(np.where(product, distance, 0).astype(np.float32), _RIM)
    return float(np.median(strongest[edge])) if edge.any() else 0.0


def _demand(detail: F32, region: Marks, noise: float) -> float:
    """How many tolerances a region's rim has to stand out.

    A broad region shows whether it is as smooth as the ground; a narrow one is all edge, and may
    as well be a groove or a highlight.
    """
    inner = cv2.erode(region.view(np.uint8), np.ones((9, 9), np.uint8)).astype(bool)
    if np.count_nonzero(inner) < _LEAST:
        depth = cv2.distanceTransform(region.view(np.uint8), cv2.DIST_L2, 3)
        return 12.0 if depth.max() > 2.4 else np.inf
    return np.inf if float(np.median(detail[inner])) > 0.8 + 2.5 * noise else 8.0


def _rim(levels: F32, region: Marks) -> float:
    """How far what surrounds a region stands out from it, median along its edge."""
    inner = np.median(levels[region], axis=0).astype(np.float32)
    distance = largest(np.abs(levels - inner))
    edge = cv2.dilate(region.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool) & ~region
    return float(np.median(cv2.dilate(distance, _RIM)[edge])) if edge.any() else 0.0
