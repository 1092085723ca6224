"""The floor as a plane of the world: where its points lie, and where the world's are seen."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roomstage.scene.camera import Camera

Matrix = NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class Ground:
    """A camera over a level floor, in metres: x right, y up from the floor, z away.

    The camera looks down by its tilt, which the horizon's row tells, and is not rolled.
    """

    projection: Matrix  # [3, 4] world to picture, homogeneous
    height: float  # of the camera above the floor

    @classmethod
    def of(cls, camera: Camera, scale: float, size: tuple[int, ...]) -> Ground:
        """For a picture of `size` (w, h) whose pixels are `scale` times the camera's."""
        focal, (width, height) = camera.focal * scale, size[:2]
        axis = height / 2 + camera.lens_shift * scale
        tilt = math.atan((axis - camera.horizon * scale) / focal)
        c, s, up = math.cos(tilt), math.sin(tilt), camera.height_m
        # Picture axes: x right, y down, z into the picture.
        turned = np.array([[1, 0, 0, 0], [0, -c, -s, c * up], [0, -s, c, s * up]])
        lens = np.array([[focal, 0, width / 2], [0, focal, axis], [0, 0, 1.0]])
        return cls(lens @ turned, up)

    @property
    def homography(self) -> Matrix:
        """[3, 3] from floor points (x, z, 1) to the picture."""
        return self.projection[:, [0, 2, 3]]

    def points(self, pixels: NDArray[np.floating]) -> Matrix:
        """Floor points (x, z) [n, 2] seen at pixels [n, 2]; NaN above the horizon."""
        seen = np.c_[pixels, np.ones(len(pixels))] @ np.linalg.inv(self.homography).T
        depth = np.where(seen[:, 2] * seen[:, 1] > 0, seen[:, 2], np.nan)
        return seen[:, :2] / depth[:, None]

    def shadow_map(self, depth: float, towards: tuple[float, float, float]) -> Matrix:
        """[3, 3] from a floor pixel to the pixel of the upright plane z = `depth` that shades it.

        The ray from floor point (x, z) to the light (lx, ly, lz) meets the plane at
        ``(x + (depth - z) lx / lz, (depth - z) ly / lz, depth)``.
        """
        a, b = towards[0] / towards[2], towards[1] / towards[2]
        meets = np.array([[1, -a, a * depth], [0, -b, b * depth], [0, 0, depth], [0, 0, 1.0]])
        return self.projection @ meets @ np.linalg.inv(self.homography)

    def depth(self, column: float, row: float) -> float:
        """Depth of the floor point seen at a pixel below the horizon, metres."""
        return float(self.points(np.array([[column, row]]))[0, 1])

    def scale(self, depth: float) -> float:
        """Pixels that a metre across the floor takes at a depth."""
        at = self.homography @ np.array([[0, 1], [depth, depth], [1, 1.0]])
        return float(at[0, 1] / at[2, 1] - at[0, 0] / at[2, 0])

    def row_below(self, row: float, depth: float, nearer: float) -> float:
        """Row of what is as high at depth `nearer` as what is seen at `row` at `depth`."""
        p = self.projection
        # row = (p1 . (0, y, z, 1)) / (p2 . (0, y, z, 1)), solved for the height y.
        rest = (p[1, 2] - row * p[2, 2]) * depth + p[1, 3] - row * p[2, 3]
        height = -rest / (p[1, 1] - row * p[2, 1])
        seen = p @ np.array([0, height, nearer, 1.0])
        return float(seen[1] / seen[2])

    def drawn_back(self, front: float, depth: float) -> Matrix:
        """[3, 3] from pixels of the upright plane at `depth` to those of its like at `front`."""
        planes = [self.projection[:, [0, 1]], self.projection[:, 2:]]
        far, near = (np.c_[planes[0], planes[1] @ [z, 1.0]] for z in (depth, front))
        return near @ np.linalg.inv(far)
