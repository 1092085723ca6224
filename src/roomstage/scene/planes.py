"""The room as planes: floor, walls and ceiling in metres, where each is seen, and how surely.

A plane is a homography from its own metres to the picture, P = K R [a b o] with its axes a, b and
its origin o seen from the camera (Hartley and Zisserman, "Multiple View Geometry", 2004, ch. 8).
One length can't be read from a picture: metres come from the camera's height, which is told by a
ceiling of the usual height where one is seen, and is a photographer's habit else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from roomstage.image import F32
from roomstage.scene.camera import Camera
from roomstage.scene.cuboid import Cuboid, at, edges
from roomstage.scene.manhattan import Directions, Floats

PlaneName = Literal["floor", "back wall", "left wall", "right wall", "ceiling"]

_CEILING_M = 2.5  # of flats and houses
_HEIGHTS_M = 1.0, 1.8  # of cameras that a ceiling is believed to tell
_CREASE_DRAWN = 0.5  # share of a crease that lines must cover to prove it
_UNDRAWN = 0.4  # what a wall is worth that only the floor map shows
_FITS = 0.80, 0.95  # of the floor map before the walls: none of the trust, all of it
_SEEN = 0.3  # a side wall or ceiling without lines along a third of its crease is a guess


@dataclass(frozen=True, eq=False, slots=True)
class Plane:
    """A plane of the room.

    Coordinates on the floor and the ceiling run along breadth and depth from below the camera;
    on the back wall along breadth, on side walls along depth, and up from the floor.
    """

    name: PlaneName
    to_image: Floats  # [3, 3] homography from metres on the plane to pixels of the photo
    outline: F32  # [N, 2] convex polygon where it is seen, pixels, inside the picture
    confidence: float  # 0 = a guess, 1 = sure

    def point(self, pixel: tuple[float, float]) -> Floats:
        """[2] metres on the plane of what is seen at a pixel (column, row)."""
        found = np.linalg.solve(self.to_image, [*pixel, 1.0])
        return found[:2] / found[2]

    def shows(self, pixel: tuple[float, float]) -> bool:
        """Whether the pixel (column, row) lies in the plane's outline."""
        if len(self.outline) < 3:
            return False
        sides = np.roll(self.outline, -1, axis=0) - self.outline
        away = np.asarray(pixel) - self.outline
        turns = sides[:, 0] * away[:, 1] - sides[:, 1] * away[:, 0]
        return bool((turns >= 0).all() or (turns <= 0).all())


@dataclass(frozen=True, eq=False, slots=True)
class Planes:
    """The room's planes; there is always a floor, the others only where something shows them."""

    directions: Directions
    height_m: float  # of the camera above the floor
    height_from: Literal["ceiling", "habit"]
    floor: Plane
    back: Plane | None
    left: Plane | None
    right: Plane | None
    ceiling: Plane | None

    @property
    def walls(self) -> tuple[Plane, ...]:
        """The walls that are known."""
        return tuple(wall for wall in (self.back, self.left, self.right) if wall is not None)

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        known = (p for p in (self.floor, *self.walls, self.ceiling) if p is not None)
        return sum(plane.to_image.nbytes + plane.outline.nbytes for plane in known)


def planes(found: Directions, box: Cuboid, camera: Camera, size: tuple[int, int]) -> Planes:
    """The planes of the box, in metres; `camera` says what to believe where no box is known."""
    sure = _sure(found, box)
    trust = [s * np.sqrt(found.confidence) for s in (sure.back, *sure.sides, sure.ceiling)]
    height, told = _height(box, trust[3], camera)
    clip = _Outlines(found, _only_sure(box, sure), size)
    shape = _Homographies(found, height)
    floor_trust = max(camera.confidence, found.confidence)
    return Planes(
        directions=found,
        height_m=height,
        height_from=told,
        floor=Plane("floor", shape.level(-1.0), clip.level(-1.0), floor_trust),
        back=Plane("back wall", shape.wall(1, box.back), clip.back(), trust[0])
        if trust[0] > 0
        else None,
        left=Plane("left wall", shape.wall(0, -box.left), clip.side(-1), trust[1])
        if trust[1] > 0
        else None,
        right=Plane("right wall", shape.wall(0, box.right), clip.side(1), trust[2])
        if trust[2] > 0
        else None,
        ceiling=Plane("ceiling", shape.level(box.ceiling), clip.level(box.ceiling), trust[3])
        if trust[3] > 0
        else None,
    )


@dataclass(frozen=True, slots=True)
class _Sure:
    """How surely each plane of the box is where it is assumed, 0..1."""

    back: float
    sides: tuple[float, float]
    ceiling: float


def _sure(found: Directions, box: Cuboid) -> _Sure:
    if found.confidence == 0:
        return _Sure(0.0, (0.0, 0.0), 0.0)
    low, high = _FITS
    fits = float(np.clip((box.fits_floor - low) / (high - low), 0, 1))
    back, left, right, ceiling = (min(1.0, s / _CREASE_DRAWN) for s in box.support)
    return _Sure(
        back=fits * (_UNDRAWN + (1 - _UNDRAWN) * back),
        sides=(
            fits * left * (box.support[1] > _SEEN),
            fits * right * (box.support[2] > _SEEN),
        ),
        ceiling=ceiling * (box.support[3] > _SEEN),
    )


