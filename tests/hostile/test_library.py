"""The table through `roomstage.stage`, and the arrays that only a library can be given."""

from __future__ import annotations

from typing import Any

import pytest

import roomstage
from roomstage.errors import RoomstageError

from .arrays import Given, arrays
from .conftest import GOOD
from .corpus import Case, abridged


def outcome(pictures: dict[str, Any]) -> str:
    """ "ok" or the error's code."""
    try:
        staging = roomstage.stage(**pictures, prompt="a box", steps=10)
    except RoomstageError as error:
        return error.code if error.field and error.message else "an error without field or words"
    return "ok" if staging.image.rgb.size else "no pixels"


@pytest.mark.parametrize("case", abridged(), ids=lambda case: case.name)
def test_every_picture_is_staged_or_refused_with_its_code(case: Case) -> None:
    given = {**GOOD, **case.beside, case.field: case.data}
    assert outcome({name: data for name, data in given.items() if data is not None}) == case.whole


@pytest.mark.parametrize("given", arrays(), ids=lambda given: given.name)
def test_every_array_is_staged_or_refused_with_its_code(given: Given) -> None:
    assert outcome({**GOOD, "main_image": given.source}) == given.expect
