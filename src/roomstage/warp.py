"""A product's pixels in the room's frame: scaled upright, or laid into a plane."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage.image import F32, Box
from roomstage.placement import Placement
from roomstage.resample import scaled, weights

_FINER = 2  # samples a pixel and axis when a product is laid into a plane


class Upright:
    """Sub-pixel scale and shift, area-filtered."""

    def __init__(self, source: F32, placement: Placement) -> None:
        self._source, self._place = source, placement
        box = placement.box
        self._across = weights(box.x0, box.x1, placement.left, placement.scale_x, source.shape[1])

    def part(self, part: Box) -> F32:
        """Rows `part` of the placement's box, [h, w, C]."""
        place = self._place
        down = weights(part.y0, part.y1, place.top, place.scale_y, self._source.shape[0])
        return scaled(self._source, down, self._across)


class InPlane:
    """A homography, prefiltered by area along each of the product's sides, then supersampled."""

    def __init__(self, source: F32, homography: NDArray[np.float64], corners: F32) -> None:
        sides = np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1)
        size = (
            min(source.shape[1], max(1, round(_FINER * float(max(sides[0], sides[2]))))),
            min(source.shape[0], max(1, round(_FINER * float(max(sides[1], sides[3]))))),
        )
        shrunk = np.diag([size[0] / source.shape[1], size[1] / source.shape[0], 1.0])
        self._source = np.asarray(cv2.resize(source, size, interpolation=cv2.INTER_AREA))
        self._matrix = homography @ np.linalg.inv(shrunk)

    def part(self, part: Box) -> F32:
        """The room pixels of `part`, [h, w, C]."""
        # Pixel centres lie half a pixel inside the edges that the homography speaks of.
        to_centre = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1.0]])
        to_part = np.array(
            [[_FINER, 0, -_FINER * part.x0], [0, _FINER, -_FINER * part.y0], [0, 0, 1.0]]
        )
        matrix = np.linalg.inv(to_centre) @ to_part @ self._matrix @ to_centre
        size = part.width * _FINER, part.height * _FINER
        fine = cv2.warpPerspective(self._source, matrix, size, flags=cv2.INTER_LINEAR)
        size = part.width, part.height
        return np.asarray(cv2.resize(fine, size, interpolation=cv2.INTER_AREA), np.float32)
