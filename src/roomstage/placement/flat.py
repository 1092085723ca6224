"""Where a flat product lies: on the floor or on which wall, in its mask or at its true size."""

from __future__ import annotations

import math

from roomstage.image import F32
from roomstage.placement.extent import Extent
from roomstage.placement.metric import Scale, in_plane
from roomstage.placement.planar import floor_quad, wall_quad
from roomstage.prompt import Intent
from roomstage.scene import Scene

_WALLS_KNOWN = 0.5  # confidence of the room's directions from which a picture hangs by them
_WALL_SURE = 0.6  # confidence of a wall from which a picture over it is on it
_THIN = 0.1  # depth as a share of the width: what is deeper is more than its front


def flat_quad(
    scene: Scene,
    target: Extent,
    aspect: float,
    intent: Intent,
    sized: tuple[tuple[float, float], Scale] | None,
) -> F32 | None:
    """Corners [4, 2] of a rug laid on the floor or a picture hung on its wall; None if upright.

    Args:
        scene: the room.
        target: the mask's box.
        aspect: the product's width over its height.
        intent: what it is, and what carries it.
        sized: its true size in metres and the scale of its plane, where both are known.
    """
    rug = intent.surface == "rug"
    if not rug and (intent.surface != "wall" or intent.depth_ratio > _THIN):
        return None
    if sized is not None:
        return in_plane(*sized, intent.surface, target)
    if rug:
        directions = scene.planes.directions
        turn = directions.yaw if directions.confidence > 0 else 0.0
        return floor_quad(scene.camera, scene.size, target, aspect, turn)
    return wall_quad(scene.camera, scene.size, target, aspect, _walls_under(scene, target))


def _walls_under(scene: Scene, target: Extent) -> tuple[float, ...]:
    """Yaws of the walls that a box may lie on: the one that is surely there, or all; () = unknown.

    A box across the middle of the picture may lie on any wall; one beside it on no wall behind it.
    """
    found = scene.planes
    if found.directions.confidence < _WALLS_KNOWN:
        return ()
    yaw, quarter = found.directions.yaw, math.pi / 2
    turns = {"back wall": yaw, "left wall": yaw - quarter, "right wall": yaw + quarter}
    middle = (target.left + target.right) / 2, (target.top + target.bottom) / 2
    sides = [w for w in (found.left, found.right) if w is not None]
    there = [w for w in found.walls if w.confidence >= _WALL_SURE and w.shows(middle)]
    if there and (len(sides) == 2 or there[0].name != "back wall"):
        return (turns[there[0].name],)
    ahead = found.directions.vanishing[0]
    side = "right wall" if middle[0] > ahead[0] / ahead[2] else "left wall"
    return turns["back wall"], turns[side]
