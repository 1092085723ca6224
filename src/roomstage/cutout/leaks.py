"""Where the flood of the ground has leaked into a dark product, and how it is taken back.

The flood passes soft edges, for shadows have them; so has a product out of focus, or one whose
glossy foot mirrors the ground. A leak into a dark product shows: no shadow on a studio's ground
is nearly black over any width. From such cores the watershed of the gradient (as in `division`)
finds the product's outline, which is steeper than any edge of its shadow.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from roomstage.cutout.background import Background
from roomstage.cutout.division import divide
from roomstage.cutout.studio_shadow import distance_inside, flood
from roomstage.image import U8

Marks = NDArray[np.bool_]
_BLACK = 0.22  # share of the full light, sRGB, that only crevices fall below
_CREVICE = 4.0  # pixels: half the width of the widest of them
_LIGHT = 0.75  # share of the full light from which reached ground is sure


def taken_back(rgb: U8, reached: Marks, background: Background) -> Marks:
    """`reached` ground [h, w] of a picture [h, w, 3] without what was reached through a leak."""
    black = background.light < _BLACK
    core = black & (distance_inside(~(distance_inside(black) > _CREVICE)) <= _CREVICE)
    if not (core & reached).any():
        return reached
    sure = reached & (background.light > _LIGHT)
    tight = reached & ~divide(rgb, sure & ~core, core)
    return flood(tight, tight & background.ring)
