"""What a measurement ran on, in words."""

from __future__ import annotations

import datetime
import os
import platform
from importlib import metadata
from pathlib import Path

import cv2

from roomstage.version import __version__

_LIBRARIES = ("numpy", "scipy", "opencv-python-headless", "Pillow", "isal")
_CPU_INFO = Path("/proc/cpuinfo")


def describe(more: tuple[str, ...] = ()) -> list[str]:
    """Lines for the head of a report: date, processor, versions (also of `more`), threads."""
    today = datetime.datetime.now(datetime.UTC).date()
    versions = ", ".join(f"{name} {_version(name)}" for name in (*_LIBRARIES, *more))
    return [
        f"{today}, roomstage {__version__}",
        f"{_processor()}, {os.cpu_count()} cores, load average {_load()} at the start",
        f"Python {platform.python_version()}, {platform.system()} {platform.machine()}",
        versions,
        f"OpenCV threads: {cv2.getNumThreads()}",
    ]


def _processor() -> str:
    if _CPU_INFO.is_file():
        for line in _CPU_INFO.read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "missing"
