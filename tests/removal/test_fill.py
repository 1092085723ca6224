from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from removal import drawn
from roomstage import removal, scene
from roomstage.image import U8, Image, Mask
from roomstage.removal.crease import Crease
from roomstage.removal.frame import FloorFrame, WallFrame
from roomstage.removal.membrane import membrane

ROOMS = {
    "level": {},
    "turned": {"slope": 0.06},
    "aside": {"at": (0.3, 0.78)},
    "on the floor": {"at": (0.55, 0.92), "tall": 0.28},
}


def erased(room: drawn.Furnished, mask: Mask | None = None, seed: int = 1) -> removal.Erased:
    return removal.erase(room.image, scene.analyse(room.image), mask or room.piece, seed=seed)


def smooth(rgb: U8) -> np.ndarray:
    """Levels without the boards' own tones."""
    return cv2.GaussianBlur(rgb.astype(np.float32), (0, 0), 14)


@pytest.mark.parametrize("name", ROOMS)
def test_what_stood_there_is_gone_and_the_room_goes_on(name: str) -> None:
    room = drawn.furnished(**ROOMS[name])
    result = erased(room)
    inside = room.piece.values > 0
    before = np.abs(room.image.rgb.astype(int) - room.empty.rgb)[inside].mean()
    after = np.abs(result.image.rgb.astype(int) - room.empty.rgb)[inside].mean()
    assert after < 10  # the boards' tones differ by more: no other boards could be known
    assert after < 0.16 * before
    tone = np.abs(smooth(result.image.rgb) - smooth(room.empty.rgb))[inside]
    assert tone.mean() < 5
    assert tone.max() < 16


@pytest.mark.parametrize("slope", [0.0, 0.06, -0.08])
def test_the_skirting_goes_on_behind_the_piece(slope: float) -> None:
    room = drawn.furnished(slope=slope)
    result = erased(room)
    x0, _, x1, _ = room.box
    for column in range(x0 + 8, x1 - 8, 12):
        rows = slice(int(room.crease[column]) - 24, int(room.crease[column]) + 8)
        found, true = (
            np.flatnonzero(picture.rgb[rows, column].min(axis=1) > 190)
            for picture in (result.image, room.empty)
        )
        assert abs(found.min() - true.min()) <= 2
        assert abs(found.max() - true.max()) <= 2


def test_its_shadow_goes_with_it_and_the_floor_keeps_its_boards() -> None:
    room = drawn.furnished()
    result = erased(room)
    outside = cv2.dilate(room.piece.values, np.ones((25, 25), np.uint8)) == 0
    fallen = (room.shadow < 0.97) & outside
    assert fallen.sum() > 500
    dark = (smooth(room.empty.rgb) - smooth(room.image.rgb))[fallen].mean()
    left = np.abs(smooth(room.empty.rgb) - smooth(result.image.rgb))[fallen].mean()
    assert dark > 3
    assert left < 0.5 * dark
    for picture in (result.image, room.empty):  # divided out: the texture is the floor's own
        detail = picture.rgb.astype(np.float32) - smooth(picture.rgb)
        assert detail[fallen].std() > 6


def test_every_byte_outside_the_change_survives() -> None:
    room = drawn.furnished()
    result = erased(room)
    untouched = result.changed.values == 0
    assert (result.image.rgb[untouched] == room.image.rgb[untouched]).all()
    assert untouched.mean() > 0.6
    assert (result.changed.values[room.piece.values > 0] == 255).all()


def test_the_room_keeps_its_grain() -> None:
    room = drawn.furnished()
    x0, y0, x1, _ = room.box
    wall = np.s_[y0 + 6 : y0 + 50, x0 + 6 : x1 - 6]
    spreads = []
    for picture in (erased(room).image, room.empty):
        grey = picture.rgb[wall].mean(axis=2)
        spreads.append((grey - cv2.GaussianBlur(grey, (0, 0), 3)).std())
    assert 0.6 * spreads[1] < spreads[0] < 1.4 * spreads[1]


def test_the_same_seed_gives_the_same_bytes() -> None:
    room = drawn.furnished()
    assert erased(room, seed=5).image.rgb.tobytes() == erased(room, seed=5).image.rgb.tobytes()


def test_the_scene_is_that_of_the_cleared_room() -> None:
    room = drawn.furnished(colours=(0.005, 0.005, 0.005), at=(0.5, 0.8))
    before, true = scene.analyse(room.image), scene.analyse(room.empty)
    after = erased(room).scene
    x0, y0, x1, y1 = (round(value * before.scale) for value in room.box)
    part = np.s_[y0 + 2 : y1 - 2, x0 + 2 : x1 - 2]
    assert before.linear[part].mean() < 0.3 * true.linear[part].mean()
    assert after.linear[part].mean() == pytest.approx(true.linear[part].mean(), rel=0.12)
    foot = np.s_[y1 - 12 : y1 - 2, x0 + 2 : x1 - 2]
    assert after.floor[foot].mean() > 0.8
    assert after.camera == before.camera


def test_a_piece_at_the_edge_of_the_picture_can_be_taken_out() -> None:
    room = drawn.furnished(at=(0.08, 0.8), wide=0.3)
    result = erased(room)
    inside = room.piece.values > 0
    assert np.abs(smooth(result.image.rgb) - smooth(room.empty.rgb))[inside].mean() < 10


@pytest.mark.parametrize("size", [(64, 48), (40, 400), (400, 40)])
def test_small_and_narrow_pictures_are_no_trouble(size: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (size[1], size[0], 3), np.uint8)
    mask = drawn.box_mask(size[0] // 3, size[1] // 3, size[0] // 2, size[1] // 2, size)
    image = Image(noise)
    result = removal.erase(image, scene.analyse(image), mask, seed=1)
    assert result.image.size == size


def test_one_pixel_and_half_the_picture_are_no_trouble() -> None:
    room = drawn.furnished()
    for mask in (drawn.box_mask(300, 200, 301, 201), drawn.box_mask(0, 100, 600, 480)):
        assert erased(room, mask).image.size == drawn.SIZE


def test_alpha_and_orientation_are_kept() -> None:
    room = drawn.furnished()
    alpha = np.full(room.piece.values.shape, 200, np.uint8)
    image = replace(room.image, alpha=alpha, orientation=3)
    result = removal.erase(image, scene.analyse(image), room.piece, seed=1)
    assert result.image.alpha is alpha
    assert result.image.orientation == 3


def test_frames_lead_there_and_back() -> None:
    x, y = np.meshgrid(np.arange(0.0, 300, 20), np.arange(120.0, 200, 10))
    for frame in (FloorFrame(80.0, 150.0, 60.0), WallFrame(Crease(((0.1, 90.0), (-0.4, 160.0))))):
        back = frame.to_picture(*frame.to_plane(x.astype(np.float32), y.astype(np.float32)))
        assert np.allclose(back[0], x, atol=0.01)
        assert np.allclose(back[1], y, atol=0.01)


def test_the_membrane_carries_a_slope_across() -> None:
    slope = np.tile(np.linspace(10, 90, 60, dtype=np.float32)[:, None], (1, 40))[..., None]
    known = np.ones((60, 40), np.bool_)
    known[20:40, 10:30] = False
    filled = membrane(np.where(known[..., None], slope, 0), known, np.ones_like(known))
    assert np.abs(filled - slope).max() < 3
