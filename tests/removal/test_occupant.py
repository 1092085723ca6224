from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from removal import drawn
from roomstage import removal, scene
from roomstage.image import F32, U8, Box, Image, Mask
from roomstage.removal import occupant
from roomstage.removal.rim import with_rim

BLUE, WHITE, BLACK = (0.05, 0.12, 0.35), (0.75, 0.75, 0.8), (0.006, 0.006, 0.006)


def confidence(image: Image, mask: Mask) -> float:
    return removal.find_occupant(image, scene.analyse(image), mask).confidence


def around(room: drawn.Furnished, margin: int = 24) -> Mask:
    x0, y0, x1, y1 = room.box
    return drawn.box_mask(x0 - margin, y0 - margin, x1 + margin, y1 + margin // 2)


@pytest.mark.parametrize("colours", [BLUE, WHITE, BLACK], ids=["blue", "white", "black"])
@pytest.mark.parametrize("margin", [4, 24])
def test_a_piece_that_stands_free_in_the_box_is_found(colours: Any, margin: int) -> None:
    room = drawn.furnished(colours=colours)
    found = removal.find_occupant(room.image, scene.analyse(room.image), around(room, margin))
    assert found.confidence >= 0.5
    assert found.mask is not None
    piece, marked = room.piece.values > 0, found.mask.values > 0
    assert marked[piece].mean() > 0.97
    assert (marked & piece).sum() / (marked | piece).sum() > 0.75


def test_an_empty_place_is_left_alone() -> None:
    empty = Image(drawn.plate())
    for box in ((200, 120, 420, 400), (80, 300, 640, 460), (260, 20, 420, 200)):
        assert confidence(empty, drawn.box_mask(*box)) == 0


def test_what_the_box_only_touches_is_left_alone() -> None:
    room = drawn.furnished(wide=0.3)
    x0, y0, x1, y1 = room.box
    beside = drawn.box_mask(x1 - 60, y0 - 20, x1 + 130, y1 + 20)
    above = drawn.box_mask(x0 - 30, y0 - 120, x1 + 30, y0 + 60)
    below = drawn.box_mask(x0 - 30, y1 - 60, x1 + 30, y1 + 80)
    inside = drawn.box_mask(x0 + 10, y0 + 10, x1 - 10, y1 - 10)
    for mask in (beside, above, below, inside):
        assert confidence(room.image, mask) < 0.5


def test_a_small_thing_in_a_large_box_is_left_alone() -> None:
    room = drawn.furnished(wide=0.05, tall=0.08)
    x0, y0, x1, y1 = room.box
    assert confidence(room.image, drawn.box_mask(x0 - 90, y0 - 170, x1 + 90, y1 + 10)) < 0.5


def test_what_hangs_on_the_wall_is_left_alone() -> None:
    room = drawn.furnished(at=(0.5, 0.4), tall=0.25)
    assert confidence(room.image, around(room)) < 0.5


def test_light_is_no_piece() -> None:
    linear = drawn.plate().astype(np.float32)
    patch = np.zeros(linear.shape[:2], np.uint8)
    cv2.fillPoly(patch, [np.array([[300, 300], [450, 300], [420, 420], [250, 420]])], 1)
    for factor in (1.6, 0.6):  # a patch of sun, a hard shadow
        picture = np.where(patch[..., None] > 0, np.minimum(linear * factor, 255), linear)
        mask = drawn.box_mask(230, 280, 470, 440)
        assert confidence(Image(picture.astype(np.uint8)), mask) < 0.5


def test_an_outline_over_an_empty_place_is_left_alone() -> None:
    values = np.zeros(drawn.SIZE[::-1], np.uint8)
    cv2.ellipse(values, (360, 300), (70, 110), 0, 0, 360, 255, -1)
    assert confidence(Image(drawn.plate()), Mask(values)) == 0


def test_an_empty_place_is_only_glanced_at(monkeypatch: pytest.MonkeyPatch) -> None:
    large = cv2.resize(drawn.plate(), (1224, 816))
    room = Image(np.asarray(large, np.uint8))
    known, mask = scene.analyse(room), drawn.box_mask(400, 250, 800, 700, (1224, 816))
    looked_at, look = [], occupant.unlikeness

    def seen(rgb: U8, box: Box) -> tuple[F32, NDArray[np.bool_]]:
        looked_at.append(max(rgb.shape))
        return look(rgb, box)

    monkeypatch.setattr(occupant, "unlikeness", seen)
    removal.find_occupant(room, known, mask)
    assert looked_at == [96]  # pixels, however large the photo: every staging pays for this


def test_a_mask_drawn_by_hand_takes_the_rim_along() -> None:
    room = drawn.furnished()
    x0, y0, x1, y1 = room.box
    values = np.zeros(drawn.SIZE[::-1], np.uint8)
    cv2.ellipse(values, ((x0 + x1) // 2, (y0 + y1) // 2), (72, 118), 0, 0, 360, 255, -1)
    short = Mask(values & room.piece.values)
    short.values[: y0 + 5] = 0
    short.values[:, : x0 + 5] = 0
    grown = with_rim(room.image, short).values > 0
    edge = np.s_[y0 + 60 : y0 + 120, x0 : x0 + 5]
    assert (short.values[edge] == 0).all()
    assert grown[edge].mean() > 0.7
    assert grown[room.piece.values == 0].mean() < 0.01
