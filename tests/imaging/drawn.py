"""Pictures drawn for tests: rooms whose camera and light are known, and products on white."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from roomstage import colour
from roomstage.image import F32, U8, Image, Mask

SIZE = 480, 320  # (width, height) of the drawn rooms


@dataclass(frozen=True)
class Drawn:
    """A drawn room: floor boards that run to a known point, a wall, light from one side."""

    image: Image
    horizon: float
    crease: float


def room(
    *,
    brightness: float = 1.0,
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0),
    lit_from: float = 0.0,
    size: tuple[int, int] = SIZE,
) -> Drawn:
    """A wall of linear grey 0.3 over brown boards; `lit_from` -1 = left to 1 = right."""
    width, height = size
    horizon, crease = 0.40 * height, 0.55 * height
    y, x = np.mgrid[:height, :width].astype(np.float32) + 0.5
    linear = np.full((height, width, 3), 0.30, np.float32)
    floor = y > crease
    board = np.floor((x - width / 2) / np.maximum(y - horizon, 1) * 2.5)
    tone = 0.12 + 0.02 * (np.abs(board) % 2)
    linear[floor] = (tone[..., None] * np.array([1.3, 0.95, 0.7], np.float32))[floor]
    skirting = (y > crease - 5) & ~floor
    linear[skirting] = 0.45
    linear *= np.exp(lit_from * 1.2 * (x / width - 0.5))[..., None]
    linear *= brightness * np.asarray(tint, np.float32)
    for column in (0.15, 0.85):  # upright edges, as of doors
        left = int(column * width)
        linear[int(0.1 * height) : int(crease), left : left + 3] *= 0.4
    grain = np.random.default_rng(0).normal(0, 1.5, (height, width, 1))
    rgb = np.clip(np.rint(colour.encode(linear) + grain), 0, 255).astype(np.uint8)
    return Drawn(Image(rgb), horizon, crease)


def product(rgb: tuple[int, int, int] = (180, 40, 40), size: int = 240) -> tuple[Image, Mask]:
    """A block on four legs on white, with its exact mask."""
    alpha = np.zeros((size, size), np.uint8)
    a, b = int(0.15 * size), int(0.85 * size)
    alpha[int(0.2 * size) : int(0.65 * size), a:b] = 255
    leg = max(3, size // 30)
    for left in (a, b - leg):
        alpha[int(0.65 * size) : int(0.85 * size), left : left + leg] = 255
    weight = alpha[..., None].astype(np.float32) / 255
    picture = np.rint(np.array(rgb) * weight + 255 * (1 - weight)).astype(np.uint8)
    return Image(picture), Mask(alpha)


def box_mask(x0: int, y0: int, x1: int, y1: int, size: tuple[int, int] = SIZE) -> Mask:
    """A white box on black."""
    values = np.zeros((size[1], size[0]), np.uint8)
    values[y0:y1, x0:x1] = 255
    return Mask(values)


def ellipse_mask(x0: int, y0: int, x1: int, y1: int, size: tuple[int, int] = SIZE) -> Mask:
    """A white blob on black that fills the box."""
    values = np.zeros((size[1], size[0]), np.uint8)
    middle, axes = ((x0 + x1) // 2, (y0 + y1) // 2), ((x1 - x0) // 2, (y1 - y0) // 2)
    cv2.ellipse(values, middle, axes, 0, 0, 360, 255, -1)
    return Mask(values)


def linear_mean(rgb: U8, where: U8) -> F32:
    """Mean linear colour [3] where the mask is 255."""
    return colour.decode(rgb[where == 255]).mean(axis=0)
