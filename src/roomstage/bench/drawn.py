"""A room and a product drawn from nothing, for installations without the sample pictures."""

from __future__ import annotations

import cv2
import numpy as np

from roomstage.image import U8

_GRAIN = 3.0  # levels of sensor noise, so that files are about as large as those of photos


def room(width: int = 1536, height: int = 1024) -> U8:
    """A room [H, W, 3]: a wall lit from the left, a window, a floor of planks."""
    rows = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    columns = np.linspace(0, 1, width, dtype=np.float32)[None, :, None]
    wall = np.array([214, 206, 192], np.float32) * (1.05 - 0.35 * columns) * (1 - 0.1 * rows)
    floor = np.array([150, 112, 78], np.float32) * (1.05 - 0.3 * columns) * (0.6 + 0.4 * rows)
    picture = np.where(rows < 0.58, wall, floor)
    _draw_planks(picture)
    window = int(0.1 * width), int(0.12 * height), int(0.18 * width), int(0.38 * height)
    cv2.rectangle(picture, window, (250, 250, 245), cv2.FILLED)
    return _grained(picture, seed=1)


def product(width: int = 900, height: int = 1000) -> U8:
    """A chair [H, W, 3] on white: seat, back and legs, with a soft shadow at its feet."""
    picture = np.full((height, width, 3), 246, np.float32)

    def box(x0: float, y0: float, x1: float, y1: float, shade: tuple[int, int, int]) -> None:
        corners = int(x0 * width), int(y0 * height), int(x1 * width), int(y1 * height)
        cv2.rectangle(picture, corners[:2], corners[2:], shade, cv2.FILLED)

    box(0.15, 0.93, 0.85, 0.96, (205, 205, 205))
    picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), height / 90), np.float32)
    for x in (0.17, 0.77):
        box(x, 0.6, x + 0.06, 0.95, (88, 58, 36))
    box(0.14, 0.1, 0.86, 0.5, (46, 96, 104))
    box(0.1, 0.48, 0.9, 0.68, (60, 118, 126))
    return _grained(picture, seed=2)


def _draw_planks(picture: np.ndarray) -> None:
    height, width = picture.shape[:2]
    for column in np.linspace(-2.0, 3.0, 40):
        far = round((0.5 + 0.35 * (column - 0.5)) * width), round(0.58 * height)
        near = round((0.5 + 1.4 * (column - 0.5)) * width), height
        cv2.line(picture, far, near, (112, 82, 58), 2, cv2.LINE_AA)


def _grained(picture: np.ndarray, seed: int) -> U8:
    noise = np.random.default_rng(seed).normal(0, _GRAIN, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)
