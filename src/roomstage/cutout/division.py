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

from roomstage.cutout.background import Background, largest, light_of
from roomstage.cutout.pushpull import push_pull
from roomstage.image import F32, U8

Marks = NDArray[np.bool_]
# Steps count by ratio more than by difference, so the edge of a black foot in shadow holds.
_EYE = np.rint(255 * (np.arange(256) / 255) ** 0.6).astype(np.uint8)
_BITE = 14  # pixels: half the width of a bite that is closed
_FAINT = 8  # levels between product and ground below which an outline may be lost
_THIN = cv2.getStructuringElement(cv2.MORPH_RECT, (25, 1))


def core(levels: F32, ground: F32, outside: Marks, background: Background) -> Marks:
    """Pixels [h, w] that are surely the product: of another hue, thin and dark, or deep inside."""
    rest = ~outside
    light, off = light_of(levels, background.levels)
    distance = largest(cv2.absdiff(levels, ground))
    hued = ((off > 0.32) | (light > 1.25)) & (distance > 20 + 4 * background.noise)
    # Ground that is not darkened would have been reached: what was not is a light product.
    # A lossy file's ringing near an edge, a few per cent of its height, is no such product.
    ringing = np.minimum(0.04 * cv2.dilate(distance, np.ones((21, 21), np.uint8)), 8)
    stands_out = distance > 2 + 4 * background.noise + ringing
    pale = (light > 0.96) & stands_out & (_depth(rest) > 5)
    surely = (rest & (hued | _upright(levels, background.noise))).astype(np.uint8)
    white = cv2.medianBlur(pale.astype(np.uint8), 5)
    return (cv2.medianBlur(surely, 3) | white).astype(bool) | _depths(rest)


def _upright(levels: F32, noise: float) -> Marks:
    """Thin dark things with light on their left and right, such as the legs of a chair."""
    grey = np.ascontiguousarray(levels[..., 1])
    return cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, _THIN) > 45 + 4 * noise


def _depths(rest: Marks) -> Marks:
    """The inner part of each component, by its own thickness."""
    depth = _depth(rest)
    count, labels = cv2.connectedComponents(rest.astype(np.uint8), connectivity=8)
    deepest = np.zeros(count, np.float32)
    np.maximum.at(deepest, labels[rest], depth[rest])
    return rest & (depth > np.maximum(4, 0.45 * deepest)[labels])


def _depth(marks: Marks) -> F32:
    return np.asarray(cv2.distanceTransform(marks.astype(np.uint8), cv2.DIST_L2, 3), np.float32)


def divide(rgb: U8, outside: Marks, inside: Marks) -> Marks:
    """The product [h, w], grown from `inside` against `outside`."""
    markers = np.zeros(outside.shape, np.int32)
    markers[outside] = 1
    markers[inside] = 2
    cv2.watershed(np.ascontiguousarray(cv2.LUT(rgb, _EYE)), markers)
    # Dividing lines (-1) belong to neither side: half of the edge is the product's.
    return markers != 1


def smoothed(levels: F32, ground: F32, product: Marks) -> Marks:
    """The product with the bites closed that were taken where it has the ground's very colour."""
    fill = push_pull(levels, product.astype(np.float32))
    faint = largest(cv2.absdiff(fill, ground)) < _FAINT
    grown = _depth(~product) <= _BITE
    return product | (faint & (_depth(grown) > _BITE))
