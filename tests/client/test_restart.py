"""A server that is killed while a client waits."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from faults import served
from faults.waiting import until
from roomstage.client import Client, Result
from server import ledger, live

from . import trouble

BYTES = live.pictures()


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_who_waits_gets_the_picture_of_the_next_server_and_pays_once(tmp_path: Path) -> None:
    database = str(tmp_path / "store.sqlite3")
    key = ledger.new_key(database, credits=24)
    settings = {"database": database, "concurrency": 1, "lease_seconds": 2}
    results: list[Result] = []
    with (
        served.server(tmp_path / "one", **settings) as first,
        trouble.before(first.root) as proxy,
        Client(proxy.root, key, retries=15) as client,
    ):

        def stage() -> None:
            room, product = BYTES["main_image"], BYTES["overlay_image"]
            results.append(client.stage(room, product, prompt="pause here 0.5"))

        waiting = threading.Thread(target=stage)
        waiting.start()
        until((first.traces / "here").exists, 60)
        first.process.send_signal(signal.SIGKILL)
        first.process.wait()
        with served.server(tmp_path / "two", **settings) as second:
            proxy.target = urlsplit(second.root).netloc
            waiting.join(60)
            assert not waiting.is_alive()
    (result,) = results
    assert result.content.startswith(b"\x89PNG")
    assert result.cost == 12
    assert ledger.kinds(database) == ["grant", "hold", "capture"]
