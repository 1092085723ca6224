"""Hard sun on the floor: where its patches lie, how strong it is, and where it comes from.

A patch is floor that is several times as bright as the floor beside it, brighter than the walls
and, as far as it is not burnt out, of the floor's hue. Its outline tells the direction: seen from
above, the shadows of a window's level edges run along their wall, those of its upright edges run
along the sun's azimuth.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage import colour
from roomstage.image import F32, U8
from roomstage.scene.camera import Camera
from roomstage.scene.gloss import whole_floor
from roomstage.scene.ground import Ground
from roomstage.scene.light import RoomLight

_LEAST_RATIO = 2.5  # of luminance in the sun to that beside it
_OVER_WALLS = 1.15  # of luminance in the sun to that of the brighter walls
_LEAST_SHARPNESS = 0.1  # of the step in log luminance that is taken within one grid pixel
_COLOURED, _SAME_HUE = 0.2, 0.05  # as for mirrored windows: sun has the floor's hue
_BURNT = 0.8  # luminance from which hue is lost; no rug in shade is so bright
_LEAST_SHADE = 0.1  # luminance of grey floor in shade; darker may be anything
_ON_FLOOR = 0.2  # of a patch, by the floor map
_MOST_PATCHES = 8
_PATCH = 0.003  # of the picture; smaller ones are left
_USUAL_ELEVATION_DEG = 35.0
_WINDOW_TOP_M = 1.9  # height that a patch's far end stems from, above its near end's
_ELEVATIONS_DEG = 18.0, 50.0
_LEAST_OFF_WALL_DEG = 30.0  # a sun that grazes its window's wall more comes in hardly at all
_FEWEST = 20  # pixels of outline that tell a direction

Grid = NDArray[np.bool_]


@dataclass(frozen=True, eq=False, slots=True)
class Sun:
    """The sun that falls on the floor. Directions as in the light: x right, y up, z away."""

    direction: tuple[float, float, float]  # unit, to the sun
    confidence: float  # 0 = side and elevation are habit, 1 = told by outlines
    patches: U8  # [h, w] 1 where patches lie, with a margin, on the scene's grid
    shade: F32  # [3] linear light of the floor beside the patches
    ambient: F32  # [3] share of the light in a patch that is not the sun's

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        return self.patches.nbytes

    def share(self, linear: F32) -> F32:
        """Where pixels [..., 3] lie between shade and patch, by channel, on a log scale, 0..1."""
        above = np.log(np.maximum(linear, 1e-4) / self.shade) / -np.log(self.ambient)
        return np.clip(above, 0, 1).astype(np.float32)


def sun(
    linear: F32, floor: F32, camera: Camera, scale: float, light: RoomLight, glossy: bool
) -> Sun | None:
    """The sun from the small linear room [h, w, 3] and its floor map; None where none is told.

    Args:
        linear: the room on the analysis grid.
        floor: share of floor on it, 0..1.
        camera: of the photo, in its pixels.
        scale: grid pixels per photo pixel.
        light: windows and gradient, for the side that the sun comes from.
        glossy: whether the floor mirrors windows.
    """
    whole = whole_floor(floor)
    if whole is None:
        return None
    inside = whole > 0
    level = np.log(colour.luminance(linear) + 0.01).astype(np.float32)
    bright = _sunlit(linear, level, inside, glossy)
    if not bright.any():
        return None
    shade, patch, _ = _beside(linear, level, bright, inside | bright)
    ground = Ground.of(camera, scale, linear.shape[1::-1])
    direction, confidence = _direction(bright, level, ground, light)
    margin = np.asarray(cv2.dilate(bright.astype(np.uint8), np.ones((5, 5), np.uint8)), np.uint8)
    return Sun(direction, confidence, margin, shade, np.clip(shade / patch, 0.02, 0.9))


def _sunlit(linear: F32, level: F32, inside: Grid, glossy: bool) -> Grid:
    """Where the sun falls on the floor [h, w], as far as it can be told from what is pale."""
    walls = colour.luminance(linear)[~inside]
    regions = _regions(level > _split(level[inside]), inside)
    bright = np.logical_or.reduce([np.zeros_like(inside), *regions])

    def is_sun(region: Grid) -> bool:
        alone = (inside | region) & ~(bright & ~region)
        return _is_sun(*_beside(linear, level, region, alone), walls, glossy)

    # All that is bright must look like sun, or pale furniture would pass; then each for itself.
    kept = [region for region in regions if is_sun(region)] if is_sun(bright) else []
    return np.logical_or.reduce([np.zeros_like(inside), *kept])


def _split(values: F32) -> float:
    """The value that parts dark from bright best (Otsu, IEEE Trans. SMC 9, 1979)."""
    low, high = float(values.min()), float(values.max()) + 1e-6
    levels = ((values - low) / (high - low) * 255).astype(np.uint8)
    at, _ = cv2.threshold(levels[None], 0, 255, cv2.THRESH_OTSU)
    return low + (at + 1) / 255 * (high - low)


def _regions(bright: Grid, inside: Grid) -> list[Grid]:
    """The largest bright regions that lie on the floor, to some part at least.

    A floor map often ends at a patch, so a region may reach beyond it.
    """
    below = np.arange(len(inside))[:, None] >= np.flatnonzero(inside.any(axis=1))[0]
    _, labels, stats, _ = cv2.connectedComponentsWithStats((bright & below).astype(np.uint8))
    area = stats[:, cv2.CC_STAT_AREA]
    on_floor = np.bincount(labels[inside], minlength=len(area)) / area
    keep = np.flatnonzero((area > _PATCH * bright.size) & (on_floor > _ON_FLOOR))
    keep = sorted(keep[keep > 0], key=lambda label: -area[label])
    return [labels == label for label in keep[:_MOST_PATCHES]]


def _beside(linear: F32, level: F32, bright: Grid, inside: Grid) -> tuple[F32, F32, float]:
    """Median colours [3] beside and within the patches, near their edges; how sharp these are."""
    near = _ring(bright, 7) & _ring(~bright, 7)
    edge = _ring(bright, 1) & _ring(~bright, 1)
    away = inside & near & ~(_ring(bright, 2) & _ring(~bright, 2))
    floor = cv2.erode(inside.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    dark, light = away & ~bright & floor, away & bright
    if not dark.any() or not light.any() or not (edge & floor).any():
        return np.ones(3, np.float32), np.ones(3, np.float32), 0.0
    shade, patch = (np.median(linear[part], axis=0) for part in (dark, light))
    slope = np.hypot(
        cv2.Sobel(level, cv2.CV_32F, 1, 0, ksize=1, scale=0.5),
        cv2.Sobel(level, cv2.CV_32F, 0, 1, ksize=1, scale=0.5),
    )
    step = float(np.median(level[light]) - np.median(level[dark]))
    return shade, patch, float(np.median(slope[edge & floor])) / max(step, 1e-3)


def _ring(marked: Grid, radius: int) -> Grid:
    size = 2 * radius + 1
    return cv2.dilate(marked.astype(np.uint8), np.ones((size, size), np.uint8)) > 0


def _is_sun(shade: F32, patch: F32, sharp: float, walls: F32, glossy: bool) -> bool:
    """Whether the step from `shade` to `patch` [3] is the sun's and not that of a pale rug.

    A burnt patch on a glossy floor may be a mirrored window.
    """
    dark, bright = float(shade @ colour.LUMINANCE), float(patch @ colour.LUMINANCE)
    honest = walls[walls < 0.88]  # windows are no walls
    usual = float(np.percentile(honest, 75)) if honest.size else 1.0
    if sharp < _LEAST_SHARPNESS:
        return False
    if bright < _LEAST_RATIO * dark or bright < _OVER_WALLS * usual:
        return False
    hue = shade / max(float(shade.mean()), 1e-6) - 1  # a black shade has none
    power = float(hue @ hue)
    if power < _COLOURED**2:
        return dark > _LEAST_SHADE
    if bright > _BURNT:
        return not glossy
    excess = np.maximum(patch - shade, 1e-4)
    return float((excess / excess.mean() - 1) @ hue) > _SAME_HUE * power


def _direction(
    bright: Grid, level: F32, ground: Ground, light: RoomLight
) -> tuple[tuple[float, float, float], float]:
    """Unit direction to the sun, and how far to trust it."""
    ahead = _window_ahead(bright, light)
    azimuth, confidence = _azimuth(*_outline_angles(bright, level, ground), ahead)
    along = np.array([math.cos(azimuth), math.sin(azimuth)])  # x, z on the ground
    towards = along[1] if ahead else along[0] * _side(bright, light.gradient)
    if towards < 0:
        along = -along
    elevation = _elevation(bright, ground, along)
    flat = math.cos(elevation)
    return (float(along[0] * flat), math.sin(elevation), float(along[1] * flat)), confidence


def _window_ahead(bright: Grid, light: RoomLight) -> bool:
    """Whether a window in the wall ahead, above the patches, lets the sun in."""
    width = bright.shape[1]
    columns = np.flatnonzero(bright.any(axis=0))
    cut = bright[:, :2].any() or bright[:, -2:].any()
    return not cut and any(
        columns[0] < source.x < columns[-1] and 0.2 < source.x / width < 0.8
        for source in light.sources
        if not source.on_floor
    )


def _azimuth(angles: F32, lengths: F32, ahead: bool) -> tuple[float, float]:
    """Angle on the ground, from x towards z, of the line that the sun shines along; its trust.

    Of the two directions of the outlines the one that runs along the window's wall is left: into
    the depth for a window at a side, across for one ahead. With one direction only, or none, the
    sun is taken to come straight through the window.
    """
    wall = 0.0 if ahead else math.pi / 2
    peaks = _peaks(angles, lengths) if len(angles) >= _FEWEST else []
    if not peaks:
        return wall + math.pi / 2, 0.0
    off = [_apart(peak, wall) for peak in peaks]
    furthest = int(np.argmax(off))
    if off[furthest] < math.radians(_LEAST_OFF_WALL_DEG):
        return wall + math.pi / 2, 0.2
    return peaks[furthest], 0.8 if len(peaks) == 2 else 0.5


def _outline_angles(bright: Grid, level: F32, ground: Ground) -> tuple[F32, F32]:
    """Directions [n] of the patches' outlines on the ground, modulo pi, and their lengths."""
    smooth = cv2.GaussianBlur(level, (0, 0), 1.0)
    down = cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
    across = cv2.Sobel(smooth, cv2.CV_32F, 1, 0)
    rows, columns = np.nonzero(_ring(bright, 1) & _ring(~bright, 1))
    inner = (rows > 2) & (rows < bright.shape[0] - 3)
    inner &= (columns > 2) & (columns < bright.shape[1] - 3)
    rows, columns = rows[inner], columns[inner]
    tangent = np.c_[-down[rows, columns], across[rows, columns]]
    strength = np.linalg.norm(tangent, axis=1)
    tangent /= np.maximum(strength[:, None], 1e-6)
    middle = np.c_[columns, rows] + 0.5
    start, end = ground.points(middle - tangent), ground.points(middle + tangent)
    step = end - start
    weight = strength * np.linalg.norm(step, axis=1)
    good = np.isfinite(weight) & (strength > 0.3 * np.median(strength) if len(strength) else True)
    return np.arctan2(step[good, 1], step[good, 0]) % math.pi, weight[good]


