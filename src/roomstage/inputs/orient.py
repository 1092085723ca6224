"""EXIF orientation: read from a file, and undone on arrays."""

from __future__ import annotations

import struct

import numpy as np
from PIL import Image as PILImage

from roomstage.image import U8

_TAG = 0x0112


def orientation_of(picture: PILImage.Image) -> int:
    """EXIF orientation 1 to 8; 1 where there is none or it is broken."""
    try:
        # Not picture.getexif(): for PNG that decodes all pixels first.
        value = PILImage.Image.getexif(picture).get(_TAG, 1)
    except (OSError, ValueError, SyntaxError, KeyError, TypeError, EOFError, struct.error):
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def upright(stored: U8, orientation: int) -> U8:
    """Undo `orientation` on [H, W] or [H, W, C]; 5 to 8 swap width and height."""
    if orientation == 1:
        return stored
    turned = np.swapaxes(stored, 0, 1) if orientation >= 5 else stored
    if orientation in (3, 4, 7, 8):
        turned = turned[::-1]
    if orientation in (2, 3, 6, 7):
        turned = turned[:, ::-1]
    return np.ascontiguousarray(turned)
