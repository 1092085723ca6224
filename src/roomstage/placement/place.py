"""Reads a mask's intent and fits the product to it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np

from roomstage.errors import CutoutNotFound, InvalidMask
from roomstage.image import F32, U8, Box, Cutout, Image, Mask
from roomstage.placement.before import visible_behind
from roomstage.placement.carrier import carried
from roomstage.placement.extent import Extent, extent
from roomstage.placement.fit import fit
from roomstage.placement.flat import flat_quad
from roomstage.placement.free_floor import free_floor
from roomstage.placement.metric import (
    Scale,
    SizeCm,
    contradiction,
    measured,
    misfits,
    scale_at,
    standing,
    true_size,
)
from roomstage.placement.occlusion import visible, whole_place
from roomstage.placement.placement import Choice, Placement
from roomstage.placement.planar import homography
from roomstage.placement.viewpoint import mismatch
from roomstage.prompt import Intent
from roomstage.scene import Scene

_WHOLE_BOX = 0.98  # a mask that fills so much of its box is no outline
_WHOLE_PICTURE = 0.85  # a mask of this share of the picture says nothing about the place
_STANDS = ("floor", "table")
_UNSCALED = (
    "the room's scale is not known there, so overlay_width_cm and overlay_height_cm "
    "could not be followed: the mask sets the size"
)
_HIDDEN = (
    "something that stands before this place hides part of the product: to show it whole, "
    "give its very outline as main_image_mask"
)


def working_side(room: Image, mask: Mask | None, size_cm: SizeCm = (None, None)) -> int:
    """The longest side, in pixels, that a product for this place can make use of.

    A product of told size may be larger than its mask, which then says nothing of its size.
    """
    target = None if mask is None else extent(mask.values)
    longest = 0.0 if target is None else max(target.width, target.height)
    if target is None or size_cm != (None, None):
        longest = max(longest, max(room.size) * 0.6)
    return max(256, math.ceil(longest * 1.5))


@dataclass(frozen=True, eq=False, slots=True)
class _Asked:
    """What is placed, into what."""

    scene: Scene
    room: Image
    cutout: Cutout
    product: Extent  # of the cut-out's alpha
    intent: Intent
    size_m: tuple[float, float] | None  # the product's true size, if told


def place(
    scene: Scene,
    room: Image,
    cutout: Cutout,
    mask: Mask | None,
    intent: Intent,
    size_cm: SizeCm = (None, None),
) -> Placement:
    """Where the product goes.

    A mask with the product's outline is followed exactly; any other mask means "stand here"; no
    mask, or one over the whole picture, leaves the choice of a free stretch of floor to us. With
    its true size told, the mask tells the place and the room's scale the size.

    Raises:
        InvalidMask: the mask marks nothing, or less than can be seen.
        NoPlaceFound: no mask, and no free floor.
    """
    product = extent(cutout.alpha)
    if product is None:
        raise CutoutNotFound(
            "overlay_image holds no visible product: give a picture with one", field="overlay_image"
        )
    size_m = true_size(size_cm, product.aspect)
    if size_m is not None:
        intent = replace(intent, width_m=size_m[0])
    target = _target(mask)
    if mask is None or target is None:
        placed = _on_free_floor(_Asked(scene, room, cutout, product, intent, size_m))
    else:
        intent = carried(scene, target, cutout.alpha, intent)
        asked = _Asked(scene, room, cutout, product, intent, size_m)
        placed = _on_mask(asked, mask, target)
    return replace(placed, warnings=contradiction(size_cm, product.aspect) + placed.warnings)


def _target(mask: Mask | None) -> Extent | None:
    """What the mask marks; None where it leaves the choice to us."""
    if mask is None:
        return None
    target = extent(mask.values)
    if target is None:
        raise InvalidMask(
            "main_image_mask is empty: paint white where the product goes", field="main_image_mask"
        )
    if float((mask.values > 127).mean()) > _WHOLE_PICTURE:
        return None
    if min(target.width, target.height) < 3:
        raise InvalidMask(
            "main_image_mask marks less than 3 pixels across: paint the whole place white",
            field="main_image_mask",
        )
    return target


def _on_free_floor(asked: _Asked) -> Placement:
    """A place that nobody told."""
    intent = asked.intent
    found, warnings = free_floor(asked.scene, asked.product, intent)
    scale = scale_at(asked.scene, intent.surface, found)
    size = asked.size_m
    if intent.surface == "rug" and size is None:
        size = intent.width_m, intent.width_m / asked.product.aspect
    sized = None if size is None or scale is None else (size, scale)
    quad = flat_quad(asked.scene, found, asked.product.aspect, intent, sized)
    if sized is not None:
        found = standing(*sized, intent.surface, found)
    placed = _placement(asked, found, "found", warnings)
    return _finished(asked, placed if quad is None else _laid(asked, placed, quad), scale, None)


def _on_mask(asked: _Asked, mask: Mask, target: Extent) -> Placement:
    """The place that the mask tells."""
    scene, intent, product = asked.scene, asked.intent, asked.product
    marked = target
    if intent.surface in _STANDS:
        target = whole_place(mask, marked, _own(asked), product.aspect)
    scale = scale_at(scene, intent.surface, target)
    sized = None if asked.size_m is None or scale is None else (asked.size_m, scale)
    unscaled = (_UNSCALED,) if asked.size_m is not None and scale is None else ()
    quad = flat_quad(scene, target, product.aspect, intent, sized)
    if quad is not None:
        placed = _laid(asked, _placement(asked, target, "region", unscaled), quad)
    elif sized is not None:
        placed = _placement(asked, standing(*sized, intent.surface, target), "true size", ())
    else:
        choice, fitted, warnings = fit(scene, product, target, mask, asked.cutout, intent)
        placed = _placement(asked, fitted, choice, unscaled + warnings)
    return _finished(asked, _behind(asked, placed, mask, marked, target), scale, target)


def _behind(
    asked: _Asked, placed: Placement, mask: Mask, marked: Extent, target: Extent
) -> Placement:
    """The placement with what stands before it: what the mask has cut out, or the room shows."""
    outline = _outline(asked.cutout, placed)
    if placed.chosen_by != "floor area":
        shown = visible(mask, marked, target, placed.box, outline)
        if shown is not None:
            return replace(placed, visible=shown)
    if placed.chosen_by == "silhouette" and mask.fill < _WHOLE_BOX:
        return placed  # the very outline is asked for
    shown = visible_behind(asked.scene, asked.room, placed, outline)
    if shown is None:
        return placed
    return replace(placed, visible=shown, warnings=(*placed.warnings, _HIDDEN))


def _finished(
    asked: _Asked, placed: Placement, scale: Scale | None, target: Extent | None
) -> Placement:
    """The placement with what can be told of its size and viewpoint."""
    flat = placed.homography is not None
    (left, top), (right, bottom) = placed.corners.min(axis=0), placed.corners.max(axis=0)
    box = Extent(float(left), float(top), float(right), float(bottom))
    warnings = placed.warnings
    if asked.size_m is not None and scale is not None:
        surface = asked.intent.surface
        warnings += misfits(asked.scene, surface, asked.size_m, scale, box, target)
    if not flat:
        stretch = placed.scale_x, placed.scale_y
        warnings += mismatch(asked.scene, asked.cutout.alpha, stretch, box)
    if scale is None:
        return replace(placed, warnings=warnings)
    return replace(
        placed,
        warnings=warnings,
        plane=scale.plane.name,
        plane_confidence=float(scale.plane.confidence),
        pixels_per_metre=scale.pixels_per_metre,
        size_cm=measured(scale, placed.corners, flat=flat),
    )


def _laid(asked: _Asked, upright: Placement, quad: F32) -> Placement:
    """A placement in a plane of the room, by its corners [4, 2]."""
    outline = Box(
        math.floor(quad[:, 0].min()),
        math.floor(quad[:, 1].min()),
        math.ceil(quad[:, 0].max()),
        math.ceil(quad[:, 1].max()),
    )
    return replace(
        upright,
        corners=quad,
        box=_seen(outline.grown(2, asked.room.size)),
        contact=float(quad[:, 1].max()),
        homography=homography(asked.product, quad),
    )


def _own(asked: _Asked) -> U8:
    """The cut-out's alpha [h, w], cropped to the product's own extent."""
    box = asked.product
    rows = slice(math.floor(box.top), math.ceil(box.bottom))
    return asked.cutout.alpha[rows, math.floor(box.left) : math.ceil(box.right)]


def _outline(cutout: Cutout, placed: Placement) -> U8:
    """The product's alpha [h, w] over the placement's box."""
    if placed.homography is not None:
        matrix = placed.homography.copy()
    else:
        matrix = np.array(
            [[placed.scale_x, 0, placed.left], [0, placed.scale_y, placed.top], [0, 0, 1.0]]
        )
    shift = np.array([[1, 0, -placed.box.x0], [0, 1, -placed.box.y0], [0, 0, 1.0]])
    size = placed.box.width, placed.box.height
    return np.asarray(cv2.warpPerspective(cutout.alpha, shift @ matrix, size), np.uint8)


def _odd_size(asked: _Asked, fitted: Extent) -> tuple[str, ...]:
    """A warning where the place makes a floor-standing product twice or half its usual width."""
    scene, intent = asked.scene, asked.intent
    if asked.size_m is not None:
        return ()  # then it has its very size
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
    asked: _Asked, fitted: Extent, choice: Choice, warnings: tuple[str, ...]
) -> Placement:
    """The product upright in a rectangle of room pixels."""
    cutout, product, intent = asked.cutout, asked.product, asked.intent
    scale_x, scale_y = fitted.width / product.width, fitted.height / product.height
    left, top = fitted.left - product.left * scale_x, fitted.top - product.top * scale_y
    width, height = cutout.size
    whole = Box(
        math.floor(left),
        math.floor(top),
        math.ceil(left + width * scale_x),
        math.ceil(top + height * scale_y),
    )
    box = _seen(whole.grown(1, asked.room.size))
    enlarged = max(scale_x, scale_y) * cutout.scale
    if enlarged > 1.5:
        warnings = (
            *warnings,
            f"overlay_image is small for this place: enlarged {enlarged:.1f} times, it looks soft",
        )
    warnings += _odd_size(asked, fitted)
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


def _seen(box: Box) -> Box:
    """The box, if any of it lies in the picture."""
    if box.width <= 0 or box.height <= 0:
        raise InvalidMask(
            "main_image_mask leaves no place inside the picture: paint it further inside",
            field="main_image_mask",
        )
    return box
