"""What the transport net sees: the product's photo on a small square grid.

Training and inference lay the product out alike: its longer side fills the grid but for a margin.
"""

from __future__ import annotations

import cv2
import numpy as np

from roomstage import colour
from roomstage.image import F32, Box, Cutout

CELLS = 64  # side of the grid
MARGIN = 2  # cells left free at either end of the product's longer side


def laid(cutout: Cutout) -> tuple[F32, Box]:
    """The photo [4, CELLS, CELLS] and the cells of the grid that the cut-out's crop fills.

    The square roots of the product's linear colours, premultiplied, and its coverage.
    """
    width, height = cutout.size
    shrink = (CELLS - 2 * MARGIN) / max(width, height)
    size = max(1, round(width * shrink)), max(1, round(height * shrink))
    alpha = cv2.resize(cutout.alpha, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    rgb = np.asarray(cv2.resize(cutout.rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    straight = np.minimum(colour.decode(rgb) / cutout.white, 1)
    x, y = (CELLS - size[0]) // 2, (CELLS - size[1]) // 2
    box = Box(x, y, x + size[0], y + size[1])
    photo = np.zeros((4, CELLS, CELLS), np.float32)
    part = photo[:, box.y0 : box.y1, box.x0 : box.x1]
    part[:3] = np.sqrt(straight * alpha[..., None]).transpose(2, 0, 1)
    part[3] = alpha
    return photo, box
