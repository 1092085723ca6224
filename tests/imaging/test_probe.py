"""The light probe: it leans to where the room is bright, and a lamp pulls more than its pixels."""

from __future__ import annotations

import numpy as np
import pytest

from imaging import drawn
from roomstage import cutout, prompt, scene
from roomstage.image import Image
from roomstage.light.probe import BOOSTS, probe
from roomstage.placement import place

PLACE = drawn.box_mask(180, 130, 320, 260)
CUTOUT = cutout.cut(*drawn.product())


def probed(rgb: np.ndarray) -> np.ndarray:
    """By boost: right, away, up, log of the mean."""
    image = Image(np.ascontiguousarray(rgb))
    found = scene.analyse(image)
    placement = place(found, image, CUTOUT, PLACE, prompt.read("a red table"))
    return probe(found, placement).reshape(len(BOOSTS), 4)


def test_it_leans_to_the_bright_side_and_as_far_in_a_mirrored_room() -> None:
    room = drawn.room(lit_from=1).image.rgb
    right, left = probed(room)[0], probed(room[:, ::-1])[0]
    assert right[0] > 0.05
    assert left[0] == pytest.approx(-right[0], abs=0.04)


def test_a_wall_brighter_than_the_floor_lights_from_behind_and_above() -> None:
    _, away, up, _ = probed(drawn.room().image.rgb)[0]
    assert away > 0
    assert up > 0


def test_exposure_moves_the_mean_and_not_the_direction() -> None:
    bright, dim = (probed(drawn.room(brightness=b, lit_from=1).image.rgb)[0] for b in (1.0, 0.5))
    assert dim[3] - bright[3] == pytest.approx(np.log(0.5), abs=0.05)
    np.testing.assert_allclose(dim[:3], bright[:3], atol=0.05)


def test_what_is_burnt_out_may_be_brighter_than_white() -> None:
    rgb = drawn.room().image.rgb.copy()
    rgb[30:130, 400:460] = 255  # a window to the right
    rightward = probed(rgb)[:, 0]
    assert 0 < rightward[0] < rightward[1] < rightward[2]
