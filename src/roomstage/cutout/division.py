"""Where the product ends and a shadow at its foot begins.

What the flood from the border left over is the product with a rim of unsure pixels, among them
the steepest part of its contact shadow. The watershed of the gradient divides them (F. Meyer,
"Color image segmentation", IEE Image Processing and its Applications, 1992): from the ground and
from the product's core, each pixel goes to the side from which it is reached by the smaller
steps, so the line falls on the strongest edge between the two.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage.cutout.background import Background, largest
from roomstage.cutout.continuation import continued
from roomstage.cutout.studio_shadow import distance_inside, ringing
from roomstage.image import F32, U8

Marks = NDArray[np.bool_]
# Steps count by ratio more than by difference, so the edge of a black foot in shadow holds.
_EYE = np.rint(255 * (np.arange(256) / 255) ** 0.6).astype(np.uint8)
_THIN = cv2.getStructuringElement(cv2.MORPH_RECT, (25, 1))
_FAINT = 5  # levels that a thin thing is darker than unshadowed ground on both its sides
_BITE = 40  # pixels: half the width of a bite that is closed
_ALIKE = 6  # levels between product and ground below which an outline may be lost


def core(
    levels: F32, ground: F32, outside: Marks, sure: Marks, closed: Marks, background: Background
) -> Marks:
    """Pixels [h, w] to grow the product from.

    They are `sure` to be it, deep inside of what is not `outside`, or `closed` in by sharp edges.
    """
    rest = ~outside
    stands_out = _standing_out(levels, ground, rest, background)
    # Ground that is not darkened would have been reached: what was not is a light product.
    depth = distance_inside(rest)
    inner = stands_out & (((background.light > 0.96) & (depth > 5)) | _inmost(rest, depth))
    darker = largest(cv2.absdiff(levels, background.lit)) > 5 + 4 * background.noise
    inner |= rest & closed & darker
    return (sure | _cleaned(inner, 5)) & rest


def surely(levels: F32, ground: F32, outside: Marks, sharp: Marks, background: Background) -> Marks:
    """Pixels [h, w] that no ground looks like in any light: of another hue, or thin and darker."""
    rest = ~outside
    distance = largest(cv2.absdiff(levels, ground))
    hued = (background.hue > 0.19) | (background.light > 1.6)
    hued &= distance > 20 + 4 * background.noise
    found = rest & (hued | _upright(levels, background.noise))
    stands_out = _standing_out(levels, ground, rest, background)
    found |= stands_out & _slender(levels, sharp, background)
    return _cleaned(found, 3) & rest


def _standing_out(levels: F32, ground: F32, rest: Marks, background: Background) -> Marks:
    """What of `rest` is neither the ground's noise nor a lossy file's ringing."""
    distance = largest(cv2.absdiff(levels, ground))
    return rest & (distance > 2 + 4 * background.noise + ringing(distance))


def _cleaned(marks: Marks, size: int) -> Marks:
    return np.asarray(cv2.medianBlur(marks.view(np.uint8), size), bool)


def _upright(levels: F32, noise: float) -> Marks:
    """Thin dark things with light on their left and right, such as the legs of a chair."""
    grey = np.ascontiguousarray(levels[..., 1])
    return cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, _THIN) > 45 + 4 * noise


def _slender(levels: F32, sharp: Marks, background: Background) -> Marks:
    """Thin things with sharp edges and unshadowed ground on their left and right."""
    grey = cv2.convertScaleAbs(levels[..., 1])
    closed = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, _THIN)
    darker = cv2.subtract(closed, grey) > _FAINT + 8 * background.noise
    found = darker & (closed > 0.96 * background.lit[..., 1])
    return found & cv2.dilate(sharp.view(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)


def _inmost(rest: Marks, depth: F32) -> Marks:
    """The inner part of each component, by its own thickness."""
    count, found = cv2.connectedComponents(rest.view(np.uint8), connectivity=8)
    labels = np.asarray(found, np.intp)
    deepest = np.zeros(count, np.float32)
    np.maximum.at(deepest, labels[rest], depth[rest])
    return rest & (depth > np.maximum(4, 0.45 * deepest)[labels])


def divide(rgb: U8, outside: Marks, inside: Marks) -> Marks:
    """The product [h, w], grown from `inside` against `outside`."""
    markers = outside.astype(np.int32)
    markers[inside] = 2
    cv2.watershed(np.ascontiguousarray(cv2.LUT(rgb, _EYE)), markers)
    # Dividing lines (-1) belong to neither side, half of them are the product's; the picture's
    # own border is marked like one.
    product = markers != 1
    product[[0, -1]] = product[:, [0, -1]] = False
    return product


def smoothed(levels: F32, product: Marks, background: Background) -> Marks:
    """The product with the bites closed that were taken where the ground has its very colour.

    A bite looks like the product, makes the outline hollow, and no edge parts it from the rest.
    """
    fill = continued(levels, product)
    alike = largest(cv2.absdiff(fill, levels)) < _ALIKE + 2 * background.noise
    grown = distance_inside(~product) <= _BITE
    bites = ~product & alike & (distance_inside(grown) > _BITE)
    count, found = cv2.connectedComponents(bites.view(np.uint8), connectivity=4)
    if count == 1:
        return product
    labels = np.asarray(found, np.intp)
    spread = cv2.dilate(labels.astype(np.float32), np.ones((3, 3), np.uint8)).astype(np.intp)
    seam = product & (spread > 0)
    sharp = background.detail > 0.8 + 3.5 * background.noise
    edges = np.bincount(spread[seam & sharp], minlength=count)
    seams = np.bincount(spread[seam], minlength=count)
    closed = edges < 0.3 * seams
    closed[0] = False
    return product | closed[labels]


def outlined(product: Marks, background: Background) -> float:
    """The share of the product's outline that lies on an edge of the picture, 0..1."""
    marks = product.view(np.uint8)
    outline = (cv2.dilate(marks, np.ones((3, 3), np.uint8)) != marks) & ~background.ring
    near = cv2.dilate(background.detail, np.ones((5, 5), np.uint8))
    edge = near[outline] > 0.8 + 6 * background.noise
    return float(edge.mean()) if edge.size else 1.0
