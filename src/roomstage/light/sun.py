"""The product's hard shadow in the sun patches that lie on the floor.

In a patch the floor gets the sun on top of the light from all round. Where the product stands in
the sun's way only the latter is left, and its colour, which is the sky's, shows. Outside of the
patches there is no sun to take away.

The product is taken for its front drawn away to its rear, on legs that each stand at their own
depth: upright cards, whose shadows are their pictures under homographies.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage import colour
from roomstage.image import F32, Box, Cutout, Image
from roomstage.light.outline import feet_of, silhouette, underside_of
from roomstage.light.shadow import shadow_box
from roomstage.placement import Placement
from roomstage.scene import Scene
from roomstage.scene.ground import Ground
from roomstage.scene.sun import Sun

_GRID = 720  # long side of the grid over the patches
_CARD = 320  # long side of the product's silhouette
_STEP = 3.0  # pixels between the shadows of neighbouring cards ...
_DEPTHS = 8, 64  # ... as far as so few and so many cards make it
_ON_LEGS = 0.12  # height of the underside, as a share of the product's, from which legs carry it
_REACH = 3.0  # of the product's height: a longer shadow leaves the patch or the picture
_EDGE = 11  # grid pixels across: the penumbra of a window frame some metres away
_JOINT = 3  # grid pixels; the shadows of window bars are wider
_SEEN = 0.004  # of the sun blocked; less is lost in rounding
_LEAST_TRUST = 0.1
_LEAST_SHEAR = 0.05  # of the direction's depth: a sun along the cards would throw none
_PENUMBRA = 0.0047  # of the distance: half the sun's disc

Matrix = NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class Sunlight:
    """Shares of the light on the room, on a grid over `box`; together 1 where nothing blocks."""

    ambient: F32  # [h, w, 3] of the light from all round, which the soft shadow takes from
    direct: F32  # [h, w, 3] of the sun, as far as the product lets it through
    box: Box  # in room pixels


def sunlight(image: Image, scene: Scene, cutout: Cutout, placement: Placement) -> Sunlight | None:
    """The sun round a standing product; None where it stands near no sun patch."""
    sun = scene.sun
    if sun is None or sun.confidence < _LEAST_TRUST or placement.surface != "floor":
        return None
    box = _patches_near(sun, scene, placement)
    if box is None:
        return None
    ratio = min(1.0, _GRID / max(box.width, box.height))
    size = max(4, round(box.width * ratio)), max(4, round(box.height * ratio))
    lit = _lit(image, sun, scene, box, size)
    blocked = _blocked(sun, scene, cutout, placement, box, size)
    # In the penumbra of the patch's edge the logarithm of the light goes over evenly.
    ambient = np.exp(lit * np.log(sun.ambient)).astype(np.float32)
    direct = (1 - ambient) * (1 - blocked)[..., None]
    return _cropped(Sunlight(ambient, direct, box), blocked > _SEEN, shadow_box(scene, placement))


def _cropped(light: Sunlight, blocked: NDArray[np.bool_], shadow: Box) -> Sunlight | None:
    """The part of the grid where the product blocks the sun, or its soft shadow falls."""
    height, width = blocked.shape
    across, down = light.box.width / width, light.box.height / height
    near = np.zeros_like(blocked)
    rows = [round((y - light.box.y0) / down) for y in (shadow.y0, shadow.y1)]
    columns = [round((x - light.box.x0) / across) for x in (shadow.x0, shadow.x1)]
    near[max(0, rows[0]) : max(0, rows[1]), max(0, columns[0]) : max(0, columns[1])] = True
    part = Box.around(blocked | near)
    if part is None:
        return None
    # Whole room pixels at its edges, so that the grid's cells stay where they were.
    box = Box(
        light.box.x0 + math.floor(part.x0 * across),
        light.box.y0 + math.floor(part.y0 * down),
        light.box.x0 + math.ceil(part.x1 * across),
        light.box.y0 + math.ceil(part.y1 * down),
    )
    return Sunlight(light.ambient[part.slices], light.direct[part.slices], box)


def _patches_near(sun: Sun, scene: Scene, placement: Placement) -> Box | None:
    """The patches' box, as far as the product's shadow may reach."""
    found = Box.around(sun.patches > 0)
    if found is None:
        return None
    left, top = placement.corners[0]
    right, bottom = placement.corners[2]
    reach = _REACH * (bottom - top)
    box = Box(
        max(math.floor(found.x0 / scene.scale), math.floor(left - reach), 0),
        max(math.floor(found.y0 / scene.scale), math.floor(top), 0),
        min(math.ceil(found.x1 / scene.scale), math.ceil(right + reach), scene.size[0]),
        min(math.ceil(found.y1 / scene.scale), math.ceil(bottom + reach), scene.size[1]),
    )
    return box if min(box.width, box.height) >= 4 else None


def _lit(image: Image, sun: Sun, scene: Scene, box: Box, size: tuple[int, int]) -> F32:
    """How far the room's photo is in the sun [h, w, 3] on the grid, as sharp as the photo."""
    room = cv2.resize(image.rgb[box.slices], size, interpolation=cv2.INTER_AREA)
    across, down = box.width / size[0], box.height / size[1]
    columns = (box.x0 + (np.arange(size[0]) + 0.5) * across) * scene.scale
    rows = (box.y0 + (np.arange(size[1]) + 0.5) * down) * scene.scale
    at = np.meshgrid((columns - 0.5).astype(np.float32), (rows - 0.5).astype(np.float32))
    within = cv2.remap(sun.patches.astype(np.float32), *at, cv2.INTER_LINEAR)
    share = sun.share(colour.decode(np.asarray(room, np.uint8)))
    # A light board in the shade and a dark one in the sun lie a quarter off either end. Only at a
    # patch's edge, not at a joint of the floor, is a small share penumbra.
    core = np.clip((share @ colour.LUMINANCE - 0.25) / 0.3, 0, 1)
    patch = (core > 0.9).astype(np.float32)
    wide, joint = (np.ones((size, size), np.uint8) for size in (_EDGE, _JOINT))
    closed = cv2.morphologyEx(patch, cv2.MORPH_CLOSE, joint)
    edge = np.minimum(cv2.dilate(patch, wide), 1 - cv2.erode(closed, wide))
    edge = cv2.blur(edge, (5, 5))[..., None]
    return (core[..., None] * (1 - edge) + share * edge) * within[..., None]


