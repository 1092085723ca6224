"""Reads a mask's intent and fits the product to it."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2

from roomstage.errors import CutoutNotFound, InvalidMask
from roomstage.image import Box, Cutout, Image, Mask
from roomstage.placement.extent import Extent, extent
from roomstage.placement.free_floor import free_floor
from roomstage.placement.placement import Choice, Placement
from roomstage.placement.planar import floor_quad, homography, wall_quad
from roomstage.prompt import Intent
from roomstage.scene import Scene

_SAME_ASPECT = 0.06  # a box this close to the product's aspect is filled to its edges
_SILHOUETTE_ASPECT = 0.2  # an outline may be this far off and still be followed
_SILHOUETTE_IOU = 0.8  # an outline that overlaps the product's so well is meant exactly
_WHOLE_PICTURE = 0.85  # a mask of this share of the picture says nothing about the place
_FLAT = 2.2  # a mask this much wider than the product, and ...
_ON_FLOOR = 0.8  # ... with this share of floor, is the floor to stand on, not the product's box

_WALLS_KNOWN = 0.5  # confidence of the room's directions from which a picture hangs by them
_WALL_SURE = 0.6  # confidence of a wall from which a picture over it is on it


def working_side(room: Image, mask: Mask | None) -> int:
    """The longest side, in pixels, that a product for this place can make use of."""
    target = None if mask is None else extent(mask.values)
    longest = max(room.size) * 0.6 if target is None else max(target.width, target.height)
    return max(256, math.ceil(longest * 1.5))


def place(
    scene: Scene, room: Image, cutout: Cutout, mask: Mask | None, intent: Intent
) -> Placement:
    """Where the product goes.

    A mask with the product's outline is followed exactly; any other mask means "stand here"; no
    mask, or one over the whole picture, leaves the choice of a free stretch of floor to us.

    Raises:
        InvalidMask: the mask marks nothing, or less than can be seen.
        NoPlaceFound: no mask, and no free floor.
    """
    product = extent(cutout.alpha)
    if product is None:
        raise CutoutNotFound(
            "overlay_image holds no visible product: give a picture with one", field="overlay_image"
        )
    target = None if mask is None else extent(mask.values)
    if mask is not None and target is None:
        raise InvalidMask(
            "main_image_mask is empty: paint white where the product goes", field="main_image_mask"
        )
    if mask is None or target is None or _marks_everything(mask):
        fitted, warnings = free_floor(scene, product, intent)
        return _placement(scene, room, cutout, product, fitted, "found", intent, warnings)
    if min(target.width, target.height) < 3:
        raise InvalidMask(
            "main_image_mask marks less than 3 pixels across: paint the whole place white",
            field="main_image_mask",
        )
    in_plane = _in_plane(scene, room, cutout, product, target, intent)
    if in_plane is not None:
        return in_plane
    choice, fitted, warnings = _fit(scene, product, target, mask, cutout, intent)
    return _placement(scene, room, cutout, product, fitted, choice, intent, warnings)


def _marks_everything(mask: Mask) -> bool:
    return float((mask.values > 127).mean()) > _WHOLE_PICTURE


def _fit(
    scene: Scene, product: Extent, target: Extent, mask: Mask, cutout: Cutout, intent: Intent
) -> tuple[Choice, Extent, tuple[str, ...]]:
    mismatch = abs(math.log(product.aspect / target.aspect))
    if mismatch < _SILHOUETTE_ASPECT and _outline_overlap(mask, target, cutout) > _SILHOUETTE_IOU:
        return "silhouette", target, ()
    if mismatch < _SAME_ASPECT:
        return "region", target, ()
    flat = target.aspect > _FLAT * product.aspect
    if flat and intent.surface == "floor" and _floor_share(scene, target) > _ON_FLOOR:
        return _on_area(product, target)
    return "region", _inside(product, target), ()


def _in_plane(
    scene: Scene, room: Image, cutout: Cutout, product: Extent, target: Extent, intent: Intent
) -> Placement | None:
    """A rug laid on the floor, a picture hung on its wall; None for what faces the camera."""
    if intent.surface == "rug":
        turn = scene.planes.directions.yaw if scene.planes.directions.confidence > 0 else 0.0
        quad = floor_quad(scene.camera, room.size, target, product.aspect, turn)
    elif intent.surface == "wall":
        turns = _walls_under(scene, target)
        quad = wall_quad(scene.camera, room.size, target, product.aspect, turns)
    else:
        return None
    if quad is None:
        return None
    upright = _placement(scene, room, cutout, product, target, "region", intent, ())
    outline = Box(
        math.floor(quad[:, 0].min()),
        math.floor(quad[:, 1].min()),
        math.ceil(quad[:, 0].max()),
        math.ceil(quad[:, 1].max()),
    )
    return replace(
        upright,
        corners=quad,
        box=outline.grown(2, room.size),
        contact=float(quad[:, 1].max()),
        homography=homography(product, quad),
    )


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


def _inside(product: Extent, target: Extent) -> Extent:
    """Largest rectangle of the product's aspect in the target, standing on its lower edge."""
    width = min(target.width, target.height * product.aspect)
    height = width / product.aspect
    middle = (target.left + target.right) / 2
    return Extent(middle - width / 2, target.bottom - height, middle + width / 2, target.bottom)


