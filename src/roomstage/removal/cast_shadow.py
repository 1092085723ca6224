"""The shadow that a piece throws around itself, so that it can be taken out with the piece.

What is divided out is smooth, so the surface keeps its own texture and grain.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage import colour
from roomstage.image import F32, U8
from roomstage.removal.membrane import masked_blur, membrane

Bools = NDArray[np.bool_]

_REACH = 0.6  # of the hole's larger side: how far a shadow is sought
_LOW = 1.6  # a floor is seen at a slant: a row counts for so many columns
_TONE = 0.15  # of the hole's larger side: finer changes are texture, not light
_RINGS, _SECTORS = 14, 24  # cells in which tone is averaged around the piece
_NOISE = 1.0  # deviations of the cells further off that are no shadow
_DARKEST = -1.4  # log of the deepest shadow that is divided out
_SAME_HUE = 0.25  # log between the channels by which a shadow may change
_LEAST = -0.02


def shadow(rgb: U8, seen: Bools, plane: Bools, hole: Bools) -> F32:
    """Log of the shadow [h, w] on a plane around the hole: 0 = none, -0.7 = half the light.

    What is darker than the light further off leads to expect. A board's own tone is no shadow, so
    tone is averaged in cells around the piece, by direction and distance; a shadow counts as far
    as it is darker than such cells vary where none falls, and gets no deeper with distance.

    Args:
        rgb: the working copy [h, w, 3].
        seen: what is surely the plane's surface [h, w].
        plane: pixels of the plane, hole included [h, w].
        hole: the piece [h, w].
    """
    here, none = plane & hole, np.zeros(plane.shape, np.float32)
    sure = seen & plane & ~hole
    if int(here.sum()) < 12:
        return none
    rows, columns = np.nonzero(hole)
    side = max(int(np.ptp(rows)), int(np.ptp(columns)), 8)
    distance = _distance(here) / (_REACH * side)
    far = sure & (distance >= 1)
    if far.sum() < 30:
        return none
    tone = np.log(colour.decode(rgb) + 0.004)
    broad, _ = masked_blur(tone, far.astype(np.float32), max(2.0, _TONE * side))
    off = tone - membrane(broad, far, plane)
    # Next to the piece the map of the floor may have taken its shadow for another material.
    hue = np.ptp(off, axis=2)
    seen = sure | (plane & ~hole & (distance < 0.5) & (hue < _SAME_HUE))
    off = off.mean(axis=2)
    ring, sector = _cells(distance, here)
    cells, noise = _by_cell(off, ring, sector, seen)
    if cells.min() > _LEAST:
        return none
    dark = np.minimum(cells + _NOISE * noise, 0)
    # What was taken for noise is given back where a shadow is sure.
    dark *= 1 + np.minimum(_NOISE * noise / np.maximum(-dark, 0.05), 1.0)
    field = _sampled(np.maximum(dark, _DARKEST), ring, sector)
    field *= np.clip(3 - 3 * distance, 0, 1)  # a wrong guess of the light draws no outline
    return np.where(plane & (distance < 1), field, 0).astype(np.float32)


def _distance(here: Bools) -> F32:
    """Distance to the hole, with rows counted for more than columns [h, w]."""
    height, width = here.shape
    tall = cv2.resize(
        (~here).astype(np.uint8), (width, round(height * _LOW)), interpolation=cv2.INTER_NEAREST
    )
    distance = cv2.distanceTransform(tall, cv2.DIST_L2, 5)
    return np.asarray(cv2.resize(distance, (width, height)), np.float32)


def _cells(distance: F32, here: Bools) -> tuple[F32, F32]:
    """Ring and sector [h, w], as fractions of a cell; rings are narrow near the piece."""
    rows, columns = np.nonzero(here)
    y, x = np.mgrid[: here.shape[0], : here.shape[1]].astype(np.float32)
    # Seen from the foot, where the shadow starts.
    foot = float(np.percentile(rows, 75))
    angle = np.arctan2((y - foot) * _LOW, x - float(columns.mean()))
    ring = np.sqrt(distance) * _RINGS
    return ring.astype(np.float32), ((angle / (2 * np.pi)) % 1.0 * _SECTORS).astype(np.float32)


def _by_cell(off: F32, ring: F32, sector: F32, seen: Bools) -> tuple[F32, float]:
    """Tone by cell [rings, sectors], smooth and rising outwards; its deviation further off.

    What is darker than what lies nearer to the piece is another's shadow.
    """
    from scipy.ndimage import gaussian_filter1d  # here: a staging seldom takes anything out

    most = int(_RINGS * 1.5)
    index = np.minimum(ring.astype(int), most - 1) * _SECTORS + sector.astype(int) % _SECTORS
    size = most * _SECTORS
    total = np.bincount(index[seen], off[seen], size).reshape(most, _SECTORS)
    count = np.bincount(index[seen], minlength=size).reshape(most, _SECTORS).astype(float)
    for axis, mode in ((1, "wrap"), (0, "nearest")):
        total = gaussian_filter1d(total, 1.0, axis=axis, mode=mode)
        count = gaussian_filter1d(count, 1.0, axis=axis, mode=mode)
    cells = total / np.maximum(count, 1e-3)
    for row in range(most - 2, -1, -1):  # a cell without pixels is like the next one outwards
        cells[row] = np.where(count[row] > 0.5, cells[row], cells[row + 1])
    beyond = cells[_RINGS:][count[_RINGS:] > 4]
    noise = float(np.sqrt(np.mean(np.square(beyond)))) if beyond.size else 0.1
    near = np.minimum(cells[:_RINGS], 0)
    near = np.maximum.accumulate(near, axis=0)
    # What is still dark where the reach ends is the room's own light, beside a patch of sun.
    return (near - near[-1]).astype(np.float32), noise


def _sampled(cells: F32, ring: F32, sector: F32) -> F32:
    """The cells [rings, sectors], bilinear at fractions of cells [h, w]; sectors go round."""
    round_about = np.concatenate([cells[:, -1:], cells, cells[:, :1]], axis=1)
    sampled = cv2.remap(
        round_about, sector + 0.5, ring - 0.5, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(sampled, np.float32)
