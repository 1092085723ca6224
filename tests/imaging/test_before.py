"""What stands before a place whose mask says nothing of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from imaging import drawn
from roomstage import cutout, inference, prompt, scene
from roomstage.composite import composite
from roomstage.image import F32, Box, Cutout, Image, Mask
from roomstage.inputs import read_image
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
    bare: tuple[drawn.Drawn, Scene], *things: Box, nearer: float = 0.3, sure: float = SURE
) -> tuple[Image, Scene]:
    """The drawn room with black things in it, `nearer` (log) than the floor at the foot
    of the first.

    What is told of them is two cells off at each edge, as a net's word is.
    """
    room, found = bare
    rgb = room.image.rgb.copy()
    height, width = (n // GRID for n in rgb.shape[:2])
    inside, near = (np.zeros((height, width), bool) for _ in range(2))
    for thing in things:
        rgb[thing.slices] = BLACK
        x0, y0, x1, y1 = (round(n / GRID) for n in (thing.x0, thing.y0, thing.x1, thing.y1))
        inside[y0 + 2 : y1 - 2, x0 + 2 : x1 - 2] = True
        near[max(0, y0 - 2) : y1 + 2, max(0, x0 - 2) : x1 + 2] = True
    inside |= cv2.morphologyEx(inside.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((7, 7))) > 0
    y = np.mgrid[:height, :width][0] + 0.5
    depth = -np.log(np.maximum(GRID * y - room.horizon, room.crease - room.horizon))
    foot = -np.log(things[0].y1 - room.horizon)
    standing = np.where(inside, sure, np.where(near, 0.45, 0.0))
    ground = np.where((GRID * y > room.crease) & ~near, 1.0, 0.0)
    depth = np.where(near, foot - nearer, depth)
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
    "things",
    [
        [Box(150, 150, 260, 226)],  # its foot lies above the product's: it stands behind
        [Box(60, 205, 170, 300)],  # beside
        [Box(180, 120, 300, 228)],  # in the very place: to be replaced
        [Box(150, 200, 260, 234)],  # its foot is level with the product's
        [Box(170, 100, 310, 320)],  # covers it all: the mask must mean something else
        [Box(120, 110, 170, 300), Box(160, 110, 260, 160)],  # hangs over it from beside
    ],
)
def test_what_stands_elsewhere_hides_nothing(bare, block: Cutout, things: list[Box]) -> None:
    assert staged(furnished(bare, *things), block).visible is None


@pytest.mark.parametrize("nearer", [-0.8, -0.51])  # the table's depth is then the product's
def test_what_is_no_nearer_hides_nothing(bare, block: Cutout, nearer: float) -> None:
    assert staged(furnished(bare, TABLE, nearer=nearer), block).visible is None


def test_what_stands_behind_is_told_from_what_it_touches_in_the_picture(
    bare, block: Cutout
) -> None:
    photo, found = furnished(bare, TABLE, Box(190, 150, 250, 208))
    assert found.surfaces is not None
    depth = found.surfaces.depth.copy()
    depth[: TABLE.y0 // GRID] = max(float(depth.max()), -3.5)
    room = photo, replace(found, surfaces=replace(found.surfaces, depth=depth))
    placement = staged(room, block)
    assert shows(placement, 220, 222) == 0
    assert shows(placement, 220, 180) == 255


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


SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.mark.skipif(
    not inference.available("roomstage.scene.learned", "surfaces"),
    reason="the package was built without the net",
)
def test_the_net_tells_what_stands_from_what_lies() -> None:
    """In the sample room: the sideboard and the plant stand, sun patches and boards lie."""
    room = read_image(SAMPLES / "rooms/living_room.jpg", field="main_image")
    told = scene.analyse(room).surfaces
    assert told is not None

    def seen(plane: F32, x: float, y: float) -> float:
        height, width = plane.shape
        return float(plane[int(y * height), int(x * width)])

    for x, y in ((0.88, 0.72), (0.26, 0.4)):
        assert seen(told.standing, x, y) > 0.5, (x, y)
    for x, y in ((0.2, 0.87), (0.5, 0.9), (0.6, 0.78)):
        assert seen(told.ground, x, y) > 0.7, (x, y)
        assert seen(told.standing, x, y) < 0.2, (x, y)
    assert seen(told.standing, 0.55, 0.4) < 0.2  # the wall
    assert seen(told.depth, 0.5, 0.95) < seen(told.depth, 0.5, 0.75)
