"""Centimetres in the picture: how large a metre is seen at a place, and what fits there.

A point of a plane at distance z along the optical axis is seen at f / z pixels a metre; z is the
third coordinate of the plane's homography in metres (Criminisi, Reid and Zisserman, "Single view
metrology", IJCV 2000, with the camera's height as the one known length).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from roomstage.image import F32
from roomstage.placement.extent import Extent
from roomstage.prompt import Surface
from roomstage.scene import Plane, Scene

_TABLE_M = 0.75  # height of a table or sideboard
_CONTRADICTS = 0.15  # of log aspect: width and height that differ so from the photo's
_TURNED_DEG = 20.0  # of the camera against the back wall, from which its end is in view
_PLANE_SURE = 0.5  # confidence from which a wall or ceiling limits what fits

SizeCm = tuple[float | None, float | None]  # width and height of the product, None = not told


@dataclass(frozen=True, slots=True)
class Scale:
    """How large a metre is seen at a place."""

    pixels_per_metre: float
    plane: Plane  # what carries the product; the floor below it for a table


def scale_at(scene: Scene, surface: Surface, box: Extent) -> Scale | None:
    """The scale where a product in this box touches what carries it; None if that isn't known.

    What stands or lies touches with the middle of its lower edge, so does a picture; what hangs
    from the ceiling with the middle of its upper edge.
    """
    spot = touch(surface, box)
    plane = _carrier(scene, surface, spot)
    if plane is None:
        return None
    metres = plane.point(spot)
    away = float(plane.to_image[2] @ [*metres, 1.0])
    if not 0.05 < away < 100:
        return None
    nearer = 1.0
    if surface == "table":
        height = scene.planes.height_m
        nearer = height / max(height - _TABLE_M, 0.2)
    return Scale(scene.planes.directions.focal / away * nearer, plane)


def touch(surface: Surface, box: Extent) -> tuple[float, float]:
    """The pixel (column, row) at which a product in this box touches what carries it."""
    return (box.left + box.right) / 2, box.top if surface == "ceiling" else box.bottom


def wall_under(scene: Scene, spot: tuple[float, float]) -> Plane | None:
    """The wall that is seen at a pixel (column, row), if one is known for sure there.

    Where the camera is turned far from the back wall, that wall ends in the picture: without a
    side wall to end it, nothing beside its vanishing point is known to be on it.
    """
    found = scene.planes
    wall = next((w for w in found.walls if w.shows(spot) and w.confidence >= _PLANE_SURE), None)
    if wall is None or wall.name != "back wall":
        return wall
    ahead = found.directions.vanishing[0]
    beside = found.right if spot[0] > ahead[0] / ahead[2] else found.left
    turned = abs(math.degrees(found.directions.yaw)) > _TURNED_DEG
    return None if turned and beside is None else wall


def _carrier(scene: Scene, surface: Surface, spot: tuple[float, float]) -> Plane | None:
    if surface == "wall":
        return wall_under(scene, spot)
    if surface == "ceiling":
        return scene.planes.ceiling
    return scene.planes.floor if spot[1] > scene.planes.directions.horizon + 1 else None


def true_size(size_cm: SizeCm, aspect: float) -> tuple[float, float] | None:
    """(width, height) in metres of a product of this aspect; None if none was told.

    Where both were told, the area is kept and the shape is the photo's.
    """
    width, height = size_cm
    if width is None and height is None:
        return None
    if width is None:
        wide = (height or 0.0) * aspect
    elif height is None:
        wide = width
    else:
        wide = math.sqrt(width * height * aspect)
    return wide / 100, wide / aspect / 100


def contradiction(size_cm: SizeCm, aspect: float) -> tuple[str, ...]:
    """A warning where width and height together are another shape than the photo shows."""
    width, height = size_cm
    if width is None or height is None or abs(math.log(width / height / aspect)) < _CONTRADICTS:
        return ()
    return (
        f"overlay_width_cm {width:g} and overlay_height_cm {height:g} are another shape than the "
        f"photo shows (its product is {aspect:.2f} times as wide as high): the photo's is kept",
    )


def standing(size_m: tuple[float, float], scale: Scale, surface: Surface, box: Extent) -> Extent:
    """The product's rectangle at its true size, touching where the mask's box does."""
    column, row = touch(surface, box)
    wide, tall = (metres * scale.pixels_per_metre for metres in size_m)
    top = row if surface == "ceiling" else row - tall
    return Extent(column - wide / 2, top, column + wide / 2, top + tall)


def in_plane(size_m: tuple[float, float], scale: Scale, surface: Surface, box: Extent) -> F32:
    """Corners [4, 2] of a flat product at its true size, its lower edge where the mask's box is."""
    (a, b), (wide, tall) = scale.plane.point(touch(surface, box)), size_m
    # Seen from the room, left to right on the right-hand wall runs towards the camera.
    way = -1 if scale.plane.name == "right wall" else 1
    across = a + way * wide * np.array([-0.5, 0.5, 0.5, -0.5])
    up = b + tall * np.array([1, 1, 0, 0])
    seen = np.c_[across, up, np.ones(4)] @ scale.plane.to_image.T
    return (seen[:, :2] / seen[:, 2:]).astype(np.float32)


