"""The product's mirror image in a glossy floor.

A polished floor sends to the camera what it mirrors, on top of its own colour. Where the product
comes to stand, it shows the product mirrored about the line that it stands on, instead of the wall
and the windows behind. How much of it is told by Schlick's approximation of Fresnel's equations
("An inexpensive BRDF model for physically-based rendering", Computer Graphics Forum 13, 1994);
roughness blurs it the more the further it is from the foot.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage import colour
from roomstage.image import F32, Box, Cutout
from roomstage.light.outline import feet_of, footing, lower_hull, to_grid, underside_of
from roomstage.placement import Placement
from roomstage.scene import Scene
from roomstage.scene.gloss import mirrored, nadir_row

_GRID = 384  # long side of the grid that the mirror image is computed on
_F0 = 0.04  # mirrored at normal incidence by tile, lacquer and polished stone
_DEPTHS = 12  # steps from the front to the rear of an underside
# An underside sees only the floor: of the front's light, and all of its cover.
_DIMMED = np.array([0.6, 0.6, 0.6, 1], np.float32)
_OUTSHINES = 0.2  # of the floor's level, by which a mirrored source is over it for sure
_AROUND = 5  # grid pixels in which the floor mirrors the same
_MARGIN = 0.25  # of the product's width, over which the image fades at its box's sides
_BLURS = 0.25, 0.5, 1.0  # of the blur at the far end of the mirror image


@dataclass(frozen=True, eq=False, slots=True)
class Reflection:
    """What changes in the light that the floor mirrors, on a grid over `box`."""

    added: F32  # [h, w, 3] linear light that comes on top; below 0 where the wall was brighter
    cover: F32  # [h, w] share of what the floor mirrored before that the product hides
    level: F32  # [h, w, 3] linear light from which up the floor's is that of a mirrored source
    box: Box  # in room pixels


def reflection(scene: Scene, cutout: Cutout, placement: Placement, gain: F32) -> Reflection | None:
    """The mirror image of a product under `gain` [h, w, 3]; None where the floor shows none."""
    gloss = scene.gloss
    if gloss.strength == 0 or placement.surface != "floor":
        return None
    box = _below(scene, placement)
    if min(box.width, box.height) < 4:
        return None
    ratio = min(1.0, _GRID / max(box.width, box.height))
    grid = max(4, round(box.width * ratio)), max(4, round(box.height * ratio))
    product = _lit(cutout, placement, gain, box, grid)
    x, y = _centres(box, grid)
    image = _mirror_image(product, x, y, placement, scene)
    image *= (gloss.strength * _floor(scene, x, y) * _sides(x, scene.size[0]))[..., None]
    share = _schlick(scene, y)[..., None]
    before = np.minimum(share * _wall(scene, x, y), _mirrored_at_most(scene, x, y))
    # What lies above the floor's level goes as well where it is covered; nothing goes twice.
    before = np.maximum(before - _above_level(scene, x, y), 0)
    added = share * image[..., :3] - image[..., 3:] * before
    level = _sampled(gloss.level, scene.scale, x, y)
    return Reflection(added.astype(np.float32), image[..., 3], level, box)


def _below(scene: Scene, placement: Placement) -> Box:
    """From the product's top, which the mapping needs, to as far below its foot, in the picture."""
    left, top = placement.corners[0]
    right, bottom = placement.corners[2]
    margin = _MARGIN * (right - left)  # roughness spreads the image beyond the product's sides
    box = Box(
        math.floor(left - margin),
        math.floor(top),
        math.ceil(right + margin),
        math.ceil(2 * bottom - top),
    )
    return box.grown(0, scene.size)


def _sides(x: F32, width: int) -> F32:
    """[1, w] 1 over the product, falling to 0 at the box's sides that aren't the picture's."""
    reach = _MARGIN / (1 + 2 * _MARGIN) * (x[0, -1] - x[0, 0])
    left = np.where(x[0, 0] < 1, 1, (x - x[0, 0]) / reach)
    right = np.where(x[0, -1] > width - 1, 1, (x[0, -1] - x) / reach)
    return np.clip(np.minimum(left, right), 0, 1).astype(np.float32)


def _centres(box: Box, grid: tuple[int, int]) -> tuple[F32, F32]:
    """Columns [1, w] and rows [h, 1] of the grid's cells, in room pixels."""
    x = box.x0 + (np.arange(grid[0], dtype=np.float32) + 0.5) * box.width / grid[0]
    y = box.y0 + (np.arange(grid[1], dtype=np.float32) + 0.5) * box.height / grid[1]
    return x[None], y[:, None]


