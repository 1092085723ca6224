"""Debian's Chromium, installed by apt where it is missing; no browser is downloaded."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_LOCK = Path(tempfile.gettempdir()) / "roomstage-tests-chromium.lock"
FLAGS = (  # it talks to nobody but the server under test
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class Unavailable(Exception):
    """This machine has no Chromium and can't get it; the message says why."""


def program() -> str:
    """The path of the browser.

    Raises:
        Unavailable: there is none.
    """
    with open(_LOCK, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one of pytest's workers installs
        return _found() or _installed()


def _found() -> str | None:
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


def _installed() -> str:
    if shutil.which("apt-get") is None:
        raise Unavailable("there is no Chromium, and no apt-get to install it")
    if os.geteuid() != 0:
        raise Unavailable("there is no Chromium, and only root may install it")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
        done = subprocess.run(
            ["apt-get", "-qq", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        if done.returncode:
            raise Unavailable(f"apt-get {arguments[0]} failed: {done.stderr.strip()[-300:]}")
    found = _found()
    if found is None:
        raise Unavailable("apt-get has installed chromium, but its program is not there")
    return found
