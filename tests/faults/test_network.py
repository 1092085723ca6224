"""F16 to F18: receivers, sources and name servers on a bad day, before the real server."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar

import psutil
import pytest
import requests

from figures import Record
from hostile import web
from server import ledger
from server.test_restart import ended

from . import served
from .served import Served

_MEGABYTES = 50  # that the server may grow by, whatever it is sent
_PATIENCE = 15.0  # seconds: a fetch is given up after 10


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("store") / "store.sqlite3")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, database: str) -> Iterator[Served]:
    """A server that may fetch from this machine and post to it."""
    with served.server(
        tmp_path_factory.mktemp("served"),
        concurrency=1,
        max_waiting=40,
        database=database,
        fetch_allow_private=True,
    ) as running:
        yield running


class Endless:
    """A gigabyte, if anybody reads it."""

    def __init__(self) -> None:
        self.taken = 0  # bytes, those in buffers included

    def __call__(self, connection: Any, request: bytes, stop: threading.Event) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while self.taken < 1_000_000_000 and not stop.is_set():
            self.taken += connection.send(bytes(100_000))


def silent(connection: Any, request: bytes, stop: threading.Event) -> None:
    """Nothing at all."""
    stop.wait(web.STOP_AFTER)


def test_f16_receivers_on_a_bad_day_hold_no_job_up(
    server: Served, database: str, record_property: Record
) -> None:
    headers = {"x-api-key": ledger.new_key(database, "f16", credits=12 * 6)}
    size = psutil.Process(server.process.pid).memory_info().rss
    endless = Endless()
    with web.serving({}) as (inside, trapped):
        behaviours: dict[str, bytes | web.Behaviour] = {
            "/fault": web.reply(status=500),
            "/elsewhere": web.reply(status=302, Location=f"http://127.0.0.1:{inside}/inside"),
            "/gone": web.reply(status=410),
            "/silent": silent,
            "/endless": endless,
        }
        with web.serving(behaviours) as (port, seen):
            paths = [f"http://127.0.0.1:{port}{path}" for path in behaviours]
            hooks = [*paths, "http://127.0.0.1:1/nobody"]
            start = time.monotonic()
            jobs = [submit(server, headers, hook) for hook in hooks]
            told = [ended(server.root, job, headers) for job in jobs]
            took = time.monotonic() - start
            assert [one["status"] for one in told] == ["COMPLETED"] * len(hooks)
            record_property("6 jobs done in {} s", took)
            assert took < _PATIENCE, "jobs waited for receivers"
            deadline = time.monotonic() + _PATIENCE
            while len(asked(seen)) < len(behaviours) and time.monotonic() < deadline:
                time.sleep(0.05)
            assert asked(seen) == set(behaviours), "every receiver was told"
        assert trapped == [], "no redirect was followed"
    assert ledger.balance(database, "f16") == 0
    grown = psutil.Process(server.process.pid).memory_info().rss - size
    record_property("{} MB taken of an endless answer", endless.taken / 1e6)
    record_property("memory {} MB more", grown / 1e6)
    assert grown < _MEGABYTES * 1e6


def asked(seen: list[bytes]) -> set[str]:
    return {request.split(b" ")[1].decode() for request in seen}


def submit(server: Served, headers: dict[str, str], hook: str) -> str:
    answer = requests.post(
        f"{server.root}/v2/furniture-staging",
        data={"prompt": "a box", "webhook_url": hook},
        files=served.FILES,
        headers=headers,
        timeout=20,
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["request_id"]


def test_f17_sources_on_a_bad_day_are_refused_in_time(
    server: Served, database: str, record_property: Record
) -> None:
    """Every answer of the hostile web server that is no picture, all at once."""
    headers = {"x-api-key": ledger.new_key(database, "f17", credits=1200)}
    process = psutil.Process(server.process.pid)
    size, peak, over = process.memory_info().rss, 0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not over.wait(0.05):
            peak = max(peak, process.memory_info().rss)

    answers = [one for one in web.answers() if one.expect != web.OK]
    with web.serving({one.path: one.raw for one in answers}) as (port, _):
        root = f"http://127.0.0.1:{port}"
        watching = threading.Thread(target=watch)
        watching.start()

        def ask(path: str) -> tuple[int, float]:
            start = time.monotonic()
            given = served.FILES | {"main_image": None}
            answer = requests.post(
                f"{server.root}/v1/furniture-staging",
                data={"prompt": "a box", "main_image": root + path},
                files={name: data for name, data in given.items() if data is not None},
                headers=headers,
                timeout=60,
            )
            return answer.status_code, time.monotonic() - start

        with ThreadPoolExecutor(16) as threads:
            outcomes = list(threads.map(ask, [one.path for one in answers]))
        over.set()
        watching.join()
    assert {status for status, _ in outcomes} == {400}
    record_property("{} sources, 16 at once", len(answers))
    record_property("the last refused after {} s", max(seconds for _, seconds in outcomes))
    record_property("memory {} MB more at the worst moment", (peak - size) / 1e6)
    assert max(seconds for _, seconds in outcomes) < _PATIENCE
    assert peak - size < 16 * 20e6 + _MEGABYTES * 1e6, "more than 20 MB of each was read"
    assert ledger.balance(database, "f17") == 1200


# Name servers.


class _NameServer(socketserver.BaseRequestHandler):
    """Answers by the first label of a name and how often it was asked for."""

    asked: ClassVar[dict[str, int]] = {}
    ANSWERS: ClassVar[dict[str, list[list[str]]]] = {
        "rebinds": [["93.184.215.14"], ["127.0.0.1"]],
        "mixed": [["93.184.215.14", "127.0.0.1"]],
        "private": [["127.0.0.1"]],
        "nobody": [[]],
    }

    def handle(self) -> None:
        data, end = self.request
        labels, at = [], 12
        while data[at]:
            labels.append(data[at + 1 : at + 1 + data[at]].decode())
            at += 1 + data[at]
        kind = struct.unpack("!H", data[at + 1 : at + 3])[0]
        name = labels[0]
        if name == "silent":
            return
        found: list[str] = []
        if kind == 1 and name in self.ANSWERS:
            turn = self.asked.get(name, 0)
            self.asked[name] = turn + 1
            found = self.ANSWERS[name][min(turn, len(self.ANSWERS[name]) - 1)]
        code = 0x8183 if name == "nobody" else 0x8180
        head = data[:2] + struct.pack("!HHHHH", code, 1, len(found), 0, 0)
        records = b"".join(
            b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 0, 4) + socket.inet_aton(one) for one in found
        )
        end.sendto(head + data[12 : at + 5] + records, self.client_address)


@contextlib.contextmanager
def name_server() -> Iterator[str]:
    """A name server of our own on the port that resolvers ask; yields its address."""
    _NameServer.asked.clear()
    address = "127.0.0.77"
    try:
        serving = socketserver.ThreadingUDPServer((address, 53), _NameServer)
    except OSError as error:
        pytest.skip(f"no name server can be started here: {error}")
    thread = threading.Thread(target=serving.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield address
    finally:
        serving.shutdown()
        thread.join()
        serving.server_close()


@contextlib.contextmanager
def trap() -> Iterator[tuple[int, list[object]]]:
    """A port on loopback that nobody should connect to, and who did."""
    caught: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.1)
        over = threading.Event()

        def accept() -> None:
            while not over.is_set():
                with contextlib.suppress(TimeoutError):
                    connection, who = listening.accept()
                    connection.close()
                    caught.append(who)

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield listening.getsockname()[1], caught
        finally:
            over.set()
            thread.join()


def test_f18_no_name_leads_into_the_machine(tmp_path: Path, record_property: Record) -> None:
    with name_server() as address, trap() as (port, caught):
        resolver = tmp_path / "resolv.conf"
        resolver.write_text(f"nameserver {address}\noptions timeout:2 attempts:1\n")
        own_resolver = f"mount --bind {resolver} /etc/resolv.conf && exec "
        under = ["unshare", "--mount", "sh", "-c", own_resolver + '"$@"', "sh"]
        probe = subprocess.run([*under, sys.executable, "-c", ""], capture_output=True, text=True)
        if probe.returncode:
            pytest.skip(f"a server can't have a resolver of its own here: {probe.stderr.strip()}")
        with served.server(
            tmp_path / "served",
            under=under,
            concurrency=1,
            max_waiting=20,
            database=str(tmp_path / "store.sqlite3"),
        ) as server:

            def ask(name: str) -> tuple[int, str, float]:
                start = time.monotonic()
                url = f"http://{name}.example:{port}/picture.png"
                answer = requests.post(
                    f"{server.root}/v1/furniture-staging",
                    json={"prompt": "a box", "main_image": url, "overlay_image": url},
                    timeout=60,
                )
                return answer.status_code, answer.json()["error"], time.monotonic() - start

            names = ["rebinds", "mixed", "private", "nobody", "silent"]
            with ThreadPoolExecutor(len(names)) as threads:
                outcomes = list(threads.map(ask, names))
        assert set(_NameServer.asked) >= {"rebinds", "mixed", "private"}, "they were resolved here"
    assert {status for status, _, _ in outcomes} == {400}
    assert len({words.split(" ", 1)[1] for _, words, _ in outcomes}) == 1, "all in the same words"
    record_property("{} connections", len(caught))
    record_property("refused after {} s", min(seconds for _, _, seconds in outcomes))
    record_property("refused after {} s", max(seconds for _, _, seconds in outcomes))
    assert max(seconds for _, _, seconds in outcomes) < 30
    assert caught == []
