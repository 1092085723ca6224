"""The shadow of what has no depth to speak of: a rug on the floor, a picture on its wall."""

from __future__ import annotations

import cv2
import numpy as np

from roomstage.image import F32, Box
from roomstage.light.key import KeyLight
from roomstage.placement import Placement
from roomstage.scene import Scene

_GRID = 384  # long side of the grid that the shadow is computed on
# A pendant hangs free: what it shades is too far off to be seen.
_THICK = {"wall": 0.035, "rug": 0.012, "ceiling": 0.0}  # as a share of the outline's longer side
_DARK = {"wall": 0.45, "rug": 0.35, "ceiling": 0.0}  # light lost where the shadow is full


def thin_shadow(scene: Scene, placement: Placement, key: KeyLight) -> tuple[F32, Box]:
    """Share of light left [h, w] over a box of room pixels, 1 = all.

    The outline is moved away from the light by its thickness and blurred by as much.
    """
    corners = placement.corners
    span = float(max(np.ptp(corners[:, 0]), np.ptp(corners[:, 1])))
    thick = _THICK[placement.surface] * span
    reach = round(5 * thick) + 4
    box = Box(
        int(corners[:, 0].min()),
        int(corners[:, 1].min()),
        int(corners[:, 0].max()) + 1,
        int(corners[:, 1].max()) + 1,
    ).grown(reach, scene.size)
    ratio = min(1.0, _GRID / max(box.width, box.height))
    size = max(4, round(box.width * ratio)), max(4, round(box.height * ratio))
    away = np.array([-key.direction[0], 0.4 + 0.6 * key.direction[1]]) * thick
    if placement.surface == "rug":
        away = away * 0.4
    moved = (corners + away - [box.x0, box.y0]) * [size[0] / box.width, size[1] / box.height]
    outline = np.zeros((size[1], size[0]), np.float32)
    cv2.fillConvexPoly(outline, np.rint(moved * 16).astype(np.int32), 1.0, cv2.LINE_AA, 4)
    soft = cv2.GaussianBlur(outline, (0, 0), max(0.8, thick * ratio))
    return 1 - _DARK[placement.surface] * soft, box
