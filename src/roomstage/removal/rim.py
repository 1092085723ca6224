"""The rim of a piece that a mask drawn by hand leaves standing."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage.image import F32, U8, Box, Image, Mask

Bools = NDArray[np.bool_]

_EDGE = 0.006  # of the mask's larger side: it is grown by so much, and softened
_FOOT = 0.12  # of the mask's height, from below, ...
_CONTACT = 0.05  # ... is grown by so much more: the dark line of touch is filled, not divided out
_SIDE = 256  # long side of the copy that is looked at
_REACH = 0.05  # of the mask's larger side: how far beyond it the piece is sought
_SAMPLES = 300
_NEAR = 0.25  # units of Lab per pixel of the copy: neighbours say more than what is far off
_CLEARLY = 0.6  # a pixel is the piece's if it is so much nearer to it than to the room


def soft_edge(hole: Mask, marked: Box) -> Mask:
    """The mask [H, W] with its rim and the line where its foot touches, soft at the edge.

    Args:
        hole: what is to be taken out.
        marked: the box around it.
    """
    side = max(marked.width, marked.height)
    rim = max(2, round(_EDGE * side))
    values = np.zeros_like(hole.values)
    margin = round(2 * _CONTACT * side) + 3 * rim + 3
    box = marked.grown(margin, hole.size)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * rim + 1, 2 * rim + 1))
    wide = cv2.dilate(hole.values[box.slices], kernel)
    foot = wide.copy()
    foot[: marked.y1 - box.y0 - max(1, round(_FOOT * marked.height))] = 0
    across, down = round(_CONTACT * side), rim
    touch = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * across + 1, across + 2 * down + 1))
    wide = cv2.max(wide, cv2.dilate(foot, touch))
    values[box.slices] = cv2.GaussianBlur(cv2.dilate(wide, kernel), (0, 0), rim / 2.5)
    return Mask(np.where(values > 4, values, 0).astype(np.uint8))


def with_rim(image: Image, mask: Mask) -> Mask:
    """The mask [H, W] and what around it looks like what it marks and not like the room."""
    place = Box.around(mask.values > 127)
    if place is None:
        return mask
    side = max(place.width, place.height)
    crop = place.grown(max(4, round(3 * _REACH * side)), image.size)
    scale = min(1.0, _SIDE / max(crop.width, crop.height))
    size = max(4, round(crop.width * scale)), max(4, round(crop.height * scale))
    small = cv2.resize(image.rgb[crop.slices], size, interpolation=cv2.INTER_AREA)
    rgb = np.asarray(small, np.uint8)
    marked = cv2.resize(mask.values[crop.slices], size, interpolation=cv2.INTER_AREA) > 127
    found = _rim(rgb, marked, max(1, round(_REACH * side * scale)))
    if not found.any():
        return mask
    wide = cv2.resize(
        found.astype(np.float32), (crop.width, crop.height), interpolation=cv2.INTER_LINEAR
    )
    values = mask.values.copy()
    part = values[crop.slices]
    np.maximum(part, np.where(wide > 0.4, 255, 0).astype(np.uint8), out=part)
    return Mask(values, mask.warnings)


def _rim(rgb: U8, marked: Bools, reach: int) -> Bools:
    """Pixels [h, w] within `reach` of the mask that are nearer to its inside than to the room."""
    outer = cv2.distanceTransform((~marked).astype(np.uint8), cv2.DIST_L2, 5)
    inner = cv2.distanceTransform(marked.astype(np.uint8), cv2.DIST_L2, 5)
    features = _features(rgb)
    band = (outer > 0) & (outer <= reach)
    piece = _some(features, marked & (inner <= 2 * reach) & (inner > 1))
    room = _some(features, (outer > reach) & (outer <= 3 * reach))
    if len(piece) == 0 or len(room) == 0 or not band.any():
        return np.zeros_like(marked)
    tried = features[band]
    alike = np.zeros_like(marked)
    alike[band] = _nearest(tried, piece) < _CLEARLY * _nearest(tried, room)
    alike = cv2.morphologyEx(alike.astype(np.uint8), cv2.MORPH_OPEN, np.ones((2, 2), np.uint8)) > 0
    _, islands = cv2.connectedComponents((alike | marked).astype(np.uint8))
    return alike & np.isin(islands, np.unique(islands[marked]))


def _features(rgb: U8) -> F32:
    lab = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    y, x = np.mgrid[: rgb.shape[0], : rgb.shape[1]].astype(np.float32) * _NEAR
    return np.dstack([lab, x, y]).astype(np.float32)


def _some(features: F32, where: Bools) -> F32:
    chosen = features[where]
    if len(chosen) == 0:
        return chosen
    return chosen[np.linspace(0, len(chosen) - 1, min(len(chosen), _SAMPLES)).astype(int)]


def _nearest(features: F32, samples: F32) -> F32:
    square = np.square(samples).sum(axis=1) - 2 * features @ samples.T
    return np.sqrt(np.maximum(square.min(axis=1) + np.square(features).sum(axis=1), 0))
