"""The servers of the serving measurement, started and stopped as processes."""

from __future__ import annotations

import contextlib
import http.client
import importlib.util
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from roomstage.service.workers.process import Settings

OURS, PEER = "roomstage", "LitServe"
_START_SECONDS = 60
_SERVE = "from roomstage.cli.main import app; app()"


@dataclass(frozen=True, slots=True)
class Contestant:
    """A running server."""

    name: str
    port: int
    path: str  # where stagings are posted
    ready_path: str
    no_op_path: str
    ready_after: float  # seconds from start
    process: subprocess.Popen[bytes]

    def kill_workers(self) -> None:
        """kill -9 of every process that computes."""
        for pid in self.workers():
            os.kill(pid, signal.SIGKILL)

    def workers(self) -> list[int]:
        """The processes that have the imaging in memory."""
        import psutil

        children = psutil.Process(self.process.pid).children(recursive=True)
        return [child.pid for child in children if child.memory_info().rss > 110_000_000]


def missing(peer: bool) -> str | None:
    """What has to be installed before anything can be measured, or None."""
    for name in ("psutil", *(("litserve",) if peer else ())):
        if importlib.util.find_spec(name) is None:
            return name
    return None


@contextlib.contextmanager
def roomstage(workers: int, waiting: int) -> Iterator[Contestant]:
    """`roomstage serve`, with a database of its own."""
    settings = {
        "ROOMSTAGE_CONCURRENCY": str(workers),
        "ROOMSTAGE_MAX_WAITING": str(waiting),
        "ROOMSTAGE_DRAIN_DELAY_SECONDS": "0",
        "ROOMSTAGE_LOG_LEVEL": "error",
    }

    def command(port: int) -> list[str]:
        return [sys.executable, "-c", _SERVE, "serve", "--port", str(port)]

    paths = "/v1/furniture-staging", "/health/ready", "/health/live"
    with tempfile.TemporaryDirectory() as folder:
        settings["ROOMSTAGE_DATABASE"] = os.path.join(folder, "store.sqlite3")
        with _running(OURS, command, os.environ | settings, paths) as running:
            yield running


@contextlib.contextmanager
def litserve(workers: int) -> Iterator[Contestant]:
    """LitServe with as many workers, each with as many threads."""
    environment = Settings(count=workers).environment()

    def command(port: int) -> list[str]:
        module = "roomstage.bench.litserve_peer"
        return [sys.executable, "-m", module, str(port), str(workers)]

    paths = "/predict", "/health", "/health"
    with _running(PEER, command, environment, paths) as running:
        yield running


@contextlib.contextmanager
def _running(
    name: str,
    command: Callable[[int], list[str]],
    environment: dict[str, str],
    paths: tuple[str, str, str],
) -> Iterator[Contestant]:
    port = _free_port()
    start = time.perf_counter()
    process = subprocess.Popen(
        command(port),
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # so that what it leaves behind can be found and ended
    )
    try:
        while not answers(port, paths[1]):
            if process.poll() is not None or time.perf_counter() - start > _START_SECONDS:
                raise RuntimeError(f"{name} did not start")
            time.sleep(0.01)
        ready = time.perf_counter() - start
        yield Contestant(name, port, *paths, ready, process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def answers(port: int, path: str) -> bool:
    """Whether a GET of `path` is answered by 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as end:
        end.bind(("127.0.0.1", 0))
        return end.getsockname()[1]
