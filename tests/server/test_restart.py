"""Servers that are killed in the middle of their work, as their users start them."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest
import requests

from figures import Record

from . import ledger, live

START = "from roomstage.cli.main import app; app()"
FIELDS = {"prompt": "a blue box", "image_format": "jpeg"} | {
    name: base64.b64encode(data).decode() for name, data in live.pictures().items()
}
SETTINGS = {
    "ROOMSTAGE_CONCURRENCY": os.environ.get("ROOMSTAGE_KILL_WORKERS", "1"),
    "ROOMSTAGE_LEASE_SECONDS": "2",
    "ROOMSTAGE_PRICES": "",
    "ROOMSTAGE_ACCOUNT_JOBS": "1000",
}
ROUNDS = int(os.environ.get("ROOMSTAGE_KILL_ROUNDS", "2"))
JOBS = int(os.environ.get("ROOMSTAGE_KILL_JOBS", "6"))

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX signals")


@contextlib.contextmanager
def serving(database: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    process = subprocess.Popen(
        [sys.executable, "-c", START, "serve", "--port", "0", "--database", database],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | SETTINGS,
    )
    assert process.stderr is not None
    rest = threading.Thread(target=process.stderr.read)  # a full pipe would stop the server
    try:
        lines = iter(process.stderr.readline, "")
        root = next(found[0] for line in lines if (found := re.search(r"http://[\d.:]+", line)))
        rest.start()
        yield root, process
    finally:
        process.kill()
        process.wait()
        if rest.ident is not None:
            rest.join()
        process.stderr.close()


def ended(root: str, job: str, headers: dict[str, str]) -> dict[str, object]:
    deadline = time.monotonic() + 60
    told: dict[str, object] = {}
    while time.monotonic() < deadline:
        told = requests.get(f"{root}/v2/requests/{job}", headers=headers, timeout=10).json()
        if told["status"] in ("COMPLETED", "FAILED"):
            return told
        time.sleep(0.05)
    raise AssertionError(told)


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_a_killed_server_loses_no_job_and_charges_none_twice(
    database: str, round_: int, record_property: Record
) -> None:
    chance = random.Random(round_)
    headers = {"x-api-key": ledger.new_key(database, credits=12 * JOBS)}
    with serving(database) as (root, process):
        url = f"{root}/v2/furniture-staging"
        jobs = [
            requests.post(url, json=FIELDS, headers=headers, timeout=10).json()["request_id"]
            for _ in range(JOBS)
        ]
        time.sleep(chance.uniform(0, 0.4))
        process.send_signal(signal.SIGKILL)
    with serving(database) as (root, _):
        start = time.monotonic()
        told = [ended(root, job, headers) for job in jobs]
        record_property("{} jobs a round", len(told))
        record_property("all done {} s after the next life began", time.monotonic() - start)
        assert [each["status"] for each in told] == ["COMPLETED"] * JOBS
        pictures = [requests.get(str(each["output"]), timeout=10).content for each in told]
    assert len({hashlib.sha256(picture).hexdigest() for picture in pictures}) == 1
    record_property("{} charges", ledger.kinds(database).count("capture"))
    assert ledger.balance(database) == 0
    assert sorted(ledger.kinds(database)[-2 * JOBS :]) == ["capture"] * JOBS + ["hold"] * JOBS


def test_a_stopped_server_leaves_its_queue_to_the_next(database: str) -> None:
    headers = {"x-api-key": ledger.new_key(database, credits=12 * JOBS)}
    with serving(database) as (root, process):
        url = f"{root}/v2/furniture-staging"
        jobs = [
            requests.post(url, json=FIELDS, headers=headers, timeout=10).json()["request_id"]
            for _ in range(JOBS)
        ]
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    with ledger.store(database) as store:
        assert store.jobs.counts().get("running", 0) == 0
    with serving(database) as (root, _):
        assert {str(ended(root, job, headers)["status"]) for job in jobs} == {"COMPLETED"}
    assert ledger.balance(database) == 0


def test_strangers_are_not_served_without_keys_and_the_remedy_is_told(database: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", START, "serve", "--host", "0.0.0.0", "--database", database],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: others could reach the server on 0.0.0.0")
    assert "roomstage keys create" in done.stderr
