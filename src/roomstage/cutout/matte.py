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
from roomstage.cutout.continuation import continued
from roomstage.cutout.reduce import levels_to_linear
from roomstage.image import F32, U8

Marks = NDArray[np.bool_]
_TELLING = 6.0  # levels between product and ground from which on colours tell more
_WIDEST = 128  # pixels of band that are looked through; with no ground it has no end
_RINGING = np.float32(0.1)  # of an edge's height
_BLOCK = np.ones((3, 3), np.uint8)


def estimate(rgb: U8, ground: F32, drawn: F32, inside: Marks, outside: Marks, noise: float) -> F32:
    """Alpha [H, W] 0..1.

    Args:
        rgb: the picture [H, W, 3], sRGB.
        ground: what would be seen without the product [H, W, 3], sRGB levels.
        drawn: the outline [H, W] as alpha, for where the colours don't tell.
        inside: surely the product.
        outside: surely the ground.
        noise: of the ground, levels.
    """
    band = ~(inside | outside)
    distance = largest(cv2.absdiff(rgb.astype(np.float32), ground))
    ridge = _ridge(distance, band, 6 + 4 * noise)
    product = continued(rgb, inside | ridge)
    alpha = inside.astype(np.float32)
    at = np.flatnonzero(band)
    behind, front = ground.reshape(-1, 3)[at], product.reshape(-1, 3)[at]
    alpha.flat[at] = _foot(rgb.reshape(-1, 3)[at], behind, front, drawn.reshape(-1)[at], noise)
    alpha[ridge] = 1
    width = cv2.distanceTransform((~outside).view(np.uint8), cv2.DIST_C, 3)[band]
    return _closed(alpha, inside, min(_WIDEST, 2 + round(float(width.max(initial=0)))))


def _foot(rgb: U8, ground: F32, product: F32, drawn: F32, noise: float) -> F32:
    """Where on the line from ground (0) to product (1) colours [N, 3] lie; `drawn` if short."""
    behind = levels_to_linear(ground)
    line = levels_to_linear(product) - behind
    seen = levels_to_linear(rgb.astype(np.float32)) - behind
    length = np.einsum("nc,nc->n", line, line)
    foot = np.clip(np.einsum("nc,nc->n", seen, line) / np.maximum(length, 1e-6), 0, 1)
    apart = np.square(np.abs(product - ground).max(axis=1))
    trust = apart / (apart + np.float32((_TELLING + 4 * noise) ** 2))
    return drawn + (foot - drawn) * trust


def _ridge(distance: F32, band: Marks, least: float) -> Marks:
    """Pixels of the band that are as far from the ground as any near them: the product itself.

    Beside a stark edge a lossy file has such pixels on the ground, too, but faint ones.
    """
    peak = cv2.dilate(distance, np.ones((5, 5), np.uint8))
    stark = cv2.dilate(distance, np.ones((11, 11), np.uint8))
    return band & (distance > 0.9 * peak) & (distance > np.maximum(least, _RINGING * stark))


def _closed(alpha: F32, inside: Marks, steps: int) -> F32:
    """Alpha without dents that the ground can't be reached from: texture, not transparency.

    Morphological reconstruction by erosion (L. Vincent, "Morphological grayscale reconstruction
    in image analysis", IEEE Trans. Image Processing 2(2), 1993) over the band's width.
    """
    values = np.rint(alpha * 255).astype(np.uint8)
    marker: U8 = np.where(inside | (values > 0), np.uint8(255), np.uint8(0))
    for _ in range(steps):
        marker = np.asarray(cv2.max(cv2.erode(marker, _BLOCK), values), np.uint8)
    return np.where(marker > values, marker.astype(np.float32) / 255, alpha)
