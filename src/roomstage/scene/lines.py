"""Straight line segments of a photo, for its vanishing points."""

from __future__ import annotations

import cv2
import numpy as np

from roomstage.image import F32, U8


def segments(grey: U8, shortest: float) -> F32:
    """Segments [N, 4] as x0, y0, x1, y1 in pixels of `grey` [H, W], at least `shortest` long.

    Line Segment Detector, von Gioi et al., "LSD: a line segment detector", IPOL 2012.
    """
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_STD).detect(grey)[0]
    if found is None:
        return np.zeros((0, 4), np.float32)
    lines = np.asarray(found, np.float32).reshape(-1, 4)  # OpenCV 4 gives (N, 1, 4), 5 gives (N, 4)
    length = np.hypot(lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1])
    return lines[length >= shortest]
