"""Several pictures of one size in one, where an answer has room for one alone."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from roomstage.image import U8

_COLUMNS = 2


def tiled(pictures: Sequence[U8]) -> U8:
    """Pictures [h, w, 3] in one: one as it is, two in a row, more in rows of two.

    A place that is left over is white.
    """
    if len(pictures) == 1:
        return pictures[0]
    height, width = pictures[0].shape[:2]
    rows = math.ceil(len(pictures) / _COLUMNS)
    whole = np.full((rows * height, _COLUMNS * width, 3), 255, np.uint8)
    for number, picture in enumerate(pictures):
        y, x = number // _COLUMNS * height, number % _COLUMNS * width
        whole[y : y + height, x : x + width] = picture
    return whole
