"""The real server as a process, with the engine that goes wrong on demand."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import requests

from server import live

from . import engine
from .waiting import until

START = "from roomstage.cli.main import app; app()"
FILES = live.pictures()


@dataclass
class Served:
    """A running server."""

    process: subprocess.Popen[str]
    traces: Path  # where the faulty engine leaves word
    root: str = ""
    log: list[str] = field(default_factory=list)

    @property
    def port(self) -> int:
        return int(self.root.rsplit(":", 1)[1])

    def stage(
        self, prompt: str = "a box", *, wait: float = 60, headers: dict[str, str] | None = None
    ) -> requests.Response:
        """One staging; the prompt's first word may be a fault."""
        return requests.post(
            f"{self.root}/v1/furniture-staging",
            data={"prompt": prompt},
            files=FILES,
            headers=headers,
            timeout=wait,
        )

    def ready(self) -> bool:
        return requests.get(f"{self.root}/health/ready", timeout=20).status_code == 200

    def figure(self, name: str) -> float:
        """A figure of /metrics, 0 where there is none."""
        text = requests.get(f"{self.root}/metrics", timeout=20).text
        found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    def workers(self) -> list[psutil.Process]:
        return [
            child
            for child in psutil.Process(self.process.pid).children(recursive=True)
            if child.status() != psutil.STATUS_ZOMBIE
        ]

    def begun(self, name: str) -> None:
        """Wait until a job `pause NAME ...` runs."""
        until((self.traces / name).exists)

    def stop(self, number: int = signal.SIGTERM, seconds: float = 40) -> int:
        self.process.send_signal(number)
        return self.process.wait(seconds)


@contextlib.contextmanager
def server(
    folder: Path,
    *,
    read_log: bool = True,
    start: str = START,
    under: Sequence[str] = (),
    more: Mapping[str, str] | None = None,
    **settings: object,
) -> Iterator[Served]:
    """A server on a free port, ready; settings are those of the environment.

    `under` is a command that runs it, `more` what else its environment has.
    """
    faulty = engine.installed(folder)
    given: dict[str, Any] = {
        "engine": "faulty",
        "drain_delay_seconds": 0,
        "concurrency": 1,  # each worker takes a second or two to start
    } | settings
    names = {f"ROOMSTAGE_{name.upper()}": str(value) for name, value in given.items()}
    process = subprocess.Popen(
        [*under, sys.executable, "-c", start, "serve", "--port", "0"],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | faulty | names | dict(more or {}),
    )
    served = Served(process, Path(faulty[engine.TRACES]))
    stderr = process.stderr
    assert stderr is not None

    def first_lines() -> None:
        for line in iter(stderr.readline, ""):
            served.log.append(line)
            if found := re.search(r"http://[\d.:]+", line):
                served.root = found[0]
                if not read_log:
                    return

    reading = threading.Thread(target=first_lines)
    reading.start()
    try:
        until(lambda: served.root or process.poll() is not None, 60)
        assert served.root, "".join(served.log)
        until(served.ready, 60)
        yield served
    finally:
        process.kill()
        process.wait()
        reading.join(20)
        stderr.close()
