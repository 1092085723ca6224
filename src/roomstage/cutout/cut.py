"""From a photo, with or without a mask, to the product freed from its background."""

from __future__ import annotations

import cv2
import numpy as np

from roomstage.cutout.boxed import from_box
from roomstage.cutout.keyed import from_loose, from_plain
from roomstage.cutout.masked import from_mask, is_soft
from roomstage.cutout.transparent import from_alpha
from roomstage.errors import InvalidMask
from roomstage.image import U8, Box, Cutout, Image, Mask

_OPAQUE = 250  # an alpha that never falls below is no cut-out


def cut(
    photo: Image,
    mask: Mask | None = None,
    *,
    box: Box | None = None,
    max_side: int | None = None,
) -> Cutout:
    """Free the product of `photo` from its background.

    The photo's own transparency decides; else the mask; else the box; else the background has to
    be plain.

    Args:
        photo: the product's photo.
        mask: white where the product is, of the photo's size; it also picks one of several
            items in a transparent picture.
        box: what the product fills, in the photo's pixels; any background will do.
        max_side: the longest side of the crop wanted, in pixels; never enlarged.

    Raises:
        CutoutNotFound: nothing opaque, or no telling the product from its background.
        InvalidMask: the mask marks nothing.
    """
    if photo.alpha is not None and int(photo.alpha.min()) < _OPAQUE:
        return from_alpha(photo.rgb, _chosen(photo.alpha, mask), max_side)
    if mask is not None:
        loose = None if is_soft(mask.values) else from_loose(photo.rgb, mask.values, max_side)
        return loose or from_mask(photo.rgb, mask.values, max_side)
    if box is not None:
        return from_box(photo.rgb, box, max_side)
    return from_plain(photo.rgb, max_side)


def _chosen(alpha: U8, mask: Mask | None) -> U8:
    """The photo's alpha where the mask allows it."""
    if mask is None or not (alpha > 2).any():
        return alpha
    both = cv2.multiply(alpha, mask.values, scale=1 / 255)
    if not (both > 2).any():
        raise InvalidMask(
            "overlay_image_mask marks only transparent parts of overlay_image: paint white "
            "where the product is",
            field="overlay_image_mask",
        )
    return np.asarray(both, np.uint8)
