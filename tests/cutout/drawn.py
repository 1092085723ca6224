"""Product photos whose right cut-out is known, drawn at four times the size and reduced."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage.colour import encode, srgb_to_linear
from roomstage.image import Image

Colour = tuple[int, int, int]
F64 = NDArray[np.float64]
SIZE = 300
_OVER = 4


def light(colour: Colour) -> F64:
    """An 8-bit sRGB colour as linear light."""
    return srgb_to_linear(np.array(colour, np.float32) / 255).astype(np.float64)


def white_ground(shade: float = 1.0) -> F64:
    """A studio's ground [SIZE, SIZE, 3] in linear light, falling off softly to the corners."""
    y, x = np.mgrid[0:SIZE, 0:SIZE] / SIZE - 0.5
    fall = shade * (1 - 0.25 * (x**2 + (y - 0.1) ** 2))
    return fall[..., None] * np.array([1.0, 0.99, 0.985])


def shape(draw: str, *numbers: int) -> F64:
    """Coverage [SIZE, SIZE] 0..1 of one drawn shape; numbers in pixels.

    "disc" x y radius; "box" x0 y0 x1 y1.
    """
    fine = np.zeros((SIZE * _OVER, SIZE * _OVER), np.uint8)
    scaled = [number * _OVER for number in numbers]
    if draw == "disc":
        cv2.circle(fine, (scaled[0], scaled[1]), scaled[2], 255, -1)
    else:
        cv2.rectangle(fine, (scaled[0], scaled[1]), (scaled[2] - 1, scaled[3] - 1), 255, -1)
    return cv2.resize(fine, (SIZE, SIZE), interpolation=cv2.INTER_AREA).astype(np.float64) / 255


def over(ground: F64, alpha: F64, colour: Colour | F64) -> F64:
    """A shape laid over a ground, in linear light."""
    front = light(colour) if isinstance(colour, tuple) else colour
    return alpha[..., None] * front + (1 - alpha[..., None]) * ground


def photo(linear: F64, noise: float = 0.0, alpha: NDArray[np.uint8] | None = None) -> Image:
    """The picture of linear light, with grain of `noise` levels."""
    rgb = encode(linear.astype(np.float32)).astype(np.float64)
    rgb += np.random.default_rng(3).normal(0, noise, rgb.shape) if noise else 0
    return Image(np.clip(np.rint(rgb), 0, 255).astype(np.uint8), alpha)


def soft_shadow(x: int, y: int, wide: int, high: int, deep: float) -> F64:
    """Factor [SIZE, SIZE, 1] of a shadow, darkest at x, y."""
    rows, columns = np.mgrid[0:SIZE, 0:SIZE]
    far = ((columns - x) / wide) ** 2 + ((rows - y) / high) ** 2
    return (1 - deep * np.exp(-far))[..., None]
