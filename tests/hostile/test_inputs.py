"""The whole table against the reader of bytes."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from roomstage.errors import RoomstageError
from roomstage.image import Image, Mask
from roomstage.inputs import decode_image, decode_mask

from .corpus import Case, cases
from .pictures import photo

MIB = 1 << 20


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_gives_a_picture_or_an_error_that_names_the_field(case: Case) -> None:
    outcome = _outcome(case)
    if isinstance(outcome, RoomstageError):
        assert outcome.code == case.expect, outcome
        assert outcome.field == case.field
        assert outcome.message.startswith(case.field)
        assert len(outcome.message) < 300
    else:
        assert case.expect == "ok"


@pytest.mark.parametrize(
    "case", [c for c in cases() if c.pixels is not None], ids=lambda case: case.name
)
def test_the_pixels_are_those_of_the_plain_form(case: Case) -> None:
    outcome, wanted = _outcome(case), case.pixels
    assert isinstance(outcome, Image | Mask), outcome
    assert wanted is not None
    found = outcome.rgb if isinstance(outcome, Image) else outcome.values
    assert found.shape == wanted.shape
    assert int(np.abs(found.astype(int) - wanted).max()) <= case.within


@pytest.mark.parametrize(
    "case",
    [c for c in cases() if c.expect == "image_too_large" and not c.heavy],
    ids=lambda case: case.name,
)
def test_bombs_are_refused_before_memory_is_taken(case: Case) -> None:
    data = case.data
    tracemalloc.start()
    outcome = _outcome(case, data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(outcome, RoomstageError)
    assert peak < MIB


def _outcome(case: Case, data: bytes | None = None) -> Image | Mask | RoomstageError:
    data = case.data if data is None else data
    try:
        if case.field.endswith("mask"):
            return decode_mask(data, of=_masked(case), field=case.field)
        return decode_image(data, field=case.field)
    except RoomstageError as error:
        return error


def _masked(case: Case) -> Image:
    """The picture that a mask belongs to."""
    picture = case.field.removesuffix("_mask")
    beside = case.beside.get(picture)
    return Image(photo()) if beside is None else decode_image(beside, field=picture)
