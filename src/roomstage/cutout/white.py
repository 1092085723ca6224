"""How brightly a product photo was exposed: what a white sheet beside the product would read."""

from __future__ import annotations

import cv2
import numpy as np

from roomstage import colour
from roomstage.image import U8, Cutout, Image

_SIDE = 128  # long side of the copy that is looked at
_PLAIN = 0.06  # spread of sRGB levels (0..1) below which the surroundings are one background
_PAPER = 0.45  # linear luminance from which a plain background is white paper
_PAPER_ALBEDO = 0.92
_WALL_ALBEDO = 0.50  # of a plain background that is not white
_INTERIOR_ALBEDO = 0.40  # of furnished surroundings, as `light.exposure` takes rooms to be
_BOUNDS = 0.35, 1.15


def white_level(photo: Image, cutout: Cutout) -> float:
    """Linear luminance of white in the product's photo, about 1 for a studio shot.

    Told by what surrounds the product: paper, a wall, or a furnished room. A picture on
    transparency shows no surroundings and is taken for a studio shot.
    """
    if cutout.origin == "alpha":
        return 1.0
    outside = _surroundings(photo, cutout)
    if len(outside) < 30:
        return 1.0
    luminance = colour.luminance(colour.decode(outside[None])[0])
    middle = float(np.median(luminance))
    spread = float(np.std(outside.astype(np.float32) / 255, axis=0).mean())
    if spread < _PLAIN:
        white = middle / (_PAPER_ALBEDO if middle > _PAPER else _WALL_ALBEDO)
    else:
        white = float(np.exp(np.log(luminance + 2e-3).mean())) / _INTERIOR_ALBEDO
    return float(np.clip(white, *_BOUNDS))


def _coarse(rgb: U8) -> U8:
    """The means of whole blocks of pixels, which are had in a fraction of the time of others."""
    block = max(rgb.shape[:2]) // (8 * _SIDE)
    if block < 2:
        return rgb
    height, width = (side // block for side in rgb.shape[:2])
    whole = rgb[: height * block, : width * block]
    return np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _surroundings(photo: Image, cutout: Cutout) -> U8:
    """Colours [N, 3] of a small copy of the photo, clear of the product."""
    width, height = photo.size
    scale = min(1.0, _SIDE / max(width, height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = np.asarray(cv2.resize(_coarse(photo.rgb), size, interpolation=cv2.INTER_AREA), np.uint8)
    covered = np.zeros((size[1], size[0]), np.uint8)
    x0, y0 = int(cutout.box.x0 * scale), int(cutout.box.y0 * scale)
    x1, y1 = (
        min(size[0], int(cutout.box.x1 * scale) + 1),
        min(size[1], int(cutout.box.y1 * scale) + 1),
    )
    covered[y0:y1, x0:x1] = cv2.resize(
        cutout.alpha, (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA
    )
    near = cv2.dilate(covered, np.ones((3, 3), np.uint8))
    return small[near < 8]
