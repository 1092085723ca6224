"""The connected regions of a map of marks, each in a window of its own."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

Marks = NDArray[np.bool_]
Window = tuple[slice, slice]


def regions(marks: Marks, least: int, margin: int = 0) -> Iterator[tuple[Window, Marks]]:
    """4-connected regions of `marks` [H, W] of at least so many pixels.

    Each comes as a window with `margin` pixels round it, and the region [h, w] in that window.
    """
    _, labels, stats, _ = cv2.connectedComponentsWithStats(marks.view(np.uint8), connectivity=4)
    for label in 1 + np.flatnonzero(stats[1:, cv2.CC_STAT_AREA] >= least):
        x, y, w, h = (int(value) for value in stats[label, :4])
        rows = slice(max(0, y - margin), y + h + margin)
        window = rows, slice(max(0, x - margin), x + w + margin)
        yield window, labels[window] == label
