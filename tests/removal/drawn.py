"""Rooms drawn with and without a piece in them, so that the right answer is known."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from roomstage import colour
from roomstage.image import F32, U8, Image, Mask

SIZE = 720, 480  # (width, height)
HORIZON, CREASE = 0.36, 0.56  # of the height


@dataclass(frozen=True)
class Furnished:
    """A drawn room with a cabinet and its shadow, and the same room without them."""

    empty: Image
    image: Image
    piece: Mask  # 255 on the cabinet
    shadow: F32  # [H, W] what the light was multiplied with
    crease: F32  # [W] row of the crease

    @property
    def box(self) -> tuple[int, int, int, int]:
        """x0, y0, x1, y1 of the cabinet."""
        x, y, width, height = cv2.boundingRect(self.piece.values)
        return x, y, x + width, y + height


def plate(*, slope: float = 0.0, size: tuple[int, int] = SIZE, grain: float = 1.5) -> U8:
    """An empty room: planks on the floor, a skirting, a wall that is lighter on the left."""
    linear, _ = _empty(slope, size)
    noise = np.random.default_rng(0).normal(0, grain, (size[1], size[0], 1))
    return np.clip(np.rint(colour.encode(linear) + noise), 0, 255).astype(np.uint8)


def furnished(
    *,
    slope: float = 0.0,
    at: tuple[float, float] = (0.5, 0.74),
    wide: float = 0.2,
    tall: float = 0.42,
    colours: tuple[float, float, float] = (0.05, 0.12, 0.35),
    size: tuple[int, int] = SIZE,
) -> Furnished:
    """A blue cabinet whose foot stands at `at` (x, y as shares of the picture)."""
    width, height = size
    linear, crease = _empty(slope, size)
    x, foot = int(at[0] * width), int(at[1] * height)
    half, top = int(wide * width / 2), foot - int(tall * height)
    piece = np.zeros((height, width), np.uint8)
    left, right = max(0, x - half), x + half
    piece[top:foot, left:right] = 255
    under = np.zeros((height, width), np.float32)
    cv2.ellipse(under, (x, foot - 6), (half + 14, 16), 0, 0, 360, 1.0, -1)
    shadow = 1 - 0.55 * cv2.GaussianBlur(under, (0, 0), 12)
    shadow[np.arange(height)[:, None] < crease] = 1
    shaded = linear * shadow[..., None]
    face = np.array(colours, np.float32)
    shaded[piece > 0] = face
    shaded[top : top + (foot - top) // 8, left:right] = face * 1.9
    noise = np.random.default_rng(0).normal(0, 1.5, (height, width, 1))

    def developed(light: F32) -> Image:
        return Image(np.clip(np.rint(colour.encode(light) + noise), 0, 255).astype(np.uint8))

    return Furnished(developed(linear), developed(shaded), Mask(piece), shadow, crease[0])


def _empty(slope: float, size: tuple[int, int]) -> tuple[F32, F32]:
    """Linear light [H, W, 3] and the row of the crease [1, W]."""
    width, height = size
    horizon = HORIZON * height
    y, x = np.mgrid[:height, :width].astype(np.float32) + 0.5
    crease = (CREASE * height + slope * (x[0] - width / 2))[None]
    linear = np.empty((height, width, 3), np.float32)
    linear[:] = np.array([0.46, 0.44, 0.40], np.float32)
    skirting = (y > crease - 0.03 * height) & (y <= crease)
    linear[skirting] = 0.7
    floor = y > crease
    linear[floor] = _planks(x - width / 2, y - horizon, height)[floor]
    linear *= np.exp(0.5 * (0.5 - x / width))[..., None]
    for column in (0.06, 0.94):  # upright edges, as of doors
        left = int(column * width)
        linear[int(0.05 * height) : int(0.5 * height), left : left + 3] *= 0.4
    return linear, crease


def _planks(x: F32, below: F32, height: int) -> F32:
    """Boards across the picture on the ground plane, each with a tone of its own."""
    depth = height / np.maximum(below, 1)
    row = np.floor(depth * 6).astype(int)
    along = x * depth / height * 2 + row * 0.37
    board = np.floor(along).astype(int)
    tones = np.random.default_rng(3).uniform(0.75, 1.3, 4096).astype(np.float32)
    tone = tones[(row * 131 + board * 17) % 4096]
    joint = (np.abs(depth * 6 - row) < 0.04) | (np.abs(along - board) < 0.01)
    tone = tone * np.where(joint, 0.6, 1.0)
    return tone[..., None] * np.array([0.20, 0.13, 0.08], np.float32)


def box_mask(x0: int, y0: int, x1: int, y1: int, size: tuple[int, int] = SIZE) -> Mask:
    """A white box on black."""
    values = np.zeros((size[1], size[0]), np.uint8)
    values[y0:y1, x0:x1] = 255
    return Mask(values)
