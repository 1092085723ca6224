"""The walls that a shadow climbs: where each is seen, and how a card's shadow falls on it.

Coordinates as in `roomstage.light.shadow`: u = column - centre, s = row - horizon, lengths in
camera heights. A wall stands on its crease, a line A u + B s + C = 0. A floor point has X = u / s
and Z = f / s, so the wall is the plane A X + (C / f) Z + B = 0, and what is seen of it at column
u has the depth Z = -B f / q with q = A u + C. The ray from there to the light (lx, ly, lz) meets
the card at depth Zk at a point that is seen at

    u' = (-B f u + a f (Zk q + B f)) / (Zk q),    a = lx / lz,    b = ly / lz,
    s' = (-B f s - b f (Zk q + B f)) / (Zk q),

a homography for any wall, turned to the camera or not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roomstage.image import F32
from roomstage.placement import Placement
from roomstage.scene import Plane, Scene

_SURE = 0.5  # confidence from which a plane's crease is taken rather than the floor map's
_BEHIND = 0.97  # of the contact's s: a wall's crease may come as near to it

Floats = NDArray[np.floating]


@dataclass(frozen=True, eq=False, slots=True)
class Wall:
    """A wall by its crease with the floor, A u + B s + C = 0 with B = -1."""

    a: float
    c: float

    def crease(self, u: F32) -> F32:
        """s of the crease at columns u."""
        return self.a * u + self.c

    def depth(self, u: F32, focal: float) -> F32:
        """Depth of what is seen of the wall at columns u, infinite where it never gets there."""
        foot = self.crease(u)
        return np.where(foot > 0, focal / np.maximum(foot, 1e-6), np.inf)

    def view(
        self, direction: tuple[float, float, float], focal: float, card: float
    ) -> NDArray[np.float64]:
        """Homography from (u, s) on the wall to the picture of a card at that depth."""
        lx, ly, lz = direction
        f, a, b = focal, lx / lz, ly / lz
        q = np.array([self.a, 0, self.c])
        beyond = card * q - np.array([0, 0, f])  # Zk q + B f
        return np.stack(
            [np.array([f, 0, 0]) + a * f * beyond, np.array([0, f, 0]) - b * f * beyond, card * q]
        )


def walls(scene: Scene, placement: Placement, frontal: float, horizon: float) -> tuple[Wall, ...]:
    """The walls behind a product: the room's planes where they are sure, else one that faces us.

    Args:
        scene: the room.
        placement: where the product stands.
        frontal: s of the crease that the floor map shows behind the product.
        horizon: row that s is counted from.
    """
    facing = (Wall(0.0, frontal),)
    if placement.surface != "floor":
        return facing  # the planes' creases are the floor's, not a table's
    sure = (plane for plane in scene.planes.walls if plane.confidence >= _SURE)
    known = tuple(wall for plane in sure if (wall := _of(plane, scene, horizon)) is not None)
    middle = float(placement.corners[:, 0].mean()) - scene.size[0] / 2
    front = placement.contact - horizon
    nearest = max((float(wall.crease(np.array(middle))) for wall in known), default=0.0)
    return known if 0.25 * front < nearest < _BEHIND * front else facing


def _of(plane: Plane, scene: Scene, horizon: float) -> Wall | None:
    """The wall of a plane; None if its crease is seen upright."""
    along, foot = plane.to_image[:, 0], plane.to_image[:, 2]
    line = np.cross(along, foot)
    if abs(line[1]) < 0.05 * abs(line[0]) or abs(line[1]) < 1e-12:
        return None
    a, shift = -line[0] / line[1], -line[2] / line[1]
    return Wall(float(a), float(a * scene.size[0] / 2 + shift - horizon))
