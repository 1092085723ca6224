"""The pool of light that a lamp in view throws on the wall behind it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from imaging import drawn
from roomstage import colour, cutout, prompt, scene
from roomstage.image import F32
from roomstage.light.exposure import exposure
from roomstage.placement import place
from roomstage.scene import Scene
from roomstage.scene.glow import glow
from roomstage.scene.light import room_light

PLACE = drawn.box_mask(180, 130, 320, 260)
CUTOUT = cutout.cut(*drawn.product())

AMBIENT, STRENGTH, SPREAD = 0.08, 2.5, 0.09  # the last in long sides
LAMP = 0.3, 0.3  # shares of width and height


def wall(lamp: bool) -> tuple[Scene, F32]:
    """A dim room whose upper part is a plain wall, and the true share of the lamp's light there."""
    room = scene.analyse(drawn.room().image)
    height, width = room.floor.shape
    y, x = np.mgrid[:height, :width] + 0.5
    off = np.hypot(x - LAMP[0] * width, y - LAMP[1] * height) / max(width, height)
    pool = STRENGTH * (1 + (off / SPREAD) ** 2) ** -1.5 * lamp
    level = np.where(y < 0.6 * height, AMBIENT + pool, 0.04).clip(0, 1)
    linear = level[..., None].repeat(3, 2).astype(np.float32)
    floor = (y >= 0.6 * height).astype(np.float32)
    return seen(room, linear, floor), (pool / (AMBIENT + pool)).astype(np.float32)


def seen(room: Scene, linear: F32, floor: F32) -> Scene:
    """The room with other light [h, w, 3] on it, and what is told of its lamps."""
    light = room_light(linear, floor)
    told = glow(linear, floor, light.sources)
    return replace(room, linear=linear, floor=floor, light=light, glow=told)


def test_a_lamps_pool_is_told_from_the_rooms_light() -> None:
    room, true = wall(lamp=True)
    told = room.glow
    height, width = told.shape
    y, _ = np.mgrid[:height, :width]
    plain = (y < 0.55 * height) & (colour.luminance(room.linear) < 0.8)
    np.testing.assert_allclose(told[plain], true[plain], atol=0.12)
    assert not told[y > 0.7 * height].any()


def test_what_stands_beside_a_lamp_is_lit_by_the_room() -> None:
    lit, _ = wall(lamp=True)
    dim, _ = wall(lamp=False)
    photo = drawn.room().image
    spot = place(lit, photo, CUTOUT, PLACE, prompt.read("a red table"))
    assert exposure(lit, spot).gain == pytest.approx(exposure(dim, spot).gain, rel=0.25)


def test_the_fall_of_a_windows_light_along_a_wall_is_no_pool() -> None:
    room, _ = wall(lamp=False)
    height, width = room.floor.shape
    y, x = (np.mgrid[:height, :width] + 0.5) / [[[height]], [[width]]]
    window = (x < 0.1) & (y > 0.1) & (y < 0.5)
    level = np.where(window, 1.0, 0.7 * np.exp(-1.2 * x))
    told = seen(room, level[..., None].repeat(3, 2).astype(np.float32), room.floor)
    assert told.light.sources
    assert not told.glow.any()
