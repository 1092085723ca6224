"""Text in a picture's field: read by the library, sent as JSON, in a form and urlencoded."""

from __future__ import annotations

from typing import Any

import pytest

from roomstage.errors import InvalidInput
from roomstage.service import sources
from roomstage.service.fetch import Fetcher

from . import never
from .conftest import PATH, Server
from .texts import DATA, Text, texts

EVERY = list(texts())
WORDS = [text for text in EVERY if isinstance(text.value, str)]
PLAIN_FORM = [text for text in WORDS if not text.heavy and "\ud800" not in text.value]


def check(answer: Any, text: Text) -> None:
    status, code, field = never.outcome(answer)
    assert (status, code) == (never.STATUS.get(text.expect, 400), text.expect), answer.text[:500]
    assert field == (None if code == "ok" else "main_image")


@pytest.mark.parametrize("text", WORDS, ids=lambda text: text.name)
def test_gives_the_bytes_or_a_code(text: Text) -> None:
    outcome = _read(text)
    if isinstance(outcome, InvalidInput):
        assert outcome.code == text.expect
        assert outcome.field == "main_image"
        assert len(outcome.message) < 300
    else:
        assert text.expect == "ok"
        assert outcome == DATA


def _read(text: Text) -> bytes | InvalidInput:
    try:
        return sources.read(text.value, Fetcher(), field="main_image")
    except InvalidInput as error:
        return error


@pytest.mark.parametrize("text", EVERY, ids=lambda text: text.name)
def test_as_json(text: Text, server: Server, good: dict[str, str]) -> None:
    given = good | {"main_image": text.value}
    check(server.send("POST", PATH, json=given, sent=given, row=text.name), text)


@pytest.mark.parametrize("text", PLAIN_FORM, ids=lambda text: text.name)
def test_in_a_form(text: Text, server: Server, good: dict[str, str]) -> None:
    given = good | {"main_image": text.value}
    parts = {name: (None, value) for name, value in given.items()}
    check(server.send("POST", PATH, files=parts, sent=given), text)


@pytest.mark.parametrize("text", PLAIN_FORM, ids=lambda text: text.name)
def test_urlencoded(text: Text, server: Server, good: dict[str, str]) -> None:
    given = good | {"main_image": text.value}
    check(server.send("POST", PATH, data=given, sent=given), text)
