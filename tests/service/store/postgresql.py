"""A throw-away PostgreSQL in a temporary folder, installed by apt where it is missing."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

_USER = "postgres"
_LOCK = Path(tempfile.gettempdir()) / "roomstage-tests-postgresql.lock"


class Unavailable(Exception):
    """This machine has no PostgreSQL and can't get it; the message says why."""


@contextlib.contextmanager
def cluster() -> Iterator[str]:
    """A running server; yields the folder of its socket."""
    programs = _programs()
    root = Path(tempfile.mkdtemp(prefix="roomstage-pg-", dir="/tmp"))  # sockets have short paths
    user = _USER if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
    if user:
        shutil.chown(root, user, user)
    data = root / "data"

    def call(program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(programs / program), *arguments],
            user=user,
            cwd=root,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
        if done.returncode:
            raise Unavailable(f"{program} failed: {done.stderr.strip()[-300:]}")

    try:
        call("initdb", "-D", str(data), "-U", _USER, "-A", "trust", "--no-sync", "-E", "UTF8")
        options = f"-k {root} -c listen_addresses='' -c fsync=off -c max_connections=200"
        call("pg_ctl", "-D", str(data), "-w", "-l", str(root / "log"), "-o", options, "start")
        try:
            yield str(root)
        finally:
            call("pg_ctl", "-D", str(data), "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _programs() -> Path:
    with open(_LOCK, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one of pytest's workers installs
        return _found() or _installed()


def _found() -> Path | None:
    places = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    on_path = shutil.which("initdb")
    if on_path:
        places.append(Path(on_path).parent)
    return next((place for place in places if (place / "pg_ctl").exists()), None)


def _installed() -> Path:
    if shutil.which("apt-get") is None:
        raise Unavailable("there is no PostgreSQL, and no apt-get to install it")
    if os.geteuid() != 0:
        raise Unavailable("there is no PostgreSQL, and only root may install it")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "-y", "--no-install-recommends", "postgresql"]):
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
        raise Unavailable("apt-get has installed postgresql, but its programs are not there")
    return found
