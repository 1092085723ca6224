"""Where the floor is: a soft map on the analysis grid."""

from __future__ import annotations

import cv2
import numpy as np

from roomstage.image import F32, U8

_SIDE = 160  # grid for the segmentation, long side in pixels
_MATERIALS = 7  # colours that a room is sorted into
_TEXTURE_SAYS = 18.0  # Lab units per unit of log contrast
_SAME_MATERIAL = 5.0  # planks and tiles have tones that differ less in hue and texture
_FOOT = 0.16  # share of the height, from below, that is looked at for the floor's material


def floor_map(rgb: U8, grey: U8, horizon: float) -> F32:
    """Share of floor [H, W] in 0..1 for a small picture [H, W, 3].

    Args:
        rgb: the room on the analysis grid.
        grey: the room at a larger size, for the texture that the grid no longer shows.
        horizon: row of the horizon on the grid.

    The floor's material is the one that fills the picture's foot and is rare above the horizon.
    From it a graph cut grows the floor against the rest (Rother et al., "GrabCut", SIGGRAPH 2004).
    """
    height, width = rgb.shape[:2]
    scale = min(1.0, _SIDE / max(height, width))
    size = max(16, round(width * scale)), max(16, round(height * scale))
    small = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    smooth = np.asarray(cv2.bilateralFilter(small, 7, 40, 4), np.uint8)
    row = float(np.clip(horizon * size[1] / height, 0.05 * size[1], 0.75 * size[1]))
    floor = _grown(smooth, _seeds(smooth, _texture(grey, size), row))
    soft = cv2.GaussianBlur(floor.astype(np.float32), (0, 0), 1.0)
    return np.asarray(cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def _texture(grey: U8, size: tuple[int, int]) -> F32:
    """Log of the local contrast of fine detail, on the grid `size` (w, h)."""
    detail = cv2.absdiff(grey, cv2.GaussianBlur(grey, (0, 0), 2.0)).astype(np.float32)
    local = cv2.GaussianBlur(detail, (0, 0), max(1.0, max(grey.shape) / 100))
    return np.log1p(np.asarray(cv2.resize(local, size, interpolation=cv2.INTER_AREA), np.float32))


def _materials(smooth: U8, texture: F32) -> tuple[U8, F32]:
    """Label [h, w] of each pixel's material and the materials' features [n, 4].

    K-means over Lab colour and texture.
    """
    lab = cv2.cvtColor(smooth, cv2.COLOR_RGB2LAB).astype(np.float32)
    lab[..., 0] *= 0.5  # shadows and light change lightness more than the material does
    features = np.concatenate([lab, texture[..., None] * _TEXTURE_SAYS], axis=2)
    cv2.setRNGSeed(7)
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 12, 1.0)
    unset = np.empty(0, np.int32)
    _, labels, centres = cv2.kmeans(
        features.reshape(-1, 4), _MATERIALS, unset, criteria, 1, cv2.KMEANS_PP_CENTERS
    )
    return labels.reshape(smooth.shape[:2]).astype(np.uint8), np.asarray(centres, np.float32)


def _seeds(smooth: U8, texture: F32, horizon: float) -> U8:
    """GrabCut labels: the floor's material at the foot is floor, what is above is not."""
    height, width = smooth.shape[:2]
    materials, centres = _materials(smooth, texture)
    foot = max(3, round(_FOOT * height))
    above = materials[: int(horizon)]
    scores = []
    for material in range(_MATERIALS):
        at_foot = materials[-foot:] == material
        total = max(1, int((materials == material).sum()))
        upward = float((above == material).sum()) / total
        across = float(at_foot.any(axis=0).mean())
        scores.append(at_foot.mean() * (1.05 - upward) ** 2 * (0.3 + across))
    first, second = np.argsort(scores)[::-1][:2]
    alike = np.abs(centres[first, 1:] - centres[second, 1:]).max() < _SAME_MATERIAL
    both = scores[second] > (0.3 if alike else 0.6) * scores[first]
    chosen = [first, second] if both else [first]
    of_floor = np.isin(materials, chosen)
    labels = np.full((height, width), cv2.GC_PR_BGD, np.uint8)
    low = min(height - 4, int(horizon + 0.1 * height))
    labels[low:][of_floor[low:]] = cv2.GC_PR_FGD
    core = cv2.erode(of_floor[-foot:].astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    labels[-foot:][core] = cv2.GC_FGD
    labels[: int(np.clip(horizon + 0.02 * height, 2, height - 4))] = cv2.GC_BGD
    return labels


def _grown(smooth: U8, labels: U8) -> U8:
    if not (labels == cv2.GC_FGD).any():
        return np.zeros(labels.shape, np.uint8)
    cv2.setRNGSeed(7)
    models = np.zeros((2, 1, 65))
    cv2.grabCut(smooth, labels, (0, 0, 1, 1), models[0], models[1], 3, cv2.GC_INIT_WITH_MASK)
    floor = ((labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)).astype(np.uint8)
    return _connected_to_foot(floor)


def _connected_to_foot(floor: U8) -> U8:
    """Only what hangs together with the picture's foot, small holes closed."""
    closed = cv2.morphologyEx(floor, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    _, islands = cv2.connectedComponents(closed)
    keep = np.unique(islands[-3:][closed[-3:] > 0])
    return np.isin(islands, keep[keep > 0]).astype(np.uint8)
