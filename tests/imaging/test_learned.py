"""The light net: it sees the right place, its answer lands there, and all works without it."""

from __future__ import annotations

import numpy as np
import pytest
from tests.library.samples import SAMPLES

import roomstage
from roomstage.image import Box
from roomstage.light.learned import field, net, window

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


@pytest.mark.skipif(not net.available(), reason="the package was built without the net")
def test_a_dark_room_dims_a_product_more_than_a_bright_one() -> None:
    gains = [
        roomstage.stage(SAMPLES / "rooms" / name, SOFA, prompt="a sofa").light["gain"]
        for name in ("evening_room.jpg", "living_room.jpg")
    ]
    evening, bright = (np.asarray(gain, float) for gain in gains)
    assert evening.mean() < bright.mean()
    assert evening[0] / evening[2] > bright[0] / bright[2]  # and lamps are warmer than the day


def test_without_the_net_the_formula_stands_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(net, "available", lambda: False)
    staging = roomstage.stage(SAMPLES / "rooms" / "living_room.jpg", SOFA, prompt="a sofa")
    assert staging.light["by"] == "formula"
    assert (staging.changed.values > 0).any()


def test_the_same_request_gives_the_same_bytes() -> None:
    room = roomstage.Room(SAMPLES / "rooms" / "living_room.jpg")
    first, second = (room.stage(SOFA, prompt="a sofa").image.rgb for _ in range(2))
    assert np.array_equal(first, second)
