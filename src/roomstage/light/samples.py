"""Directions that light is sampled from: an even hemisphere and the key light's disc."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from roomstage.light.key import KeyLight

_GOLDEN = (5**0.5 - 1) / 2


def light_samples(
    key: KeyLight, steps: int, seed: int
) -> Iterator[tuple[NDArray[np.float64], float]]:
    """(direction to the light, weight) for `steps` samples; the weights sum to 1.

    A spiral with the golden angle spreads the samples evenly (Vogel, Mathematical Biosciences,
    1979); the seed turns it, so that two seeds sample other directions.
    """
    turn = np.random.default_rng(seed).random()
    of_key = max(2, round(steps * 0.5))
    of_sky = max(4, steps - of_key)
    for direction in _sky(of_sky, turn):
        yield direction, (1 - key.share) / of_sky
    for direction in _disc(key, of_key, turn):
        yield direction, key.share / of_key


def _sky(count: int, turn: float) -> NDArray[np.float64]:
    """Cosine-weighted directions of the upper hemisphere, [count, 3]."""
    i = np.arange(count)
    radius = np.sqrt((i + 0.5) / count)
    angle = 2 * np.pi * (i * _GOLDEN + turn)
    height = np.sqrt(1 - radius**2)
    return np.c_[radius * np.cos(angle), height, radius * np.sin(angle)]


def _disc(key: KeyLight, count: int, turn: float) -> NDArray[np.float64]:
    """Directions within the key light's spread, [count, 3], all above the floor."""
    towards = np.asarray(key.direction)
    side = np.cross(towards, [0.0, 1.0, 0.0])
    side /= max(float(np.linalg.norm(side)), 1e-6)
    up = np.cross(side, towards)
    i = np.arange(count)
    radius = np.sqrt((i + 0.5) / count) * np.tan(np.radians(key.spread_deg))
    angle = 2 * np.pi * (i * _GOLDEN + turn)
    spread = radius[:, None] * (np.cos(angle)[:, None] * side + np.sin(angle)[:, None] * up)
    found = towards + spread
    found[:, 1] = np.maximum(found[:, 1], 0.08)
    return found / np.linalg.norm(found, axis=1, keepdims=True)
