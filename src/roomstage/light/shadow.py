"""The product's shadow on the floor and on the wall behind it.

The product is taken for a stack of upright cards, its silhouette at several depths, with a lid
over its footprint. Light samples over the hemisphere and over the key light are blocked or not;
the share that is blocked darkens the room. A card's shadow is the card's picture under a
homography, so each sample costs one warp, and area light gives true penumbrae: sharp at the leg,
soft far off (the pixel-height idea of Sheng et al., "Controllable shadow generation using pixel
height maps", ECCV 2022, with the height of each pixel told by its card's foot).

Derivation: with u = column - centre and s = row - horizon, a floor point has depth Z = f H / s and
offset X = u H / s for focal length f and camera height H. The ray from it to the light
(lx, ly, lz) meets the card at depth Zk = f H / sk at a point that is seen at

    u' = (sk u + a f (s - sk)) / s,    s' = (sk s - b f (s - sk)) / s,    a = lx/lz, b = ly/lz.

H cancels: the same holds on a table.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage.image import F32, Box, Cutout
from roomstage.light.contact import contact
from roomstage.light.key import KeyLight
from roomstage.light.outline import footing, lower_hull, silhouette, underside_of
from roomstage.light.samples import light_samples
from roomstage.light.walls import Wall, walls
from roomstage.placement import Placement
from roomstage.scene import Scene

GRID = 320  # long side of the grid that shadows are computed on
DRAFT_GRID = 192  # the same of one that lasts until the hand has moved on
_SMOOTH = 1.8 / GRID  # of the long side: blur of what the samples leave rough
_CARDS = 4  # that each light sample sees, on a coarser grid half of them ...
_TURNS = 6  # ... of this many times as many, in turn, so that no card shows as a streak
_DEEPEST = 0.93  # of the light that a fully covered point loses; the rest is bounced in


@dataclass(frozen=True, eq=False, slots=True)
class _Stage:
    """The grid over the shadow's box, with image coordinates taken from horizon and centre."""

    u: F32  # [1, w] column - centre, room pixels
    s: F32  # [h, 1] row - horizon, room pixels
    focal: float
    front: float  # s of the product's foremost contact
    back: float  # s of its rear
    ground: NDArray[np.bool_]  # [h, w] where the floor is seen
    walls: tuple[tuple[Wall, NDArray[np.bool_]], ...]  # and where each wall is [h, w]
    feet: F32  # [w] s of the product's foot in each column: the lower hull of its silhouette


def shadow_box(scene: Scene, placement: Placement) -> Box:
    """Where the shadow may reach: the product's box and about its height round the foot."""
    (left, top), (right, bottom) = placement.corners[0], placement.corners[2]
    wide, tall = right - left, bottom - top
    reach = 0.9 * min(tall, 2.0 * wide + 0.4 * tall) + 0.25 * wide
    box = Box(
        int(left - reach), int(top - 0.15 * tall), int(right + reach), int(bottom + 0.7 * reach)
    )
    return box.grown(0, scene.size)


def cast(
    scene: Scene,
    cutout: Cutout,
    placement: Placement,
    key: KeyLight,
    steps: int,
    seed: int,
    longest: int = GRID,
) -> tuple[F32, Box]:
    """Share of light left [h, w] over a box of room pixels; 1 = all, as at the box's rim.

    Its grid has `longest` cells along the box's longer side.
    """
    box = shadow_box(scene, placement)
    grid = _grid(box, longest)
    alpha = silhouette(cutout, placement, box, grid)
    stage = _stage(scene, placement, box, alpha)
    underside, solidity = underside_of(alpha)
    blocked = np.zeros(alpha.shape, np.float32)
    cards = _cards(alpha, stage)
    stride = _TURNS if longest >= GRID else 2 * _TURNS
    for turn, (direction, weight) in enumerate(light_samples(key, steps, seed)):
        covered = solidity * _lid(stage, placement, direction, underside)
        for row, card in cards[turn % _TURNS :: stride]:
            for matrix, above in _views(stage, row, direction):
                seen = cv2.warpPerspective(
                    card, matrix, alpha.shape[::-1], flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
                )
                np.maximum(covered, seen, out=covered, where=above)
        blocked += weight * covered
    soft = np.asarray(cv2.GaussianBlur(blocked, (0, 0), _SMOOTH * longest), np.float32)
    dark = 1 - (1 - _DEEPEST * soft) * (1 - contact(alpha, stage.s, stage.back))
    return 1 - dark * _rim(alpha.shape, box, scene.size), box


def _grid(box: Box, longest: int) -> tuple[int, int]:
    """(width, height) of the grid over a box."""
    ratio = min(1.0, longest / max(box.width, box.height))
    return max(8, round(box.width * ratio)), max(8, round(box.height * ratio))