def _blocked(
    sun: Sun, scene: Scene, cutout: Cutout, placement: Placement, box: Box, size: tuple[int, int]
) -> F32:
    """Share of the sun [h, w] that the product keeps from the floor, on the grid."""
    ground = Ground.of(scene.camera, 1.0, scene.size)
    own = Box(*(round(float(v)) for v in (*placement.corners[0], *placement.corners[2])))
    own = own.grown(2, (own.x1 + 2, own.y1 + 2))
    ratio = min(1.0, _CARD / max(own.width, own.height))
    card_size = max(4, round(own.width * ratio)), max(4, round(own.height * ratio))
    alpha = silhouette(cutout, placement, own, card_size)
    to_card = np.linalg.inv(_pixels(own, card_size))
    half = max(2, size[0] // 2), max(2, size[1] // 2)
    from_grid = _pixels(box, half)
    blocked = np.zeros(half[::-1], np.float32)
    lx, ly, lz = sun.direction
    towards = lx, ly, math.copysign(max(abs(lz), _LEAST_SHEAR), lz)
    stand = _stand(placement, ground)
    # From card to card the shadow moves along the cards by lx / lz of the step between them.
    moves = (stand.rear - stand.front) * abs(lx / towards[2]) * ground.scale(stand.front)
    moves *= half[0] / box.width
    count = int(np.clip(moves / _STEP, *_DEPTHS))
    for depth, shrunk, card in _cards(alpha, own, stand, ground, count):
        matrix = to_card @ shrunk @ ground.shadow_map(depth, towards) @ from_grid
        seen = cv2.warpPerspective(
            card, matrix, half, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        )
        np.maximum(blocked, seen, out=blocked)
    penumbra = _PENUMBRA * own.height * half[1] / box.height / max(ly, 0.2)
    soft = max(0.5, penumbra, 0.4 * moves / count)
    blocked = cv2.GaussianBlur(blocked, (0, 0), soft)
    return np.asarray(cv2.resize(blocked, size, interpolation=cv2.INTER_LINEAR), np.float32)


@dataclass(frozen=True, slots=True)
class _Stand:
    """Where the product stands: rows of the room's photo, depths in metres."""

    middle: float  # column
    top: float
    contact: float
    front: float
    rear: float


def _stand(placement: Placement, ground: Ground) -> _Stand:
    (left, top), (right, _) = placement.corners[0], placement.corners[2]
    middle = float(left + right) / 2
    front = ground.depth(middle, placement.contact)
    deep = placement.depth_ratio * float(right - left) / ground.scale(front)
    return _Stand(middle, float(top), placement.contact, front, front + deep)


def _cards(
    alpha: F32, own: Box, stand: _Stand, ground: Ground, count: int
) -> Iterator[tuple[float, Matrix, F32]]:
    """(depth, map from a room pixel to the card's, silhouette) of each upright card."""
    step = own.height / len(alpha)
    rows = own.y0 + (np.arange(len(alpha)) + 0.5) * step
    height, _ = underside_of(alpha)
    underside = stand.contact - height * (stand.contact - stand.top)
    above = rows[:, None] < underside
    whole = np.where(above, alpha, 0).astype(np.float32)
    # The front ends where the top's front edge is seen; above it the top runs away to the rear.
    edge = ground.row_below(stand.top, stand.rear, stand.front)
    face = np.where(rows[:, None] >= min(edge, underside - step), whole, 0).astype(np.float32)
    for depth in map(float, np.linspace(stand.front, stand.rear, count)):
        if height > _ON_LEGS:  # it may hang anywhere over its legs
            yield depth, np.eye(3), whole
        else:
            yield depth, ground.drawn_back(stand.front, depth), face
    yield stand.rear, np.eye(3), whole
    legs = np.where(above, 0, alpha).astype(np.float32)
    highest = 0.5 * (stand.top + stand.contact)
    for foot, card in _legs(legs, feet_of(alpha, rows, highest)):
        yield ground.depth(stand.middle, foot), np.eye(3), card


def _legs(legs: F32, feet: list[tuple[float, float]]) -> Iterator[tuple[float, F32]]:
    """(row of the foot, the part of the product below its underside that stands on it)."""
    if not feet:
        return
    at = np.array([column for column, _ in feet])
    nearest = np.argmin(np.abs(np.arange(legs.shape[1])[:, None] - at[None]), axis=1)
    for index, (_, row) in enumerate(feet):
        yield row, np.where(nearest[None] == index, legs, 0).astype(np.float32)


def _pixels(box: Box, size: tuple[int, int]) -> Matrix:
    """[3, 3] from the centres of a grid's cells over a box to room pixels' edges."""
    across, down = box.width / size[0], box.height / size[1]
    return np.array(
        [[across, 0, box.x0 + 0.5 * across], [0, down, box.y0 + 0.5 * down], [0, 0, 1.0]]
    )
