"""The real server, in a process of its own, for everything that is thrown at it."""

from __future__ import annotations

import base64
import contextlib
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from roomstage.service.store.accounts import Accounts
from server import ledger, live
from service.conftest import connections as connections
from service.conftest import serve as serve

from . import never

START = "from roomstage.cli.main import app; app()"
PATH = "/v1/furniture-staging"
ACCOUNT = "hostile"
GOOD = live.pictures()
MOST_MEMORY = 900_000_000  # bytes at the worst moment of a run; about 530 MB on two cores


@dataclass
class Server:
    """A running `roomstage serve`."""

    root: str
    process: subprocess.Popen[str]
    log: list[str]
    accounts: Accounts | None = None  # where there are keys
    session: requests.Session = field(default_factory=requests.Session)

    def send(
        self,
        method: str,
        path: str,
        *,
        sent: dict[str, Any] | None = None,
        row: str = "",
        **request: Any,
    ) -> requests.Response:
        """One request; whatever comes back is held against `never.check`."""

        def ask() -> requests.Response:
            return self.session.request(
                method, self.root + path, timeout=120, allow_redirects=False, **request
            )

        most = never.SLOW_SECONDS if row in never.SLOW else never.SECONDS
        before = self.balance()
        answer, seconds = never.timed(ask, most)
        never.check(answer, seconds, (sent or {}).values(), most=most)
        if answer.status_code >= 400:
            assert self.balance() == before, "a refusal was charged"
        assert self.most_memory() < MOST_MEMORY
        return answer

    def exchange(self, raw: bytes, *, close: bool = False) -> bytes:
        """All that comes back for raw bytes, until the server closes.

        `close` tells it that no more will come, after which it may leave without a word.
        """
        found = urlsplit(self.root)
        parts: list[bytes] = []
        with socket.create_connection((found.hostname, found.port), timeout=30) as connection:
            try:
                connection.sendall(raw)
                if close:
                    connection.shutdown(socket.SHUT_WR)
                while part := connection.recv(65536):
                    parts.append(part)
            except ConnectionError:  # closed while bytes were still on their way
                pass
        return b"".join(parts)

    def balance(self) -> int:
        """Credits that are left; 0 where nothing is counted."""
        return self.accounts.named(ACCOUNT).balance if self.accounts else 0

    def most_memory(self) -> int:
        """Bytes of resident memory at the worst moment; 0 where the system does not tell."""
        status = Path(f"/proc/{self.process.pid}/status")
        if not status.exists():
            return 0
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        return int(found[1]) * 1024 if found else 0


@contextlib.contextmanager
def _running(settings: Mapping[str, str], accounts: Accounts | None = None) -> Iterator[Server]:
    """A server that fetches from this machine too; its log must tell of no fault at the end."""
    env = {**os.environ, "ROOMSTAGE_FETCH_ALLOW_PRIVATE": "1", "ROOMSTAGE_ROOM_CACHE_MB": "50"}
    env["ROOMSTAGE_DRAIN_DELAY_SECONDS"] = "0"  # nobody else is to hear that it leaves
    process = subprocess.Popen(
        [sys.executable, "-c", START, "serve", "--port", "0"],
        stderr=subprocess.PIPE,
        text=True,
        env={**env, **settings},
    )
    assert process.stderr is not None
    lines = iter(process.stderr.readline, "")
    log: list[str] = []
    try:
        root = next(found[0] for line in lines if (found := re.search(r"http://[\d.:]+", line)))
        reader = threading.Thread(target=log.extend, args=(lines,), daemon=True)
        reader.start()
        running = Server(root, process, log, accounts)
        yield running
        running.session.close()
        process.terminate()
        process.wait(30)
        reader.join(10)
        assert not [line for line in log if "Traceback" in line or line.startswith("ERROR")]
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        process.wait()
        process.stderr.close()


@pytest.fixture(scope="session")
def open_server() -> Iterator[Server]:
    """A server without keys, for what is written by hand."""
    with _running({}) as running:
        yield running


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose one account pays for its pictures, and must not pay for refusals."""
    database = str(tmp_path_factory.mktemp("store") / "store.sqlite3")
    key = ledger.new_key(database, ACCOUNT, credits=1_000_000_000)
    settings = {"ROOMSTAGE_DATABASE": database, "ROOMSTAGE_ACCOUNT_RATE": "1000000/minute"}
    with ledger.store(database) as store, _running(settings, store.accounts) as running:
        running.session.headers["x-api-key"] = key
        yield running


@pytest.fixture(scope="session")
def good() -> dict[str, str]:
    """A whole request, its pictures as base64."""
    text = {name: base64.b64encode(data).decode() for name, data in GOOD.items()}
    return text | {"prompt": "a box", "steps": "10"}