def _only_sure(box: Cuboid, sure: _Sure) -> Cuboid:
    """The box without the planes that are mere guesses, so that they cut nothing off the others."""
    far = float("inf")
    return Cuboid(
        back=box.back if sure.back > 0 else far,
        left=box.left if sure.sides[0] > 0 else far,
        right=box.right if sure.sides[1] > 0 else far,
        ceiling=box.ceiling if sure.ceiling > 0 else far,
        support=box.support,
        fits_floor=box.fits_floor,
    )


def _height(box: Cuboid, trust: float, camera: Camera) -> tuple[float, Literal["ceiling", "habit"]]:
    """The camera's height in metres, and what told it."""
    if trust < 0.5:
        return camera.height_m, "habit"
    return float(np.clip(_CEILING_M / (1 + box.ceiling), *_HEIGHTS_M)), "ceiling"


class _Homographies:
    """From metres on a plane to pixels."""

    def __init__(self, found: Directions, height_m: float) -> None:
        self._points, self._height = found.vanishing, height_m

    def level(self, up: float) -> Floats:
        """Floor or ceiling, `up` camera heights above the camera."""
        depth, breadth, upright = self._points
        return np.stack([breadth, depth, up * self._height * upright], axis=1)

    def wall(self, facing: int, far: float) -> Floats:
        """A wall `far` camera heights away, facing along depth (1) or breadth (0)."""
        depth, breadth, upright = self._points
        along, away = (breadth, depth) if facing == 1 else (depth, breadth)
        return np.stack([along, upright, self._height * (far * away - upright)], axis=1)


class _Outlines:
    """Where each plane of a box is seen: the picture, cut along the box's edges."""

    def __init__(self, found: Directions, box: Cuboid, size: tuple[int, int]) -> None:
        self._points, self._box = found.vanishing, box
        width, height = size
        self._picture = np.array([[0, 0], [width, 0], [width, height], [0, height]], float)

    def back(self) -> F32:
        """The back wall."""
        box = self._box
        ahead = self._points[0]
        cuts = [(self._edge(0, -1, box.back, 1), ahead)]
        cuts += [(self._edge(0, box.ceiling, box.back, 1), ahead)] if self._roofed else []
        for side in (-box.left, box.right):
            cuts += [(self._edge(side, 0, box.back, 2), ahead)] if np.isfinite(side) else []
        return self._cut(cuts)

    def side(self, side: int) -> F32:
        """The left (-1) or the right wall (1)."""
        box = self._box
        wall = -box.left if side < 0 else box.right
        there = at(self._points, np.array([[wall, 0, 0.98 * min(box.back, 9.0)]]))[0]
        cuts = [(self._edge(wall, -1, 1, 0), there)]
        cuts += [(self._edge(wall, 0, box.back, 2), there)] if np.isfinite(box.back) else []
        cuts += [(self._edge(wall, box.ceiling, 1, 0), there)] if self._roofed else []
        return self._cut(cuts)

    def level(self, up: float) -> F32:
        """Floor or ceiling, `up` camera heights above the camera."""
        box = self._box
        there = at(self._points, np.array([[0, up, 0.98 * min(box.back, 9.0)]]))[0]
        far = box.back if np.isfinite(box.back) else 1e3
        cuts = [(self._edge(0, up, far, 1), there)]
        for side in (-box.left, box.right):
            cuts += [(self._edge(side, up, 1, 0), there)] if np.isfinite(side) else []
        return self._cut(cuts)

    @property
    def _roofed(self) -> bool:
        return bool(np.isfinite(self._box.ceiling))

    def _edge(self, breadth: float, up: float, depth: float, along: int) -> Floats:
        return edges(self._points, np.array([[breadth, up, depth]]), along)[0]

    def _cut(self, cuts: list[tuple[Floats, Floats]]) -> F32:
        """The picture's part on the side of each line on which its reference point lies."""
        shape = self._picture
        for line, reference in cuts:
            shape = _halved(shape, line * (1 if line @ reference * reference[2] >= 0 else -1))
        return shape.astype(np.float32)


def _halved(shape: Floats, line: Floats) -> Floats:
    """The part of a convex polygon [N, 2] on a line's positive side.

    Sutherland and Hodgman, "Reentrant polygon clipping", Communications of the ACM 17, 1974.
    """
    if len(shape) == 0:
        return shape
    distance = shape @ line[:2] + line[2]
    kept = []
    for here, there, near, far in zip(
        shape, np.roll(shape, -1, axis=0), distance, np.roll(distance, -1), strict=True
    ):
        if near >= 0:
            kept.append(here)
        if (near >= 0) != (far >= 0):
            kept.append(here + (there - here) * near / (near - far))
    return np.array(kept).reshape(-1, 2)
