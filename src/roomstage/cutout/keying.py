"""A product told from a plain background without any mask."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage.cutout import background as grounds
from roomstage.cutout import holes, studio_shadow
from roomstage.cutout.background import Background, largest
from roomstage.cutout.continuation import continued
from roomstage.cutout.division import core, divide, outlined, smoothed
from roomstage.image import F32, U8

Marks = NDArray[np.bool_]
_MARGIN = 8  # pixels


@dataclass(frozen=True, eq=False, slots=True)
class Key:
    """What keying found, at the size that was analysed."""

    product: Marks  # [h, w] the product
    ground: F32  # [h, w, 3] what would be seen without it, shadow included, sRGB levels
    background: Background
    plain: bool  # whether the background is plain enough to be trusted
    remarks: tuple[str, ...] = ()


def key(rgb: U8) -> Key:
    """Tell product from ground in a picture [h, w, 3], sRGB."""
    # A margin of the border's own colours lets the flood round a product close to the edge.
    wide = cv2.copyMakeBorder(rgb, *(4 * (_MARGIN,)), borderType=cv2.BORDER_REPLICATE)
    inner = np.s_[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN]
    background = grounds.fit(wide)
    levels = wide.astype(np.float32)
    outside = studio_shadow.reach(levels, background)
    plain = background.noise < 6 and float(outside[background.ring].mean()) > 0.7
    ground = continued(levels, outside)
    outside |= holes.find(levels, ground, ~outside, background)
    inside = np.zeros(outside.shape, bool)
    inside[inner] = core(levels, ground, outside, background)[inner]
    product = divide(wide, outside, inside)
    product = smoothed(levels, product, background.noise)
    evident = largest(cv2.absdiff(levels, ground)) > 6 + 4 * background.noise
    product = items(product, evident)
    plain &= outlined(product, background) > 0.8
    product = product[inner]
    ground = continued(levels[inner], outside[inner] & ~product)
    return Key(np.ascontiguousarray(product), ground, background, plain)


def items(candidates: Marks, evident: Marks, least: float = 0.015) -> Marks:
    """The connected candidates that differ evidently from the ground; dust is dropped."""
    count, labels = cv2.connectedComponents(candidates.astype(np.uint8), connectivity=8)
    weight = np.bincount(labels[evident & candidates], minlength=count)
    weight[0] = 0
    return (weight >= max(4.0, least * float(weight.max())))[labels]
