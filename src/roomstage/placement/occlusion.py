"""What stands in front stays in front, where the mask has it cut out.

A mask may be a rough place ("stand here") or the product's whole place with parts cut out of it
where something of the room stands before the product. It is taken for the latter only if

- its shape without the cuts is sure: it runs along three sides of its own box (a box with cuts),
  or its outline agrees with the product's everywhere else (an outline with cuts); and
- the cuts are pieces, not frayed edges: connected, at least a twenty-fifth of the box, as thick
  as a leg.

Ellipses, brush strokes and trapezoids touch their box too little, so they hide nothing.

Where the cuts take the whole lower edge, the place went on behind them: if what is left of a box
ends in no straight foot, or of an outline agrees with the product's upper part, the place is as
high as the product is for its width. A box that ends in a straight line is a box.
"""

from __future__ import annotations

import cv2
import numpy as np

from roomstage.image import U8, Box, Mask
from roomstage.placement.extent import Extent

_PIECE = 0.04  # of the box's area: smaller cuts are carelessness
_THICK = 0.03  # of the box's shorter side: thinner cuts are, too
_ALONG = 0.8  # mean share of its three best sides that a box with cuts runs along
_RIM = 0.02  # of the box: how near the mask must come to a side to run along it
_SHORTER = 0.5  # of its height, that the shorter side of a place without a foot has left
_FOOT = 0.2  # share of its width that a place with a foot of its own stands on
_GOES_ON = 0.03, 0.7  # of its height, how far a place may go on behind what is cut off
_FRAYED = 0.1  # of its height, above its lower end: where a cut edge need not be level
_AGREES = 0.94  # intersection over union of outlines outside the cuts
_SOFT = 0.7  # pixels: blur of a hard mask's edge, about a photo's own


def whole_place(mask: Mask, target: Extent, alpha: U8, aspect: float) -> Extent:
    """The place with what was cut off its lower edge; `target` itself where nothing was.

    Args:
        mask: the room's mask.
        target: its extent.
        alpha: [h, w] of the product, cropped to its own extent.
        aspect: the product's width over its height.
    """
    tall = target.width / aspect
    if not _GOES_ON[0] < tall / target.height - 1 < _GOES_ON[1]:
        return target
    whole = Extent(target.left, target.top, target.right, target.top + tall)
    top, bottom, left, right = _runs(mask.values[_rounded(target, mask.size).slices])
    # A slanting cut leaves one of the sides shorter than the other.
    if min(top, max(left, right)) >= _ALONG and min(left, right) > _SHORTER and bottom < _FOOT:
        return whole
    box = _rounded(whole, mask.size)
    painted = mask.values[box.slices]
    product = np.asarray(cv2.resize(alpha, (box.width, round(tall))), np.uint8)[: box.height]
    if product.shape != painted.shape:
        return target
    above = slice(0, round(target.bottom - _FRAYED * target.height) - box.y0)
    nothing = np.zeros_like(painted[above])
    return whole if _agreement(painted[above], product[above], nothing) >= _AGREES else target


def visible(mask: Mask, target: Extent, place: Extent, box: Box, outline: U8) -> U8 | None:
    """How far the product shows [h, w] over a box of room pixels, 255 = fully; None: everywhere.

    Args:
        mask: the room's mask.
        target: the mask's extent.
        place: the same with what was cut off below, see `whole_place`.
        box: the room pixels that the product may touch.
        outline: [h, w] the product's alpha over that box.
    """
    whole = _rounded(place, mask.size)
    painted = mask.values[whole.slices]
    if painted.size == 0 or float((painted > 127).mean()) > 1 - _PIECE:
        return None
    cuts = _pieces(painted)
    if place.bottom > target.bottom + 1:
        cuts |= _below(painted, round(target.bottom - _FRAYED * target.height) - whole.y0)
    if not cuts.any():
        return None
    product = _over(outline, box, whole)
    best = sorted(_runs(mask.values[_rounded(target, mask.size).slices]))[1:]
    boxed = float(np.mean(best)) >= _ALONG
    if not boxed and _agreement(painted, product, cuts) < _AGREES:
        return None
    if float(((product > 127) & (cuts > 0)).sum()) < 0.005 * max(1, int((product > 127).sum())):
        return None
    return _shown(mask, whole, cuts, box)


