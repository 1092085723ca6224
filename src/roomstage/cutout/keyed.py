"""A product on a plain background, cut out without a mask, or with a loose one."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from roomstage.cutout.edge import edge
from roomstage.cutout.frame import cropped, frame
from roomstage.cutout.keying import Key, key
from roomstage.cutout.reduce import reduce_grey, reduce_rgb
from roomstage.errors import CutoutNotFound
from roomstage.image import U8, Box, Cutout

ANALYSIS_SIDE = 640  # pixels of the longer side of the picture that is analysed
_SMALL = 0.4  # share of the analysed picture below which a product is looked at more closely
_MOST_EDGES = 2  # of the picture that a product may be cut off at; more is a view, no product
_LOOSE = 0.5  # share of a mask's outline on edges of the picture below which it is loose
_BUSY = (
    "the product can't be told from its background: give overlay_image_mask (white = product), "
    "a picture with transparency, or a plain background"
)


@dataclass(frozen=True, eq=False, slots=True)
class Analysis:
    """What keying found in a window of a photo."""

    key: Key
    window: Box  # what was analysed, in the photo's pixels
    reduction: float  # photo pixels per analysed pixel


def from_plain(rgb: U8, max_side: int | None) -> Cutout:
    """The cut-out of a product photographed on a plain ground [H, W, 3].

    Raises:
        CutoutNotFound: the background is not plain, or nothing stands out from it.
    """
    whole = Box(0, 0, rgb.shape[1], rgb.shape[0])
    found = _analysed(rgb, whole)
    box = _product_box(found, rgb)
    if box is None or not found.key.plain or _edges_touched(box, whole) > _MOST_EDGES:
        raise CutoutNotFound(_BUSY, field="overlay_image")
    longest = max(box.width, box.height)
    if found.reduction > 1.5 and longest < _SMALL * max(whole.width, whole.height):
        closer = _analysed(rgb, box.grown(longest // 4, (whole.width, whole.height)))
        tight = _product_box(closer, rgb)
        if closer.key.plain and tight is not None:
            found, box = closer, tight
    return _finished(rgb, found, box, max_side)


def _edges_touched(box: Box, picture: Box) -> int:
    """How many of the picture's four edges a box reaches."""
    reached = (
        box.x0 <= picture.x0,
        box.y0 <= picture.y0,
        box.x1 >= picture.x1,
        box.y1 >= picture.y1,
    )
    return sum(reached)


def from_loose(rgb: U8, mask: U8, max_side: int | None) -> Cutout | None:
    """The keyed product under a mask that is drawn round it loosely.

    None where the mask's outline follows the picture's edges, or the ground is not plain: then
    the mask is to be taken by its word.
    """
    found = _analysed(rgb, Box(0, 0, rgb.shape[1], rgb.shape[0]))
    marked = reduce_grey(mask, (found.key.product.shape[1], found.key.product.shape[0])) > 127
    if not found.key.plain or found.key.follows(marked) > _LOOSE:
        return None
    found = Analysis(found.key.within(marked), found.window, found.reduction)
    box = _product_box(found, rgb)
    return None if box is None else _finished(rgb, found, box, max_side)


def _analysed(rgb: U8, window: Box) -> Analysis:
    reduction = max(1.0, max(window.width, window.height) / ANALYSIS_SIDE)
    size = max(1, round(window.width / reduction)), max(1, round(window.height / reduction))
    small = cv2.resize(rgb[window.slices], size, interpolation=cv2.INTER_AREA)
    return Analysis(key(np.asarray(small, np.uint8)), window, reduction)


def _product_box(found: Analysis, rgb: U8) -> Box | None:
    """The box around the product, in the photo's pixels."""
    box = Box.around(found.key.product)
    if box is None:
        return None
    by, x, y = found.reduction, found.window.x0, found.window.y0
    return Box(
        x + int(box.x0 * by),
        y + int(box.y0 * by),
        min(rgb.shape[1], x + int(np.ceil(box.x1 * by))),
        min(rgb.shape[0], y + int(np.ceil(box.y1 * by))),
    )


def _finished(rgb: U8, found: Analysis, box: Box, max_side: int | None) -> Cutout:
    """The edge solved at the size that is wanted."""
    photo = rgb.shape[1], rgb.shape[0]
    box = box.grown(round(found.reduction), photo)
    chosen = frame(box, photo, max_side, margin=round(4 * found.reduction))
    small = reduce_rgb(np.ascontiguousarray(rgb[chosen.window.slices]), chosen.size)
    across = chosen.window.width / chosen.size[0] / found.reduction
    down = chosen.window.height / chosen.size[1] / found.reduction
    left = (chosen.window.x0 - found.window.x0) / found.reduction
    top = (chosen.window.y0 - found.window.y0) / found.reduction
    placed = np.array(
        [[across, 0, left + across / 2 - 0.5], [0, down, top + down / 2 - 0.5]], np.float64
    )
    alpha, colours = edge(small, found.key, placed)
    return cropped(chosen, colours, alpha, "keyed", found.key.remarks)
