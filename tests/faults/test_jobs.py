"""What becomes of jobs and credits when workers die, clients leave and the server stops."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from figures import Record
from server import ledger
from server.test_restart import ended

from . import served
from .served import Served
from .waiting import until

PATH = "/v2/furniture-staging"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("store") / "store.sqlite3")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, database: str) -> Iterator[Served]:
    with served.server(
        tmp_path_factory.mktemp("served"), concurrency=1, database=database, worker_memory_mb=1500
    ) as running:
        yield running


@pytest.fixture
def account(database: str, request: pytest.FixtureRequest) -> tuple[str, dict[str, str]]:
    """An account of this test alone with credits for two, and its key."""
    name = request.function.__name__[:60].replace("_", "-")
    return name, {"x-api-key": ledger.new_key(database, name, credits=24)}


def submit(server: Served, prompt: str, headers: dict[str, str]) -> str:
    answer = requests.post(
        server.root + PATH,
        data={"prompt": prompt},
        files=served.FILES,
        headers=headers,
        timeout=20,
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["request_id"]


def entries(database: str, name: str) -> list[str]:
    return ledger.kinds(database, name)[1:]  # the first one is the grant


Account = tuple[str, dict[str, str]]


def test_a_worker_killed_amid_a_job_costs_time_and_no_second_price(
    server: Served, database: str, account: Account, record_property: Record
) -> None:
    name, headers = account
    start = time.monotonic()
    told = ended(server.root, submit(server, "once killed", headers), headers)
    assert told["status"] == "COMPLETED"
    record_property("done after {} s", time.monotonic() - start)
    record_property("charged {} time", entries(database, name).count("capture"))
    right = requests.get(str(told["output"]), timeout=20).content
    assert right == server.stage("a box", headers=headers).content
    assert entries(database, name) == ["hold", "capture", "hold", "capture"]


def test_a_job_that_kills_every_worker_fails_after_two_attempts_and_costs_nothing(
    server: Served, database: str, account: Account, record_property: Record
) -> None:
    name, headers = account
    crashes = 'roomstage_worker_restarts_total{reason="crash"}'
    before, start = server.figure(crashes), time.monotonic()
    told: Any = ended(server.root, submit(server, "segfault", headers), headers)
    assert (told["status"], told["code"]) == ("FAILED", "worker_crashed")
    record_property("failed after {} s", time.monotonic() - start)
    until(lambda: server.figure(crashes) == before + 2)
    record_property("{} workers died of it", server.figure(crashes) - before)
    record_property("charged {} times", entries(database, name).count("capture"))
    assert entries(database, name) == ["hold", "release"]


def test_a_job_that_devours_memory_is_not_tried_again(
    server: Served, database: str, account: Account, record_property: Record
) -> None:
    name, headers = account
    start = time.monotonic()
    told: Any = ended(server.root, submit(server, "devour", headers), headers)
    assert (told["status"], told["code"]) == ("FAILED", "memory_exceeded")
    record_property("out of memory: after {} s", time.monotonic() - start)
    assert told["metrics"]["retry_count"] == 0
    assert entries(database, name) == ["hold", "release"]


def test_a_client_that_leaves_pays_nothing_and_may_come_again_under_its_key(
    server: Served, database: str, account: Account, record_property: Record
) -> None:
    name, headers = account
    headers = headers | {"Idempotency-Key": "same"}
    with pytest.raises(requests.Timeout):
        server.stage("pause left 2", wait=1, headers=headers)
    released = until(lambda: entries(database, name) == ["hold", "release"])
    record_property("released {} s after it left, amid a step of 2 s", released)
    assert server.stage("pause left 2", headers=headers).status_code == 200
    assert entries(database, name) == ["hold", "release", "hold", "capture"]


def test_the_figures_tell_jobs_and_holds(server: Served, account: Account) -> None:
    headers = account[1]
    job = submit(server, "pause counted 1", headers)
    server.begun("counted")
    assert server.figure('roomstage_jobs{status="running"}') == 1
    assert server.figure("roomstage_holds_open") == 1
    ended(server.root, job, headers)
    assert server.figure('roomstage_jobs{status="running"}') == 0
    assert server.figure("roomstage_holds_open") == 0
    assert server.figure('roomstage_jobs{status="succeeded"}') >= 1


def test_a_stop_waits_for_no_watcher_and_hands_a_long_job_back(
    tmp_path: Path, record_property: Record
) -> None:
    database = str(tmp_path / "store.sqlite3")
    with served.server(tmp_path, concurrency=1, database=database, drain_seconds=60) as server:
        job = submit(server, "pause long 300", {})
        server.begun("long")
        seen: list[str] = []

        def watch() -> None:
            seen.append(requests.get(f"{server.root}{events}", timeout=60).text)

        events = f"/v2/requests/{job}/events"
        watching = threading.Thread(target=watch)
        watching.start()
        until(lambda: server.figure("roomstage_underway") == 1)
        start = time.monotonic()
        assert server.stop(signal.SIGTERM, seconds=50) == 0
        took = time.monotonic() - start
        record_property("exit after {} s, amid a job of 300 s", took)
        assert took < 40, "the stream would have lasted as long as the drain"
        watching.join(20)
    assert seen, "the stream was ended, not cut"
    assert "event: end" not in seen[0]
    assert "Traceback" not in "".join(server.log)
    with ledger.store(database) as store:
        left = store.jobs.find(job)
    assert left is not None
    record_property("queued with {} attempts counted", left.attempt)
    assert (left.state, left.attempt) == ("queued", 0)
