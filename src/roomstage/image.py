"""The values that travel between the steps: pictures, masks and cut-outs.

Arrays are contiguous ``uint8``; colours are sRGB in the order R, G, B; 255 = object in masks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

U8 = NDArray[np.uint8]
F32 = NDArray[np.floating]  # float32 in practice; numpy types arithmetic no narrower


@dataclass(frozen=True, eq=False, slots=True)
class Box:
    """A rectangle in pixels: x0 <= x < x1, y0 <= y < y1."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def width(self) -> int:
        """Columns covered."""
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        """Rows covered."""
        return self.y1 - self.y0

    @property
    def slices(self) -> tuple[slice, slice]:
        """Index for an array [H, W, ...]."""
        return slice(self.y0, self.y1), slice(self.x0, self.x1)

    def grown(self, margin: int, size: tuple[int, int]) -> Box:
        """The box grown by `margin` on each side, clipped to a picture of `size` (w, h)."""
        return Box(
            max(0, self.x0 - margin),
            max(0, self.y0 - margin),
            min(size[0], self.x1 + margin),
            min(size[1], self.y1 + margin),
        )

    @classmethod
    def around(cls, marked: NDArray[np.bool_]) -> Box | None:
        """The tight box around the True pixels of [H, W], or None if there are none."""
        rows = np.flatnonzero(marked.any(axis=1))
        if rows.size == 0:
            return None
        columns = np.flatnonzero(marked[rows[0] : rows[-1] + 1].any(axis=0))
        return cls(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


@dataclass(frozen=True, eq=False, slots=True)
class Image:
    """A decoded picture, upright, in sRGB."""

    rgb: U8  # [H, W, 3]
    alpha: U8 | None = None  # [H, W], 255 = opaque; None when the file had no transparency
    orientation: int = 1  # EXIF orientation that was undone on reading (1 to 8)
    warnings: tuple[str, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.rgb.shape[1], self.rgb.shape[0]

    @property
    def nbytes(self) -> int:
        """Memory held by the pixels, in bytes."""
        return self.rgb.nbytes + (0 if self.alpha is None else self.alpha.nbytes)


@dataclass(frozen=True, eq=False, slots=True)
class Mask:
    """Where something is (255) and is not (0), soft values between; same size as its picture."""

    values: U8  # [H, W]
    warnings: tuple[str, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.values.shape[1], self.values.shape[0]

    @property
    def fill(self) -> float:
        """Share of its own box that it marks: 1 for a box, 0 where it marks nothing."""
        marked = self.values > 127
        box = Box.around(marked)
        return 0.0 if box is None else float(marked[box.slices].mean())


@dataclass(frozen=True, eq=False, slots=True)
class Cutout:
    """A product freed from its background, cropped to its own box."""

    rgb: U8  # [h, w, 3] the product's own colours, background spill removed, defined under alpha 0
    alpha: U8  # [h, w] 255 = product
    box: Box  # where the crop lies in the product photo, in that photo's pixels
    origin: Literal["alpha", "mask", "keyed"]  # what the cut-out was made from
    scale: float = 1.0  # crop pixels per pixel of the product photo (<= 1)
    warnings: tuple[str, ...] = field(default=())
    white: float = 1.0  # linear luminance of white in the product's photo: its exposure

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the crop in pixels."""
        return self.alpha.shape[1], self.alpha.shape[0]
