"""Room photo -> Scene: camera, planes, floor and light, found once and used by every staging.

All analysis runs on a small copy of the photo; only geometry is told in the photo's own pixels.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from roomstage import colour
from roomstage.image import F32, U8, Image
from roomstage.scene import camera as camera_of
from roomstage.scene.camera import Camera
from roomstage.scene.cuboid import cuboid
from roomstage.scene.floor import floor_map
from roomstage.scene.gloss import Gloss, gloss
from roomstage.scene.glow import glow
from roomstage.scene.grain import Grain, grain
from roomstage.scene.learned import Surfaces, surfaces
from roomstage.scene.light import RoomLight, room_light
from roomstage.scene.lines import segments
from roomstage.scene.manhattan import directions, refined
from roomstage.scene.planes import Plane, Planes, planes
from roomstage.scene.sharpness import Sharpness, sharpness
from roomstage.scene.smaller import smaller
from roomstage.scene.sun import Sun, sun
from roomstage.scene.trim import trim

__all__ = [
    "Camera",
    "Gloss",
    "Grain",
    "Plane",
    "Planes",
    "RoomLight",
    "Scene",
    "Sharpness",
    "Sun",
    "Surfaces",
    "analyse",
    "smaller",
]

_LINES_SIDE = 640  # long side of the copy that lines are sought in
_LIGHT_SIDE = 256  # long side of the analysis grid


@dataclass(frozen=True, eq=False, slots=True)
class Scene:
    """What is known of a room. Grids are `scale` times the photo's size."""

    size: tuple[int, int]  # (width, height) of the photo
    scale: float  # grid pixels per photo pixel
    linear: F32  # [h, w, 3] the room in linear light on the grid
    floor: F32  # [h, w] share of floor, 0..1
    camera: Camera  # in the photo's pixels
    planes: Planes  # in the photo's pixels and in metres
    light: RoomLight
    glow: F32  # [h, w] share of the light that lamps in view throw on the walls beside them
    grain: Grain
    sharpness: Sharpness  # in the photo's pixels
    gloss: Gloss  # of the floor
    sun: Sun | None  # on the floor; None where no patch is told
    surfaces: Surfaces | None  # what stands, and where; None without the net's weights

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        sun = 0 if self.sun is None else self.sun.nbytes
        told = 0 if self.surfaces is None else self.surfaces.nbytes
        grids = self.linear.nbytes + self.floor.nbytes + self.glow.nbytes
        return grids + self.gloss.nbytes + self.planes.nbytes + sun + told

    def report(self) -> dict[str, object]:
        """JSON-ready account of the geometry: lengths in pixels of the photo and in metres."""
        found = self.planes
        return {
            "horizon": round(self.camera.horizon, 1),
            "focal": round(self.camera.focal, 1),
            "focal_from": "lines" if found.directions.focal_told else "habit",
            "camera_confidence": round(self.camera.confidence, 3),
            "camera_height_m": round(found.height_m, 2),
            "camera_height_from": found.height_from,
            "planes": {
                plane.name: round(float(plane.confidence), 3)
                for plane in (found.floor, *found.walls, found.ceiling)
                if plane is not None
            },
        }


def analyse(image: Image) -> Scene:
    """Find camera, floor and light of a room photo."""
    width, height = image.size
    lines_scale = min(1.0, _LINES_SIDE / max(width, height))
    middle = _reduced(image.rgb, lines_scale)
    grey = np.asarray(cv2.cvtColor(middle, cv2.COLOR_RGB2GRAY), np.uint8)
    lines = segments(grey, 0.03 * max(grey.shape)) / lines_scale
    camera = camera_of.estimate(lines, width, height)
    axes = directions(lines, camera, image.size)
    camera = refined(camera, axes, height)
    scale = min(1.0, _LIGHT_SIDE / max(width, height))
    small = _reduced(middle, scale / lines_scale)
    linear = colour.decode(small)
    floor = floor_map(small, grey, camera.horizon * small.shape[0] / height)
    walls = planes(axes, cuboid(axes, lines, floor, image.size), camera, image.size)
    camera = replace(camera, height_m=walls.height_m)
    light = room_light(linear, floor, trim(middle, walls.walls, lines_scale))
    axis = camera.axis(height) * scale
    mirror = gloss(linear, floor, camera.horizon * scale, camera.focal * scale, axis)
    return Scene(
        size=(width, height),
        scale=scale,
        linear=linear,
        floor=floor,
        camera=camera,
        planes=walls,
        light=light,
        glow=glow(linear, floor, light.sources),
        grain=grain(image.rgb),
        sharpness=sharpness(image.rgb),
        gloss=mirror,
        sun=sun(linear, floor, camera, scale, light, mirror.strength > 0),
        surfaces=surfaces(middle),
    )


def _reduced(rgb: U8, scale: float) -> U8:
    """The picture at a share of its size, averaged by area."""
    if scale >= 1.0:
        return rgb
    size = max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
