"""The two planes of a hole: the wall upright, the floor seen from above.

In its own frame a plane's texture has one scale, so a patch can be moved without being bent:
Huang, Kang, Ahuja, Kopf, "Image completion using planar structure guidance", SIGGRAPH 2014,
section 4. Coordinates are x, y of the working copy, pixel centres at whole numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from roomstage.image import F32
from roomstage.removal.crease import Crease

_STEEPEST = 4.0  # the nearest floor is at most so much larger in the picture than the middle


class Frame(Protocol):
    """A plane's own coordinates."""

    def to_plane(self, x: F32, y: F32) -> tuple[F32, F32]:
        """u, v of pixels."""
        ...

    def to_picture(self, u: F32, v: F32) -> tuple[F32, F32]:
        """x, y of points in the plane."""
        ...

    def size_there(self, y: F32) -> F32:
        """How large the plane's texture appears at row y, against the frame's."""
        ...


@dataclass(frozen=True, slots=True)
class WallFrame:
    """Sheared so that the crease is level: what moves along it keeps skirting and rails going."""

    crease: Crease

    def to_plane(self, x: F32, y: F32) -> tuple[F32, F32]:
        """See `Frame`."""
        return x, y - self.crease.row(x)

    def to_picture(self, u: F32, v: F32) -> tuple[F32, F32]:
        """See `Frame`."""
        return u, v + self.crease.row(u)

    def size_there(self, y: F32) -> F32:
        """See `Frame`."""
        return np.ones_like(y)


@dataclass(frozen=True, slots=True)
class FloorFrame:
    """The ground plane up to an affinity, which moving patches does not care about.

    A homography that sends the horizon to infinity: u = (x - centre) d / (y - horizon),
    v = -d^2 / (y - horizon), with d such that a pixel at row horizon + d keeps its size.
    """

    horizon: float
    centre: float
    middle: float  # d: rows below the horizon

    def to_plane(self, x: F32, y: F32) -> tuple[F32, F32]:
        """See `Frame`."""
        nearness = self.middle / np.maximum(y - self.horizon, self.middle / (4 * _STEEPEST))
        return (x - self.centre) * nearness, -self.middle * nearness

    def to_picture(self, u: F32, v: F32) -> tuple[F32, F32]:
        """See `Frame`."""
        nearness = np.clip(-v / self.middle, 1 / _STEEPEST / 4, None)
        return self.centre + u / nearness, self.horizon + self.middle / nearness

    def size_there(self, y: F32) -> F32:
        """See `Frame`."""
        return np.maximum(y - self.horizon, 1.0) / self.middle
