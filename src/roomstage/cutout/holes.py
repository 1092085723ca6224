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
from roomstage.cutout.regions import regions
from roomstage.image import F32

Marks = NDArray[np.bool_]
Colour = NDArray[np.floating]
_RIM = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
_SAMPLES = 500  # pixels that a region's colour is measured on
_SHADED = 6  # levels below the lit ground from which a region is in shadow
_LIGHTER = 0.4  # share of a shadowed region's rim that may lead to lighter ground
_LEAST = 30  # pixels; smaller spots may as well be highlights, unless their rim is stark
_FEWEST = 12
_STARK = 120.0  # levels
_SMALL = 500  # pixels; in smaller openings a lossy file's ringing shows everywhere
_RINGING = 0.02  # of the rim's height


def find(levels: F32, ground: F32, product: Marks, background: Background) -> Marks:
    """The openings [h, w] in `product`, given what the `ground` behind it should look like."""
    tolerance = 1.5 + 3 * background.noise + min(3.0, background.unevenness)
    slack = max(2 * tolerance, 6)
    outline = _outline(largest(cv2.absdiff(levels, ground)), product)
    # Fully lit ground first: a white leg beside it would else be taken for its shadowed part.
    lit = product & (largest(cv2.absdiff(levels, background.lit)) < slack)
    found = _opened(lit, levels, background.lit, background, tolerance, outline)
    darkest, brightest = cv2.min(ground, background.lit), cv2.max(ground, background.lit)
    excess = largest(cv2.max(cv2.subtract(levels, brightest), cv2.subtract(darkest, levels)))
    like = product & (excess < slack) & ~found
    return found | _opened(like, levels, ground, background, tolerance, outline)


def _opened(
    like: Marks,
    levels: F32,
    ground: F32,
    background: Background,
    tolerance: float,
    outline: float,
) -> Marks:
    """The connected regions of `like` [h, w] that are openings."""
    smooth = np.asarray(cv2.medianBlur(like.view(np.uint8), 3), bool)
    found = np.zeros(like.shape, bool)
    for window, region in regions(smooth, _FEWEST, margin=6):
        near, lit = levels[window], background.lit[window]
        demand = _demand(background.detail[window], region, background.noise, tolerance)
        if demand == np.inf:
            continue
        rim = _rim(near, region)
        if rim <= max(0.5 * outline, demand):
            continue
        blurred = _RINGING * rim if np.count_nonzero(region) < _SMALL else 0.0
        like_ground = _ground_like(near, ground[window], lit, region, tolerance + blurred)
        if like_ground and not _beside_lighter(near, lit, region):
            found[window] |= region
    return found


def _ground_like(levels: F32, ground: F32, lit: F32, region: Marks, tolerance: float) -> bool:
    """Whether a region's colour is the ground's in light, or in the shadow found near it."""
    y, x = np.nonzero(region)
    at = np.s_[y[:: 1 + y.size // _SAMPLES], x[:: 1 + y.size // _SAMPLES]]
    colour, shadowed, bright = (np.median(layer[at], axis=0) for layer in (levels, ground, lit))
    if np.abs(colour - shadowed).max() > 18 + tolerance:
        return False
    return _departure(colour, half_shadow(colour, shadowed, bright)) < tolerance


def half_shadow(colour: Colour, shadowed: Colour, lit: Colour) -> Colour:
    """The colour [3] of ground between shadow and full light that is nearest to a `colour`."""
    way = lit - shadowed
    share = float(np.clip((colour - shadowed) @ way / max(float(way @ way), 1e-6), 0, 1))
    return shadowed + share * way


def _beside_lighter(levels: F32, lit: F32, region: Marks) -> bool:
    """Whether a region in shadow has sharp edges to lighter ground: then it is a white product."""
    light = np.median(levels[region], axis=0).astype(np.float32)
    if float((np.median(lit[region], axis=0) - light).max()) < _SHADED:
        return False
    edge = cv2.dilate(region.view(np.uint8), np.ones((3, 3), np.uint8)).astype(bool) & ~region
    beyond = cv2.dilate(levels, np.ones((9, 9), np.uint8))[edge] - light
    return float((beyond.min(axis=1) > _SHADED).mean()) > _LIGHTER


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


def _demand(detail: F32, region: Marks, noise: float, tolerance: float) -> float:
    """How many levels a region's rim has to stand out.

    A broad region shows whether it is as smooth as the ground; a narrow one is all edge, and may
    as well be a groove or a highlight.
    """
    inner = cv2.erode(region.view(np.uint8), np.ones((9, 9), np.uint8)).astype(bool)
    if np.count_nonzero(inner) >= _LEAST:
        rough = float(np.median(detail[inner])) > 0.8 + 2.5 * noise
        return np.inf if rough else 8 * tolerance
    depth = float(cv2.distanceTransform(region.view(np.uint8), cv2.DIST_L2, 3).max())
    if depth > 2.4 and np.count_nonzero(region) >= _LEAST:
        return 12 * tolerance
    return _STARK if depth > 1.3 else np.inf


def _rim(levels: F32, region: Marks) -> float:
    """How far what surrounds a region stands out from it, median along its edge."""
    inner = np.median(levels[region], axis=0).astype(np.float32)
    distance = largest(np.abs(levels - inner))
    edge = cv2.dilate(region.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool) & ~region
    return float(np.median(cv2.dilate(distance, _RIM)[edge])) if edge.any() else 0.0