def _stage(scene: Scene, placement: Placement, box: Box, alpha: F32) -> _Stage:
    height, width = alpha.shape
    columns = box.x0 + (np.arange(width, dtype=np.float32) + 0.5) * box.width / width
    rows = box.y0 + (np.arange(height, dtype=np.float32) + 0.5) * box.height / height
    horizon, front, back = footing(scene, placement)
    middle = float(placement.corners[:, 0].mean())
    frontal = _crease(scene, placement, horizon)
    behind = walls(scene, placement, frontal, horizon)
    crease = max(float(wall.crease(np.array(middle - scene.size[0] / 2))) for wall in behind)
    u, s = (columns - scene.size[0] / 2)[None], (rows - horizon)[:, None]
    creases = np.stack([wall.crease(u[0]) for wall in behind])
    above, nearest = s < creases.max(axis=0), creases.argmax(axis=0)
    return _Stage(
        u=u,
        s=s,
        focal=scene.camera.focal,
        front=front,
        back=max(back, crease),
        ground=~above,
        walls=tuple((wall, above & (nearest == i)) for i, wall in enumerate(behind)),
        feet=np.maximum(lower_hull(alpha, rows) - horizon, 1e-3).astype(np.float32),
    )


def _crease(scene: Scene, placement: Placement, horizon: float) -> float:
    """s of the line where the floor ends behind the product, as the floor map shows it."""
    left, right = placement.corners[0, 0] * scene.scale, placement.corners[1, 0] * scene.scale
    height, width = scene.floor.shape
    strip = scene.floor[:, max(0, int(left)) : min(width, int(right) + 1)]
    foot = int(np.clip(placement.contact * scene.scale, 1, height - 1))
    ends = []
    for column in strip.T:
        gaps = np.flatnonzero(column[:foot] < 0.5)
        ends.append(gaps[-1] + 1 if gaps.size else 0)
    row = float(np.percentile(ends, 30)) / scene.scale if ends else 0.0
    front = placement.contact - horizon
    return float(np.clip(row - horizon, 0.25 * front, 0.97 * front))


def _cards(alpha: F32, stage: _Stage) -> list[tuple[float, F32]]:
    """(s of the foot, silhouette above that foot) for cards from the front to the rear."""
    cards = []
    for share in np.linspace(0, 1, _CARDS * _TURNS):
        # Even steps in depth, which is 1 / s.
        foot = 1 / ((1 - share) / stage.front + share / stage.back)
        cards.append((foot, np.where(stage.s <= foot, alpha, 0).astype(np.float32)))
    return cards


def _views(
    stage: _Stage, foot: float, direction: NDArray[np.floating]
) -> list[tuple[NDArray[np.float64], NDArray[np.bool_]]]:
    """Homographies from the grid to a card's picture on it, for the floor and for the wall."""
    lx, ly, lz = direction
    lz = lz if abs(lz) > 0.12 else np.copysign(0.12, lz)
    a, b, f = lx / lz, ly / lz, stage.focal
    floor = np.array([[foot, a * f, -a * f * foot], [0, foot - b * f, b * f * foot], [0, 1, 0]])
    views = [(_on_grid(stage, floor), stage.ground)]
    card = f / foot
    for wall, seen in stage.walls:
        # The ray leaves the wall on the card's side if the light does.
        towards = (wall.depth(stage.u, f) > card) == (lz < 0)
        shaded = seen & towards
        if shaded.any():
            views.append((_on_grid(stage, wall.view((lx, ly, lz), f, card)), shaded))
    return views


def _on_grid(stage: _Stage, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """A map between (u, s) as a map between grid pixels."""
    step_u = (stage.u[0, -1] - stage.u[0, 0]) / (stage.u.shape[1] - 1)
    step_s = (stage.s[-1, 0] - stage.s[0, 0]) / (stage.s.shape[0] - 1)
    to_us = np.array([[step_u, 0, stage.u[0, 0]], [0, step_s, stage.s[0, 0]], [0, 0, 1]])
    return np.linalg.inv(to_us) @ matrix @ to_us


def _lid(
    stage: _Stage, placement: Placement, direction: NDArray[np.floating], underside: float
) -> F32:
    """1 where the ray to the light passes under the product: its footprint, raised to its belly."""
    lx, ly, lz = direction
    f = stage.focal
    tall = float(placement.corners[2, 1] - placement.corners[0, 1])
    # In units of the camera's height: a floor point is (u / s, f / s), the front is at f / front.
    belly = max(underside, 0.02) * tall / stage.front / max(ly, 0.1)
    s = np.maximum(stage.s, 1)
    x, z = stage.u / s + belly * lx, f / s + belly * lz
    # The column that the raised point stands at, and the foot of the product in that column.
    column = (x * f / np.maximum(z, 1e-3) - stage.u[0, 0]) / (stage.u[0, 1] - stage.u[0, 0])
    near = f / np.interp(column, np.arange(len(stage.feet)), stage.feet, left=1e-3, right=1e-3)
    far = f / stage.back
    soft = 0.02 * far
    inside = np.clip(np.minimum(z - near, far - z) / soft + 0.5, 0, 1) * (stage.s > 1)
    return inside.astype(np.float32)


def _rim(shape: tuple[int, int], box: Box, size: tuple[int, int]) -> F32:
    """Falls to 0 at the grid's border, so that the shadow ends without an edge.

    Not where the border is the picture's own: there the shadow goes on unseen.
    """
    height, width = shape
    down, across = np.arange(height) / (0.12 * height), np.arange(width) / (0.12 * width)
    sides = (
        (down[:, None], box.y0 > 0),
        (down[::-1, None], box.y1 < size[1]),
        (across[None], box.x0 > 0),
        (across[None, ::-1], box.x1 < size[0]),
    )
    ease = np.ones(shape, np.float32)
    for distance, inside in sides:
        if inside:
            ease = np.minimum(ease, distance)
    return (ease * ease * (3 - 2 * ease)).astype(np.float32)
