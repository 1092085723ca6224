"""F15: the clock of the machine jumps by an hour, back and forth, amid a job."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import requests

from figures import Record
from server import ledger
from server.test_restart import ended

from . import served
from .test_jobs import entries, submit


@pytest.fixture(scope="session")
def library() -> Path:
    """The library that shifts a process's clock, from Debian's package, or a skip."""
    install = ["apt-get", "install", "-y", "--no-install-recommends", "faketime"]
    for attempt in (None, install):
        try:
            if attempt is not None:
                subprocess.run(attempt, capture_output=True, timeout=120, check=False)
        except (OSError, subprocess.TimeoutExpired):
            break
        found = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
        if found is not None:
            return found
    pytest.skip("faketime is not installed, and can't be")


@pytest.mark.parametrize("hours", [1, -1])
def test_f15_a_jump_of_the_clock_runs_no_job_twice(
    tmp_path: Path, library: Path, hours: int, record_property: Record
) -> None:
    database = str(tmp_path / "store.sqlite3")
    headers = {"x-api-key": ledger.new_key(database, "f15", credits=36)}
    shift = tmp_path / "shift"
    shift.write_text("+0")
    clock = {
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(shift),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    settings = {"concurrency": 1, "database": database, "lease_seconds": 2}
    with served.server(tmp_path / "served", more=clock, **settings) as server:
        before = ended(server.root, submit(server, "a box", headers), headers)
        job = submit(server, "pause f15 3", headers)
        server.begun("f15")
        shift.write_text(f"{hours:+d}h")
        told = ended(server.root, job, headers)
        assert told["status"] == "COMPLETED", (told, server.log[-5:])
        metrics = told["metrics"]
        assert isinstance(metrics, dict)
        record_property("{} second attempts", metrics["retry_count"])
        assert metrics["retry_count"] == 0
        after = ended(server.root, submit(server, "a box", headers), headers)
        pictures = [requests.get(str(one["output"]), timeout=20) for one in (before, told, after)]
        assert [answer.status_code for answer in pictures] == [200] * 3
        assert pictures[0].content == pictures[2].content
        assert server.ready()
    record_property("{} charges for 3 jobs", entries(database, "f15").count("capture"))
    assert entries(database, "f15") == ["hold", "capture"] * 3
