"""A shadow takes the light that met a surface's colour, and not what the surface mirrors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from imaging import drawn
from roomstage import scene
from roomstage.image import Box
from roomstage.light.mirrored import unshadowed
from roomstage.scene import Scene


def half_black() -> Scene:
    """A room whose right half is black."""
    room = scene.analyse(drawn.room().image)
    height, width = room.floor.shape
    linear = np.full((height, width, 3), 0.5, np.float32)
    linear[:, width // 2 :] = 0.02
    return replace(room, linear=linear)


def test_a_shadow_shows_on_a_pale_floor_and_hardly_on_a_black_one() -> None:
    room = half_black()
    half = np.full((64, 96, 3), 0.5, np.float32)
    left = unshadowed(half, Box(0, 0, *room.size), room)
    assert np.abs(left[:, :40] - 0.5).max() < 0.02
    assert left[:, 56:].min() > 0.7


def test_the_floor_is_looked_at_where_the_shadow_lies() -> None:
    room = half_black()
    width, height = room.size
    half = np.full((32, 32, 3), 0.5, np.float32)
    quarter = Box(width // 4, height // 2, width // 2, height)
    assert unshadowed(half, quarter, room)[:, :28].max() < 0.52
    right = Box(width // 2, height // 2, 3 * width // 4, height)
    assert unshadowed(half, right, room)[:, 4:].min() > 0.7
