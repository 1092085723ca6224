"""The scene of a smaller copy of its photo, without another analysis."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from roomstage.scene.camera import Camera
from roomstage.scene.planes import Plane, Planes
from roomstage.scene.sharpness import Sharpness

if TYPE_CHECKING:
    from roomstage.scene import Scene

_APERTURE = 0.29  # blur of a pixel as such, in pixels of either size


def smaller(scene: Scene, size: tuple[int, int]) -> Scene:
    """What `scene` tells, in pixels of a copy of (width, height); its grids stay as they are."""
    ratio = size[0] / scene.size[0]
    return replace(
        scene,
        size=size,
        scale=scene.scale / ratio,
        camera=_camera(scene.camera, ratio),
        planes=_planes(scene.planes, ratio),
        sharpness=Sharpness(
            _blur(scene.sharpness.luma, ratio), _blur(scene.sharpness.chroma, ratio)
        ),
    )


def _camera(camera: Camera, ratio: float) -> Camera:
    return replace(
        camera,
        horizon=camera.horizon * ratio,
        centre=camera.centre * ratio,
        focal=camera.focal * ratio,
        lens_shift=camera.lens_shift * ratio,
    )


def _planes(planes: Planes, ratio: float) -> Planes:
    column, row = planes.directions.principal
    return replace(
        planes,
        directions=replace(
            planes.directions,
            focal=planes.directions.focal * ratio,
            principal=(column * ratio, row * ratio),
        ),
        **{
            name: _plane(getattr(planes, name), ratio)
            for name in ("floor", "back", "left", "right", "ceiling")
        },
    )


def _plane(plane: Plane | None, ratio: float) -> Plane | None:
    if plane is None:
        return None
    shrink = np.diag([ratio, ratio, 1.0])
    outline = (plane.outline * np.float32(ratio)).astype(np.float32)
    return replace(plane, to_image=shrink @ plane.to_image, outline=outline)


def _blur(sigma: float, ratio: float) -> float:
    """Of a copy whose pixels are means of areas."""
    lens = max(0.0, sigma**2 - _APERTURE**2)
    return float(np.sqrt(lens * ratio**2 + _APERTURE**2))
