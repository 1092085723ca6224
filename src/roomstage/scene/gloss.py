"""How glossy the floor is: whether it mirrors the wall above it, and how blurred.

An upright edge and its mirror image in a level floor lie on one straight line of the picture, the
plumb line through the edge's foot. So the floor is unrolled along plumb lines beside the mirrored
wall, and the two are compared. Boards, joints and shadows run elsewhere and do not agree with it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage import colour
from roomstage.image import F32, U8

_REACH = 0.4  # of the picture's height: how far below the crease a mirror image is sought
_CONTACT = 4  # grid rows below the crease that shadows of touch make dark like the wall's foot
_ROUGHNESSES = 0.02, 0.05, 0.1, 0.15, 0.2, 0.35  # blur of the mirror image per distance
_DETAIL = 1.0, 8.0  # Gaussians, grid pixels, between which structure is compared
_MATT, _GLOSSY = 0.22, 0.36  # agreement at which a floor is matt for sure, and a mirror
_LEAST_FLOOR = 0.04  # of the picture; less floor tells nothing
_WIDEST_STREAK = 0.4  # of the picture's width
_TEXTURE = 1.12  # a floor's texture is at most this much brighter than its level
_EASE = 3.0  # grid pixels over which the level rises where streaks are not taken out ...
_BEYOND = 2.0  # ... by more than any light in a photo
_COLOURED = 0.2  # saturation from which a floor's colour tells the sun from a mirrored window
_SAME_HUE, _SAME_HUE_BURNT = 0.5, 0.1  # of that saturation; burnt pixels lose theirs
_BURNT = 0.96
_CLEARLY = 0.3  # of the floor's level, by which the sun outshines it at least

Grid = NDArray[np.bool_]


@dataclass(frozen=True, eq=False, slots=True)
class Gloss:
    """What the floor mirrors. Grids are the scene's."""

    strength: float  # 0 = matt, 1 = as a polished dielectric
    roughness: float  # blur of a mirror image per distance from its foot, as standard deviation
    crease: F32  # [w] row where the floor ends behind; NaN where no floor is
    level: F32  # [h, w, 3] linear light of the floor without the bright sources that it mirrors

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        return self.crease.nbytes + self.level.nbytes


def gloss(linear: F32, floor: F32, horizon: float, focal: float, middle: float) -> Gloss:
    """Gloss of the floor from the small linear room [h, w, 3] and its floor map [h, w].

    Args:
        linear: the room on the analysis grid.
        floor: share of floor, 0..1.
        horizon: row of the horizon on the grid.
        focal: focal length in grid pixels.
        middle: row of the optical axis on the grid.
    """
    matt = Gloss(0.0, 0.0, np.empty(0, np.float32), np.empty((0, 0, 3), np.float32))
    whole = whole_floor(floor)
    if whole is None:
        return matt
    crease = _crease(whole)
    height = linear.shape[0]
    rows = np.arange(1, int(_REACH * height) + 1, dtype=np.float32)[:, None]
    nadir = nadir_row(horizon, focal, middle)
    below, above = _unrolled(colour.luminance(linear), whole, crease, rows, nadir)
    seen = (below >= 0) & (above >= 0) & (rows > _CONTACT)
    if seen.mean() < _LEAST_FLOOR:
        return matt
    agreement, roughness = _agreement(below, above, seen, rows[:, 0])
    share = float(np.clip((agreement - _MATT) / (_GLOSSY - _MATT), 0, 1))
    if share == 0:
        return matt
    return Gloss(share, roughness, crease, _level(linear, whole))


def nadir_row(horizon: float, focal: float, middle: float) -> float:
    """Row of the point that all plumb lines run to, far below or above a level camera's picture."""
    tilt = math.atan((middle - horizon) / focal)
    tilt = math.copysign(max(abs(tilt), 1e-3), tilt)
    return middle + focal / math.tan(tilt)


