"""Which planes a hole shows: wall and floor, and what of each may be copied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage.image import F32
from roomstage.removal.crease import Crease, crease
from roomstage.removal.frame import FloorFrame, Frame, WallFrame
from roomstage.removal.membrane import membrane
from roomstage.removal.workplace import Workplace

Bools = NDArray[np.bool_]

_OVERLAP = 3  # pixels below the crease that both planes know
_ALL_FLOOR = 0.85  # share of floor in a hole from which it is all floor
_LEAST_SOURCE = 1.0  # times the hole: less that is surely floor is no source, all is taken then


@dataclass(frozen=True, eq=False, slots=True)
class Region:
    """What of the working copy is one plane's."""

    frame: Frame
    share: F32  # [h, w] how much of a pixel is this plane's, 0..1; the planes' shares sum to 1
    domain: Bools  # [h, w] its pixels, with a strip beyond the crease
    source: Bools  # [h, w] what of it may be copied
    kind: Literal["wall", "floor", "mixed"]
    also: Frame | None = None  # what it may be copied by besides its own frame
    floor: F32 | None = None  # [h, w] share of floor in a mixed plane

    @property
    def floor_share(self) -> F32:
        """How much of a pixel is floor [h, w]."""
        if self.floor is not None:
            return self.floor
        return self.share if self.kind == "floor" else np.zeros_like(self.share)


def partition(place: Workplace) -> list[Region]:
    """The planes that the hole touches.

    With a crease: wall and floor. Without one, the map of the floor around the hole tells whether
    it is all floor, all wall, or something else, a bed behind the chair, which is one plane of
    its own that may be filled from either.
    """
    line = crease(place.floor, place.rgb, place.hole, place.horizon)
    if line is not None:
        planes = _wall_and_floor(place, _above_and_below(line, place), line)
        return [plane for plane in planes if (plane.share[place.hole] > 0).any()]
    share = _by_map(place)
    inside = float(share[place.hole].mean())
    if inside > _ALL_FLOOR:
        return [_wall_and_floor(place, np.ones_like(share), Crease(((0.0, 0.0),)))[1]]
    if inside < 1 - _ALL_FLOOR:
        return [_wall_and_floor(place, np.zeros_like(share), Crease(((0.0, 0.0),)))[0]]
    return [_anything(place, share)]


def _wall_and_floor(place: Workplace, floor_share: F32, line: Crease) -> tuple[Region, Region]:
    kernel = np.ones((2 * _OVERLAP + 1, 1), np.uint8)
    reach = cv2.dilate((floor_share < 1).astype(np.uint8), kernel) > 0
    wall = Region(
        frame=WallFrame(line),
        share=1 - floor_share,
        domain=reach,
        source=reach & ~place.hole,
        kind="wall",
    )
    floor = Region(
        frame=_floor_frame(place, floor_share > 0.5),
        share=floor_share,
        domain=floor_share > 0,
        source=_floor_source(place, floor_share > 0),
        kind="floor",
    )
    return wall, floor


def _anything(place: Workplace, floor_share: F32) -> Region:
    every = np.ones_like(place.hole)
    return Region(
        frame=WallFrame(Crease(((0.0, 0.0),))),
        share=np.ones_like(floor_share),
        domain=every,
        source=~place.hole,
        kind="mixed",
        also=_floor_frame(place, floor_share > 0.5),
        floor=floor_share,
    )


def _above_and_below(line: Crease, place: Workplace) -> F32:
    """Share of floor; the wall ends softly within the strip below the crease."""
    height, width = place.hole.shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return np.clip((y - line.row(x)) / _OVERLAP, 0, 1).astype(np.float32)


def _by_map(place: Workplace) -> F32:
    """Share of floor by the scene's map, which the hole's surroundings carry on into it."""
    known = ~place.hole
    carried = membrane(place.floor[..., None], known, np.ones_like(known))[..., 0]
    return np.clip(2 * carried - 0.5, 0, 1).astype(np.float32)


def _floor_source(place: Workplace, domain: Bools) -> Bools:
    """The floor in view, without what the map takes for furniture.

    All of it where too little is left, or where the map knows nothing of what is around the hole,
    which then is no floor, the top of a sideboard.
    """
    every = domain & ~place.hole
    sure = every & (place.floor > 0.5)
    around = cv2.dilate(place.hole.astype(np.uint8), np.ones((15, 15), np.uint8)) > 0
    if (sure & around).sum() < 0.5 * (every & around).sum():
        return every
    return sure if sure.sum() > _LEAST_SOURCE * (domain & place.hole).sum() else every


def _floor_frame(place: Workplace, floor: Bools) -> Frame:
    """Seen from above, or as it is where the horizon leaves no room for that."""
    level = WallFrame(Crease(((0.0, 0.0),)))
    rows = np.flatnonzero((floor & place.hole).any(axis=1))
    if rows.size == 0:
        return level
    middle = float(rows.mean()) - place.horizon
    if float(rows[0]) - place.horizon < 0.2 * middle or middle < 4:
        return level
    return FloorFrame(place.horizon, place.centre, middle)
