"""How the server leaves: by signals, by force; and what it does when its log is stuck."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from figures import Record

from . import engine, served
from .waiting import until

ROUNDS = int(os.environ.get("ROOMSTAGE_FAULT_ROUNDS", "5"))
IN_FLIGHT = 12


def test_f4_what_was_accepted_is_finished_when_sigterm_comes(
    tmp_path: Path, record_property: Record
) -> None:
    with served.server(tmp_path, max_waiting=50, drain_delay_seconds=1) as server:
        workers = server.workers()
        with ThreadPoolExecutor(IN_FLIGHT) as threads:
            requested = [threads.submit(server.stage, f"pause p{n} 0.2") for n in range(IN_FLIGHT)]
            until(lambda: server.figure("roomstage_underway") == IN_FLIGHT)
            server.process.send_signal(signal.SIGTERM)
            start = time.monotonic()
            told = until(
                lambda: not server.ready(), 0.9
            )  # told at once, and newcomers are heard still
            answers = [one.result() for one in requested]
        assert [answer.status_code for answer in answers] == [200] * IN_FLIGHT
        assert server.process.wait(40) == 0
        record_property("not ready after {} s", told)
        record_property("{} of 12 pictures", len(answers))
        record_property("exit after {} s, 1 s of it the delay", time.monotonic() - start)
        assert not [worker for worker in workers if worker.is_running()]
    assert "Traceback" not in "".join(server.log)


def test_f5_half_open_connections_do_not_hold_the_exit(
    tmp_path: Path, record_property: Record
) -> None:
    with served.server(tmp_path) as server:
        opened = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(3)]
        post = b"POST /v1/furniture-staging HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\n{"
        for end, sent in zip(opened, (b"", b"POST /v1", post), strict=True):
            end.sendall(sent)
        start = time.monotonic()
        assert server.stop() == 0
        took = time.monotonic() - start
        record_property("exit after {} s", took)
        assert took < 15  # the body had 60 s
        for end in opened:
            end.close()


def test_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    with served.server(tmp_path, drain_delay_seconds=600) as server:
        workers = server.workers()
        server.process.send_signal(signal.SIGTERM)
        until(lambda: not server.ready())
        server.stop(seconds=10)
        until(lambda: not any(worker.is_running() for worker in workers))


def test_f6_killed_again_and_again_it_leaves_nothing_and_starts_anew(
    tmp_path: Path, record_property: Record
) -> None:
    """The rest of F6, jobs and ledger, is tested where they are."""
    moment = random.Random(6)
    right: set[bytes] = set()
    record_property("{} lives", ROUNDS)
    for number in range(ROUNDS):
        temporary = tmp_path / f"temporary{number}"
        temporary.mkdir()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TMPDIR", str(temporary))
            with served.server(tmp_path / str(number), concurrency=1) as server:
                right.add(server.stage("a box").content)
                workers = server.workers()
                with ThreadPoolExecutor(4) as threads:
                    lost = [threads.submit(_attempt, server) for _ in range(4)]
                    time.sleep(moment.uniform(0, 0.3))
                    server.process.kill()
                    server.process.wait()
                    for one in lost:
                        one.result()
                gone = until(lambda left=workers: not any(one.is_running() for one in left), 5)
                record_property("workers gone after {} s", gone)
                assert not list(temporary.iterdir())
    record_property("{} picture in all of them", len(right))
    assert len(right) == 1  # the same picture in every life


def _attempt(server: served.Served) -> None:
    try:
        server.stage("pause long 1")
    except requests.RequestException:
        return


def test_workers_outlive_no_service_even_amid_a_hang(
    tmp_path: Path, record_property: Record
) -> None:
    with served.server(tmp_path, concurrency=1) as server:
        workers = server.workers()
        with ThreadPoolExecutor(1) as threads:
            threads.submit(_spin, server)
            until(lambda: server.figure("roomstage_running") == 1)
            time.sleep(0.3)
            server.process.kill()
        gone = until(lambda: not any(worker.is_running() for worker in workers), 5)
        record_property("amid a hang after {} s", gone)


def _spin(server: served.Served) -> None:
    try:
        server.stage("spin")
    except requests.RequestException:
        return


def test_f21_an_engine_that_lacks_something_is_told_at_the_start(
    tmp_path: Path, record_property: Record
) -> None:
    lacking = {"FAULTY_MISSING": "weights.onnx is missing: run `roomstage fetch`"}
    environment = os.environ | engine.installed(tmp_path) | lacking
    start = time.monotonic()
    run = subprocess.run(
        [sys.executable, "-c", served.START, "serve", "--port", "0"],
        env=environment | {"ROOMSTAGE_ENGINE": "faulty"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    record_property("exit code 1 after {} s", time.monotonic() - start)
    assert run.returncode == 1
    assert "weights.onnx is missing" in run.stderr
    assert "Traceback" not in run.stderr


def test_f22_a_log_that_nobody_reads_holds_nothing_up(
    tmp_path: Path, record_property: Record
) -> None:
    with served.server(tmp_path, read_log=False, concurrency=1) as server:
        path = "/" + "x" * 190
        start = time.monotonic()
        with requests.Session() as session:  # far more lines than a pipe holds
            for _ in range(500):
                session.get(server.root + path, timeout=20)
        record_property("500 answers in {} s", time.monotonic() - start)
        answer = server.stage()
        record_property("then a picture in {} s", answer.elapsed.total_seconds())
        assert answer.status_code == 200
        assert server.stop() == 0


def test_the_log_as_json_tells_the_request_of_every_line(tmp_path: Path) -> None:
    with served.server(tmp_path, log_format="json", concurrency=1) as server:
        url = f"{server.root}/v1/furniture-staging"
        requests.post(url, json={}, headers={"X-Request-Id": "mine"}, timeout=20)
        assert server.stop() == 0
        until(lambda: "Finished server process" in server.log[-1])
        lines = [json.loads(line) for line in server.log]
    (mine,) = [line for line in lines if line.get("request_id") == "mine"]
    assert (mine["method"], mine["path"], mine["status"]) == ("POST", "/v1/furniture-staging", 400)
