"""When nothing can be kept, callers are told to come back, and nobody loses credits."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from roomstage.errors import StoreUnavailable
from roomstage.service.store import database as store_database
from roomstage.service.store.database import Database

from . import ledger
from .conftest import PAINTED

Start = Callable[..., TestClient]
PATH = "/v1/furniture-staging"


@contextlib.contextmanager
def locked(database: str) -> Iterator[None]:
    """Another program writes and does not come to an end."""
    other = sqlite3.connect(database, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE").close()
    try:
        yield
    finally:
        other.execute("ROLLBACK").close()
        other.close()


@pytest.fixture
def server(
    start: Start, database: str, monkeypatch: pytest.MonkeyPatch
) -> tuple[TestClient, dict[str, str]]:
    monkeypatch.setattr(store_database, "_BUSY_SECONDS", 0.05)
    client = start(database=database, lease_seconds=2)
    return client, {"x-api-key": ledger.new_key(database, credits=24)}


def settled(database: str, credits: int) -> bool:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if ledger.balance(database) == credits:
            return True
        time.sleep(0.05)
    return False


def test_a_locked_database_is_503_in_bounded_time_and_says_when_to_come_back(
    server: tuple[TestClient, dict[str, str]], database: str, fields: dict[str, Any]
) -> None:
    client, headers = server
    with locked(database):
        for path in (PATH, "/v2/furniture-staging"):
            answer = client.post(path, json=fields, headers=headers)
            assert answer.status_code == 503
            assert answer.json()["code"] == "store_unavailable"
            assert int(answer.headers["retry-after"]) > 0
            assert "locked" not in answer.text, "the owner's log has it"
    assert client.post(PATH, json=fields, headers=headers).status_code == 200
    assert ledger.balance(database) == 12


def test_a_picture_that_can_not_be_recorded_is_not_charged(
    server: tuple[TestClient, dict[str, str]], database: str, fake: Any, fields: dict[str, Any]
) -> None:
    client, headers = server
    with contextlib.ExitStack() as stack:
        fake.act = lambda: stack.enter_context(locked(database))
        assert client.post(PATH, json=fields, headers=headers).status_code == 503
    fake.act = lambda: None
    assert settled(database, 24)
    assert ledger.kinds(database) == ["grant", "hold", "release"]


def test_a_full_disk_fails_the_job_and_leaves_nothing(
    server: tuple[TestClient, dict[str, str]],
    database: str,
    fields: dict[str, Any],
    ended: Callable[..., dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client, headers = server

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        refused = client.post("/v2/furniture-staging", json=fields, headers=headers)
        assert refused.status_code == 503
    assert ledger.balance(database) == 24
    submitted = client.post("/v2/furniture-staging", json=fields, headers=headers).json()
    assert ended(client, submitted, **headers)["status"] == "COMPLETED"
    url = client.get(submitted["response_url"], headers=headers).json()["output"]
    assert client.get(url).content == PAINTED


def test_a_disk_that_takes_no_files_is_told_to_who_watches(
    start: Start, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = start(database=database)
    assert client.get("/health/ready").status_code == 200

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["error"] == "not ready: the disk takes no files"


def test_figures_may_have_a_key(start: Start, database: str) -> None:
    assert start(database=database).get("/metrics").status_code == 200
    client = start(database=database, metrics_key="s3cret")
    for given in ({}, {"Authorization": "Bearer wrong"}, {"x-api-key": "s3cret"}):
        refused = client.get("/metrics", headers=given)
        assert refused.status_code == 401
        assert "ROOMSTAGE_METRICS_KEY" in refused.json()["error"]
    asked = client.get("/metrics", headers={"Authorization": "Bearer s3cret"})
    assert "roomstage_requests_total" in asked.text


def test_a_database_that_hangs_holds_nobody_up_who_watches(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    over, asked = threading.Event(), []

    def hang(database: Database) -> None:
        asked.append(database)
        over.wait(30)

    monkeypatch.setattr(Database, "check", hang)
    try:
        start = time.monotonic()
        answers = [client.get("/health/ready") for _ in range(2)]
        assert [answer.status_code for answer in answers] == [503, 503]
        assert "the database does not answer" in answers[0].json()["error"]
        assert time.monotonic() - start < 15
        assert len(asked) == 1, "no second thread waits beside the first"
        assert client.get("/health/live").status_code == 200
    finally:
        over.set()


def test_a_database_that_does_not_answer_is_told_to_who_watches(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.get("/health/ready").status_code == 200
    assert "roomstage_holds_open 0.0" in client.get("/metrics").text

    def silent(database: Database) -> None:
        raise StoreUnavailable("the database does not answer")

    monkeypatch.setattr(Database, "read", silent)
    ready = client.get("/health/ready")
    assert ready.status_code == 503
    assert ready.json()["error"] == "not ready: the database does not answer"
    assert client.get("/health/live").status_code == 200
    figures = client.get("/metrics")
    assert figures.status_code == 200
    assert "roomstage_holds_open NaN" in figures.text
    assert "roomstage_jobs{" not in figures.text
