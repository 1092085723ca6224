"""Openings in a product through which the ground is seen.

A region that the product encloses is an opening only if it looks like the ground around the
product to within the ground's own unevenness, and if its rim stands out as the product's outer
outline does. So a white cushion, a picture's mat and the highlights of a marble top stay.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage.cutout.background import Background, largest
from roomstage.cutout.studio_shadow import sharp
from roomstage.image import F32

Marks = NDArray[np.bool_]
_RIM = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))


DEBUG=0
def find(levels: F32, ground: F32, product: Marks, background: Background) -> Marks:
    """The openings [h, w] in `product`, given what the `ground` behind it should look like."""
    tolerance = 1.2 + 3 * background.noise
    distance = largest(cv2.absdiff(levels, ground))
    like = product & (distance < 99) & ~sharp(background)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        like.astype(np.uint8), connectivity=4
    )
    outline = _contrast(distance, product)
    found = np.zeros(product.shape, bool)
    for label in range(1, count):
        x, y, w, h, area = stats[label]
        if area < 12:
            continue
        window = np.s_[max(0, y - 5) : y + h + 5, max(0, x - 5) : x + w + 5]
        region = labels[window] == label
        shift = np.abs(np.median((levels - ground)[window][region], axis=0)).max()
        rim = _contrast(distance[window], ~region & product[window], region)
        if DEBUG: print(x,y,w,h,area,shift,np.median((levels - background.levels)[window][region], axis=0),rim,outline,tolerance)
        if shift < tolerance and rim > 0.5 * outline:
            found[window] |= region
    return found


def _contrast(distance: F32, product: Marks, region: Marks | None = None) -> float:
    """How far the product's rim stands out from the ground: median of the strongest nearby."""
    outside = (~product if region is None else region).astype(np.uint8)
    edge = cv2.dilate(outside, np.ones((3, 3), np.uint8)).astype(bool) & ~outside.astype(bool)
    strongest = cv2.dilate(np.where(product, distance, 0).astype(np.float32), _RIM)
    return float(np.median(strongest[edge])) if edge.any() else 0.0
