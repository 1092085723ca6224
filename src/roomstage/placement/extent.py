"""The rectangle that a soft mask fills, to a fraction of a pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from roomstage.image import F32, U8

_TRACE = 8  # mask values up to this are noise


@dataclass(frozen=True, slots=True)
class Extent:
    """A rectangle with sub-pixel edges; integers are the edges between pixels."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Right minus left."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Bottom minus top."""
        return self.bottom - self.top

    @property
    def corners(self) -> F32:
        """[4, 2] x, y: top left, top right, bottom right, bottom left."""
        across, down = (self.left, self.right), (self.top, self.bottom)
        order = ((0, 0), (1, 0), (1, 1), (0, 1))
        return np.array([[across[i], down[j]] for i, j in order], np.float32)

    @property
    def aspect(self) -> float:
        """Width over height."""
        return self.width / self.height


def extent(values: U8) -> Extent | None:
    """The extent of what a mask [H, W] marks, or None if it marks nothing.

    A soft outermost row or column counts with the share that its strongest pixel covers.
    """
    across = _ends(values.max(axis=0))
    down = _ends(values.max(axis=1))
    if across is None or down is None:
        return None
    return Extent(across[0], down[0], across[1], down[1])


def _ends(profile: U8) -> tuple[float, float] | None:
    marked = np.flatnonzero(profile > _TRACE)
    if marked.size == 0:
        return None
    first, last = int(marked[0]), int(marked[-1])
    if first == last:
        return float(first), float(first + 1)
    return first + 1 - profile[first] / 255, last + profile[last] / 255
