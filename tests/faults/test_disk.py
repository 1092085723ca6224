"""F13 and F14: a disk that is full or read-only, a database that is locked or broken."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from figures import Record
from server import ledger
from server.test_restart import ended

from . import disks, engine, served
from .test_jobs import entries, submit


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with disks.small(tmp_path / "disk") as folder:
        yield folder


@pytest.fixture
def failing_disk(tmp_path: Path) -> Iterator[disks.Failing]:
    with disks.failing(tmp_path / "disk") as disk:
        yield disk


@contextlib.contextmanager
def full(disk: Path) -> Iterator[None]:
    """Not one more byte."""
    filling = disk / "filling"
    with filling.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    yield
    filling.unlink()


def test_f13_a_full_disk_loses_a_picture_and_no_credit(
    tmp_path: Path, small_disk: Path, record_property: Record
) -> None:
    database = str(small_disk / "store.sqlite3")
    name = "f13"
    headers = {"x-api-key": ledger.new_key(database, name, credits=24)}
    with served.server(tmp_path / "served", concurrency=1, database=database) as server:
        job = submit(server, "pause f13 1", headers)
        server.begun("f13")
        with full(small_disk):
            refused = requests.post(
                f"{server.root}/v2/furniture-staging",
                data={"prompt": "a box"},
                files=served.FILES,
                headers=headers,
                timeout=20,
            )
            assert refused.status_code == 503, refused.text
            assert refused.json()["code"] == "store_unavailable"
            record_property("503 after {} s", refused.elapsed.total_seconds())
            record_property("Retry-After {} s", int(refused.headers["retry-after"]))
            assert int(refused.headers["retry-after"]) > 0
            assert not server.ready()
            time.sleep(1.5)  # meanwhile the first job has its picture and nowhere to put it
            assert server.process.poll() is None
        start = time.monotonic()
        first = ended(server.root, job, headers)
        again = ended(server.root, submit(server, "a box", headers), headers)
        assert again["status"] == "COMPLETED"
        record_property("pictures again {} s after there is room", time.monotonic() - start)
        assert requests.get(str(again["output"]), timeout=20).content.startswith(b"\x89PNG")
    charged = {"COMPLETED": ["hold", "capture"], "FAILED": ["hold", "release"]}
    assert entries(database, name) == charged[str(first["status"])] + charged["COMPLETED"]
    assert not [path for path in small_disk.rglob("*") if ".tmp" in path.name]


def test_f14_a_locked_database_is_waited_for_and_then_told(
    tmp_path: Path, record_property: Record
) -> None:
    database = str(tmp_path / "store.sqlite3")
    headers = {"x-api-key": ledger.new_key(database, "f14", credits=24)}
    with served.server(tmp_path / "served", concurrency=1, database=database) as server:
        other = sqlite3.connect(database, isolation_level=None)
        other.execute("BEGIN IMMEDIATE").close()
        start = time.monotonic()
        refused = server.stage(headers=headers)
        waited = time.monotonic() - start
        assert refused.status_code == 503, refused.text
        record_property("503 after {} s", waited)
        record_property("Retry-After {} s", int(refused.headers["retry-after"]))
        assert int(refused.headers["retry-after"]) > 0
        assert waited < 15
        other.execute("ROLLBACK").close()
        other.close()
        assert server.stage(headers=headers).status_code == 200
    record_property("charged {} times for it", 1 - ledger.balance(database, "f14") // 12)
    assert ledger.balance(database, "f14") == 12


def test_f14_a_read_only_disk_is_refused_at_the_start(
    tmp_path: Path, small_disk: Path, record_property: Record
) -> None:
    database = small_disk / "store.sqlite3"
    ledger.new_key(str(database), "f14", credits=24)
    remount = ["mount", "-o", f"remount,ro,size={disks.SMALL}", str(small_disk)]
    subprocess.run(remount, check=True)
    start = time.monotonic()
    assert "let this user write it" in refused_at_the_start(tmp_path, database)
    record_property("read-only: exit after {} s", time.monotonic() - start)


def test_f14_a_disk_that_turns_read_only_in_use_costs_time_only(
    tmp_path: Path, failing_disk: disks.Failing, record_property: Record
) -> None:
    database = str(failing_disk.folder / "store.sqlite3")
    settings = {"concurrency": 1, "database": database, "lease_seconds": 2}
    headers = {"x-api-key": ledger.new_key(database, "f14", credits=24)}
    with served.server(tmp_path / "first", **settings) as server:
        job = submit(server, "pause f14 1", headers)
        server.begun("f14")
        failing_disk.fail()
        refused = server.stage(headers=headers)
        record_property("turned in use: 503 after {} s", refused.elapsed.total_seconds())
        assert (refused.status_code, refused.json()["code"]) == (503, "store_unavailable")
        assert int(refused.headers["retry-after"]) > 0
        told = requests.get(f"{server.root}/health/ready", timeout=20)
        assert told.json()["error"] == "not ready: the disk takes no files"
        time.sleep(1.5)  # meanwhile the job has its picture and nowhere to put it
        assert requests.get(f"{server.root}/health/live", timeout=20).status_code == 200
        assert server.stop() == 0
    failing_disk.unmount()
    failing_disk.mount()
    with served.server(tmp_path / "second", **settings) as server:
        start = time.monotonic()
        assert ended(server.root, job, headers)["status"] == "COMPLETED"
        record_property("its job done {} s into the next life", time.monotonic() - start)
    assert entries(database, "f14") == ["hold", "capture"]


@pytest.mark.parametrize("at", [0, 4096 * 2])
def test_f14_a_corrupt_database_is_refused_at_the_start(
    tmp_path: Path, at: int, record_property: Record
) -> None:
    database = tmp_path / "store.sqlite3"
    ledger.new_key(str(database), "f14", credits=24)
    with database.open("r+b") as file:
        file.seek(at)
        file.write(b"\xa5" * 4096 * 4)
    start = time.monotonic()
    assert "store.sqlite3 is damaged" in refused_at_the_start(tmp_path, database)
    record_property("damaged: exit after {} s", time.monotonic() - start)


def refused_at_the_start(tmp_path: Path, database: Path) -> str:
    """What a server says that does not start on that database."""
    run = subprocess.run(
        [sys.executable, "-c", served.START, "serve", "--port", "0", "--database", str(database)],
        env=os.environ | engine.installed(tmp_path / "served"),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 1
    assert "Traceback" not in run.stderr
    return run.stderr
