"""Alpha on the edge band where the ground behind the product is known.

A pixel of the band is C = alpha F + (1 - alpha) B in linear light (T. Porter, T. Duff,
"Compositing digital images", SIGGRAPH 1984). B is the ground continued from outside, F the
product's colour continued from inside, and alpha is the foot of C on the line from B to F
(matting with known B: A. R. Smith, J. F. Blinn, "Blue screen matting", SIGGRAPH 1996):

    alpha = (C - B) . (F - B) / |F - B|^2

Where F is too close to B for that, the drawn outline decides.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage.cutout.background import largest
from roomstage.cutout.pushpull import push_pull
from roomstage.cutout.reduce import levels_to_linear
from roomstage.image import F32, U8

Marks = NDArray[np.bool_]
_BLOCK = np.ones((3, 3), np.uint8)


def estimate(
    colours: F32, ground: F32, inside: Marks, outside: Marks, noise: float, steps: int
) -> F32:
    """Alpha [H, W] 0..1.

    Args:
        colours: the picture [H, W, 3] in sRGB levels.
        ground: what would be seen without the product [H, W, 3], same units.
        inside: surely the product.
        outside: surely the ground.
        noise: of the ground, levels.
        steps: how many pixels lie between inside and outside at most.
    """
    distance = largest(cv2.absdiff(colours, ground))
    ridge = _ridge(distance, ~(inside | outside), 6 + 4 * noise)
    product = push_pull(colours, (inside | ridge).astype(np.float32))
    apart = largest(cv2.absdiff(product, ground))
    trust = apart * apart / (apart * apart + np.float32(3 * (1 + 2 * noise) ** 2))
    drawn = cv2.GaussianBlur((~outside).astype(np.float32), (0, 0), 1.0)
    foot = np.clip(_foot(colours, ground, product), 0, 1)
    alpha = np.clip(drawn + (foot - drawn) * trust, 0, 1)
    alpha[inside | ridge] = 1
    alpha[outside] = 0
    return _closed(alpha, inside, steps + 2)


def _foot(colours: F32, ground: F32, product: F32) -> F32:
    """Where on the line from ground (0) to product (1) each colour lies, linear light [H, W]."""
    behind = levels_to_linear(ground)
    line = levels_to_linear(product) - behind
    length = np.einsum("hwc,hwc->hw", line, line)
    along = np.einsum("hwc,hwc->hw", levels_to_linear(colours) - behind, line)
    return along / np.maximum(length, 1e-6)


def _ridge(distance: F32, band: Marks, least: float) -> Marks:
    """Pixels of the band that are as far from the ground as any near them: the product itself."""
    peak = cv2.dilate(distance, np.ones((5, 5), np.uint8))
    return band & (distance > 0.9 * peak) & (distance > least)


def _closed(alpha: F32, inside: Marks, steps: int) -> F32:
    """Alpha without dents that the ground can't be reached from: texture, not transparency.

    Morphological reconstruction by erosion (L. Vincent, "Morphological grayscale reconstruction
    in image analysis", IEEE Trans. Image Processing 2(2), 1993) over the band's width.
    """
    values = np.rint(alpha * 255).astype(np.uint8)
    marker: U8 = np.where(inside | (values > 0), np.uint8(255), np.uint8(0))
    for _ in range(steps):
        marker = np.asarray(cv2.max(cv2.erode(marker, _BLOCK), values), np.uint8)
    return np.maximum(alpha, marker.astype(np.float32) / 255 * (marker > values))
