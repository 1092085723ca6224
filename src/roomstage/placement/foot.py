"""The line that a product stands on: the lower convex hull of its silhouette."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage.image import F32


def foot_line(solid: NDArray[np.bool_]) -> tuple[NDArray[np.int_], F32] | None:
    """(columns, row in each) from the leftmost to the rightmost column of a silhouette [h, w].

    None where it has not two columns.
    """
    marked = np.flatnonzero(solid.any(axis=0))
    if marked.size < 2:
        return None
    lowest = solid.shape[0] - 1 - np.argmax(solid[::-1, marked], axis=0)
    # Two points far above leave no other corners to the hull's upper chain, as between two legs.
    above = [[marked[0], -(1 << 20)], [marked[-1], -(1 << 20)]]
    outline = cv2.convexHull(np.r_[np.c_[marked, lowest], above].astype(np.int32))[:, 0]
    outline = outline[np.argsort(outline[:, 0], kind="stable")]
    corners, first = np.unique(outline[:, 0], return_index=True)
    deepest = np.maximum.reduceat(outline[:, 1], first)
    columns = np.arange(marked[0], marked[-1] + 1)
    return columns, np.interp(columns, corners, deepest)
