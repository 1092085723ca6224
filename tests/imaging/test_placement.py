from __future__ import annotations

import numpy as np
import pytest

from imaging import drawn
from roomstage import cutout, prompt, scene
from roomstage.errors import InvalidMask, NoPlaceFound
from roomstage.image import Cutout, Mask
from roomstage.placement import Placement, place
from roomstage.placement.extent import extent


@pytest.fixture(scope="module")
def block() -> Cutout:
    return cutout.cut(*drawn.product())


def placed(block: Cutout, mask: Mask | None, words: str = "a red table") -> Placement:
    room = drawn.room()
    return place(scene.analyse(room.image), room.image, block, mask, prompt.read(words))


def edges(placement: Placement) -> list[float]:
    (left, top), (right, bottom) = placement.corners[0], placement.corners[2]
    return [float(left), float(top), float(right), float(bottom)]


def test_box_of_the_products_aspect_is_filled(block: Cutout) -> None:
    # The block is 0.70 wide and 0.65 high: a box of 140 x 130 fits it.
    placement = placed(block, drawn.box_mask(150, 130, 290, 260))
    assert placement.chosen_by == "region"
    assert edges(placement) == pytest.approx([150, 130, 290, 260], abs=0.01)


def test_product_keeps_its_aspect_and_stands_on_the_masks_lower_edge(block: Cutout) -> None:
    left, top, right, bottom = edges(placed(block, drawn.box_mask(150, 60, 290, 260)))
    assert (right - left) / (bottom - top) == pytest.approx(140 / 130, rel=0.02)
    assert bottom == pytest.approx(260, abs=0.01)
    assert (left + right) / 2 == pytest.approx(220, abs=0.01)
    assert right - left == pytest.approx(140, abs=0.5)


def test_what_hangs_keeps_its_cord_at_the_masks_upper_edge(block: Cutout) -> None:
    placement = placed(block, drawn.box_mask(150, 0, 290, 200), "a red pendant lamp")
    assert placement.surface == "ceiling"
    assert edges(placement)[1] == pytest.approx(0, abs=0.01)
    assert placement.homography is None


def test_blob_means_stand_here(block: Cutout) -> None:
    placement = placed(block, drawn.ellipse_mask(150, 100, 260, 260))
    assert placement.chosen_by == "region"
    assert edges(placement)[3] == pytest.approx(261, abs=1.1)


def test_outline_of_the_product_is_followed_exactly(block: Cutout) -> None:
    mask = np.zeros((320, 480), np.uint8)
    height, width = block.alpha.shape
    mask[120 : 120 + height, 200 : 200 + width] = block.alpha
    placement = placed(block, Mask(mask))
    assert placement.chosen_by == "silhouette"
    assert edges(placement) == pytest.approx([200, 120, 200 + width, 120 + height], abs=0.6)


def test_soft_mask_edges_count_by_their_coverage() -> None:
    values = np.zeros((20, 20), np.uint8)
    values[5:15, 4:16] = 255
    values[5:15, 3] = 64  # a quarter of this column is covered
    found = extent(values)
    assert found is not None
    assert found.left == pytest.approx(3.75, abs=0.01)


def test_flat_mask_is_the_floor_to_stand_on(block: Cutout) -> None:
    placement = placed(block, drawn.box_mask(100, 230, 400, 270))
    assert placement.chosen_by == "floor area"
    _, top, _, bottom = edges(placement)
    assert top < 230 < bottom <= 270
    assert placement.warnings


def test_no_mask_finds_floor_and_says_so(block: Cutout) -> None:
    placement = placed(block, None)
    left, _, right, bottom = edges(placement)
    assert placement.chosen_by == "found"
    assert bottom > drawn.room().crease
    assert 0 <= left < right <= 480


def test_mask_over_the_whole_picture_leaves_the_choice_to_us(block: Cutout) -> None:
    assert placed(block, drawn.box_mask(0, 0, 480, 320)).chosen_by == "found"


def test_nothing_is_hung_on_a_wall_unasked(block: Cutout) -> None:
    with pytest.raises(NoPlaceFound, match="main_image_mask"):
        placed(block, None, "a framed picture on the wall")


def test_mask_of_nothing_is_refused(block: Cutout) -> None:
    with pytest.raises(InvalidMask, match="empty: paint white"):
        placed(block, Mask(np.zeros((320, 480), np.uint8)))


def test_line_of_a_mask_is_refused(block: Cutout) -> None:
    with pytest.raises(InvalidMask, match="3 pixels"):
        placed(block, drawn.box_mask(100, 200, 300, 201))


@pytest.mark.parametrize(
    ("words", "kind", "surface"),
    [
        ("photo of a white table with plant pot placed on an interior", "table", "floor"),
        ("a persian rug on a wooden floor", "rug", "rug"),
        ("a framed landscape picture", "picture", "wall"),
        ("a white vase standing on a table", "vase", "table"),
        ("Place a modern gray sofa", "sofa", "floor"),
        ("ein Ding", None, "floor"),
    ],
)
def test_prompt_tells_kind_and_surface(words: str, kind: str | None, surface: str) -> None:
    intent = prompt.read(words)
    assert (intent.kind, intent.surface) == (kind, surface)
