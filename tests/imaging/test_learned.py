"""The light net: it sees the right place, its answer lands there, and all works without it."""

from __future__ import annotations

import numpy as np
import pytest
from tests.library.samples import SAMPLES

import roomstage
from roomstage import colour
from roomstage.composite import composite
from roomstage.image import Box, Cutout, Image
from roomstage.light import Shading
from roomstage.light.learned import field, net, window
from roomstage.placement import Placement

WHOLE = Box(0, 0, 10, 10)
SOFA = SAMPLES / "products" / "sofa.png"


def test_a_window_is_centred_on_the_product_and_keeps_room_for_its_shadow() -> None:
    view = window.around(100, 200, 180, 240, longest=640)
    assert view.side == pytest.approx(2.5 * 80)
    assert view.x + view.side / 2 == pytest.approx(140)
    assert view.y + view.side / 2 == pytest.approx(220)


def test_a_cell_is_the_mean_of_what_it_covers() -> None:
    ramp = np.broadcast_to(np.arange(640, dtype=np.float32)[None, :, None], (480, 640, 3)).copy()
    view = window.Window(160.0, 80.0, 320.0)  # cells of 4 pixels
    seen = window.sampled(ramp, view)
    centres = 160 + (np.arange(window.SIDE) + 0.5) * 4 - 0.5
    np.testing.assert_allclose(seen[40, 2:-2, 0], centres[2:-2], atol=0.05)


def test_an_answer_lands_where_it_was_asked() -> None:
    view = window.Window(100.0, 100.0, 160.0)
    shadow = np.zeros((window.SIDE, window.SIDE, 3), np.float32)
    shadow[40, 40] = -1.0  # the cell over pixels 180 to 182
    told = field.LightField(view, shadow, shadow, shadow)
    on_room = told.on_room(Box(100, 100, 260, 260), (160, 160))
    row, column = np.unravel_index(int(on_room[..., 0].argmin()), (160, 160))
    assert (row, column) in {(80, 80), (80, 81), (81, 80), (81, 81)}
    assert np.abs(on_room[0]).max() == 0  # nothing at the window's rim


def test_what_is_unknown_is_continued_from_its_neighbours() -> None:
    values = np.full((window.SIDE, window.SIDE, 3), 9.0, np.float32)
    values[:, :40] = 1.0
    known = np.zeros((window.SIDE, window.SIDE), np.float32)
    known[:, :40] = 1.0
    continued = field._continued(values, known)
    np.testing.assert_allclose(continued, 1.0, atol=0.02)


@pytest.mark.skipif(not net.available("light"), reason="the package was built without the net")
def test_a_dark_room_dims_a_product_more_than_a_bright_one() -> None:
    gains = [
        roomstage.stage(SAMPLES / "rooms" / name, SOFA, prompt="a sofa").light["gain"]
        for name in ("evening_room.jpg", "living_room.jpg")
    ]
    evening, bright = (np.asarray(gain, float) for gain in gains)
    assert evening.mean() < bright.mean()
    assert evening[0] / evening[2] > bright[0] / bright[2]  # and lamps are warmer than the day


def test_without_the_net_the_formula_stands_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(net, "available", lambda name: False)
    staging = roomstage.stage(SAMPLES / "rooms" / "living_room.jpg", SOFA, prompt="a sofa")
    assert staging.light["by"] == "formula"
    assert (staging.changed.values > 0).any()


def test_the_same_request_gives_the_same_bytes() -> None:
    room = roomstage.Room(SAMPLES / "rooms" / "living_room.jpg")
    first, second = (room.stage(SOFA, prompt="a sofa").image.rgb for _ in range(2))
    assert np.array_equal(first, second)


def test_a_veil_adds_light_of_its_own_colour_to_the_product_alone() -> None:
    grey = np.full((40, 60, 3), 60, np.uint8)
    cutout = Cutout(
        np.zeros((10, 10, 3), np.uint8), np.full((10, 10), 255, np.uint8), WHOLE, "alpha"
    )
    corners = np.array([[20, 10], [30, 10], [30, 20], [20, 20]], np.float32)
    placement = Placement(
        20, 10, 1, 1, Box(20, 10, 30, 20), corners, 20.0, "floor", None, 0.5, "region"
    )
    even = np.ones((4, 4, 3), np.float32)
    veil = np.broadcast_to(np.array([0.05, 0.1, 0.2], np.float32), (4, 4, 3)).copy()
    shading = Shading(even, even, Box(0, 0, 60, 40), {}, veil=veil)
    staged, changed = composite(Image(grey), cutout, placement, shading)
    middle = colour.decode(staged.rgb[15:16, 25:26])[0, 0]
    np.testing.assert_allclose(middle, [0.05, 0.1, 0.2], atol=0.004)
    assert (staged.rgb[changed.values == 0] == 60).all()
