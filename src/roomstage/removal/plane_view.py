"""A plane seen in its own frame: where its texture has one scale and can be moved about."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage.image import F32
from roomstage.removal.frame import Frame
from roomstage.removal.partition import Region
from roomstage.removal.shifts import candidates

Bools = NDArray[np.bool_]
Whole = NDArray[np.int_]
Move = tuple[Frame, F32]  # the frame in which a shift is one, and the shift [2] in its units

_LARGEST = 420  # side of the view, in its pixels


def shifted(frame: Frame, shift: F32, x: F32, y: F32) -> tuple[F32, F32]:
    """Pixels x, y of the working copy moved by dx, dy in a plane."""
    u, v = frame.to_plane(x, y)
    return frame.to_picture(u + shift[0], v + shift[1])


@dataclass(frozen=True, eq=False, slots=True)
class PlaneView:
    """The plane's own picture: u = left + step * column, v = top + step * row."""

    plane: Region
    frame: Frame
    left: float
    top: float
    step: float
    texture: F32  # [h, w, 3]
    seen: Bools  # [h, w] what may be copied
    gap: Bools  # [h, w] what is to be filled

    @classmethod
    def of(cls, plane: Region, frame: Frame, flat: F32, to_fill: Bools) -> PlaneView:
        """All of the plane that is near the gap in the plane's own measure."""
        rows, columns = np.nonzero(to_fill)
        u, v = frame.to_plane(columns.astype(np.float32), rows.astype(np.float32))
        rows, columns = np.nonzero(plane.domain)
        all_u, all_v = frame.to_plane(columns.astype(np.float32), rows.astype(np.float32))
        reach = 1.5 * max(float(np.ptp(u)), float(np.ptp(v)), 16.0)
        left, right = max(all_u.min(), u.min() - reach), min(all_u.max(), u.max() + reach)
        top, bottom = max(all_v.min(), v.min() - reach), min(all_v.max(), v.max() + reach)
        step = float(max(1.0, (right - left) / _LARGEST, (bottom - top) / _LARGEST))
        across = np.arange(left, right + step / 2, step, dtype=np.float32)
        down = np.arange(top, bottom + step / 2, step, dtype=np.float32)
        x, y = (np.asarray(a, np.float32) for a in frame.to_picture(*np.meshgrid(across, down)))
        edge = cv2.BORDER_REPLICATE
        texture = np.asarray(cv2.remap(flat, x, y, cv2.INTER_LINEAR, borderMode=edge), np.float32)
        seen = cv2.remap(plane.source.astype(np.float32), x, y, cv2.INTER_LINEAR) > 0.99
        gap = cv2.remap(to_fill.astype(np.float32), x, y, cv2.INTER_LINEAR) > 0.01
        texture[~seen] = 1.0
        return cls(plane, frame, float(left), float(top), step, texture, seen, gap)

    def shifts(self, seed: int, *, level: bool, most: int) -> F32:
        """Candidates [n, 2] in the frame's units, the most useful first."""
        if not self.seen.any() or not self.gap.any():
            return np.zeros((0, 2), np.float32)
        found = candidates(100 * self.texture, self.seen, self.gap, seed, level=level, most=most)
        return (found * self.step).astype(np.float32)

    def at(self, x: F32, y: F32) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
        """Column and row of pixels x, y of the working copy."""
        u, v = self.frame.to_plane(x, y)
        column, row = (u - self.left) / self.step, (v - self.top) / self.step
        return np.rint(column).astype(int), np.rint(row).astype(int)


def picked(values: np.ndarray, x: np.ndarray, y: np.ndarray, outside: float) -> np.ndarray:
    """Values at whole pixels; `outside` where there are none."""
    height, width = values.shape[:2]
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    taken = values[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)]
    return np.where(inside if values.ndim == 2 else inside[..., None], taken, outside).astype(
        values.dtype
    )