def measured(scale: Scale, corners: F32, *, flat: bool) -> tuple[float, float]:
    """(width, height) in cm of what is seen with these corners [4, 2].

    What lies flat in the plane is measured on it, what stands before it by the scale at its foot.
    """
    if flat:
        spots = np.array([scale.plane.point((float(x), float(y))) for x, y in corners])
        sides = np.linalg.norm(spots - np.roll(spots, -1, axis=0), axis=1) * 100
    else:
        sides = np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1)
        sides = sides * 100 / scale.pixels_per_metre
    return float(sides[0] + sides[2]) / 2, float(sides[1] + sides[3]) / 2


def misfits(
    scene: Scene,
    surface: Surface,
    size_m: tuple[float, float],
    scale: Scale,
    fitted: Extent,
    mask: Extent | None,
) -> tuple[str, ...]:
    """Warnings, in centimetres, where a product of a told size does not fit its place."""
    wide, tall = (round(100 * metres) for metres in size_m)
    cm = 100 / scale.pixels_per_metre
    found = []
    if mask is not None and mask.width * cm < 0.97 * wide and surface != "wall":
        found.append(
            f"the product is {wide} cm wide and the mask marks about {mask.width * cm:.0f} cm "
            "there: it stands over the mask's edges"
        )
    if fitted.left < -1 or fitted.right > scene.size[0] + 1:
        found.append(
            f"the product is {wide} cm wide and does not fit into the picture, which shows about "
            f"{scene.size[0] * cm:.0f} cm at its place: it is cut off at the edge"
        )
    between = _between_walls(scene) if surface in ("floor", "rug") else None
    if between is not None and 100 * between < wide:
        found.append(
            f"the product is {wide} cm wide and the walls are about {100 * between:.0f} cm apart"
        )
    ceiling = scene.planes.ceiling
    if surface == "floor" and ceiling is not None and ceiling.confidence >= _PLANE_SURE:
        room = _ceiling_height(ceiling, scene)
        if 100 * room < tall:
            found.append(
                f"the product is {tall} cm tall and the ceiling is about {100 * room:.0f} cm high"
            )
    return tuple(found)


def _between_walls(scene: Scene) -> float | None:
    """Metres between the side walls, where both are sure."""
    left, right = scene.planes.left, scene.planes.right
    if left is None or right is None or min(left.confidence, right.confidence) < _PLANE_SURE:
        return None
    floor = scene.planes.floor
    # A point of each crease, one metre ahead; breadth is the floor's first coordinate.
    feet = [wall.to_image @ [1.0, 0.0, 1.0] for wall in (left, right)]
    one, other = (floor.point((foot[0] / foot[2], foot[1] / foot[2])) for foot in feet)
    return abs(float(other[0] - one[0]))


def _ceiling_height(ceiling: Plane, scene: Scene) -> float:
    """Metres from the floor to the ceiling."""
    upright = scene.planes.directions.vanishing[2]
    above = float(ceiling.to_image[:, 2] @ upright / (upright @ upright))
    return above + scene.planes.height_m
