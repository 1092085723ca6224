"""Alpha on the edge band where the ground behind the product is known.

A pixel of the band is C = alpha F + (1 - alpha) B (T. Porter, T. Duff, "Compositing digital
images", SIGGRAPH 1984). B is the ground continued from outside, F the product's colour continued
from inside, and alpha is the place of C's foot on the line from B to F (blue-screen matting with
known B: A. R. Smith, J. F. Blinn, "Blue screen matting", SIGGRAPH 1996). Where F is too close
to B for that, the drawn outline decides.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage.cutout.background import largest
from roomstage.cutout.pushpull import push_pull
from roomstage.image import F32

Marks = NDArray[np.bool_]
_BLOCK = np.ones((3, 3), np.uint8)


def estimate(
    colours: F32, ground: F32, inside: Marks, outside: Marks, noise: float
) -> F32:
    """Alpha [H, W] 0..1.

    Args:
        colours: the picture [H, W, 3] in sRGB levels.
        ground: what would be seen without the product [H, W, 3], same units.
        inside: surely the product.
        outside: surely the ground.
        noise: of the ground, levels.
    """
    distance = largest(cv2.absdiff(colours, ground))
    band = ~(inside | outside)
    ridge = _ridge(distance, band, 6 + 4 * noise)
    product = push_pull(colours, (inside | ridge).astype(np.float32))
    line = product - ground
    length = (line * line).sum(axis=2)
    foot = ((colours - ground) * line).sum(axis=2) / np.maximum(length, 1e-3)
    trust = length / (length + np.float32(3 * (1 + 2 * noise) ** 2))
    drawn = cv2.GaussianBlur((~outside).astype(np.float32), (0, 0), 1.0)
    alpha = foot * trust + drawn * (1 - trust)
    alpha = np.where(inside | ridge, 1, np.where(outside, 0, np.clip(alpha, 0, 1)))
    return _closed(alpha.astype(np.float32), 6)


def _ridge(distance: F32, band: Marks, least: float) -> Marks:
    """Pixels of the band that are as far from the ground as any near them: the product itself."""
    peak = cv2.dilate(distance, np.ones((5, 5), np.uint8))
    return band & (distance > 0.9 * peak) & (distance > least)


def _closed(alpha: F32, steps: int) -> F32:
    """Alpha without dents that the ground can't be reached from: texture, not transparency.

    Morphological reconstruction by erosion (L. Vincent, IEEE Trans. Image Processing 2(2),
    1993), cut short after `steps` pixels.
    """
    marker = np.where(alpha > 0, np.float32(1), alpha)
    for _ in range(steps):
        marker = np.maximum(cv2.erode(marker, _BLOCK), alpha)
    return marker
