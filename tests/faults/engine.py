"""An engine that goes wrong on demand: the first word of the prompt says how.

It is found as engines of other packages are, by an entry point: see `installed`.
"""

from __future__ import annotations

import ctypes
import os
import re
import select
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from roomstage.engines.cpu import CpuEngine

TRACES = "FAULTY_TRACES"  # environment variable: folder for what is to be known across processes


class FaultyEngine(CpuEngine):
    """The default engine, and its faults."""

    name: ClassVar[str] = "faulty"

    @classmethod
    def missing(cls) -> str | None:
        if "FAULTY_AT_START" in os.environ:
            os._exit(7)
        return os.environ.get("FAULTY_MISSING")

    def shade(self, image: Any, scene: Any, cutout: Any, placement: Any, options: Any) -> Any:
        fault, *words = options.prompt.split()
        FAULTS.get(fault, lambda *_: None)(*words)
        return super().shade(image, scene, cutout, placement, options)


def _once(name: str) -> None:
    """Die, but not in the second attempt."""
    trace = Path(os.environ[TRACES], name)
    if not trace.exists():
        trace.touch()
        os.kill(os.getpid(), signal.SIGKILL)


def _pause(name: str, seconds: str) -> None:
    """Tell that the work has begun, then take so long."""
    Path(os.environ[TRACES], name).touch()
    select.select([], [], [], float(seconds))  # unlike time.sleep, it runs under a shifted clock


def _devour() -> None:
    held = []
    while True:
        held.append(np.empty(10_000_000))


def _raise() -> None:
    raise ZeroDivisionError("a fault of the engine")


FAULTS: dict[str, Callable[..., Any]] = {
    "segfault": lambda: ctypes.string_at(0),
    "abort": os.abort,
    "exit": lambda: sys.exit(3),
    "leave": lambda: os._exit(3),
    "raise": _raise,
    "hang": lambda: time.sleep(3600),
    "spin": lambda: re.match("(a+)+$", "a" * 60 + "b"),  # holds the interpreter's lock for ever
    "devour": _devour,
    "once": _once,
    "pause": _pause,
}


def installed(folder: Path) -> dict[str, str]:
    """Environment of processes that are to find the engine, as if it were installed."""
    package = folder / "faulty-1.0.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: faulty\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text(
        "[roomstage.engines]\nfaulty = faults.engine:FaultyEngine\n"
    )
    traces = folder / "traces"
    traces.mkdir()
    paths = (str(folder), str(Path(__file__).parents[1]))
    return {"PYTHONPATH": os.pathsep.join(paths), TRACES: str(traces)}
