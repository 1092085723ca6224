"""A product on a plain background, cut out without a mask."""

from __future__ import annotations

import cv2
import numpy as np

from roomstage.cutout import foreground, matte
from roomstage.cutout.frame import Frame, cropped, frame
from roomstage.cutout.keying import Key, key
from roomstage.cutout.reduce import reduce_rgb
from roomstage.errors import CutoutNotFound
from roomstage.image import F32, U8, Box, Cutout

ANALYSIS_SIDE = 480  # pixels of the longer side of the picture that is analysed
_BUSY = (
    "the product can't be told from its background: give overlay_image_mask (white = product), "
    "a picture with transparency, or a plain background"
)


def from_plain(rgb: U8, max_side: int | None) -> Cutout:
    """The cut-out of a product photographed on a plain ground [H, W, 3].

    Raises:
        CutoutNotFound: the background is not plain, or nothing stands out from it.
    """
    photo = rgb.shape[1], rgb.shape[0]
    per_analysed = max(1.0, max(photo) / ANALYSIS_SIDE)
    small = cv2.resize(
        rgb,
        (max(1, round(photo[0] / per_analysed)), max(1, round(photo[1] / per_analysed))),
        interpolation=cv2.INTER_AREA,
    )
    found = key(np.asarray(small, np.uint8))
    box = Box.around(found.product)
    if box is None or not found.plain:
        raise CutoutNotFound(_BUSY, field="overlay_image")
    box = _scaled(box, per_analysed, photo)
    chosen = frame(box, photo, max_side, margin=round(6 * per_analysed))
    return _refined(rgb, chosen, found, per_analysed)


def _refined(rgb: U8, chosen: Frame, found: Key, per_analysed: float) -> Cutout:
    """The edge solved at the size that is wanted."""
    small = reduce_rgb(np.ascontiguousarray(rgb[chosen.window.slices]), chosen.size)
    zoom = per_analysed * chosen.scale
    soft = cv2.GaussianBlur(found.product.astype(np.float32), (3, 3), 0)
    outline = _lifted(np.asarray(soft, np.float32), chosen, per_analysed) - 0.5
    drawn = np.clip(0.5 + outline * max(1.0, 1.5 * zoom), 0, 1)
    marks = (_lifted(found.product.astype(np.float32), chosen, per_analysed) > 0.5).view(np.uint8)
    ground = _lifted(found.ground, chosen, per_analysed)
    inside = cv2.erode(marks, _disc(max(1, round(3 * zoom))), borderValue=1).astype(bool)
    alpha = matte.estimate(small, ground, drawn, inside, marks == 0, found.background.noise)
    colours = foreground.estimate(small, alpha, ground, known=True)
    return cropped(chosen, colours, alpha, "keyed", found.remarks)


def _lifted(values: F32, chosen: Frame, per_analysed: float) -> F32:
    """Part of an analysed picture at the size of the frame, by bilinear interpolation."""
    across = chosen.window.width / chosen.size[0] / per_analysed
    down = chosen.window.height / chosen.size[1] / per_analysed
    x0, y0 = chosen.window.x0 / per_analysed, chosen.window.y0 / per_analysed
    matrix = np.array(
        [[across, 0, x0 + across / 2 - 0.5], [0, down, y0 + down / 2 - 0.5]], np.float64
    )
    return np.asarray(
        cv2.warpAffine(
            values,
            matrix,
            chosen.size,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.float32,
    )


def _disc(radius: int) -> U8:
    size = 2 * radius + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)


def _scaled(box: Box, factor: float, photo: tuple[int, int]) -> Box:
    """A box of the analysed picture in the photo's pixels."""
    return Box(
        int(box.x0 * factor),
        int(box.y0 * factor),
        min(photo[0], int(np.ceil(box.x1 * factor))),
        min(photo[1], int(np.ceil(box.y1 * factor))),
    )
