"""The whole table over HTTP: as JSON, as files in a form, and as URLs."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from . import never, web
from .conftest import GOOD, PATH, Server
from .corpus import Case, abridged, cases

SMALL = abridged()


def files(case: Case) -> dict[str, bytes]:
    """The pictures of a call by field."""
    given = {**GOOD, **case.beside, case.field: case.data}
    return {name: data for name, data in given.items() if data is not None}


def check(answer: Any, case: Case, expect: str | None = None) -> None:
    """The status, the code and the field are those of the table."""
    code = expect or case.whole
    status, found, field = never.outcome(answer)
    assert (status, found) == (never.STATUS.get(code, 400), code), answer.text
    if code == "ok":
        assert answer.content.startswith(b"\x89PNG")
        assert b"<?php" not in answer.content
        assert b"<script>" not in answer.content
    elif code == case.expect:
        assert field == case.field


def expected(case: Case) -> str:
    """An empty mask counts as not given."""
    return "ok" if not case.data and case.field.endswith("mask") else case.whole


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_as_json(case: Case, server: Server) -> None:
    given = {name: base64.b64encode(data).decode() for name, data in files(case).items()}
    given |= {"prompt": "a box", "steps": "10"}
    answer = server.send("POST", PATH, json=given, sent=given, row=case.name)
    check(answer, case, expected(case))


@pytest.mark.parametrize("case", SMALL, ids=lambda case: case.name)
def test_as_files_under_wrong_names_and_types(case: Case, server: Server) -> None:
    parts = {name: ("../../x.exe", data, "text/html") for name, data in files(case).items()}
    text = {"prompt": "a box", "steps": "10"}
    answer = server.send("POST", PATH, files=parts, data=text)
    check(answer, case, expected(case))


@pytest.fixture(scope="module")
def root() -> Iterator[str]:
    """A web server that has every file of the table."""
    found = {f"/{number}": web.reply(case.data) for number, case in enumerate(SMALL)}
    with web.serving(found) as (port, _):
        yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("number", range(len(SMALL)), ids=lambda number: SMALL[number].name)
def test_as_url(number: int, server: Server, root: str) -> None:
    case = SMALL[number]
    given = {name: base64.b64encode(data).decode() for name, data in files(case).items()}
    given |= {"prompt": "a box", "steps": "10", case.field: f"{root}/{number}"}
    answer = server.send("POST", PATH, json=given, sent=given)
    check(answer, case, case.whole if case.data else "fetch_refused")
