"""A shadow takes the light that met a surface's colour, and not what the surface mirrors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from imaging import drawn
from roomstage import scene
from roomstage.image import Box
from roomstage.light.mirrored import unshadowed


def test_a_shadow_shows_on_a_pale_floor_and_hardly_on_a_black_one() -> None:
    room = scene.analyse(drawn.room().image)
    height, width = room.floor.shape
    linear = np.full((height, width, 3), 0.5, np.float32)
    linear[:, width // 2 :] = 0.02
    room = replace(room, linear=linear)
    half = np.full((64, 96, 3), 0.5, np.float32)
    left = unshadowed(half, Box(0, 0, *room.size), room)
    assert np.abs(left[:, :40] - 0.5).max() < 0.02
    assert left[:, 56:].min() > 0.7


def test_where_nothing_shadows_nothing_changes() -> None:
    room = scene.analyse(drawn.room().image)
    lit = np.ones((16, 24, 3), np.float32)
    np.testing.assert_array_equal(unshadowed(lit, Box(40, 60, 200, 160), room), lit)