def mirrored(
    x: F32, y: F32, foot: F32, nadir: float, middle: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where the point that is mirrored at (x, y) stands, by the row `foot` of its plumb line.

    Heights h along a plumb line are seen at rows y = (foot + t nadir) / (1 + t) with t in
    proportion to h, and the mirror image of h is -h.
    """
    t = (foot - y) / (y - nadir)
    row = (foot - t * nadir) / (1 - t)
    column = middle + (x - middle) * (nadir - row) / (nadir - y)
    return column.astype(np.float32), row.astype(np.float32)


def whole_floor(floor: F32) -> U8 | None:
    """Convex hull [h, w] of the floor map: a floor's far edge is straight, its streaks part of it.

    The map leaves out what is much brighter or darker than the rest, mirror images above all.
    """
    solid = cv2.morphologyEx(
        (floor > 0.5).astype(np.uint8), cv2.MORPH_OPEN, np.ones((7, 7), np.uint8)
    )
    points = cv2.findNonZero(solid)
    if points is None or solid.mean() < _LEAST_FLOOR:
        return None
    hull = cv2.fillConvexPoly(np.zeros_like(solid), cv2.convexHull(points), 1)
    return np.asarray(hull, np.uint8)


def _crease(whole: U8) -> F32:
    """[w] first row of floor in each column; NaN where there is none."""
    rows = np.argmax(whole, axis=0).astype(np.float32)
    rows[~whole.any(axis=0)] = np.nan
    return rows


def _unrolled(luminance: F32, whole: U8, crease: F32, rows: F32, nadir: float) -> tuple[F32, F32]:
    """Floor and mirrored wall [n, w], n distances below the crease; -1 where there is none."""
    width = luminance.shape[1]
    middle = width / 2
    down = np.nan_to_num(crease[None] + rows, nan=-9.0).astype(np.float32)
    across = middle + (np.arange(width) - middle) * (nadir - down) / (nadir - crease[None])
    across = np.nan_to_num(across, nan=-9.0).astype(np.float32)
    source = mirrored(across, down, np.nan_to_num(crease, nan=0.0)[None], nadir, middle)
    nothing = {"borderMode": cv2.BORDER_CONSTANT, "borderValue": -9.0}
    below = cv2.remap(luminance, across, down, cv2.INTER_LINEAR, **nothing)
    above = cv2.remap(luminance, *source, cv2.INTER_LINEAR, **nothing)
    on_floor = cv2.remap(whole, across, down, cv2.INTER_NEAREST, borderValue=0)
    below[on_floor == 0] = -1
    return np.asarray(below, np.float32), np.asarray(above, np.float32)


def _agreement(below: F32, above: F32, seen: Grid, rows: F32) -> tuple[float, float]:
    """How well the floor repeats the wall, -1..1, and the roughness at which it does best.

    A floor that does so at the greatest roughness only has the wall's light, not its image.
    """
    streaks = _streak_correlation(below, above, seen)
    if streaks < _MATT**2:  # no wall can make up for it
        return 0.0, 0.0
    detail = _detail(below, seen)
    alike = [
        _correlation(detail, _detail(_roughened(above, seen, rough * rows), seen))
        for rough in _ROUGHNESSES
    ]
    best = int(np.argmax(alike))
    if best == len(alike) - 1:
        return 0.0, 0.0
    return math.sqrt(max(alike[best], 0.0) * streaks), _ROUGHNESSES[best]


def _roughened(above: F32, seen: Grid, sigmas: F32) -> F32:
    """Rows [n, w] blurred along themselves by `sigmas` [n], by what is seen of them."""
    weight = seen.astype(np.float32)
    pair = np.dstack([above * weight, weight])
    soft = [
        cv2.GaussianBlur(row[None], (0, 0), max(0.5, float(sigma)))
        for row, sigma in zip(pair, sigmas, strict=True)
    ]
    total, share = np.moveaxis(np.concatenate(soft), 2, 0)
    return np.asarray(total / np.maximum(share, 0.05), np.float32)


def _detail(values: F32, seen: Grid) -> F32:
    """Horizontal structure [n, w] of the seen values, without what is broad; 0 elsewhere."""
    weight = seen.astype(np.float32)

    def smooth(sigma: float) -> F32:
        size = (2 * math.ceil(3 * sigma) + 1, 1)
        total = cv2.GaussianBlur(weight, size, sigma)
        return cv2.GaussianBlur(values * weight, size, sigma) / np.maximum(total, 0.05)

    return (smooth(_DETAIL[0]) - smooth(_DETAIL[1])) * weight


def _streak_correlation(below: F32, above: F32, seen: Grid) -> float:
    """Agreement of upright edges: slopes averaged along plumb lines, near the crease and further.

    What runs along plumb lines stays in the average; textures cancel out.
    """
    quarter = max(1, len(below) // 4)
    found = []
    for part in (slice(_CONTACT, quarter), slice(quarter, 2 * quarter)):
        whole = seen[part].astype(np.float32)
        whole = whole[:, 2:] * whole[:, 1:-1] * whole[:, :-2]
        told = whole.sum(axis=0) > 0.5 * whole.shape[0]
        if told.sum() < 0.1 * told.size:
            continue
        slopes = [_mean_slope(v[part], whole, told) for v in (below, above)]
        found.append(_correlation(*slopes))
    return float(np.mean(found)) if found else 0.0


def _mean_slope(values: F32, seen: F32, told: Grid) -> F32:
    """[1, w] slope along the rows of [n, w + 2], averaged over what is seen [n, w], where told."""
    slope = ((values[:, 2:] - values[:, :-2]) * seen).sum(axis=0)
    mean = np.where(told, slope / np.maximum(seen.sum(axis=0), 1), 0)
    return np.asarray(cv2.GaussianBlur(mean.astype(np.float32)[None], (0, 0), 1.2), np.float32)


def _correlation(one: F32, other: F32) -> float:
    power = float(np.square(one).sum()) * float(np.square(other).sum())
    return float((one * other).sum()) / math.sqrt(power + 1e-12)


def _level(linear: F32, whole: U8) -> F32:
    """The floor's light [h, w, 3] without streaks: an opening along the rows, texture allowed for.

    Opening takes out what is brighter than both its sides and narrower than the window.
    """
    inside = whole[..., None] > 0
    soft = np.asarray(cv2.GaussianBlur(linear, (0, 0), 1.0), np.float32)
    window = np.ones((1, 2 * int(_WIDEST_STREAK * linear.shape[1] / 2) + 1), np.uint8)
    low = cv2.erode(np.where(inside, soft, 9.0).astype(np.float32), window)
    level = np.asarray(
        cv2.dilate(np.where(low < 9, low, -1.0).astype(np.float32), window), np.float32
    )
    # Where the floor is narrower than the window, nothing is told; the sun's patches are its own.
    kept = ((level.min(axis=2) <= 0) | _sunlit(soft, level)).astype(np.float32)
    kept = cv2.GaussianBlur(kept, (0, 0), _EASE)[..., None]  # no step shows in the product's image
    level = cv2.blur(np.maximum(_TEXTURE * level, 0), (5, 5)) + _BEYOND * kept
    return np.asarray(level, np.float32)


def _sunlit(linear: F32, level: F32) -> Grid:
    """Where what comes on top of the floor's level [h, w, 3] has the floor's colour [h, w].

    The sun is coloured by the floor, a mirrored window is not. A grey floor does not tell.
    """
    excess = np.maximum(linear - level, 1e-4)
    shade = np.maximum(level, 1e-4)
    hue = shade / shade.mean(axis=2, keepdims=True) - 1
    tint = excess / excess.mean(axis=2, keepdims=True) - 1
    power = np.square(hue).sum(axis=2)
    clear = excess.mean(axis=2) > _CLEARLY * shade.mean(axis=2)  # not just the boards' texture
    alike = np.where(linear.max(axis=2) > _BURNT, _SAME_HUE_BURNT, _SAME_HUE)
    return clear & (power > _COLOURED**2) & ((tint * hue).sum(axis=2) > alike * power)
