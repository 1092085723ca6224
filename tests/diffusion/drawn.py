"""Drawn pictures with known answers."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np


def room(height: int = 240, width: int = 320, seed: int = 3) -> Any:
    """A wall, a floor with boards, a window and soft texture."""
    noise = np.random.default_rng(seed).normal(0, 30, (height, width, 3)).astype(np.float32)
    texture = cv2.GaussianBlur(noise, (0, 0), 3) * 2.5
    rows, columns = np.mgrid[0:height, 0:width]
    base = np.where((rows < 0.6 * height)[..., None], (196, 190, 180), (140, 112, 88))
    base = (
        base + ((columns // 24 + rows // 40) % 2 * 10)[..., None] * (rows > 0.6 * height)[..., None]
    )
    picture = (base + texture).clip(0, 255).astype(np.uint8)
    picture[20:90, 30:90] = (236, 240, 244)
    picture[130:136, :] = (120, 110, 100)
    return np.ascontiguousarray(picture)


def disc(shape: tuple[int, int], middle: tuple[int, int], radius: int) -> Any:
    """255 inside a disc."""
    mask = np.zeros(shape, np.uint8)
    cv2.circle(mask, middle, radius, 255, -1)
    return mask