def _peaks(angles: F32, weights: F32) -> list[float]:
    """The two directions that most of the outline follows, at least 25 degrees apart."""
    bins = 60
    histogram, _ = np.histogram(angles, bins, (0, math.pi), weights=weights)
    padded = np.concatenate([histogram[-3:], histogram, histogram[:3]])
    smooth = np.convolve(padded, [1, 2, 3, 4, 3, 2, 1], "valid") / 16
    centres = (np.arange(bins) + 0.5) * math.pi / bins
    first = int(np.argmax(smooth))
    apart = np.array([_apart(c, float(centres[first])) for c in centres]) > math.radians(25)
    second = int(np.argmax(np.where(apart, smooth, -1)))
    found = [float(centres[first])]
    if smooth[second] > 0.2 * smooth[first]:
        found.append(float(centres[second]))
    return found


def _apart(one: float, other: float) -> float:
    """Angle between two undirected lines."""
    difference = abs(one - other) % math.pi
    return min(difference, math.pi - difference)


def _side(bright: Grid, gradient: float) -> float:
    """-1 where the sun comes from the left, 1 from the right.

    A patch that the picture's border cuts comes from a window beyond that border; the room's
    gradient of light says the rest.
    """
    left, right = float(bright[:, :2].any(axis=1).sum()), float(bright[:, -2:].any(axis=1).sum())
    cut = (right - left) / max(right + left, 1.0)
    columns = np.nonzero(bright)[1]
    lies = float(columns.mean()) / bright.shape[1] - 0.5
    return math.copysign(1.0, cut + 0.5 * math.tanh(gradient) + 0.5 * lies)


def _elevation(bright: Grid, ground: Ground, along: NDArray[np.floating]) -> float:
    """Elevation by the patches' length along the sun, which a window's height makes."""
    rows, columns = np.nonzero(bright)
    points = ground.points(np.c_[columns, rows] + 0.5) @ along
    points = points[np.isfinite(points)]
    usual = math.radians(_USUAL_ELEVATION_DEG)
    if points.size < 20:
        return usual
    low, high = np.percentile(points, [2, 98])
    told = math.atan2(_WINDOW_TOP_M, float(high - low))
    cut = bright[:, :2].any() or bright[:, -2:].any() or bright[-2:].any()
    if cut:  # longer than it is seen
        told = min(told, usual)
    return float(np.clip(told, *np.radians(_ELEVATIONS_DEG)))
