"""A product that somebody drew a box around, before a ground that is not plain."""

from __future__ import annotations

import cv2
import numpy as np

from roomstage.cutout.masked import from_mask
from roomstage.errors import CutoutNotFound
from roomstage.image import U8, Box, Cutout

_SIDE = 400  # pixels of the longer side that the cut is sought in
_ROUNDS = 4
_AROUND = 0.35  # of the box's longer side: ground that is looked at beside it
_LEAST = 0.04  # share of the box that a product fills at least
_SPECK = 0.02  # of the largest piece; less hangs together with nothing


def from_box(rgb: U8, box: Box, max_side: int | None) -> Cutout:
    """The cut-out of what fills `box` in a photo [H, W, 3].

    Iterated graph cuts over colour mixtures of product and ground tell the pixels apart (Rother,
    Kolmogorov, Blake, "GrabCut", SIGGRAPH 2004); the edge is then solved as that of a drawn mask.

    Raises:
        CutoutNotFound: nothing in the box stands out from what is around it.
    """
    photo = rgb.shape[1], rgb.shape[0]
    window = box.grown(round(_AROUND * max(box.width, box.height)), photo)
    reduction = max(1.0, max(window.width, window.height) / _SIDE)
    size = max(2, round(window.width / reduction)), max(2, round(window.height / reduction))
    small = np.asarray(cv2.resize(rgb[window.slices], size, interpolation=cv2.INTER_AREA), np.uint8)
    marked = _cut(small, _within(box, window, size))
    if marked.mean() < _LEAST * box.width * box.height / (window.width * window.height):
        raise CutoutNotFound(
            "nothing in the box stands out from what is around it: draw it closer around the "
            "product, or paint overlay_image_mask (white = product)",
            field="overlay_image",
        )
    mask = np.zeros(rgb.shape[:2], np.uint8)
    whole = cv2.resize(marked * 255, (window.width, window.height), interpolation=cv2.INTER_CUBIC)
    mask[window.slices] = np.where(whole > 127, np.uint8(255), np.uint8(0))
    return from_mask(rgb, mask, max_side)


def _within(box: Box, window: Box, size: tuple[int, int]) -> Box:
    """The box in the small copy of the window."""
    across, down = size[0] / window.width, size[1] / window.height
    return Box(
        int((box.x0 - window.x0) * across),
        int((box.y0 - window.y0) * down),
        max(1, round((box.x1 - window.x0) * across)),
        max(1, round((box.y1 - window.y0) * down)),
    )


def _cut(rgb: U8, box: Box) -> U8:
    """1 where the product is [h, w]."""
    labels = np.full(rgb.shape[:2], cv2.GC_BGD, np.uint8)
    labels[box.slices] = cv2.GC_PR_FGD
    if (labels == cv2.GC_PR_FGD).all():  # the box is the photo: its rim has to be the ground
        labels[[0, -1]] = labels[:, [0, -1]] = cv2.GC_BGD
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(7)
    cv2.grabCut(rgb, labels, (0, 0, 1, 1), *models, _ROUNDS, cv2.GC_INIT_WITH_MASK)
    product = _without_specks((labels & 1).astype(np.uint8))
    return 1 - _without_specks(1 - product, beside=int(product.sum()))


def _without_specks(marked: U8, beside: int | None = None) -> U8:
    """Without pieces that are small beside so many pixels, by default those of the largest.

    Of the ground they are glints and drop shadows on the product, not openings through it.
    """
    _, islands, stats, _ = cv2.connectedComponentsWithStats(marked)
    areas = np.array(stats[:, cv2.CC_STAT_AREA])
    areas[0] = 0
    keep = areas > _SPECK * (areas.max() if beside is None else beside)
    return keep[np.asarray(islands, np.int32)].astype(np.uint8)
