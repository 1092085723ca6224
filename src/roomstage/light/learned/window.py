"""What the light net sees: a window round the product, and the whole room at a glance.

Training and inference make it by the same code, from a room in linear light and a product that
stands in it; only where the numbers come from differs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage.image import F32

SIDE = 80  # of the window's grid
GLANCE = 48  # side of the glance at the whole room
FRAME = 144  # long side of the frames that the net learned from: it knows nothing finer
CHANNELS = 19  # of the window: see `planes`
_REACH = 2.5  # side of the window in longest sides of the product ...
_LEAST = 0.30  # ... and at least this share of the picture's longest side

Kind = Literal["solid", "rug", "wall", "table"]


@dataclass(frozen=True, slots=True)
class Window:
    """A square of the picture, in pixels of that picture; it may stick out of it."""

    x: float  # of its left edge
    y: float  # of its top edge
    side: float

    @property
    def step(self) -> float:
        """Picture pixels per cell of the grid."""
        return self.side / SIDE

    def to_picture(self, scale: float = 1.0) -> NDArray[np.float64]:
        """Affine map [2, 3] from grid pixel centres to those of a picture at `scale`."""
        a = self.step * scale
        return np.array(
            [[a, 0, self.x * scale + a / 2 - 0.5], [0, a, self.y * scale + a / 2 - 0.5]]
        )


def around(left: float, top: float, right: float, bottom: float, longest: float) -> Window:
    """The window of a product's box in a picture whose longest side is `longest`."""
    side = max(_REACH * max(right - left, bottom - top), _LEAST * longest)
    return Window((left + right - side) / 2, (top + bottom - side) / 2, side)


def sampled(picture: F32, window: Window, scale: float = 1.0, border: float | None = None) -> F32:
    """The picture [h, w(, C)] on the window's grid, averaged by area.

    Args:
        picture: at `scale` times the size that the window is told in.
        window: where to look.
        scale: see `picture`.
        border: value outside the picture; None repeats its rim.
    """
    step = window.step * scale
    if step > 1.2:  # a tent as wide as a cell, by a Gaussian of the same variance
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.42 * step), np.float32)
    mode = cv2.BORDER_REPLICATE if border is None else cv2.BORDER_CONSTANT
    return np.asarray(
        cv2.warpAffine(
            np.ascontiguousarray(picture, np.float32),
            window.to_picture(scale),
            (SIDE, SIDE),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=mode,
            borderValue=(0.0 if border is None else border,) * 4,
        ),
        np.float32,
    )


def gamma(linear: F32) -> F32:
    """A perceptual scale without the toe of sRGB: good enough for a net, smooth at 0."""
    return np.sqrt(np.clip(linear, 0, 1))


def geometry(
    window: Window, size: tuple[int, int], horizon: float, contact: float, kind: Kind
) -> F32:
    """The planes [7, SIDE, SIDE] that tell where things are.

    Inside the picture or not; rows below the horizon and below the contact, and columns from the
    middle, as shares of the window's side; rug, wall and table as flags.
    """
    width, height = size
    x = window.x + (np.arange(SIDE, dtype=np.float32) + 0.5) * window.step
    y = window.y + (np.arange(SIDE, dtype=np.float32) + 0.5) * window.step
    inside = ((y > 0) & (y < height))[:, None] & ((x > 0) & (x < width))[None]
    planes = np.zeros((7, SIDE, SIDE), np.float32)
    planes[0] = inside
    planes[1] = ((y - horizon) / window.side)[:, None]
    planes[2] = ((y - contact) / window.side)[:, None]
    planes[3] = ((x - width / 2) / window.side)[None]
    for plane, flag in zip(planes[4:], ("rug", "wall", "table"), strict=True):
        plane[:] = kind == flag
    return planes


def planes(room: F32, product: F32, alpha: F32, where: F32, formula: F32, level: F32) -> F32:
    """The window's input [CHANNELS, SIDE, SIDE].

    Args:
        room: [SIDE, SIDE, 3] linear light, 1 = white.
        product: [SIDE, SIDE, 3] its studio colours in linear light, premultiplied.
        alpha: [SIDE, SIDE] coverage.
        where: see `geometry`.
        formula: [2, SIDE, SIDE] log factors that the formulas give: the key light's modelling of
            the product, and the shadow on the room.
        level: [3] log gain of the product by the formula; the net tells what it is off.
    """
    even = np.broadcast_to(level[:, None, None], (3, SIDE, SIDE)).astype(np.float32)
    pictures = [gamma(room) - 0.5, gamma(product), alpha[..., None]]
    return np.concatenate(
        [np.concatenate(pictures, axis=2).transpose(2, 0, 1), where, formula, even]
    )


def glance(room: F32, window: Window, box: F32, scale: float = 1.0) -> F32:
    """The whole room [5, GLANCE, GLANCE]: colours, where the window and the product are.

    Args:
        room: [h, w, 3] linear light at `scale` times the window's picture.
        window: the window.
        box: left, top, right, bottom of the product, in the window's picture.
        scale: see `room`.
    """
    height, width = room.shape[:2]
    small = cv2.resize(room, (GLANCE, GLANCE), interpolation=cv2.INTER_AREA)
    x = (np.arange(GLANCE, dtype=np.float32) + 0.5) * (width / GLANCE / scale)
    y = (np.arange(GLANCE, dtype=np.float32) + 0.5) * (height / GLANCE / scale)
    seen = np.zeros((GLANCE, GLANCE, 5), np.float32)
    seen[..., :3] = gamma(np.asarray(small, np.float32)) - 0.5
    across, down = np.abs(x - window.x - window.side / 2), np.abs(y - window.y - window.side / 2)
    seen[..., 3] = (np.maximum(down[:, None], across[None]) < window.side / 2).astype(np.float32)
    inside = ((y > box[1]) & (y < box[3]))[:, None] & ((x > box[0]) & (x < box[2]))[None]
    seen[..., 4] = inside
    return np.ascontiguousarray(seen.transpose(2, 0, 1))


def halved(window: F32) -> F32:
    """A window [SIDE, SIDE, C] as finely as the probe net looks at it."""
    size = SIDE // 2, SIDE // 2
    return np.asarray(cv2.resize(window, size, interpolation=cv2.INTER_AREA), np.float32)


def whereabouts(where: F32) -> F32:
    """Of `geometry`, what the probe net sees [5, SIDE / 2, SIDE / 2]: no rugs, no walls."""
    return halved(where[[0, 1, 2, 3, 6]].transpose(1, 2, 0)).transpose(2, 0, 1)


def spot_planes(box: F32, size: tuple[int, int]) -> F32:
    """Where the product is at a glance [3, GLANCE, GLANCE].

    Columns and rows from its middle as shares of the picture, and whether in its box.

    Args:
        box: left, top, right, bottom of the product, in the picture.
        size: (width, height) of the picture.
    """
    middle = (box[:2] + box[2:]) / 2 / size
    reach = (box[2:] - box[:2]) / 2 / size
    along = (np.arange(GLANCE, dtype=np.float32) + 0.5) / GLANCE
    x, y = np.meshgrid(along - middle[0], along - middle[1])
    inside = (np.abs(x) < reach[0]) & (np.abs(y) < reach[1])
    return np.stack([x, y, inside]).astype(np.float32)
