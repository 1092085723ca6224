"""The edge band of a keyed product, solved at the size that is wanted."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage.cutout import foreground, matte
from roomstage.cutout.keying import Key
from roomstage.image import F32, U8

_STRIP = 3_000_000  # pixels that are worked on at once
_OVERLAP = 32  # rows that strips share, so that their seams don't show


def edge(rgb: U8, key: Key, placed: NDArray[np.float64]) -> tuple[U8, U8]:
    """Alpha [H, W] and product colours [H, W, 3] of a picture [H, W, 3].

    Args:
        rgb: the picture, sRGB.
        key: what keying found in the same picture at another size.
        placed: 2 x 3 matrix from the picture's pixels to the key's.
    """
    height, width = rgb.shape[:2]
    rows = max(4 * _OVERLAP, _STRIP // width)
    alpha = np.empty((height, width), np.uint8)
    colours = np.empty_like(rgb)
    for top in range(0, height, rows):
        start, stop = max(0, top - _OVERLAP), min(height, top + rows + _OVERLAP)
        lowered = placed.copy()
        lowered[1, 2] += start * placed[1, 1]
        soft, fore = _solved(np.ascontiguousarray(rgb[start:stop]), key, lowered)
        inner = np.s_[top - start : top - start + rows]
        alpha[top : top + rows], colours[top : top + rows] = soft[inner], fore[inner]
    return alpha, colours


def _solved(rgb: U8, key: Key, placed: NDArray[np.float64]) -> tuple[U8, U8]:
    """Alpha and colours of one strip."""
    size = rgb.shape[1], rgb.shape[0]
    zoom = 1 / float(placed[0, 0])
    product = key.product.astype(np.float32)
    smooth = np.asarray(cv2.GaussianBlur(product, (3, 3), 0), np.float32)
    outline = _lifted(smooth, placed, size) - np.float32(0.5)
    drawn = np.clip(0.5 + outline * np.float32(max(1.0, 1.5 * zoom)), 0, 1)
    marks = (_lifted(product, placed, size) > 0.5).view(np.uint8)
    ground = _lifted(key.ground, placed, size)
    inside = np.asarray(cv2.erode(marks, _disc(max(1, round(3 * zoom))), borderValue=1), bool)
    # Outside the line, where the ground is in full light, a pixel may still be part product; in
    # shadow it may as well be more shadow.
    near = cv2.dilate(marks, _disc(max(1, round(0.7 * zoom)))) - marks
    near[_lifted(key.lit.astype(np.float32), placed, size) < 0.9] = 0
    alpha = matte.estimate(rgb, ground, drawn, inside, marks + near == 0, key.noise)
    colours = foreground.estimate(rgb, alpha, ground, known=True)
    return np.rint(alpha * 255).astype(np.uint8), colours


def _disc(radius: int) -> U8:
    size = 2 * radius + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)


def _lifted(values: F32, placed: NDArray[np.float64], size: tuple[int, int]) -> F32:
    """Part of an analysed picture at another size, by bilinear interpolation."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved = cv2.warpAffine(values, placed, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.float32)