def _lit(cutout: Cutout, placement: Placement, gain: F32, box: Box, grid: tuple[int, int]) -> F32:
    """The product's linear light, premultiplied, and alpha [h, w, 4] on the grid."""
    matrix = to_grid(placement, box, grid)
    width, height = cutout.size
    size = (
        max(1, min(width, round(width * matrix[0, 0]))),
        max(1, min(height, round(height * matrix[1, 1]))),
    )
    alpha = cv2.resize(cutout.alpha, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    rgb = colour.decode(
        np.asarray(cv2.resize(cutout.rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    )
    rgb *= cv2.resize(gain, size, interpolation=cv2.INTER_LINEAR)
    matrix[:, 0] *= width / size[0]
    matrix[:, 1] *= height / size[1]
    matrix[:, 2] += 0.5 * np.array([matrix[0, 0], matrix[1, 1]]) - 0.5
    layer = np.dstack([np.minimum(rgb, 1) * alpha[..., None], alpha])
    return np.asarray(cv2.warpAffine(layer, matrix, grid), np.float32)


def _mirror_image(product: F32, x: F32, y: F32, placement: Placement, scene: Scene) -> F32:
    """The product [h, w, 4] upside down below its foot.

    Of what faces the camera each column is mirrored about its own foot. What is carried above the
    floor shows its underside too: its front, drawn away to the product's rear.
    """
    roughness = scene.gloss.roughness
    horizon, front, back = footing(scene, placement)
    alpha = product[..., 3]
    top = _top(alpha, y) - horizon
    # The top's front edge is as high above the floor as its rear edge, which is seen at `top`.
    face = product * (y - horizon >= min(top * front / back, 0.9 * front))[..., None]
    height, _ = underside_of(alpha)
    carried = y < placement.contact - height * (placement.contact - top - horizon)
    hull = lower_hull(alpha, y[:, 0])
    # An arm that ends above the rear ground line stands on nothing.
    hull = np.where(hull >= min(horizon + 0.9 * back, float(hull.max())), hull, -np.inf)
    feet = _feet(alpha, y, horizon + back)
    legs = _roughened(*_turned(face * ~carried[..., None], x, y, feet, scene), roughness)
    body = face * carried[..., None]
    return _over(legs, _carried(body, x, y, hull, front / back, scene, roughness))


def _carried(
    body: F32, x: F32, y: F32, foot: F32, rear: float, scene: Scene, roughness: float
) -> F32:
    """The mirror image [h, w, 4] of the product's body: its front, and its underside behind.

    The underside is swept by the front at depths up to `rear` times its own. Nobody sees detail in
    it, so every other cell of the grid will do.
    """
    coarse, at_x, at_y = np.ascontiguousarray(body[::2, ::2]), x[:, ::2], y[::2]
    swept = np.zeros_like(coarse)
    distance = np.zeros(coarse.shape[:2], np.float32)
    for depth in np.linspace(rear, 1, _DEPTHS)[:-1]:
        image, away = _turned(coarse, at_x, at_y, foot[::2], scene, float(depth))
        swept = _over(image * _DIMMED, swept)
        distance = np.where(image[..., 3] > 0.5, away, distance)
    swept = cv2.GaussianBlur(_roughened(swept, distance, roughness), (0, 0), 1.0)
    swept = np.asarray(cv2.resize(swept, body.shape[1::-1]), np.float32)
    return _over(_roughened(*_turned(body, x, y, foot, scene), roughness), swept)


def _top(alpha: F32, y: F32) -> float:
    rows = np.flatnonzero(alpha.max(axis=1) > 0.5)
    return float(y[rows[0], 0]) if rows.size else float(y[0, 0])


def _feet(alpha: F32, y: F32, back: float) -> F32:
    """[w] row that the product stands on in each column: straight from foot to foot."""
    feet = feet_of(alpha, y[:, 0], back)
    if not feet:
        return lower_hull(alpha, y[:, 0])
    columns, lowest = np.array(feet).T
    line = np.interp(np.arange(alpha.shape[1]), columns, lowest)
    return np.where((alpha > 0.5).any(axis=0), line, -np.inf)


def _turned(
    layer: F32, x: F32, y: F32, foot: F32, scene: Scene, depth: float = 1.0
) -> tuple[F32, F32]:
    """A layer [h, w, 4] mirrored about the row `foot` [w] of each column; distance from it.

    A copy at `depth` times the layer's is seen so many times nearer to horizon and middle.
    """
    camera, (width, height) = scene.camera, scene.size
    nadir = nadir_row(camera.horizon, camera.focal, camera.axis(height))
    step_x, step_y = float(x[0, 1] - x[0, 0]), float(y[1, 0] - y[0, 0])
    known = np.flatnonzero(np.isfinite(foot))
    if known.size == 0:
        return np.zeros_like(layer), np.zeros(layer.shape[:2], np.float32)
    at_x = width / 2 + (x - width / 2) * depth
    at_y = camera.horizon + (y - camera.horizon) * depth
    under = np.interp((at_x - x[0, 0]) / step_x, known, foot[known]) + 0.5 * step_y
    distance = at_y - under
    below = distance > 0
    source_x, source_y = mirrored(at_x, at_y, under, nadir, width / 2)
    image = cv2.remap(
        layer,
        np.where(below, (source_x - x[0, 0]) / step_x, -9).astype(np.float32),
        np.where(below, (source_y - y[0, 0]) / step_y, -9).astype(np.float32),
        cv2.INTER_LINEAR,
    )
    return np.asarray(image, np.float32), np.where(below, distance / step_y, 0).astype(np.float32)


def _over(upper: F32, lower: F32) -> F32:
    return upper + lower * (1 - upper[..., 3:])


def _roughened(image: F32, distance: F32, roughness: float) -> F32:
    """The mirror image [h, w, 4] blurred in proportion to the distance [h, w] from the foot.

    Between a few even blurs it is interpolated.
    """
    widest = roughness * float(distance.max())
    if widest < 0.3:
        return image
    levels = [image] + [_blurred(image, b * widest) for b in _BLURS]
    wanted = np.interp(distance * roughness / widest, [0, *_BLURS], np.arange(len(levels)))
    soft = np.zeros_like(image)
    for index, level in enumerate(levels):
        weight = np.maximum(0, 1 - np.abs(wanted - index))
        soft += level * weight[..., None].astype(np.float32)
    return soft


def _blurred(image: F32, sigma: float) -> F32:
    """A Gaussian blur; a wide one is done on a copy as small as it allows."""
    shrink = max(1, int(sigma / 2))
    if shrink == 1:
        return np.asarray(cv2.GaussianBlur(image, (0, 0), max(0.3, sigma)), np.float32)
    height, width = image.shape[:2]
    size = max(2, width // shrink), max(2, height // shrink)
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / shrink)
    return np.asarray(cv2.resize(small, (width, height)), np.float32)


def _schlick(scene: Scene, y: F32) -> F32:
    """Share of light [h, 1] that a polished floor mirrors to the camera at rows y."""
    cosine = np.clip(np.sin(scene.camera.descent(y, scene.size[1])), 0.0, 1.0)
    return (_F0 + (1 - _F0) * (1 - cosine) ** 5).astype(np.float32)


def _wall(scene: Scene, x: F32, y: F32) -> F32:
    """What the floor mirrored before [h, w, 1]: the room mirrored about the floor's far edge.

    Without colour, as a photo tells little of a window's.
    """
    camera, (width, height) = scene.camera, scene.size
    crease = scene.gloss.crease / scene.scale
    known = np.isfinite(crease)
    at = (np.arange(len(crease)) + 0.5) / scene.scale
    foot = np.interp(x, at[known], crease[known])
    nadir = nadir_row(camera.horizon, camera.focal, camera.axis(height))
    where = mirrored(x, np.maximum(y, foot), foot, nadir, width / 2)
    soft = cv2.GaussianBlur(colour.luminance(scene.linear), (0, 0), 3.0)
    return _sampled(np.asarray(soft, np.float32), scene.scale, *where)[..., None]


def _above_level(scene: Scene, x: F32, y: F32) -> F32:
    """Luminance [h, w, 1] that the floor sends beyond its level: that of a mirrored source."""
    beyond = colour.luminance(np.maximum(scene.linear - scene.gloss.level, 0))
    soft = np.asarray(cv2.GaussianBlur(beyond, (0, 0), 2.0), np.float32)
    return _sampled(soft, scene.scale, x, y)[..., None]


def _mirrored_at_most(scene: Scene, x: F32, y: F32) -> F32:
    """Light without colour that the floor may mirror [h, w, 1]: no channel of it is darker.

    A red floor whose blue is nearly black mirrors next to nothing, whatever its streaks look like.
    """
    darkest = cv2.erode(scene.linear.min(axis=2), np.ones((_AROUND, _AROUND), np.uint8))
    soft = np.asarray(cv2.blur(darkest, (_AROUND, _AROUND)), np.float32)
    return _sampled(soft, scene.scale, x, y)[..., None]


def _streaks(scene: Scene) -> F32:
    """How surely the floor outshines its level, which is a mirrored source, 0..1 [h, w]."""
    over = (scene.linear / scene.gloss.level - 1).max(axis=2) / _OUTSHINES
    return np.asarray(cv2.GaussianBlur(np.clip(over, 0, 1), (0, 0), 2.0), np.float32)


def _floor(scene: Scene, x: F32, y: F32) -> F32:
    """Share of bare floor [h, w]; what outshines the floor's level is its mirrored light."""
    return _sampled(np.maximum(scene.floor, _streaks(scene)), scene.scale, x, y)


def _sampled(grid: F32, scale: float, x: F32, y: F32) -> NDArray[np.float32]:
    """A grid of the scene at room pixels x, y (broadcast), linearly; the border goes on."""
    x, y = np.broadcast_arrays(x, y)
    to_x, to_y = (x * scale - 0.5).astype(np.float32), (y * scale - 0.5).astype(np.float32)
    found = cv2.remap(grid, to_x, to_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found, np.float32)
