"""The pool of light that a lamp in view throws on the wall behind it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from imaging import drawn
from roomstage import colour, cutout, prompt, scene
from roomstage.image import F32
from roomstage.light.exposure import exposure
from roomstage.light.glow import glow
from roomstage.placement import place
from roomstage.scene import Scene

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
    return replace(room, linear=linear, floor=floor), (pool / (AMBIENT + pool)).astype(np.float32)


def test_a_lamps_pool_is_told_from_the_rooms_light() -> None:
    room, true = wall(lamp=True)
    told = glow(room)
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
    x = (np.arange(width) + 0.5) / width
    level = np.where(x < 0.12, 1.0, 0.7 * np.exp(-1.2 * x))[None].repeat(height, 0)
    linear = level[..., None].repeat(3, 2).astype(np.float32)
    assert not glow(replace(room, linear=linear)).any()
