"""A free stretch of floor for a product that nobody told a place."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage.errors import NoPlaceFound
from roomstage.placement.extent import Extent
from roomstage.prompt import Intent
from roomstage.scene import Scene

Floats = NDArray[np.floating]

_ENOUGH = 0.85, 0.55  # share of floor under a product that may stand there; tried in turn
_LEAST_WIDE, _MOST_WIDE = 0.06, 0.75  # of the picture's width that a product takes
_CROWDED = ("little free floor was found: check where the product stands, or give main_image_mask",)
_UPRIGHT_PLACES = {"wall": "wall", "ceiling": "ceiling", "table": "table or shelf"}


def free_floor(scene: Scene, product: Extent, intent: Intent) -> tuple[Extent, tuple[str, ...]]:
    """The place, in room pixels, where the product's usual footprint has most free floor.

    Also gives warnings in words.

    Every grid position is tried as the middle of the front edge of a footprint of the product's
    usual width and depth, seen in perspective; the one whose footprint is floor throughout, near
    the picture's middle and neither too near nor too far, wins.

    Raises:
        NoPlaceFound: the room shows no floor that would carry it.
    """
    if intent.surface in _UPRIGHT_PLACES:
        raise NoPlaceFound(
            f"a place on the {_UPRIGHT_PLACES[intent.surface]} is not searched for: "
            "give main_image_mask, white where the product goes",
            field="main_image_mask",
        )
    for enough in _ENOUGH:
        place = _most_free(scene, intent, enough)
        if place is not None:
            crowded = () if enough == _ENOUGH[0] else _CROWDED
            return _standing(scene, product, *place), crowded
    raise NoPlaceFound(
        f"no stretch of free floor {intent.width_m:.2g} m wide was found in main_image: "
        "give main_image_mask, white where the product goes",
        field="main_image_mask",
    )


def _most_free(scene: Scene, intent: Intent, enough: float) -> tuple[float, float, float] | None:
    """(column, row, width) on the grid of the best footprint's front edge."""
    covered = np.asarray(cv2.integral(scene.floor.astype(np.float64)), np.float64)
    height, width = scene.floor.shape
    horizon = scene.camera.horizon * scene.scale

    def wide_at(row: int) -> float:
        return intent.width_m * scene.camera.pixels_per_metre(row / scene.scale) * scene.scale

    # What is small wherever it stands is not put far off.
    least = min(_LEAST_WIDE * width, 0.6 * wide_at(height - 1))
    best, place = -np.inf, None
    for row in range(max(2, round(horizon + 0.12 * height)), height):
        wide = wide_at(row)
        if not least < wide < _MOST_WIDE * width:
            continue
        top = _back_row(scene, row, wide, intent)
        found = _best_in_row(covered, row, top, wide, enough)
        if found is None:
            continue
        column, score = found
        score -= 0.5 * abs(row / height - 0.78)
        if score > best:
            best, place = score, (column, float(row), wide)
    return place


def _back_row(scene: Scene, row: float, wide: float, intent: Intent) -> float:
    """Row of the footprint's back edge on the grid: its depth seen in perspective."""
    horizon = scene.camera.horizon * scene.scale
    focal = scene.camera.focal * scene.scale
    return horizon + (row - horizon) / (1 + intent.depth_ratio * wide / focal)


def _best_in_row(
    covered: Floats, row: int, top: float, wide: float, enough: float
) -> tuple[float, float] | None:
    """Column of the middle and score of the best footprint with its front at `row`.

    What counts beside the footprint itself is free floor round it, and being near the middle.
    """
    half = max(1, int(wide / 2))
    columns = np.arange(half, covered.shape[1] - 1 - half)
    if len(columns) == 0:
        return None
    share = _floor_share(covered, columns, half, min(top, row - 2), row)
    room_round = 0.6 * (row - top) + 2
    clear = _floor_share(covered, columns, int(1.6 * half), top - room_round, row + room_round)
    score = share + 0.6 * clear - 0.35 * np.abs(columns / covered.shape[1] - 0.5)
    score[share < enough] = -np.inf
    best = int(np.argmax(score))
    return (float(columns[best]), float(score[best])) if np.isfinite(score[best]) else None


def _floor_share(
    covered: Floats, columns: NDArray[np.int64], half: int, top: float, bottom: float
) -> Floats:
    """Share of floor in boxes round each column, by the integral image `covered`."""
    y0, y1 = max(0, int(top)), min(covered.shape[0] - 1, int(bottom))
    left = np.maximum(columns - half, 0)
    right = np.minimum(columns + half, covered.shape[1] - 1)
    inside = covered[y1, right] - covered[y1, left] - covered[y0, right] + covered[y0, left]
    return inside / ((y1 - y0) * 2 * half)


def _standing(scene: Scene, product: Extent, column: float, row: float, wide: float) -> Extent:
    width = wide / scene.scale
    height = width / product.aspect
    middle, bottom = column / scene.scale, row / scene.scale
    if height > 0.9 * bottom:
        height = 0.9 * bottom
        width = height * product.aspect
    return Extent(middle - width / 2, bottom - height, middle + width / 2, bottom)
