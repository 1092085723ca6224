"""A product that comes with its own alpha."""

from __future__ import annotations

import numpy as np

from roomstage.cutout import foreground
from roomstage.cutout.frame import cropped, frame
from roomstage.cutout.reduce import reduce_rgba
from roomstage.errors import CutoutNotFound
from roomstage.image import U8, Box, Cutout


def from_alpha(rgb: U8, alpha: U8, max_side: int | None) -> Cutout:
    """The cut-out of a picture [H, W, 3] with straight alpha [H, W].

    Raises:
        CutoutNotFound: every pixel is transparent.
    """
    box = Box.around(alpha > 2)
    if box is None:
        raise CutoutNotFound(
            "overlay_image is fully transparent: give a picture whose product is opaque",
            field="overlay_image",
        )
    chosen = frame(box, (rgb.shape[1], rgb.shape[0]), max_side, margin=0)
    window = chosen.window.slices
    small, soft = reduce_rgba(rgb[window], np.ascontiguousarray(alpha[window]), chosen.size)
    return cropped(chosen, foreground.extended(small, soft), soft, "alpha")
