"""A piece that the mask cuts in two is not what stands in the place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from removal import drawn
from roomstage import removal, scene
from roomstage.image import Box
from roomstage.removal.partial import cut_in_two
from roomstage.scene import Surfaces

SIZE = 480, 320
PLACE = Box(180, 120, 300, 230)


def told(*things: Box, size: tuple[int, int] = SIZE) -> Surfaces:
    """What a net says of things, on cells of two pixels."""
    standing = np.zeros((size[1] // 2, size[0] // 2), np.float32)
    for thing in things:
        standing[thing.y0 // 2 : thing.y1 // 2, thing.x0 // 2 : thing.x1 // 2] = 0.95
    return Surfaces(np.zeros_like(standing), standing, np.zeros_like(standing))


@pytest.mark.parametrize("thing", [Box(60, 150, 230, 290), Box(260, 150, 420, 290)])
def test_a_piece_about_a_lower_corner_is_cut(thing: Box) -> None:
    assert cut_in_two(told(thing), PLACE, SIZE)


@pytest.mark.parametrize(
    "things",
    [
        [],
        [Box(190, 130, 290, 226)],  # within
        [Box(160, 110, 320, 236)],  # a little larger on every side
        [Box(190, 130, 290, 226), Box(290, 140, 420, 226)],  # another stands flush beside it
        [Box(190, 130, 290, 226), Box(190, 200, 290, 300)],  # a table before it
        [Box(190, 130, 290, 226), Box(60, 180, 182, 300)],  # one nearer beside it, out of the place
    ],
)
def test_a_piece_that_is_to_go_is_not(things: list[Box]) -> None:
    assert not cut_in_two(told(*things), PLACE, SIZE)


def test_without_the_net_nothing_is_known() -> None:
    assert not cut_in_two(None, PLACE, SIZE)


def test_a_piece_that_is_cut_stays() -> None:
    room = drawn.furnished()
    known = replace(scene.analyse(room.image), surfaces=None)
    x0, y0, x1, y1 = room.box
    place = Box(x0 - 24, y0 - 24, x1 + 24, y1 + 12)
    mask = drawn.box_mask(place.x0, place.y0, place.x1, place.y1)
    assert removal.find_occupant(room.image, known, mask).confidence >= 0.5
    beyond = Box(place.x0 - 80, place.y0 + 20, place.x0 + 60, place.y1 + 40)
    size = room.image.size
    seen = replace(known, surfaces=told(beyond, size=size))
    found = removal.find_occupant(room.image, seen, mask)
    assert found.confidence == 0
    assert found.mask is None