def _rounded(target: Extent, size: tuple[int, int]) -> Box:
    edges = (target.left, target.top, target.right, target.bottom)
    return Box(*(round(e) for e in edges)).grown(0, size)


def _pieces(painted: U8) -> U8:
    """1 where a part of the box [h, w] that counts as cut out is, else 0."""
    bare = (painted < 128).astype(np.uint8)
    thick = max(3, round(_THICK * min(bare.shape))) | 1
    # Beyond the box all is bare, or a cut at its rim would count as thinner than it is.
    wide = cv2.copyMakeBorder(bare, thick, thick, thick, thick, cv2.BORDER_REPLICATE)
    opened = cv2.morphologyEx(wide, cv2.MORPH_OPEN, np.ones((thick, thick), np.uint8))
    opened = opened[thick:-thick, thick:-thick]
    _, labels, stats, _ = cv2.connectedComponentsWithStats(opened)
    large = stats[:, cv2.CC_STAT_AREA] >= _PIECE * bare.size
    large[0] = False
    core = large[np.asarray(labels, np.int32)].astype(np.uint8)
    # The opening rounds the corners of a cut; what hangs together with it there is cut as well.
    grown = cv2.dilate(core, np.ones((thick, thick), np.uint8))
    return np.asarray(cv2.bitwise_and(grown, bare), np.uint8)


def _below(painted: U8, row: int) -> U8:
    """1 where nothing is painted from a row on, else 0 [h, w]."""
    bare = (painted < 128).astype(np.uint8)
    bare[: max(0, row)] = 0
    return bare


def _runs(painted: U8) -> tuple[float, float, float, float]:
    """Share of the top, bottom, left and right side of its box that a mask [h, w] runs along."""
    marked = painted > 127
    down, across = (max(1, round(_RIM * n)) for n in marked.shape)
    sides = (
        marked[:down].any(axis=0),
        marked[-down:].any(axis=0),
        marked[:, :across].any(axis=1),
        marked[:, -across:].any(axis=1),
    )
    top, bottom, left, right = (float(side.mean()) for side in sides)
    return top, bottom, left, right


def _over(values: U8, there: Box, here: Box) -> U8:
    """Values [h, w] over one box, seen over another; 0 outside."""
    seen = np.zeros((here.height, here.width), np.uint8)
    x0, y0 = max(here.x0, there.x0), max(here.y0, there.y0)
    x1, y1 = min(here.x1, there.x1), min(here.y1, there.y1)
    if x1 > x0 and y1 > y0:
        part = values[y0 - there.y0 : y1 - there.y0, x0 - there.x0 : x1 - there.x0]
        seen[y0 - here.y0 : y1 - here.y0, x0 - here.x0 : x1 - here.x0] = part
    return seen


def _agreement(painted: U8, product: U8, cuts: U8) -> float:
    """Intersection over union of mask and product where nothing is cut out."""
    one, other = painted > 127, (product > 127) & (cuts == 0)
    return float((one & other).sum() / max(1, int((one | other).sum())))


def _shown(mask: Mask, whole: Box, cuts: U8, box: Box) -> U8:
    """255 where the product shows over `box`, the mask's own edge round the cuts."""
    # A pixel more on each side, lest a line of the product shows below a cut at the box's edge.
    wide = np.asarray(cv2.copyMakeBorder(cuts, 2, 2, 2, 2, cv2.BORDER_REPLICATE), np.uint8)
    near = cv2.dilate(wide, np.ones((5, 5), np.uint8))
    grown = Box(whole.x0 - 2, whole.y0 - 2, whole.x1 + 2, whole.y1 + 2)
    values = cv2.copyMakeBorder(mask.values[whole.slices], 2, 2, 2, 2, cv2.BORDER_REPLICATE)
    hidden = np.where(near > 0, 255 - values, 0).astype(np.uint8)
    hard = float(((hidden > 8) & (hidden < 247)).sum()) < 0.2 * _rim_length(wide)
    if hard:
        hidden = np.asarray(cv2.GaussianBlur(hidden, (0, 0), _SOFT), np.uint8)
    return np.asarray(255 - _over(hidden, grown, box), np.uint8)


def _rim_length(cuts: U8) -> int:
    """Pixels along the edge of the cuts."""
    return int((cv2.dilate(cuts, np.ones((3, 3), np.uint8)) != cuts).sum())
