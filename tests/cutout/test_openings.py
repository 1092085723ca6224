"""What is seen through a product, and what only looks like the ground behind it."""

from __future__ import annotations

import numpy as np
import pytest

from roomstage.cutout import cut

from .drawn import F64, SIZE, over, photo, shape, soft_shadow, white_ground
from .test_keyed import STEEL, WALNUT, overlap, placed

DOUBT = "parts of the product look like its background"


def boxes(*corners: tuple[int, int, int, int]) -> F64:
    """The union of boxes x0 y0 x1 y1."""
    return np.max([shape("box", *box) for box in corners], axis=0)


@pytest.mark.parametrize("noise", [0.0, 0.8])
def test_shadowed_ground_behind_a_leg_is_opened_like_lit_ground(noise: float) -> None:
    table = boxes((60, 60, 220, 90), (60, 90, 76, 250), (204, 90, 220, 250), (60, 225, 220, 250))
    ground = white_ground() * soft_shadow(225, 225, 75, 55, 0.45)
    found = placed(cut(photo(over(ground, table, WALNUT), noise)))
    assert found[190:222, 170:200].mean() < 0.03
    assert overlap(found, table) > 0.98


def test_near_white_slats_on_white_are_kept_and_their_gaps_opened() -> None:
    slats = [(x, 70, x + 12, 190) for x in (110, 144, 178)]
    chair = boxes((70, 50, 230, 72), (70, 72, 84, 260), (216, 72, 230, 260), (70, 188, 230, 204))
    chair = np.maximum(chair, boxes(*slats))
    cutout = cut(photo(over(np.ones((SIZE, SIZE, 3)), chair, (240, 240, 238))))
    found = placed(cutout)
    assert overlap(found, chair) > 0.97
    for x0, y0, x1, y1 in slats:
        assert found[y0 + 10 : y1 - 10, x0 + 2 : x1 - 2].mean() > 0.9
    assert found[85:175, 128:138].mean() < 0.05


def test_a_gap_a_few_pixels_wide_is_opened_where_its_rim_is_stark() -> None:
    gap = shape("box", 140, 120, 144, 128)
    truth = shape("disc", 150, 140, 80) - gap
    found = placed(cut(photo(over(np.ones((SIZE, SIZE, 3)), truth, WALNUT))))
    assert found[122:126, 141:143].mean() < 0.1


def test_a_white_panel_in_a_dark_frame_above_a_shadow_is_no_opening() -> None:
    truth = shape("box", 80, 60, 220, 200)
    ground = white_ground() * soft_shadow(150, 240, 110, 30, 0.5)
    picture = over(ground, truth, STEEL)
    picture = over(picture, shape("box", 100, 80, 200, 180), (232, 231, 226))
    assert overlap(placed(cut(photo(picture, 0.5))), truth) > 0.99


def test_the_user_is_told_when_parts_may_be_missing() -> None:
    lid = shape("box", 100, 60, 200, 90)
    ground = np.ones((SIZE, SIZE, 3)) * 0.8
    for x in range(100, 200, 12):
        ground = over(ground, shape("box", x, 110, x + 2, 240), (228, 228, 228))
    unsure = cut(photo(over(ground, lid, WALNUT)))
    plain = cut(photo(over(np.ones((SIZE, SIZE, 3)) * 0.8, lid, WALNUT)))
    assert any(DOUBT in warning for warning in unsure.warnings)
    assert not any(DOUBT in warning for warning in plain.warnings)
