"""The before/after sheet: room, product and staged photo side by side."""

from __future__ import annotations

import cv2
import numpy as np

from roomstage.erasure import Erasure
from roomstage.image import U8, Image
from roomstage.staging import Staging

_HEIGHT = 640  # of each picture, at most
_GAP = 16
_PRODUCT_SHARE = 0.4  # of the room's width; the product is the least to be judged here
_PAPER = 245  # grey of the ground


def before_after(staging: Staging, overlay: Image) -> Image:
    """Room, product and staged photo in one row, on a light ground, as 8-bit sRGB."""
    room = staging.room
    height = min(_HEIGHT, room.size[1])
    wide = room.size[0] * height // room.size[1]
    small = min(height, round(_PRODUCT_SHARE * wide * overlay.size[1] / overlay.size[0]))
    return _in_a_row([(room, height), (overlay, small), (staging.image, height)])


def room_and_cleared(erasure: Erasure) -> Image:
    """Room and cleared room in one row, on a light ground, as 8-bit sRGB."""
    height = min(_HEIGHT, erasure.room.size[1])
    return _in_a_row([(erasure.room, height), (erasure.image, height)])


def _in_a_row(pictures: list[tuple[Image, int]]) -> Image:
    """Pictures, each at its height, with the tallest as the row's."""
    height = max(tall for _, tall in pictures)
    panels = [_fitted(_on_paper(picture), tall) for picture, tall in pictures]
    width = sum(panel.shape[1] for panel in panels) + _GAP * (len(panels) + 1)
    sheet = np.full((height + 2 * _GAP, width, 3), _PAPER, np.uint8)
    left = _GAP
    for panel in panels:
        top = _GAP + (height - panel.shape[0]) // 2
        sheet[top : top + panel.shape[0], left : left + panel.shape[1]] = panel
        left += panel.shape[1] + _GAP
    return Image(sheet)


def _on_paper(image: Image) -> U8:
    if image.alpha is None:
        return image.rgb
    alpha = image.alpha[..., None].astype(np.float32) / 255
    return np.rint(image.rgb * alpha + _PAPER * (1 - alpha)).astype(np.uint8)


def _fitted(rgb: U8, height: int) -> U8:
    size = max(1, round(rgb.shape[1] * height / rgb.shape[0])), height
    shrinking = height < rgb.shape[0]
    how = cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(rgb, size, interpolation=how), np.uint8)
