"""The words that `docs/inputs.md` quotes are those of the product."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from roomstage.errors import RoomstageError
from roomstage.image import Image
from roomstage.inputs import decode_image, decode_mask
from roomstage.models.furniture_staging import FurnitureStagingParams
from roomstage.service import sources
from roomstage.service.fetch import Fetcher

from .corpus import Case, cases
from .pictures import photo
from .texts import PLAIN, texts

PAGE = Path(__file__).parents[2] / "docs" / "inputs.md"
QUOTED = re.compile(r"`((?:main_image|main_image_mask|steps) [^`]+)`")


def test_every_refusal_that_is_quoted_is_said() -> None:
    quoted = set(QUOTED.findall(PAGE.read_text("utf-8")))
    assert len(quoted) > 10
    assert quoted <= _said()


def _said() -> set[str]:
    given = {"prompt": "a box", "main_image": PLAIN, "overlay_image": PLAIN, "steps": 9}
    refused = [case for case in cases() if case.expect != "ok" and not case.heavy]
    urls = ["http://127.0.0.1/", *(text.value for text in texts() if not text.heavy)]
    return {
        _refusal(FurnitureStagingParams.parse, given),
        *(_refusal(_source, value) for value in urls if isinstance(value, str)),
        *(_refusal(_picture, case) for case in refused),
    }


def _source(value: str) -> object:
    return sources.read(value, Fetcher(), field="main_image")


def _picture(case: Case) -> object:
    if case.field.endswith("mask"):
        return decode_mask(case.data, of=Image(photo()), field=case.field)
    return decode_image(case.data, field=case.field)


def _refusal(read: Callable[[Any], object], given: object) -> str:
    try:
        read(given)
    except RoomstageError as error:
        return error.message
    return ""
