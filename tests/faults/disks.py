"""Disks that go wrong on demand; a test is skipped where none can be mounted."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

SMALL = 3_000_000  # bytes


def _run(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        pytest.skip(f"no disk can be mounted here: {error}")
    if done.returncode:
        pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")
    return done.stdout.strip()


@contextlib.contextmanager
def small(folder: Path) -> Iterator[Path]:
    """A disk of 3 MB in memory."""
    folder.mkdir()
    _run("mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", str(folder))
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


class Failing:
    """A disk of its own file system, which the kernel makes read-only at its first fault."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._image = folder.with_suffix(".image")
        folder.mkdir()
        with self._image.open("wb") as file:
            file.truncate(16_000_000)
        _run("mke2fs", "-q", "-F", "-t", "ext4", "-O", "^has_journal", str(self._image))

    def mount(self) -> None:
        """Mount it, for reading and writing."""
        _run("mount", "-o", "loop,errors=remount-ro", str(self._image), str(self.folder))

    def fail(self) -> None:
        """A fault: from now on nothing can be written, through open files neither."""
        device = Path(_run("findmnt", "-no", "SOURCE", str(self.folder))).name
        Path(f"/sys/fs/ext4/{device}/trigger_fs_error").write_text("1")

    def unmount(self) -> None:
        """Take it away; nobody may use it any more."""
        subprocess.run(["umount", str(self.folder)], check=True)


@contextlib.contextmanager
def failing(folder: Path) -> Iterator[Failing]:
    """A mounted disk that fails when it is told to."""
    disk = Failing(folder)
    disk.mount()
    try:
        yield disk
    finally:
        disk.unmount()
