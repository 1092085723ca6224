"""What a mask means for a product that faces the camera: its outline, its box, or its floor."""

from __future__ import annotations

import math

import cv2

from roomstage.image import Box, Cutout, Mask
from roomstage.placement.extent import Extent
from roomstage.placement.placement import Choice
from roomstage.prompt import Intent
from roomstage.scene import Scene

_SAME_ASPECT = 0.06  # a box this close to the product's aspect is filled to its edges
_SILHOUETTE_ASPECT = 0.2  # an outline may be this far off and still be followed
_SILHOUETTE_IOU = 0.8  # an outline that overlaps the product's so well is meant exactly
_FLAT = 2.2  # a mask this much wider than the product, and ...
_ON_FLOOR = 0.8  # ... with this share of floor, is the floor to stand on, not the product's box


def fit(
    scene: Scene, product: Extent, target: Extent, mask: Mask, cutout: Cutout, intent: Intent
) -> tuple[Choice, Extent, tuple[str, ...]]:
    """How the mask was read, the product's rectangle in room pixels, and warnings."""
    mismatch = abs(math.log(product.aspect / target.aspect))
    if mismatch < _SILHOUETTE_ASPECT and _outline_overlap(mask, target, cutout) > _SILHOUETTE_IOU:
        return "silhouette", target, ()
    if mismatch < _SAME_ASPECT:
        return "region", target, ()
    flat = target.aspect > _FLAT * product.aspect
    if flat and intent.surface == "floor" and _floor_share(scene, target) > _ON_FLOOR:
        return _on_area(product, target)
    return "region", _inside(product, target, hangs=intent.surface == "ceiling"), ()


def _inside(product: Extent, target: Extent, *, hangs: bool) -> Extent:
    """Largest rectangle of the product's aspect in the target, on its lower edge or hung."""
    width = min(target.width, target.height * product.aspect)
    height = width / product.aspect
    middle = (target.left + target.right) / 2
    top = target.top if hangs else target.bottom - height
    return Extent(middle - width / 2, top, middle + width / 2, top + height)


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
