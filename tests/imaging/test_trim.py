"""Skirting boards tell the colour of the light, and what is none tells nothing."""

from __future__ import annotations

import numpy as np
import pytest

from roomstage import colour
from roomstage.image import F32, U8
from roomstage.scene.light import room_light
from roomstage.scene.planes import Plane
from roomstage.scene.trim import trim

WIDTH, HEIGHT, CREASE, PER_METRE = 400, 300, 220.0, 150.0
GREEN_PAINT, WHITE, OAK = (0.30, 0.45, 0.33), (0.808, 0.80, 0.764), (0.30, 0.19, 0.10)
EVENING = (1.25, 1.0, 0.6)


def _wall() -> Plane:
    """A wall square to the camera whose foot lies on row CREASE."""
    to_image = np.array([[PER_METRE, 0, 0], [0, -PER_METRE, CREASE], [0, 0, 1.0]])
    outline = np.array([[0, 0], [WIDTH, 0], [WIDTH, CREASE], [0, CREASE]], np.float32)
    return Plane("back wall", to_image, outline, 1.0)


def _room(paint: tuple[float, ...], board: tuple[float, ...] | None, light: F32) -> U8:
    """A wall over a floor, a board of 10 cm between them, under `light` [h, w, 3]."""
    albedo = np.empty((HEIGHT, WIDTH, 3), np.float32)
    albedo[: int(CREASE)] = paint
    albedo[int(CREASE) :] = OAK
    if board is not None:
        albedo[int(CREASE - 0.1 * PER_METRE) : int(CREASE)] = board
    return colour.encode(albedo * light)


def _light(tint: tuple[float, ...]) -> F32:
    """Three times as bright to the left as to the right, as beside a window."""
    fall = np.linspace(1.05, 0.35, WIDTH, dtype=np.float32)
    lit = 0.8 * fall[None, :, None] * np.array(tint, np.float32)
    return np.repeat(lit, HEIGHT, axis=0).astype(np.float32)


def _hue(rgb: F32) -> F32:
    return np.log(rgb / rgb[1])


@pytest.mark.parametrize("tint", [EVENING, (0.85, 1.0, 1.25), (1.0, 1.0, 1.0)])
def test_a_white_board_before_a_painted_wall_shows_the_light(tint: tuple[float, ...]) -> None:
    found = trim(_room(GREEN_PAINT, WHITE, _light(tint)), (_wall(),), 1.0)
    assert found is not None
    assert _hue(found.linear.mean(axis=0)) == pytest.approx(_hue(np.array(tint)), abs=0.04)
    assert found.confidence == 1.0


def test_furniture_before_half_of_the_wall_does_not_matter() -> None:
    room = _room(GREEN_PAINT, WHITE, _light(EVENING))
    room[120:240, 100:300] = colour.encode(np.array([[[0.4, 0.1, 0.08]]], np.float32))
    found = trim(room, (_wall(),), 1.0)
    assert found is not None
    assert len(found.linear) < 105, "only the columns on both sides of it"
    assert _hue(found.linear.mean(axis=0)) == pytest.approx(_hue(np.array(EVENING)), abs=0.04)


@pytest.mark.parametrize(
    ("paint", "board"),
    [
        pytest.param(GREEN_PAINT, None, id="no board"),
        pytest.param((0.75, 0.74, 0.72), OAK, id="a wooden board before a white wall"),
        pytest.param((0.02, 0.03, 0.02), (0.03, 0.02, 0.01), id="too dark for white"),
    ],
)
def test_what_is_no_white_board_tells_nothing(
    paint: tuple[float, ...], board: tuple[float, ...] | None
) -> None:
    assert trim(_room(paint, board, _light(EVENING)), (_wall(),), 1.0) is None


def test_the_dimness_near_the_floor_is_no_board() -> None:
    light = _light(EVENING)
    rows = np.arange(HEIGHT, dtype=np.float32)
    near = np.clip((rows - CREASE) / (0.25 * PER_METRE) + 1, 0, 1)
    assert (
        trim(_room(GREEN_PAINT, None, light * (1 - 0.3 * near)[:, None, None]), (_wall(),), 1.0)
        is None
    )


def test_the_room_takes_its_colour_from_the_board_and_not_from_the_paint() -> None:
    room = _room(GREEN_PAINT, WHITE, _light(EVENING))
    linear, floor = colour.decode(room), np.zeros((HEIGHT, WIDTH), np.float32)
    painted = room_light(linear, floor).illuminant
    told = room_light(linear, floor, trim(room, (_wall(),), 1.0)).illuminant
    true = _hue(np.array(EVENING, np.float32))
    assert np.abs(_hue(told) - true).max() < 0.4 * np.abs(_hue(painted) - true).max()
