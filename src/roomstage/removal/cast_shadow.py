"""The shadow that a piece throws around itself, so that it can be taken out with the piece."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage import colour
from roomstage.removal.membrane import masked_blur, membrane
from roomstage.image import F32, U8

Bools = NDArray[np.bool_]

_REACH = 0.6  # of the hole's larger side: how far a shadow is sought
_LOW = 1.6  # a floor is seen at a slant: a row counts for so many columns
_GRAIN = 0.05  # of the hole's larger side: finer changes are texture, not shadow
_NOISE = 1.5  # deviations of the surface's own tone that are no shadow
_VARIED = 0.12  # deviation of a surface's log tone from which a shadow in it is in doubt
_DARKEST = -1.4  # log of the deepest shadow that is divided out


def shadow(rgb: U8, seen: Bools, plane: Bools, hole: Bools) -> F32:
    """Log of the shadow [h, w] on a plane around the hole: 0 = none, -0.7 = half the light.

    What is darker than the light that the surroundings further off lead to expect, smoothed over
    the surface's own texture; it ends at its reach, and only what hangs together with the hole
    counts.

    Args:
        rgb: the working copy [h, w, 3].
        seen: what is surely the plane's surface [h, w].
        plane: pixels of the plane, hole included [h, w].
        hole: the piece [h, w].
    """
    here = plane & hole
    none = np.zeros(plane.shape, np.float32)
    if int(here.sum()) < 12:
        return none
    rows, columns = np.nonzero(hole)
    side = max(int(np.ptp(rows)), int(np.ptp(columns)), 8)
    distance = _distance(here)
    near = distance < _REACH * side
    seen = seen & plane & ~hole
    far = seen & ~near
    if far.sum() < 30:
        return none
    tone = np.log(colour.luminance(colour.decode(rgb)) + 0.004)[..., None]
    smooth, _ = masked_blur(tone, seen.astype(np.float32), max(1.0, _GRAIN * side))
    broad, _ = masked_blur(tone, far.astype(np.float32), max(2.0, 3 * _GRAIN * side))
    expected = membrane(broad, far, plane)
    off = (smooth - expected)[..., 0]
    spread = float(np.median(np.abs(off[far]))) * 1.48
    # Where the surface itself is as varied as a shadow, none can be told.
    sure = float(np.clip(2 - spread / _VARIED, 0, 1))
    dark = np.minimum(off + _NOISE * spread, 0) * sure
    # The ends of the reach fade, so that a wrong guess of the light draws no outline.
    fade = np.clip(2 - 2 * distance / (_REACH * side), 0, 1)
    found = np.where(seen, np.maximum(dark, _DARKEST) * fade, 0)
    # What was taken for noise is given back where a shadow is sure.
    found *= 1 + np.minimum(_NOISE * spread / np.maximum(-found, 0.05), 1.0)
    found = np.where(_connected(found < -0.02, hole), found, 0).astype(np.float32)
    under, _ = masked_blur(found, seen.astype(np.float32), max(1.0, _GRAIN * side / 2))
    return np.where(plane, np.minimum(under, 0), 0).astype(np.float32)


def _distance(here: Bools) -> F32:
    """Distance to the hole, with rows counted for more than columns [h, w]."""
    height, width = here.shape
    tall = cv2.resize(
        (~here).astype(np.uint8), (width, round(height * _LOW)), interpolation=cv2.INTER_NEAREST
    )
    distance = cv2.distanceTransform(tall, cv2.DIST_L2, 5)
    return np.asarray(cv2.resize(distance, (width, height)), np.float32)


def _connected(dark: Bools, hole: Bools) -> Bools:
    touching = cv2.dilate(hole.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    _, islands = cv2.connectedComponents((dark | hole).astype(np.uint8))
    keep = np.unique(islands[touching & (dark | hole)])
    return dark & np.isin(islands, keep[keep > 0])
