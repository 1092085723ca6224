"""The product's outline on a coarse grid over room pixels, and the line that it stands on."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage.image import F32, Box, Cutout
from roomstage.placement import Placement
from roomstage.placement.foot import foot_line
from roomstage.scene import Scene

_LOWER = 0.08  # of the picture's height: the contact is at least so far below the horizon
_FOOT_APART = 0.08  # of the product's width: legs are no nearer


def footing(scene: Scene, placement: Placement) -> tuple[float, float, float]:
    """(row of the horizon, rows below it of the product's front, of its rear) on what carries it.

    A horizon that is found below or too near to the contact is taken to lie above it.
    """
    horizon = min(scene.camera.horizon, placement.contact - _LOWER * scene.size[1])
    front = placement.contact - horizon
    wide = float(placement.corners[1, 0] - placement.corners[0, 0])
    return horizon, front, front / (1 + placement.depth_ratio * wide / scene.camera.focal)


def to_grid(placement: Placement, box: Box, grid: tuple[int, int]) -> NDArray[np.float64]:
    """[2, 3] map from an upright cut-out's edges (u, v) to those of the grid (w, h) over a box."""
    across, down = grid[0] / box.width, grid[1] / box.height
    return np.array(
        [
            [placement.scale_x * across, 0, (placement.left - box.x0) * across],
            [0, placement.scale_y * down, (placement.top - box.y0) * down],
        ]
    )


def silhouette(cutout: Cutout, placement: Placement, box: Box, grid: tuple[int, int]) -> F32:
    """The product's alpha [h, w] on the grid over a box of room pixels, 0..1."""
    matrix = to_grid(placement, box, grid)
    shrink = min(1.0, 1.5 * max(matrix[0, 0], matrix[1, 1]))
    alpha = cutout.alpha
    if shrink < 1:
        size = max(1, round(alpha.shape[1] * shrink)), max(1, round(alpha.shape[0] * shrink))
        matrix[:, 0] *= alpha.shape[1] / size[0]
        matrix[:, 1] *= alpha.shape[0] / size[1]
        alpha = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)
    matrix[:, 2] += 0.5 * np.array([matrix[0, 0], matrix[1, 1]]) - 0.5
    return np.asarray(cv2.warpAffine(alpha.astype(np.float32) / 255, matrix, grid), np.float32)


def lower_hull(alpha: F32, rows: F32) -> F32:
    """[w] row of the silhouette's lower convex hull in each column; -inf beside the product."""
    hull = np.full(alpha.shape[1], -np.inf, np.float32)
    found = foot_line(alpha > 0.5)
    if found is not None:
        columns, lowest = found
        hull[columns] = rows[0] + (rows[1] - rows[0]) * lowest
    return hull


def feet_of(alpha: F32, rows: F32, highest: float) -> list[tuple[float, float]]:
    """(column, row) of each foot, left to right, for a silhouette [h, w] whose rows are `rows`.

    A foot is where the outline reaches lower than beside it, and no higher than the row `highest`,
    where the product's rear may stand. Columns are the grid's, a wide foot's is its middle.
    """
    solid = alpha > 0.5
    marked = solid.any(axis=0)
    lowest = np.where(marked, rows[len(rows) - 1 - np.argmax(solid[::-1], axis=0)], -np.inf)
    window = max(3, int(_FOOT_APART * marked.sum()))
    beside = cv2.dilate(lowest[None].astype(np.float32), np.ones((1, window), np.uint8))[0]
    columns = np.flatnonzero(marked & (lowest >= beside) & (lowest >= highest))
    groups = np.split(columns, np.flatnonzero(np.diff(columns) > window) + 1)
    return [(float(g.mean()), float(lowest[g].max())) for g in groups if g.size]


def underside_of(alpha: F32) -> tuple[float, float]:
    """Height of the product's underside as a share of its own height, and how solid it is above.

    Legs are free space: the underside is the lowest row that is mostly filled between its ends.
    An open frame has none; it then blocks the light at half its height as far as it is filled.
    """
    rows = np.flatnonzero(alpha.max(axis=1) > 0.5)
    if rows.size == 0:
        return 0.5, 0.0
    body = alpha[rows[0] : rows[-1] + 1][::-1]
    marked = body > 0.5
    across = marked.shape[1] - np.argmax(marked[:, ::-1], axis=1) - np.argmax(marked, axis=1)
    share = body.sum(axis=1) / np.maximum(np.where(marked.any(axis=1), across, 1), 1)
    widest = float(across[marked.any(axis=1)].max())
    full = ((share > 0.6) & (across > 0.35 * widest)).astype(np.uint8)
    # A flat foot fills a few rows too: a body goes on for a while.
    rows_on = np.ones((max(1, len(full) // 10), 1), np.uint8)
    body_rows = cv2.erode(full[:, None], rows_on, anchor=(0, 0), borderValue=0)[:, 0]
    solid = np.flatnonzero(body_rows)
    height = float(solid[0]) / len(body) if solid.size else 0.5
    above = share[int(height * len(body)) :]
    return height, float(np.clip(above[: max(3, len(body) // 3)].mean(), 0, 1))