def _on_area(product: Extent, target: Extent) -> tuple[Choice, Extent, tuple[str, ...]]:
    """A flat mask is floor: the product stands in it and may rise above it."""
    width = min(target.width * 0.9, target.height * product.aspect * _FLAT)
    height = width / product.aspect
    middle = (target.left + target.right) / 2
    bottom = target.bottom - 0.15 * target.height
    fitted = Extent(middle - width / 2, bottom - height, middle + width / 2, bottom)
    return (
        "floor area",
        fitted,
        ("the mask is flat: taken as the floor that the product stands on",),
    )


def _floor_share(scene: Scene, target: Extent) -> float:
    """Share of floor in a rectangle of room pixels."""
    left, right = int(target.left * scene.scale), int(target.right * scene.scale) + 1
    top, bottom = int(target.top * scene.scale), int(target.bottom * scene.scale) + 1
    return float(scene.floor[top:bottom, left:right].mean())


def _outline_overlap(mask: Mask, target: Extent, cutout: Cutout) -> float:
    """Intersection over union of the mask's shape and the product's, both in the unit square.

    A mask that fills its box is a box, whatever the product's shape: 0.
    """
    box = Box(
        math.floor(target.left),
        math.floor(target.top),
        math.ceil(target.right),
        math.ceil(target.bottom),
    )
    shape = cv2.resize(mask.values[box.slices], (96, 96), interpolation=cv2.INTER_AREA) > 127
    outline = cv2.resize(cutout.alpha, (96, 96), interpolation=cv2.INTER_AREA) > 127
    if shape.mean() > 0.97 and outline.mean() < 0.97:
        return 0.0
    return float((shape & outline).sum() / max(1, (shape | outline).sum()))


def _odd_size(scene: Scene, fitted: Extent, intent: Intent) -> tuple[str, ...]:
    """A warning where the place makes a floor-standing product twice or half its usual width."""
    if intent.kind is None or intent.surface != "floor" or scene.camera.confidence < 0.5:
        return ()
    wide = fitted.width / scene.camera.pixels_per_metre(fitted.bottom)
    if 0.5 < wide / intent.width_m < 2.0:
        return ()
    return (
        f"the place makes this {intent.kind} about {wide:.1f} m wide, "
        f"where {intent.width_m:.1f} m is usual: check main_image_mask",
    )


def _placement(
    scene: Scene,
    room: Image,
    cutout: Cutout,
    product: Extent,
    fitted: Extent,
    choice: Choice,
    intent: Intent,
    warnings: tuple[str, ...],
) -> Placement:
    scale_x, scale_y = fitted.width / product.width, fitted.height / product.height
    left, top = fitted.left - product.left * scale_x, fitted.top - product.top * scale_y
    width, height = cutout.size
    whole = Box(
        math.floor(left),
        math.floor(top),
        math.ceil(left + width * scale_x),
        math.ceil(top + height * scale_y),
    )
    box = whole.grown(1, room.size)
    if box.width <= 0 or box.height <= 0:
        raise InvalidMask(
            "main_image_mask leaves no place inside the picture: paint it further inside",
            field="main_image_mask",
        )
    enlarged = max(scale_x, scale_y) * cutout.scale
    if enlarged > 1.5:
        warnings = (
            *warnings,
            f"overlay_image is small for this place: enlarged {enlarged:.1f} times, it looks soft",
        )
    warnings += _odd_size(scene, fitted, intent)
    return Placement(
        left=left,
        top=top,
        scale_x=scale_x,
        scale_y=scale_y,
        box=box,
        corners=fitted.corners,
        contact=fitted.bottom,
        surface=intent.surface,
        kind=intent.kind,
        depth_ratio=intent.depth_ratio,
        chosen_by=choice,
        warnings=warnings,
    )
