"""The part of a photo that is worked on: the hole and what surrounds it, at a bounded size."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage.image import F32, U8, Box, Image, Mask
from roomstage.resample import seen_in
from roomstage.scene import Scene

Bools = NDArray[np.bool_]

_SURROUNDINGS = 0.9  # of the hole's larger side, on every side
_SIDE = 340  # long side of the working copy


@dataclass(frozen=True, eq=False, slots=True)
class Workplace:
    """A crop of the photo and its working copy; the copy's pixel is `1 / scale` photo pixels."""

    box: Box  # the crop in the photo
    scale: float
    rgb: U8  # [h, w, 3]
    hole: Bools  # [h, w]
    floor: F32  # [h, w] share of floor
    horizon: float  # row of the working copy
    centre: float  # column

    def to_copy(self, x: F32, y: F32) -> tuple[F32, F32]:
        """Working coordinates of the crop's pixels; pixel centres are whole numbers in both."""
        width, height = self.rgb.shape[1], self.rgb.shape[0]
        across, down = width / self.box.width, height / self.box.height
        return (x + 0.5) * across - 0.5, (y + 0.5) * down - 0.5

    def to_crop(self, x: F32, y: F32) -> tuple[F32, F32]:
        """Pixels of the crop under working coordinates."""
        width, height = self.rgb.shape[1], self.rgb.shape[0]
        across, down = self.box.width / width, self.box.height / height
        return (x + 0.5) * across - 0.5, (y + 0.5) * down - 0.5


def workplace(image: Image, scene: Scene, hole: Mask, at: Box) -> Workplace:
    """The workplace around the hole, which lies in the box `at`."""
    margin = max(24, round(_SURROUNDINGS * max(at.width, at.height)))
    box = at.grown(margin, image.size)
    scale = min(1.0, _SIDE / max(box.width, box.height))
    size = max(8, round(box.width * scale)), max(8, round(box.height * scale))
    rgb = cv2.resize(image.rgb[box.slices], size, interpolation=cv2.INTER_AREA)
    marked = cv2.resize(hole.values[box.slices], size, interpolation=cv2.INTER_AREA)
    down = size[1] / box.height
    return Workplace(
        box=box,
        scale=scale,
        rgb=np.asarray(rgb, np.uint8),
        hole=np.asarray(marked) > 0,
        floor=seen_in(scene.floor, Box(0, 0, *scene.size), box, size),
        horizon=(scene.camera.horizon - box.y0) * down,
        centre=(scene.camera.centre - box.x0) * down,
    )
