from __future__ import annotations

import re

import numpy as np
import pytest

from imaging import drawn
from imaging.boxes import SIZE, BoxRoom
from roomstage import cutout, prompt, scene
from roomstage.errors import NoPlaceFound
from roomstage.image import Cutout, Image, Mask
from roomstage.placement import Placement, place
from roomstage.placement.metric import SizeCm

ROOM = BoxRoom(pitch=-2, height=1.1, focal=560)  # its ceiling is in view and tells the scale


@pytest.fixture(scope="module")
def picture() -> Image:
    return ROOM.drawn()


@pytest.fixture(scope="module")
def found(picture: Image) -> scene.Scene:
    return scene.analyse(picture)


def card(width: int, height: int) -> Cutout:
    """A product that fills its picture."""
    rgb = np.full((height, width, 3), 120, np.uint8)
    mask = Mask(np.pad(np.full((height, width), 255, np.uint8), 8))
    return cutout.cut(Image(np.pad(rgb, ((8, 8), (8, 8), (0, 0)), constant_values=255)), mask)


def put(
    found: scene.Scene, picture: Image, spot: np.ndarray, words: str, size_cm: SizeCm, shape: Cutout
) -> Placement:
    """Placed with a small box whose lower edge has its middle at `spot`."""
    x, y = (round(float(v)) for v in spot)
    mask = drawn.box_mask(x - 60, y - 90, x + 60, y, SIZE)
    return place(found, picture, shape, mask, prompt.read(words), size_cm)


def test_a_told_size_is_the_size_in_the_room(found: scene.Scene, picture: Image) -> None:
    top, bottom = ROOM.seen([(0.2, 0.8, 3.0), (0.2, 0, 3.0)])
    placed = put(found, picture, bottom, "a cabinet", (None, 80), card(160, 100))
    assert placed.chosen_by == "true size"
    (left, upper), (right, lower) = placed.corners[0], placed.corners[2]
    assert lower == pytest.approx(bottom[1], abs=1)
    assert (left + right) / 2 == pytest.approx(bottom[0], abs=1)
    assert lower - upper == pytest.approx(bottom[1] - top[1], rel=0.08)
    assert (right - left) / (lower - upper) == pytest.approx(1.6, rel=0.02)
    assert placed.size_cm == pytest.approx((128, 80), rel=0.03)
    assert placed.plane == "floor"


def test_it_grows_as_it_comes_nearer(found: scene.Scene, picture: Image) -> None:
    far, near = (
        put(found, picture, ROOM.seen([(0.2, 0, z)])[0], "a cabinet", (60, None), card(100, 100))
        for z in (4.0, 2.4)
    )
    ratio = np.ptp(near.corners[:, 0]) / np.ptp(far.corners[:, 0])
    assert ratio == pytest.approx(4.0 / 2.4, rel=0.05)


def test_a_picture_of_told_size_hangs_in_its_walls_perspective(
    found: scene.Scene, picture: Image
) -> None:
    edge = [(-1.0, 1.0, ROOM.back), (-0.4, 1.0, ROOM.back)]
    truth = ROOM.seen([(-1.0, 1.4, ROOM.back), (-0.4, 1.4, ROOM.back), edge[1], edge[0]])
    middle = ROOM.seen([(-0.7, 1.0, ROOM.back)])[0]
    placed = put(found, picture, middle, "a framed picture", (60, None), card(150, 100))
    assert placed.plane == "back wall"
    assert np.abs(placed.corners - truth).max() < 5


def test_a_contradiction_of_width_and_height_is_told(found: scene.Scene, picture: Image) -> None:
    spot = ROOM.seen([(0, 0, 3.0)])[0]
    placed = put(found, picture, spot, "a cabinet", (160, 50), card(160, 100))
    assert any("another shape" in warning for warning in placed.warnings)
    assert not any(
        "another shape" in warning
        for warning in put(found, picture, spot, "a cabinet", (80, 52), card(160, 100)).warnings
    )


@pytest.mark.parametrize(
    ("size_cm", "shape", "words"),
    [
        ((None, 300), (60, 120), "300 cm tall and the ceiling is about 2[45]"),
        ((700, None), (300, 60), "700 cm wide and does not fit into the picture"),
        ((180, None), (180, 90), "180 cm wide and the mask marks about"),
    ],
)
def test_what_does_not_fit_is_told_in_centimetres(
    found: scene.Scene, picture: Image, size_cm: SizeCm, shape: tuple[int, int], words: str
) -> None:
    spot = ROOM.seen([(0, 0, 3.0)])[0]
    placed = put(found, picture, spot, "a cabinet", size_cm, card(*shape))
    assert any(re.search(words, warning) for warning in placed.warnings), placed.warnings


def test_without_a_scale_the_mask_sets_the_size_and_this_is_told(
    found: scene.Scene, picture: Image
) -> None:
    spot = np.array([480.0, 150.0])  # above the horizon: nothing stands there
    placed = put(found, picture, spot, "a vase", (30, None), card(100, 100))
    assert placed.chosen_by == "region"
    assert any("scale is not known" in warning for warning in placed.warnings)


def test_what_is_small_is_found_a_place_too(found: scene.Scene, picture: Image) -> None:
    placed = place(found, picture, card(100, 100), None, prompt.read("a plant"), (8, None))
    assert placed.chosen_by == "found"
    assert placed.size_cm == pytest.approx((8, 8), rel=0.05)
    assert placed.contact > ROOM.horizon + 0.5 * (SIZE[1] - ROOM.horizon)  # not far off


def test_what_is_too_wide_for_the_floor_is_refused_with_its_width(
    found: scene.Scene, picture: Image
) -> None:
    with pytest.raises(NoPlaceFound, match="free floor 15 m wide"):
        place(found, picture, card(100, 100), None, prompt.read("a sofa"), (1500, None))


def test_a_rug_without_a_mask_lies_on_the_floor(found: scene.Scene, picture: Image) -> None:
    placed = place(found, picture, card(200, 140), None, prompt.read("a rug"), (160, None))
    assert placed.homography is not None
    assert placed.size_cm == pytest.approx((160, 112), rel=0.03)
    assert placed.corners[:, 1].min() > ROOM.horizon
