"""A product's pixels in the room's frame: scaled upright, or laid into a plane."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage.image import F32, Box
from roomstage.placement import Placement
from roomstage.resample import scaled, weights

_FINER = 2  # samples a pixel and axis when a product is laid into a plane
_SOURCE_BLUR = 0.55  # of a product photo, in its own pixels
_MOST_BLUR = 1.5  # pixels at 1 MP: beyond, the product's detail is worth more than the match


def missing_blur(room: float, scale: float, size: tuple[int, int]) -> float:
    """Blur that a warped product needs on top to look as soft as the room, room pixels.

    Args:
        room: blur of the room's photo, standard deviation in pixels.
        scale: room pixels per pixel of the product.
        size: of the room's photo.
    """
    # Resampling is a tent, of variance a sixth of its half width squared.
    own = max(1.0, scale) ** 2 / 6 + (_SOURCE_BLUR * scale) ** 2
    most = _MOST_BLUR * max(1.0, math.sqrt(size[0] * size[1] / 1e6))
    return min(most, math.sqrt(max(0.0, room * room - own)))


class Upright:
    """Sub-pixel scale and shift, area-filtered and blurred by `blur` pixels, over `box`."""

    def __init__(self, source: F32, placement: Placement, box: Box, blur: float) -> None:
        self._source, self._place, self._blur = source, placement, blur
        self._across = weights(
            box.x0, box.x1, placement.left, placement.scale_x, source.shape[1], blur
        )

    def part(self, part: Box) -> F32:
        """Rows `part` of the box, [h, w, C]."""
        place, length = self._place, self._source.shape[0]
        down = weights(part.y0, part.y1, place.top, place.scale_y, length, self._blur)
        return scaled(self._source, down, self._across)


class InPlane:
    """A homography, prefiltered by area along each of the product's sides, then supersampled."""

    def __init__(
        self, source: F32, homography: NDArray[np.float64], corners: F32, blur: float
    ) -> None:
        self._blur = blur
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
        if self._blur == 0:
            return self._sharp(part)
        margin = math.ceil(3 * self._blur)
        wide = Box(part.x0 - margin, part.y0 - margin, part.x1 + margin, part.y1 + margin)
        soft = cv2.GaussianBlur(self._sharp(wide), (0, 0), self._blur)
        return np.ascontiguousarray(soft[margin:-margin, margin:-margin], np.float32)

    def _sharp(self, part: Box) -> F32:
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
