"""Who may call, what it costs, and what is told of both."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from roomstage.errors import InvalidMask, InvalidParameter
from roomstage.server.app import build_app
from roomstage.server.config import Config

from . import ledger

PATH = "/v1/furniture-staging"
Start = Callable[..., TestClient]


def test_without_keys_the_server_is_open_to_its_own_machine(
    start: Start, database: str, fields: dict[str, Any]
) -> None:
    client = start(database=database)
    for headers in ({}, {"x-api-key": "anything"}, {"Authorization": "Bearer x"}):
        answer = client.post(PATH, json=fields, headers=headers)
        assert answer.status_code == 200
        assert answer.headers["x-remaining-credits"] == "1000000"
        assert answer.headers["x-cost"] == "0"


def test_the_first_key_closes_a_running_server(
    start: Start, database: str, fields: dict[str, Any]
) -> None:
    client = start(database=database)
    assert client.post(PATH, json=fields).status_code == 200
    key = ledger.new_key(database, credits=100)
    missing = client.post(PATH, json=fields)
    assert missing.status_code == 401
    assert missing.json()["error"] == "Missing Authorization or x-api-key in header"
    wrong = client.post(PATH, json=fields, headers={"x-api-key": "SG_0123456789abcdef"})
    assert wrong.status_code == 401
    assert wrong.json()["error"].startswith("Unauthorized. API key is invalid or may have expired")
    for headers in ({"x-api-key": key}, {"Authorization": f"Bearer {key}"}):
        assert client.post(PATH, json=fields, headers=headers).status_code == 200
    both = {"x-api-key": "wrong", "Authorization": f"Bearer {key}"}
    assert client.post(PATH, json=fields, headers=both).status_code == 401, "x-api-key is first"


@pytest.mark.parametrize("key", [b"", b"SG_", b"\xe9", b"x" * 60_000, b"SG_0123456789ABCDEF"])
def test_odd_keys_are_401(start: Start, database: str, fields: dict[str, Any], key: bytes) -> None:
    client = start(database=database)
    ledger.new_key(database)
    assert client.post(PATH, json=fields, headers={b"x-api-key": key}).status_code == 401
    assert client.post(f"{PATH}?x-api-key=x&api_key=x", json=fields).status_code == 401


def test_a_wrong_key_takes_as_long_however_much_of_it_is_right(database: str) -> None:
    right = ledger.new_key(database)
    last = "0" if right[-1] != "0" else "1"
    wrong = {"near": right[:-1] + last, "far": "SG_" + right[:2:-1]}
    spent: dict[str, list[int]] = {name: [] for name in wrong}
    with ledger.store(database) as store:
        for _ in range(300):  # in turns, so that what else the machine does weighs on both
            for name, key in wrong.items():
                start = time.perf_counter_ns()
                assert store.accounts.of_key(key) is None
                spent[name].append(time.perf_counter_ns() - start)
    near, far = (statistics.median(each) for each in spent.values())
    assert 2 / 3 < near / far < 3 / 2


def test_a_revoked_key_opens_nothing(start: Start, database: str, fields: dict[str, Any]) -> None:
    client = start(database=database)
    key = ledger.new_key(database, credits=100)
    assert client.post(PATH, json=fields, headers={"x-api-key": key}).status_code == 200
    with ledger.store(database) as store:
        store.accounts.revoke(key)
    for headers in ({"x-api-key": key}, {}):
        assert client.post(PATH, json=fields, headers=headers).status_code == 401


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "stage.example.com"])
def test_strangers_are_not_served_without_keys(database: str, host: str) -> None:
    with pytest.raises(InvalidParameter, match="roomstage keys create"):
        build_app(Config(host=host, database=database))
    ledger.new_key(database)
    build_app(Config(host=host, database=database))


def test_a_picture_costs_its_price_and_says_so(
    start: Start, database: str, fields: dict[str, Any]
) -> None:
    client = start(database=database, prices="furniture-staging=7")
    headers = {"x-api-key": ledger.new_key(database, credits=20)}
    answer = client.post(PATH, json=fields, headers=headers)
    assert (answer.headers["x-cost"], answer.headers["x-remaining-credits"]) == ("7", "13")
    told = client.get("/v1/get-user-credits", headers=headers)
    assert told.json() == {"credits": 13, "free-credits": 0}
    assert client.get("/api/auth/authenticate", headers=headers).json()["name"] == "anna"
    assert client.post(PATH, json=fields, headers=headers).status_code == 200
    short = client.post(PATH, json=fields, headers=headers)
    assert short.status_code == 406
    assert "Insufficient credits: the balance is 6, and this call needs 7" in short.json()["error"]
    assert ledger.kinds(database) == ["grant", "hold", "capture", "hold", "capture"]


def test_what_gives_no_picture_costs_nothing(
    start: Start, database: str, fake: Any, fields: dict[str, Any]
) -> None:
    client = start(database=database)
    headers = {"x-api-key": ledger.new_key(database, credits=12)}
    wrong = client.post(PATH, json=fields | {"steps": 5}, headers=headers)
    assert wrong.status_code == 400
    assert ledger.kinds(database) == ["grant"], "a wrong request is never held"

    def refuse() -> None:
        raise InvalidMask("it is empty")

    def break_down() -> None:
        raise ZeroDivisionError

    for act, status in ((refuse, 400), (break_down, 500)):
        fake.act = act
        assert client.post(PATH, json=fields, headers=headers).status_code == status
        assert ledger.balance(database) == 12
    assert ledger.kinds(database) == ["grant", "hold", "release", "hold", "release"]


def test_credits_for_ten_pay_for_ten_of_thirty(
    start: Start, database: str, fields: dict[str, Any]
) -> None:
    client = start(database=database, prices="furniture-staging=1")
    headers = {"x-api-key": ledger.new_key(database, credits=10)}
    with ThreadPoolExecutor(8) as threads:
        posts = [threads.submit(client.post, PATH, json=fields, headers=headers) for _ in range(30)]
        statuses = sorted(post.result().status_code for post in posts)
    assert statuses == [200] * 10 + [406] * 20
    assert ledger.balance(database) == 0


def test_a_call_that_takes_too_long_is_told_how_to_wait(
    start: Start, database: str, fake: Any, fields: dict[str, Any], gate: threading.Event
) -> None:
    client = start(database=database, sync_seconds=1)
    headers = {"x-api-key": ledger.new_key(database, credits=12)}
    fake.act = lambda: gate.wait(30)
    answer = client.post(PATH, json=fields, headers=headers)
    gate.set()
    assert answer.status_code == 504
    assert "POST /v2/" in answer.json()["error"]
    assert ledger.balance(database) == 12


def test_an_account_that_calls_too_fast_is_told_when_to_come_back(
    start: Start, database: str, fields: dict[str, Any]
) -> None:
    client = start(database=database, account_rate="2/hour")
    anna = {"x-api-key": ledger.new_key(database, credits=100)}
    ben = {"x-api-key": ledger.new_key(database, "ben", credits=100)}
    left = [
        client.post(PATH, json=fields, headers=anna).headers["x-rate-limit-remaining"]
        for _ in range(2)
    ]
    assert left == ["1", "0"]
    fast = client.post(PATH, json=fields, headers=anna)
    assert fast.status_code == 429
    assert "rate_limit_exceeded" in fast.json()["error"]
    assert 0 < int(fast.headers["retry-after"]) <= 3600
    assert "T" in fast.headers["x-rate-limit-reset-at-utc"]
    assert client.post(PATH, json=fields, headers=ben).status_code == 200


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"prices": "furniture-staging=-1"}, "whole number"),
        ({"prices": "furniture-staging=1.5"}, "whole number"),
        ({"prices": "furniture-staging"}, "whole number"),
        ({"prices": "no-such-model=1"}, "furniture-staging"),
        ({"account_rate": "fast"}, "600/minute"),
        ({"public_url": "stage.example.com"}, "https://"),
        ({"retention": -1}, "ROOMSTAGE_RETENTION"),
        ({"database": "mysql://x"}, "SQLite"),
    ],
)
def test_settings_that_make_no_sense_refuse_to_start(
    setting: dict[str, Any], words: str, database: str
) -> None:
    with pytest.raises(InvalidParameter, match=words):
        build_app(replace(Config(database=database), **setting))


def test_who_has_no_key_learns_nothing_of_the_account(start: Start, database: str) -> None:
    client = start(database=database)
    ledger.new_key(database)
    for path in (
        "/v1/get-user-credits",
        "/api/auth/authenticate",
        "/inference-request/request-history",
        "/inference-request/generations",
        "/v2/requests/x",
        "/v2/requests/x/status",
    ):
        assert client.get(path).status_code == 401, path
    assert client.post("/upload-asset", json={}).status_code == 401
    for path in ("/", "/health/live", "/v1/models", "/llms.txt", "/openapi.json"):
        assert client.get(path).status_code == 200, path
