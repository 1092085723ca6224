"""The table of bad and odd inputs over HTTP, and the promise that none of them gives a 500."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from hostile.corpus import Case, cases
from roomstage.server.app import build_app
from roomstage.server.config import Config

from . import live

GOOD = {name: base64.b64encode(data).decode() for name, data in live.pictures().items()}
STATUS = {"image_too_large": 413}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    app = build_app(Config(room_cache_mb=0))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize("case", [c for c in cases() if c.data], ids=lambda case: case.name)
def test_each_gives_a_picture_or_an_error_that_names_the_field(
    case: Case, client: TestClient
) -> None:
    given = GOOD | {case.field: base64.b64encode(case.data).decode(), "prompt": "a box"}
    answer = client.post("/v1/furniture-staging", json=given)
    if answer.status_code == 200:
        assert case.expect == "ok"
        assert answer.content.startswith(b"\x89PNG")
        return
    body = answer.json()
    assert answer.status_code in (400, 413), body
    assert len(answer.content) < 1000
    assert "Traceback" not in answer.text
    if case.expect != "ok":
        expected = STATUS.get(case.expect, 400), case.expect, case.field
        assert (answer.status_code, body["code"], body["field"]) == expected
