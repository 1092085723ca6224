"""What is known of a room after something was taken out of it."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from roomstage import colour
from roomstage.image import Box
from roomstage.removal.fill import Filled
from roomstage.resample import seen_in
from roomstage.scene import Scene


def cleared(scene: Scene, filled: Filled) -> Scene:
    """The scene with the light and the floor of the cleaned photo where it was written.

    Only the cells of the analysis grid over the change are made anew; camera and sources stay.
    """
    written = Box.around(filled.changed.values > 0)
    if written is None:
        return scene
    height, width = scene.floor.shape
    across, down = width / scene.size[0], height / scene.size[1]
    cells = Box(
        int(written.x0 * across),
        int(written.y0 * down),
        min(width, int(np.ceil(written.x1 * across))),
        min(height, int(np.ceil(written.y1 * down))),
    )
    under = Box(
        int(cells.x0 / across),
        int(cells.y0 / down),
        min(scene.size[0], int(np.ceil(cells.x1 / across))),
        min(scene.size[1], int(np.ceil(cells.y1 / down))),
    )
    size = cells.width, cells.height
    small = cv2.resize(filled.image.rgb[under.slices], size, interpolation=cv2.INTER_AREA)
    linear, floor = scene.linear.copy(), scene.floor.copy()
    linear[cells.slices] = colour.decode(np.asarray(small, np.uint8))
    floor[cells.slices] = seen_in(filled.floor, filled.box, under, size)
    told = None if scene.surfaces is None else scene.surfaces.without(filled.changed.values)
    return replace(scene, linear=linear, floor=floor, surfaces=told)
