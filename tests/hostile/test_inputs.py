"""The whole table against the reader of bytes."""

from __future__ import annotations

import tracemalloc

import pytest

from roomstage.errors import RoomstageError
from roomstage.image import Image
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


def test_names_are_unique() -> None:
    names = [case.name for case in cases()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    "case", [c for c in cases() if c.expect == "image_too_large"], ids=lambda case: case.name
)
def test_bombs_are_refused_before_memory_is_taken(case: Case) -> None:
    tracemalloc.start()
    outcome = _outcome(case)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(outcome, RoomstageError)
    assert peak < MIB


def _outcome(case: Case) -> object:
    try:
        if case.field.endswith("mask"):
            return decode_mask(case.data, of=Image(photo()), field=case.field)
        return decode_image(case.data, field=case.field)
    except RoomstageError as error:
        return error
