"""The same request twice, by a client that doesn't know whether the first arrived."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient

from roomstage.errors import InvalidMask

from . import ledger
from .conftest import PAINTED

PATH = "/v1/furniture-staging"
Start = Callable[..., TestClient]
SCENARIOS = ['"7c4a8d09"', "7c4a8d09"]  # a structured string as the draft has it, and a bare one


@pytest.fixture
def server(start: Start, database: str) -> tuple[TestClient, dict[str, str]]:
    client = start(database=database)
    key = ledger.new_key(database, credits=100)
    return client, {"x-api-key": key, "Idempotency-Key": SCENARIOS[0]}


def test_a_repeated_call_gets_the_first_answer_and_is_charged_once(
    server: tuple[TestClient, dict[str, str]], fake: Any, fields: dict[str, Any], database: str
) -> None:
    client, headers = server
    first = client.post(PATH, json=fields, headers=headers)
    again = client.post(PATH, json=fields, headers=headers | {"Idempotency-Key": SCENARIOS[1]})
    assert first.content == again.content == PAINTED
    for name in ("content-type", "x-seed-value", "x-output-metadata", "x-roomstage-job"):
        assert first.headers[name] == again.headers[name]
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert (first.headers["x-cost"], again.headers["x-cost"]) == ("12", "0")
    assert ledger.balance(database) == 88
    assert len(fake.calls) == 1


def test_another_request_under_the_same_key_is_422(
    server: tuple[TestClient, dict[str, str]], fields: dict[str, Any], database: str
) -> None:
    client, headers = server
    assert client.post(PATH, json=fields, headers=headers).status_code == 200
    for other in (fields | {"seed": 1}, fields | {"main_image": "AQEB"}):
        answer = client.post(PATH, json=other, headers=headers)
        assert answer.status_code == 422
        assert answer.json()["code"] == "idempotency_mismatch"
    assert client.post("/v2/furniture-staging", json=fields, headers=headers).status_code == 422
    assert ledger.balance(database) == 88


def test_the_same_request_written_otherwise_is_the_same(
    server: tuple[TestClient, dict[str, str]], fake: Any, fields: dict[str, Any]
) -> None:
    client, headers = server
    client.post(PATH, json=fields, headers=headers)
    otherwise = {"steps": "25", "unknown": 1, **fields, "overlay_image_mask": None}
    assert client.post(PATH, json=otherwise, headers=headers).status_code == 200
    assert len(fake.calls) == 1


def test_while_the_first_runs_the_second_is_409(
    server: tuple[TestClient, dict[str, str]],
    fake: Any,
    fields: dict[str, Any],
    gate: threading.Event,
) -> None:
    client, headers = server
    begun = threading.Event()

    def block() -> None:
        begun.set()
        assert gate.wait(30)

    fake.act = block
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(client.post, PATH, json=fields, headers=headers)
        assert begun.wait(10)
        second = client.post(PATH, json=fields, headers=headers)
        gate.set()
        assert first.result(20).status_code == 200
    assert second.status_code == 409
    assert int(second.headers["retry-after"]) > 0


def test_a_refusal_of_the_request_is_repeated_and_a_fault_of_ours_is_tried_again(
    server: tuple[TestClient, dict[str, str]], fake: Any, fields: dict[str, Any]
) -> None:
    client, headers = server

    def refuse() -> None:
        raise InvalidMask("main_image_mask is empty: paint white", field="main_image_mask")

    def break_down() -> None:
        raise ZeroDivisionError

    fake.act = refuse
    answers = [client.post(PATH, json=fields, headers=headers) for _ in range(2)]
    assert [a.status_code for a in answers] == [400, 400]
    assert answers[0].json()["error"] == answers[1].json()["error"]
    assert len(fake.calls) == 1
    headers = headers | {"Idempotency-Key": "another"}
    fake.act = break_down
    assert client.post(PATH, json=fields, headers=headers).status_code == 500
    fake.act = lambda: None
    assert client.post(PATH, json=fields, headers=headers).status_code == 200


def test_a_wrong_request_does_not_use_its_key_up(
    server: tuple[TestClient, dict[str, str]], fields: dict[str, Any]
) -> None:
    client, headers = server
    assert client.post(PATH, json=fields | {"steps": 1}, headers=headers).status_code == 400
    assert client.post(PATH, json=fields, headers=headers).status_code == 200


def test_a_repeated_submission_is_the_same_job(
    server: tuple[TestClient, dict[str, str]], fake: Any, fields: dict[str, Any], database: str
) -> None:
    client, headers = server
    with ThreadPoolExecutor(8) as threads:
        posts = [
            threads.submit(client.post, "/v2/furniture-staging", json=fields, headers=headers)
            for _ in range(20)
        ]
        answers = [post.result() for post in posts]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["request_id"] for answer in answers}) == 1
    assert sum("idempotent-replayed" in answer.headers for answer in answers) == 19
    assert ledger.balance(database) == 88


@pytest.mark.parametrize("key", [b"", b'""', b"x" * 256, b"\xe9"])
def test_a_key_that_is_none_is_400(client: TestClient, fields: dict[str, Any], key: bytes) -> None:
    answer = client.post(PATH, json=fields, headers={b"Idempotency-Key": key})
    assert answer.status_code == 400
    assert answer.json()["field"] == "Idempotency-Key"


def test_with_retention_zero_a_delivered_answer_is_gone(
    start: Start, fields: dict[str, Any], database: str
) -> None:
    client = start(database=database, retention=0)
    headers = {"x-api-key": ledger.new_key(database, credits=100), "Idempotency-Key": "k"}
    assert client.post(PATH, json=fields, headers=headers).status_code == 200
    assert client.post(PATH, json=fields, headers=headers).status_code == 410
    assert ledger.balance(database) == 88
