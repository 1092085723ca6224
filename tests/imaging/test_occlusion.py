from __future__ import annotations

import cv2
import numpy as np
import pytest

from imaging import drawn
from roomstage import cutout, prompt, scene
from roomstage.composite import composite
from roomstage.image import Cutout, Mask
from roomstage.light import Shading
from roomstage.placement import Placement, place

BOX = 150, 130, 290, 260  # of the block's aspect


@pytest.fixture(scope="module")
def block() -> Cutout:
    return cutout.cut(*drawn.product())


@pytest.fixture(scope="module")
def analysed() -> tuple[drawn.Drawn, scene.Scene]:
    room = drawn.room()
    return room, scene.analyse(room.image)


def placed(analysed: tuple[drawn.Drawn, scene.Scene], block: Cutout, mask: Mask) -> Placement:
    room, found = analysed
    return place(found, room.image, block, mask, prompt.read("a red table"))


def cut_box(*parts: tuple[int, int, int, int]) -> Mask:
    values = drawn.box_mask(*BOX).values
    for x0, y0, x1, y1 in parts:
        values[y0:y1, x0:x1] = 0
    return Mask(values)


def shows(placement: Placement, x: int, y: int) -> int:
    assert placement.visible is not None
    return int(placement.visible[y - placement.box.y0, x - placement.box.x0])


def test_a_part_cut_out_of_the_box_stays_in_front(analysed, block: Cutout) -> None:
    placement = placed(analysed, block, cut_box((150, 190, 200, 260)))
    assert placement.corners[0] == pytest.approx([150, 130], abs=0.5)  # the whole box is filled
    assert placement.corners[2] == pytest.approx([290, 260], abs=0.5)
    assert shows(placement, 170, 215) == 0
    assert shows(placement, 170, 170) == 255
    assert shows(placement, 240, 200) == 255


def test_the_room_in_front_keeps_its_bytes_and_gets_no_shadow(analysed, block: Cutout) -> None:
    room, _ = analysed
    placement = placed(analysed, block, cut_box((150, 190, 200, 260)))
    box = placement.box.grown(20, drawn.SIZE)
    gain, dark = np.ones((2, 2, 3), np.float32), np.full((2, 2, 3), 0.5, np.float32)
    staged, changed = composite(room.image, block, placement, Shading(gain, dark, box, {}))
    hidden = np.s_[194:256, 154:196]
    assert (staged.rgb[hidden] == room.image.rgb[hidden]).all()
    assert not changed.values[hidden].any()
    assert (staged.rgb[200:210, 230:250] != room.image.rgb[200:210, 230:250]).any()


def test_edge_of_what_stands_in_front_is_soft(analysed, block: Cutout) -> None:
    placement = placed(analysed, block, cut_box((150, 190, 200, 260)))
    row = [shows(placement, x, 215) for x in range(196, 205)]
    assert row == sorted(row)
    assert any(20 < value < 235 for value in row)


def test_a_lower_edge_cut_off_at_a_slant_is_carried_on(analysed, block: Cutout) -> None:
    values = drawn.box_mask(*BOX).values
    cv2.fillPoly(values, [np.array([[140, 245], [300, 215], [300, 270], [140, 270]], np.int32)], 0)
    placement = placed(analysed, block, Mask(values))
    assert placement.contact == pytest.approx(260, abs=2)
    assert shows(placement, 160, 252) == 0
    assert shows(placement, 220, 180) == 255


@pytest.mark.parametrize(
    "mask",
    [
        drawn.box_mask(*BOX),
        drawn.ellipse_mask(*BOX),
        cut_box((150, 130, 158, 138)),  # a careless corner
        cut_box((150, 200, 290, 202)),  # a gap between two strokes
    ],
    ids=["box", "blob", "corner", "gap"],
)
def test_a_rough_mask_hides_nothing(analysed, block: Cutout, mask: Mask) -> None:
    assert placed(analysed, block, mask).visible is None


def test_an_outline_hides_only_what_is_cut_out_of_it(analysed, block: Cutout) -> None:
    mask = np.zeros((320, 480), np.uint8)
    height, width = block.alpha.shape
    mask[120 : 120 + height, 200 : 200 + width] = block.alpha
    assert placed(analysed, block, Mask(mask)).visible is None
    mask[120 : 120 + 50, 230:275] = 0  # something hangs before it
    placement = placed(analysed, block, Mask(mask))
    assert shows(placement, 250, 140) == 0
    assert shows(placement, 215, 140) == 255


def test_another_products_outline_hides_nothing(analysed, block: Cutout) -> None:
    """A mask round the room's old armchair says where, not what shows of the new one."""
    mask = np.zeros((320, 480), np.uint8)
    mask[180:260, 150:290] = 255
    mask[130:180, 150:175] = mask[130:180, 265:290] = 255
    cv2.ellipse(mask, (220, 185), (70, 50), 0, 180, 360, 255, -1)
    mask[225:260, 165:275] = 0
    assert placed(analysed, block, Mask(mask)).visible is None
