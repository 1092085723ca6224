"""A draft is what the whole preview will be, only smaller: nothing jumps when the hand lets go."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from roomstage import inputs
from roomstage.image import Image, Mask
from roomstage.pipeline import AnalysedRoom, Options, Staging, analyse, run

SAMPLES = Path(__file__).parents[2] / "samples"
OPTIONS = Options("a teal velvet sofa", steps=10, remove=False)


@pytest.fixture(scope="module")
def room() -> AnalysedRoom:
    photo = inputs.decode_image((SAMPLES / "rooms/living_room.jpg").read_bytes(), field="room")
    small = cv2.resize(photo.rgb, (1024, 683), interpolation=cv2.INTER_AREA)
    return analyse(Image(np.asarray(small, np.uint8)))


def staged(room: AnalysedRoom, options: Options) -> Staging:
    product = (SAMPLES / "products/sofa.png").read_bytes()
    width, height = room.image.size
    mask = np.zeros((height, width), np.uint8)
    mask[round(0.55 * height) : round(0.93 * height), round(0.3 * width) : round(0.76 * width)] = (
        255
    )
    sofa = inputs.decode_image(product, field="product")
    return run(room, sofa, mask=Mask(mask), overlay_mask=None, options=options)


def test_a_draft_stands_where_the_product_will_and_is_lit_as_it_will_be(room: AnalysedRoom) -> None:
    whole = staged(room, OPTIONS)
    draft = staged(room.draft(), replace(OPTIONS, draft=True))
    assert draft.image.size == (768, 512)
    place, then = draft.placement, whole.placement
    assert place.corners * (1024 / 768) == pytest.approx(then.corners, abs=2)
    assert place.size_cm == pytest.approx(then.size_cm, rel=0.02)
    assert draft.light["gain"] == pytest.approx(whole.light["gain"], rel=0.03)
    seen = cv2.resize(whole.image.rgb, (768, 512), interpolation=cv2.INTER_AREA).astype(int)
    apart = np.abs(seen - draft.image.rgb)
    assert apart.mean() < 2
    assert np.percentile(apart, 99) < 16


def test_a_small_room_is_its_own_draft() -> None:
    tiny = analyse(Image(np.full((90, 120, 3), 140, np.uint8)))
    assert tiny.draft() is tiny
