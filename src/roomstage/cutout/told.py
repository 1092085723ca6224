"""How far the net is believed against what the flood from the border found.

The flood follows edges, finer than the net sees, but leaks through a lost outline and stays out of
ground that legs close in. The net knows which is which, coarsely. So it only takes back what it
takes for the product, and adds ground that looks as ground in light or shadow does.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage.cutout.background import Background, largest
from roomstage.cutout.holes import half_shadow
from roomstage.cutout.regions import regions
from roomstage.cutout.studio_shadow import distance_inside, flood
from roomstage.image import F32

Marks = NDArray[np.bool_]
_LEAKED = 0.7  # share from which reached ground is the product after all
_PRODUCT = 0.9  # share from which the inner part of a region is the product for sure
_DEEP = 2.0  # pixels from the edge of such a region
_GROUND = 0.1  # share below which the net tells of ground
_CLIPPED = 250.0  # levels from which the ground is white without shades
_WHITE = 2.0  # levels that a product differs from it at least
_LEAST = 100  # pixels of an opening; smaller ones show by their rim alone
_NEUTRAL = 0.05  # spread of the channels' shares of the ground
_DARKER = 6.0  # levels that an opening's ground may be darker than ground in shadow
_BRIGHTER = 18.0  # levels that it may be brighter: the middle of a picture often is


def kept(levels: F32, reached: Marks, share: F32, background: Background) -> Marks:
    """The `reached` ground [h, w] without what was reached through the product."""
    differs = largest(cv2.absdiff(levels, background.lit)) > _WHITE
    shaded = differs | (background.lit[..., 1] < _CLIPPED)
    tight = reached & ~(shaded & (share > _LEAKED))
    return flood(tight, tight & background.ring)


def linked(share: F32, reached: Marks, sharp: Marks, background: Background) -> Marks:
    """Ground [h, w] by the net's word that leads on from `reached` ground without an edge."""
    like = (share < _GROUND) & background.shadow_like & ~sharp
    return flood(like | reached, background.ring & reached) & ~reached


def openings(
    levels: F32, ground: F32, within: Marks, share: F32, sharp: Marks, background: Background
) -> Marks:
    """Ground [h, w] by the net's word that the product closes in.

    Args:
        levels: the picture [h, w, 3], sRGB.
        ground: what the ground behind the product should look like [h, w, 3].
        within: where to look [h, w].
        share: of the product [h, w], 0..1, as the net tells.
        sharp: the picture's edges [h, w].
        background: the ground as fitted to the picture's border.
    """
    like = within & (share < _GROUND) & background.shadow_like & ~sharp
    like &= background.hue < _NEUTRAL
    found = np.zeros(like.shape, bool)
    for at, region in regions(like, _LEAST):
        smooth = np.median(background.detail[at][region]) < 0.8 + 2.5 * background.noise
        if smooth and _ground_like(levels[at], ground[at], background.lit[at], region):
            found[at] |= region
    return found


def inner(share: F32) -> Marks:
    """What is deep inside of what the net takes for the product [h, w]."""
    return distance_inside(share > _PRODUCT) > _DEEP


def _ground_like(levels: F32, ground: F32, lit: F32, region: Marks) -> bool:
    """Whether a region's colour is near that of ground between shadow and full light."""
    colour, dark, bright = (np.median(layer[region], axis=0) for layer in (levels, ground, lit))
    off = colour - half_shadow(colour, dark, bright)
    return bool(off.min() > -_DARKER and off.max() < _BRIGHTER)
