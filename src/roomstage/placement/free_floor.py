"""A free stretch of floor for a product that nobody told a place."""

from __future__ import annotations

import cv2
import numpy as np

from roomstage.errors import NoPlaceFound
from roomstage.image import F32
from roomstage.placement.extent import Extent
from roomstage.prompt import Intent
from roomstage.scene import Scene


def free_floor(scene: Scene, product: Extent, intent: Intent) -> Extent:
    """The place, in room pixels, where the product's usual footprint has most free floor.

    Every grid position is tried as the middle of the front edge of a footprint of the product's
    usual width and depth, seen in perspective; the one whose footprint is floor throughout, near
    the picture's middle and neither too near nor too far, wins.

    Raises:
        NoPlaceFound: the room shows no floor that would carry it.
    """
    covered = cv2.integral(scene.floor.astype(np.float64))
    height, width = scene.floor.shape
    horizon = scene.camera.horizon * scene.scale
    best: tuple[float, float, float, float] | None = None
    for row in range(max(2, round(horizon + 0.12 * height)), height):
        per_metre = scene.camera.pixels_per_metre(row / scene.scale) * scene.scale
        wide = intent.width_m * per_metre
        if not 0.08 * width < wide < 0.75 * width:
            continue
        top = _back_row(scene, row, wide, intent) if intent.depth_ratio > 0 else row - 1.0
        found = _best_in_row(covered, row, top, wide)
        if found is None:
            continue
        column, share = found
        score = share - 0.35 * abs(column / width - 0.5) - 0.5 * abs(row / height - 0.78)
        if share > 0.8 and (best is None or score > best[0]):
            best = score, column, row, wide
    if best is None:
        raise NoPlaceFound(
            "no free stretch of floor was found in main_image: "
            "give main_image_mask, white where the product goes",
            field="main_image_mask",
        )
    _, column, row, wide = best
    return _standing(scene, product, column, row, wide)


def _back_row(scene: Scene, row: float, wide: float, intent: Intent) -> float:
    """Row of the footprint's back edge on the grid: its depth seen in perspective."""
    horizon = scene.camera.horizon * scene.scale
    focal = scene.camera.focal * scene.scale
    return horizon + (row - horizon) / (1 + intent.depth_ratio * wide / focal)


def _best_in_row(covered: F32, row: int, top: float, wide: float) -> tuple[float, float] | None:
    """Column of the middle and share of floor of the best footprint with its front at `row`."""
    y0, half = int(min(top, row - 2)), max(1, int(wide / 2))
    columns = np.arange(half, covered.shape[1] - 1 - half)
    if len(columns) == 0:
        return None
    right, left = columns + half, columns - half
    inside = covered[row, right] - covered[row, left] - covered[y0, right] + covered[y0, left]
    share = inside / ((row - y0) * 2 * half)
    score = share - 0.35 * np.abs(columns / covered.shape[1] - 0.5)
    best = int(np.argmax(score))
    return float(columns[best]), float(share[best])


def _standing(scene: Scene, product: Extent, column: float, row: float, wide: float) -> Extent:
    width = wide / scene.scale
    height = width / product.aspect
    middle, bottom = column / scene.scale, row / scene.scale
    if height > 0.9 * bottom:
        height = 0.9 * bottom
        width = height * product.aspect
    return Extent(middle - width / 2, bottom - height, middle + width / 2, bottom)
