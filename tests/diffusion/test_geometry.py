"""The crop, the stitch, and the registration of what comes back."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roomstage.engines.diffusion import crop, registration, stitch
from roomstage.errors import PaintingFailed
from roomstage.image import Box

from . import drawn

MEGAPIXEL = 1024 * 1024


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_crop_holds_its_region_lies_in_the_room_and_suits_the_model(data: st.DataObject) -> None:
    width = data.draw(st.integers(64, 6000))
    height = data.draw(st.integers(64, 6000))
    x0 = data.draw(st.integers(0, width - 1))
    y0 = data.draw(st.integers(0, height - 1))
    x1 = data.draw(st.integers(x0 + 1, width))
    y1 = data.draw(st.integers(y0 + 1, height))
    pixels = data.draw(st.sampled_from([MEGAPIXEL, 512 * 512, 64 * 64]))
    found = crop.plan(Box(x0, y0, x1, y1), (width, height), pixels=pixels)
    box = found.box
    assert 0 <= box.x0 <= x0 < x1 <= box.x1 <= width
    assert 0 <= box.y0 <= y0 < y1 <= box.y1 <= height
    assert found.size[0] % 16 == found.size[1] % 16 == 0
    assert found.size[0] * found.size[1] <= pixels or 16 in found.size
    stretch = (found.size[0] / box.width) / (found.size[1] / box.height)
    if min(found.size) >= 512:
        assert 0.96 < stretch < 1.04


def test_a_small_mask_in_a_large_photo_gets_the_models_full_resolution() -> None:
    found = crop.plan(Box(2000, 1500, 2300, 1800), (4000, 3000), pixels=MEGAPIXEL)
    assert found.scale > 1.5  # the whole photo at a megapixel would show it at 0.3
    assert found.size[0] * found.size[1] > 0.9 * MEGAPIXEL
    assert found.scale <= 2.05  # and no more than doubled: beyond, more room is shown instead


def test_the_crop_moves_rather_than_shrinks_at_the_rooms_edge() -> None:
    corner = crop.plan(Box(0, 0, 200, 200), (4000, 3000), pixels=MEGAPIXEL)
    middle = crop.plan(Box(2000, 1500, 2200, 1700), (4000, 3000), pixels=MEGAPIXEL)
    assert (corner.box.width, corner.box.height) == (middle.box.width, middle.box.height)


def test_what_is_stitched_back_by_an_honest_model_is_the_room_itself() -> None:
    room = drawn.room()
    mask = drawn.disc(room.shape[:2], (160, 120), 40)
    plan = crop.plan(Box(120, 80, 201, 161), (320, 240), pixels=512 * 512)
    returned = plan.back(plan.seen(room))
    weight = stitch.feathered(mask[plan.box.slices], 12)
    out, changed = stitch.stitched(room, returned, plan.box, weight)
    assert np.abs(out.astype(int) - room).max() <= 12  # resampling, no seam
    assert np.abs(out.astype(int) - room).mean() < 0.5
    assert (out[changed == 0] == room[changed == 0]).all()


def test_outside_the_feather_every_byte_is_the_rooms() -> None:
    room = drawn.room()
    mask = drawn.disc(room.shape[:2], (160, 120), 40)
    box = Box(80, 40, 240, 200)
    noise = np.random.default_rng(1).integers(0, 256, (160, 160, 3)).astype(np.uint8)
    out, changed = stitch.stitched(room, noise, box, stitch.feathered(mask[box.slices], 10))
    away = cv2.distanceTransform((mask <= 127).astype(np.uint8), cv2.DIST_L2, 5)
    assert (out[away > 11] == room[away > 11]).all()
    assert (changed[away > 11] == 0).all()
    assert (out[mask > 127] == noise[mask[box.slices] > 127]).all()
    assert (changed[mask > 127] == 255).all()


@pytest.mark.parametrize("shift", [(0.0, 0.0), (1.3, -0.6), (-3.5, 2.25)])
def test_a_shifted_picture_is_laid_back_to_a_tenth_of_a_pixel(shift: tuple[float, float]) -> None:
    room = drawn.room()
    move = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float32)
    moved: Any = cv2.warpAffine(room, move, (320, 240), flags=cv2.INTER_CUBIC, borderMode=2)
    known = (drawn.disc((240, 320), (160, 120), 50) == 0).astype(np.float32)
    moved[known == 0] = 90  # what the model painted is its own
    found = registration.register(moved, room, known, bound=8)
    corners = np.array([[0, 0, 1], [319, 0, 1], [0, 239, 1], [319, 239, 1]])
    found_there = corners @ found.warp.T - corners[:, :2]
    assert np.abs(found_there - shift).max() < 0.1
    assert found.likeness is not None
    assert found.likeness > 0.95
    back = registration.aligned(moved, found)
    inner = np.s_[10:-10, 10:-10]
    assert np.abs(back.astype(int) - room)[inner][known[inner] > 0].mean() < 2


def test_a_zoomed_picture_is_laid_back_too() -> None:
    room = drawn.room()
    zoom = cv2.getRotationMatrix2D((160, 120), 0, 1.015).astype(np.float32)
    moved: Any = cv2.warpAffine(room, zoom, (320, 240), flags=cv2.INTER_CUBIC, borderMode=2)
    known = (drawn.disc((240, 320), (160, 120), 50) == 0).astype(np.float32)
    found = registration.register(moved, room, known, bound=8)
    back = registration.aligned(moved, found)
    inner = np.s_[10:-10, 10:-10]
    assert np.abs(back.astype(int) - room)[inner].mean() < 2.5


def test_a_picture_that_is_too_far_off_is_refused_with_the_number() -> None:
    room = drawn.room()
    moved = np.roll(room, 14, axis=1)
    known = np.ones((240, 320), np.float32)
    with pytest.raises(PaintingFailed, match=r"moved the room by 1[34]\.\d pixels"):
        registration.register(moved, room, known, bound=8)


def test_another_room_is_refused() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (240, 320, 3)).astype(np.uint8)
    with pytest.raises(PaintingFailed, match="does not show this room"):
        registration.register(noise, drawn.room(), np.ones((240, 320), np.float32), bound=8)


def test_a_plain_wall_can_not_be_misaligned() -> None:
    plain = np.full((128, 128, 3), 200, np.uint8)
    found = registration.register(plain, plain, np.ones((128, 128), np.float32), bound=8)
    assert (found.shift, found.likeness) == (0.0, None)
