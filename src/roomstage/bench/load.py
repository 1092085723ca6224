"""Requests sent to a server: in turn, by so many clients, or at a rate whatever it answers."""

from __future__ import annotations

import hashlib
import http.client
import re
import socket
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from roomstage.bench.timing import percentile

_ENGINE = re.compile(r"run;dur=([\d.]+)")
_PICTURE = re.compile(rb'"image":\s*"([^"]*)"')
NONE = 0  # the status of a request that got no answer


@dataclass(frozen=True, slots=True)
class Call:
    """A request, ready to be sent again and again."""

    path: str
    body: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of one request."""

    status: int
    ms: float
    engine_ms: float | None = None  # what the server says that the model took
    picture: str = ""  # hash of the picture's base64


@dataclass(frozen=True, slots=True)
class Load:
    """All replies of a load, and how long it went on."""

    replies: Sequence[Reply]
    seconds: float

    def __add__(self, other: Load) -> Load:
        """One after the other."""
        return Load((*self.replies, *other.replies), self.seconds + other.seconds)

    def times(self, status: int = 200) -> list[float]:
        """Milliseconds of the replies with that status."""
        return [reply.ms for reply in self.replies if reply.status == status]

    def count(self, status: int = 200) -> int:
        """How many replies have that status."""
        return len(self.times(status))

    @property
    def rate(self) -> float:
        """Pictures per second."""
        return self.count() / self.seconds if self.seconds else 0.0

    def p(self, share: float, status: int = 200) -> float:
        """A percentile of the times; nan where there are none."""
        times = self.times(status)
        return percentile(times, share) if times else float("nan")


def send(port: int, call: Call, wait: float) -> Reply:
    """Send once, on a connection of its own."""
    start = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=wait)
    try:
        connection.request("POST", call.path, call.body, {"Content-Type": call.content_type})
        answer = connection.getresponse()
        data = answer.read()
        status = answer.status
    except (OSError, http.client.HTTPException):
        return Reply(NONE, (time.perf_counter() - start) * 1000)
    finally:
        connection.close()
    spent = (time.perf_counter() - start) * 1000
    found = _ENGINE.search(answer.headers.get("server-timing", ""))
    engine = float(found[1]) if found else _told(data)
    picture = hashlib.sha256(b"".join(_PICTURE.findall(data[: 1 << 25]))).hexdigest()
    return Reply(status, spent, engine, picture)


def saturate(port: int, call: Call, clients: int, seconds: float, wait: float) -> Load:
    """So many clients, each sending again as soon as it has its answer."""
    start = time.perf_counter()
    replies: list[Reply] = []

    def client() -> None:
        while time.perf_counter() - start < seconds:
            replies.append(send(port, call, wait))

    with ThreadPoolExecutor(clients) as threads:
        for done in [threads.submit(client) for _ in range(clients)]:
            done.result()
    return Load(replies, time.perf_counter() - start)


def at_rate(port: int, call: Call, rate: float, seconds: float, wait: float) -> Load:
    """Requests at a fixed rate, however the ones before fare."""
    start = time.perf_counter()
    count = max(1, round(rate * seconds))
    with ThreadPoolExecutor(count) as threads:
        sent = []
        for number in range(count):
            time.sleep(max(0.0, start + number / rate - time.perf_counter()))
            sent.append(threads.submit(send, port, call, wait))
        replies = [one.result() for one in sent]
    return Load(replies, time.perf_counter() - start)


def no_ops(port: int, path: str, seconds: float, clients: int = 4) -> Load:
    """GETs on kept connections, by a client that does next to nothing else."""
    request = f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode()
    start = time.perf_counter()
    replies: list[Reply] = []
    lock = threading.Lock()

    def client() -> None:
        own = []
        with socket.create_connection(("127.0.0.1", port), 10) as end:
            while time.perf_counter() - start < seconds:
                before = time.perf_counter()
                end.sendall(request)
                answer = end.recv(65_536)
                status = int(answer[9:12]) if answer.startswith(b"HTTP/1.1 ") else NONE
                own.append(Reply(status, (time.perf_counter() - before) * 1000))
        with lock:
            replies.extend(own)

    with ThreadPoolExecutor(clients) as threads:
        for done in [threads.submit(client) for _ in range(clients)]:
            done.result()
    return Load(replies, time.perf_counter() - start)


def _told(data: bytes) -> float | None:
    """The peer has no such header: it says it in its JSON."""
    found = re.search(rb'"engine_ms":\s*([\d.]+)', data[-200:])
    return float(found[1]) if found else None
