"""What stands before a place whose mask says nothing of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from imaging import drawn
from roomstage import cutout, prompt, scene
from roomstage.composite import composite
from roomstage.image import Box, Cutout, Image, Mask
from roomstage.light import Shading
from roomstage.placement import Placement, place
from roomstage.scene import Scene, Surfaces

PLACE = 180, 120, 300, 230  # of the product
TABLE = Box(150, 205, 260, 300)  # hides its lower left, and goes on below its foot
BLACK = 12
SURE, DOUBTED = 0.98, 0.6
GRID = 2  # photo pixels to a cell of what is told


@pytest.fixture(scope="module")
def block() -> Cutout:
    return cutout.cut(*drawn.product())


@pytest.fixture(scope="module")
def bare() -> tuple[drawn.Drawn, Scene]:
    room = drawn.room()
    return room, scene.analyse(room.image)


def furnished(
    bare: tuple[drawn.Drawn, Scene], thing: Box, nearer: float = 0.3, sure: float = SURE
) -> tuple[Image, Scene]:
    """The drawn room with a black thing in it that stands `nearer` (log) than its own foot's floor.

    What is told of it is two cells off at each edge, as a net's word is.
    """
    room, found = bare
    rgb = room.image.rgb.copy()
    rgb[thing.slices] = BLACK
    height, width = (n // GRID for n in rgb.shape[:2])
    y, x = np.mgrid[:height, :width] + 0.5
    depth = -np.log(np.maximum(GRID * y - room.horizon, 1.0))
    foot = -np.log(thing.y1 - room.horizon)
    wide = Box(*(round(n / GRID) for n in (thing.x0, thing.y0, thing.x1, thing.y1)))
    inside = (x > wide.x0 + 2) & (x < wide.x1 - 2) & (y > wide.y0 + 2) & (y < wide.y1 - 2)
    near = (x > wide.x0 - 2) & (x < wide.x1 + 2) & (y > wide.y0 - 2) & (y < wide.y1 + 2)
    standing = np.where(inside, sure, np.where(near, 0.45, 0.0))
    ground = np.where((GRID * y > room.crease) & ~near, 1.0, 0.0)
    depth = np.where(near, foot - nearer, np.minimum(depth, -np.log(room.crease - room.horizon)))
    told = Surfaces(*(plane.astype(np.float32) for plane in (ground, standing, depth)))
    return Image(rgb), replace(found, surfaces=told)


def staged(
    room: tuple[Image, Scene], block: Cutout, mask: Mask | None = None, words: str = "a red table"
) -> Placement:
    photo, found = room
    asked = drawn.box_mask(*PLACE) if mask is None else mask
    return place(found, photo, block, asked, prompt.read(words))


def shows(placement: Placement, x: int, y: int) -> int:
    if placement.visible is None:
        return 255
    return int(placement.visible[y - placement.box.y0, x - placement.box.x0])


def test_a_table_before_the_place_hides_what_is_behind_it(bare, block: Cutout) -> None:
    placement = staged(furnished(bare, TABLE), block)
    assert shows(placement, 220, 220) == 0
    assert shows(placement, 220, 190) == 255
    assert shows(placement, 280, 220) == 255  # beside the table
    assert any("stands before" in warning for warning in placement.warnings)


def test_what_is_hidden_ends_at_the_edge_that_the_photo_shows(bare, block: Cutout) -> None:
    placement = staged(furnished(bare, TABLE), block)
    assert shows(placement, 220, TABLE.y0 - 3) > 240
    assert shows(placement, 220, TABLE.y0 + 3) < 15
    assert shows(placement, TABLE.x1 - 4, 218) < 15
    assert shows(placement, TABLE.x1 + 3, 218) > 240


def test_the_table_keeps_its_bytes(bare, block: Cutout) -> None:
    photo, found = furnished(bare, TABLE)
    placement = staged((photo, found), block)
    box = placement.box.grown(20, drawn.SIZE)
    gain, dark = np.ones((2, 2, 3), np.float32), np.full((2, 2, 3), 0.5, np.float32)
    result, changed = composite(photo, block, placement, Shading(gain, dark, box, {}))
    inner = np.s_[TABLE.y0 + 4 : 228, 184 : TABLE.x1 - 4]
    assert (result.rgb[inner] == photo.rgb[inner]).all()
    assert not changed.values[inner].any()


@pytest.mark.parametrize(
    "thing",
    [
        Box(150, 150, 260, 226),  # its foot lies above the product's: it stands behind
        Box(60, 205, 170, 300),  # beside
        Box(180, 120, 300, 228),  # in the very place: to be replaced
        Box(170, 100, 310, 320),  # covers it all: the mask must mean something else
    ],
)
def test_what_stands_elsewhere_hides_nothing(bare, block: Cutout, thing: Box) -> None:
    assert staged(furnished(bare, thing), block).visible is None


def test_what_is_farther_off_hides_nothing(bare, block: Cutout) -> None:
    assert staged(furnished(bare, TABLE, nearer=-0.8), block).visible is None


def test_what_may_be_a_rug_hides_nothing(bare, block: Cutout) -> None:
    assert staged(furnished(bare, TABLE, sure=DOUBTED), block).visible is None


def test_what_may_stand_on_the_table_is_not_hidden_by_it(bare, block: Cutout) -> None:
    room = furnished(bare, TABLE)
    for words in ("a vase", "a plant in a pot", "something red", "a red table on the desk"):
        assert staged(room, block, words=words).visible is None, words


def test_the_very_outline_shows_the_product_whole(bare, block: Cutout) -> None:
    room = furnished(bare, TABLE)
    boxed = staged(room, block)
    left, top = np.round(boxed.corners[0]).astype(int)
    alpha = block.alpha[np.any(block.alpha > 8, 1)][:, np.any(block.alpha > 8, 0)]
    values = np.zeros((drawn.SIZE[1], drawn.SIZE[0]), np.uint8)
    values[top : top + alpha.shape[0], left : left + alpha.shape[1]] = alpha
    assert staged(room, block, Mask(values)).visible is None


def test_what_was_taken_out_stands_no_more(bare, block: Cutout) -> None:
    photo, found = furnished(bare, TABLE)
    gone = drawn.box_mask(TABLE.x0 - 4, TABLE.y0 - 4, TABLE.x1 + 4, TABLE.y1 + 4)
    assert found.surfaces is not None
    cleared = replace(found, surfaces=found.surfaces.without(gone.values))
    assert staged((photo, cleared), block).visible is None
