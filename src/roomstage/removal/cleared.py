"""What is known of a room after something was taken out of it."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from roomstage import colour
from roomstage.image import Box
from roomstage.removal.fill import Filled
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
    floor[cells.slices] = _floor(filled, under, size)
    return replace(scene, linear=linear, floor=floor)


def _floor(filled: Filled, under: Box, size: tuple[int, int]) -> np.ndarray:
    """The fill's map of the floor over the photo's box `under`, on `size` cells."""
    box, grid = filled.box, filled.floor
    across, down = grid.shape[1] / box.width, grid.shape[0] / box.height
    x = (under.x0 - box.x0 + (np.arange(size[0]) + 0.5) * under.width / size[0]) * across - 0.5
    y = (under.y0 - box.y0 + (np.arange(size[1]) + 0.5) * under.height / size[1]) * down - 0.5
    columns, rows = np.meshgrid(x.astype(np.float32), y.astype(np.float32))
    return cv2.remap(grid, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
