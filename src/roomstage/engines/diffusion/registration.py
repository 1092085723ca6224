"""Lays a model's picture exactly over the room: editors shift and zoom what they return.

A few pixels are enough to break skirting boards at the seam. Phase correlation finds the shift,
enhanced correlation (Evangelidis and Psarakis 2008) refines it to an affine map on the pixels that
the model was to leave alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage.errors import PaintingFailed
from roomstage.image import F32, U8

_LEAST_TEXTURE = 0.6  # levels, mean gradient; on less no shift is seen either
_LEAST_LIKENESS = 0.35  # correlation where the model was to change nothing
_WORKING_SIDE = 640  # pixels; enough for a tenth of a pixel at 1024
_REACH = 9  # pixels of the smoothing that reads across the mask's edge
_STILL = 0.05  # pixels; less is not worth a resampling


@dataclass(frozen=True, slots=True)
class Registration:
    """How a picture lies over another.

    Attributes:
        warp: affine map [2, 3] from the room's pixels to the model's.
        shift: how far the farthest corner is off, in pixels.
        likeness: correlation where the two should be equal; None where it is too plain to tell.
    """

    warp: NDArray[np.float32]
    shift: float
    likeness: float | None

    def report(self) -> dict[str, float | None]:
        """JSON-ready."""
        like = None if self.likeness is None else round(self.likeness, 3)
        return {"shift_px": round(self.shift, 2), "likeness": like}


def register(painted: U8, ours: U8, known: F32, *, bound: float) -> Registration:
    """Find how `painted` [h, w, 3] lies over `ours`, by the pixels that are `known` [h, w].

    Raises:
        PaintingFailed: it is off by more than `bound` pixels, or shows another room.
    """
    side = max(ours.shape[:2])
    scale = min(1.0, _WORKING_SIDE / side)
    size = max(8, round(ours.shape[1] * scale)), max(8, round(ours.shape[0] * scale))
    one, other = (_grey(part, size) for part in (ours, painted))
    where = np.asarray(cv2.resize(known, size, interpolation=cv2.INTER_AREA), np.float32)
    mask = np.asarray(where > 0.9, np.uint8) * 255
    mask = np.asarray(cv2.erode(mask, np.ones((_REACH, _REACH), np.uint8)), np.uint8)
    still = Registration(np.eye(2, 3, dtype=np.float32), 0.0, None)
    if int((mask > 0).sum()) < 256 or _texture(one, mask) < _LEAST_TEXTURE:
        return still
    warp = _found(one, other, where, mask)
    likeness = _likeness(one, _warped(other, warp, size), mask)
    warp = _at_scale(warp, size[0] / ours.shape[1], size[1] / ours.shape[0])
    shift = _farthest(warp, ours.shape[1], ours.shape[0])
    if likeness < _LEAST_LIKENESS:
        raise PaintingFailed(
            "the model's picture does not show this room any more "
            f"(likeness {likeness:.2f} beside the product): try another seed or engine"
        )
    if shift > bound:
        raise PaintingFailed(
            f"the model moved the room by {shift:.1f} pixels, more than the {bound:g} that are "
            "mended: try another seed or engine"
        )
    return Registration(warp, shift, likeness)


def aligned(painted: U8, found: Registration) -> U8:
    """`painted` laid over the room."""
    if found.shift < _STILL:
        return painted
    size = painted.shape[1], painted.shape[0]
    return np.asarray(_warped(painted, found.warp, size), np.uint8)


def _grey(rgb: U8, size: tuple[int, int]) -> F32:
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.float32)


def _texture(grey: F32, mask: U8) -> float:
    x, y = (np.asarray(cv2.Sobel(grey, cv2.CV_32F, *way)) / 8 for way in ((1, 0), (0, 1)))
    return float(np.hypot(x, y)[mask > 0].mean())


def _found(one: F32, other: F32, where: F32, mask: U8) -> NDArray[np.float32]:
    """Affine map [2, 3] from `one` to `other` at the working size."""
    flat = [(g - cv2.GaussianBlur(g, (0, 0), 8)) * where for g in (one, other)]
    window = np.asarray(cv2.createHanningWindow((one.shape[1], one.shape[0]), cv2.CV_32F))
    (x, y), _ = cv2.phaseCorrelate(flat[0], flat[1], window)
    warp = np.array([[1, 0, x], [0, 1, y]], np.float32)
    if np.hypot(x, y) > 0.2 * max(one.shape):  # a chance peak
        warp = np.eye(2, 3, dtype=np.float32)
    ends = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 60, 1e-5)
    try:
        _, better = cv2.findTransformECC(one, other, warp, cv2.MOTION_AFFINE, ends, mask, 5)
    except cv2.error:  # it does not converge: the two have nothing in common, as is seen below
        return warp
    return np.asarray(better, np.float32)


def _warped(array: Any, warp: NDArray[np.float32], size: tuple[int, int]) -> Any:
    way = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    warped = cv2.warpAffine(array, warp, size, flags=way, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped, array.dtype)


def _likeness(one: F32, other: F32, mask: U8) -> float:
    a, b = one[mask > 0], other[mask > 0]
    a, b = a - a.mean(), b - b.mean()
    return float((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum() + 1e-6))


def _at_scale(warp: NDArray[np.float32], x: float, y: float) -> NDArray[np.float32]:
    """A map between small pictures as one between those that they were made from."""
    grow = np.diag([1 / x, 1 / y, 1.0])
    whole = grow @ np.vstack([warp, [0, 0, 1]]) @ np.linalg.inv(grow)
    return whole[:2].astype(np.float32)


def _farthest(warp: NDArray[np.float32], width: int, height: int) -> float:
    corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]], np.float32)
    return float(np.linalg.norm(corners @ warp.T - corners[:, :2], axis=1).max())
