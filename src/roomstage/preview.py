"""How far a staging is, small: the product at its place, before light and shadow are known."""

from __future__ import annotations

import cv2
import numpy as np

from roomstage.image import Cutout, Image
from roomstage.placement import Placement

_SIDE = 384  # pixels of the longer side


def preview(room: Image, cutout: Cutout, placement: Placement) -> Image:
    """The room with the product laid flat into its place, at most 384 pixels long, in sRGB."""
    width, height = room.size
    scale = min(1.0, _SIDE / max(width, height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = np.asarray(cv2.resize(room.rgb, size, interpolation=cv2.INTER_AREA), np.float32)
    alpha = cutout.alpha[..., None].astype(np.float32) / 255
    shown = alpha * _visible(placement, cutout)
    layer = np.concatenate([cutout.rgb * shown, shown], axis=2)
    # Reduced to about its size in the preview first, since warping takes no averages.
    reduction = _reduction(placement, cutout, scale)
    layer = cv2.resize(layer, None, fx=reduction, fy=reduction, interpolation=cv2.INTER_AREA)
    into = np.diag([scale, scale, 1.0]) @ placement.to_room @ _from(layer.shape, cutout)
    warped = cv2.warpPerspective(layer, into, size, flags=cv2.INTER_LINEAR)
    mixed = small * (1 - warped[..., 3:]) + warped[..., :3]
    return Image(np.clip(np.rint(mixed), 0, 255).astype(np.uint8))


def _reduction(placement: Placement, cutout: Cutout, scale: float) -> float:
    sides = np.linalg.norm(placement.corners - np.roll(placement.corners, -1, axis=0), axis=1)
    return float(np.clip(scale * sides.max() / max(cutout.size), 1 / max(cutout.size), 1))


def _from(shape: tuple[int, ...], cutout: Cutout) -> np.ndarray:
    """Map [3, 3] from a reduced layer's pixels to the cut-out's."""
    return np.diag([cutout.size[0] / shape[1], cutout.size[1] / shape[0], 1.0])


def _visible(placement: Placement, cutout: Cutout) -> np.ndarray | float:
    """What of an upright cut-out shows, [h, w, 1]; what hides one in a plane is left for later."""
    if placement.visible is None or placement.homography is not None:
        return 1.0
    box = placement.box
    shift = placement.left - box.x0, placement.top - box.y0
    onto = np.array([[placement.scale_x, 0, shift[0]], [0, placement.scale_y, shift[1]]], float)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    seen = cv2.warpAffine(placement.visible, onto, cutout.size, flags=flags)
    return seen[..., None].astype(np.float32) / 255
