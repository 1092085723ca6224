"""Where the floor is: a soft map on the analysis grid."""

from __future__ import annotations

import cv2
import numpy as np

from roomstage.image import F32, U8

_SIDE = 192  # grid for the segmentation, long side in pixels


def floor_map(rgb: U8, horizon: float) -> F32:
    """Share of floor [H, W] in 0..1 for a small picture [H, W, 3]; `horizon` is a row of it.

    Colour models of what lies at the picture's foot and of what lies above the horizon are
    grown towards each other by graph cut (Rother et al., "GrabCut", SIGGRAPH 2004).
    """
    height, width = rgb.shape[:2]
    scale = min(1.0, _SIDE / max(height, width))
    size = max(16, round(width * scale)), max(16, round(height * scale))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    smooth = cv2.bilateralFilter(small, 5, 30, 5)
    labels = _seeds(size, horizon * size[1] / height)
    cv2.setRNGSeed(0)
    background, foreground = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(
        smooth, labels, None, background, foreground, 3, cv2.GC_INIT_WITH_MASK
    )
    floor = ((labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)).astype(np.uint8)
    floor = _connected_to_foot(floor)
    soft = cv2.GaussianBlur(floor.astype(np.float32), (0, 0), 1.0)
    return cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR)


def _seeds(size: tuple[int, int], horizon: float) -> U8:
    width, height = size
    labels = np.full((height, width), cv2.GC_PR_BGD, np.uint8)
    below = int(np.clip(horizon + 0.12 * height, 0.35 * height, 0.85 * height))
    labels[: int(np.clip(horizon + 0.02 * height, 2, height - 4))] = cv2.GC_BGD
    labels[below:] = cv2.GC_PR_FGD
    foot = max(2, height // 12)
    labels[-foot:, width // 4 : -width // 4] = cv2.GC_FGD
    return labels


def _connected_to_foot(floor: U8) -> U8:
    """Only what hangs together with the picture's foot, small holes closed."""
    closed = cv2.morphologyEx(floor, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    _, islands = cv2.connectedComponents(closed)
    keep = np.unique(islands[-2:][closed[-2:] > 0])
    return np.isin(islands, keep[keep > 0]).astype(np.uint8)
