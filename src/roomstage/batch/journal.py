"""What has been done, one JSON object a line; each is on the disk before it counts.

A line that a kill has cut is as if it had not been written: its row is staged again. The file is
locked while a batch works in its folder.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Self

from roomstage.errors import InvalidParameter, StoreUnavailable

FILE = "journal.jsonl"


@dataclass(frozen=True, slots=True)
class Entry:
    """What came of a row."""

    key: str  # see `identity`
    status: Literal["done", "failed"]
    output: str  # file name
    size: int = 0  # bytes of it
    seconds: float = 0.0
    seed: int | None = None
    cost: float = 0
    warnings: tuple[str, ...] = ()
    error: str | None = None
    code: str | None = None
    field: str | None = None
    failures: int = 0  # of this row, up to now


class Journal:
    """The journal of a folder. Safe for threads. Use it in a `with`.

    Args:
        folder: the batch's, made if it is not there.

    Raises:
        InvalidParameter: the folder can't be written, or another batch works there.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._lock = threading.Lock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("a+b")
        except OSError as error:
            raise InvalidParameter(
                f"can't write to the folder {str(folder)!r}: {error.strerror}"
            ) from None
        try:
            _lock(self._file.fileno(), folder)
            self.batch, self._entries = self._read()
        except BaseException:
            self._file.close()
            raise

    def of(self, key: str) -> Entry | None:
        """What came of the row of that key, the last time."""
        return self._entries.get(key)

    def failures(self, key: str) -> int:
        """How often the row of that key has failed."""
        entry = self.of(key)
        return 0 if entry is None else entry.failures

    def note(self, entry: Entry) -> None:
        """Write what came of a row, for good.

        Raises:
            StoreUnavailable: the disk does not take it.
        """
        with self._lock:
            self._write(asdict(entry))
            self._entries[entry.key] = entry

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _read(self) -> tuple[str, dict[str, Entry]]:
        self._file.seek(0)
        text = self._file.read()
        if text and not text.endswith(b"\n"):  # cut: what follows shall not be joined to it
            self._file.write(b"\n")
        lines = [told for line in text.split(b"\n") if (told := _parsed(line)) is not None]
        batch = next((told["batch"] for told in lines if isinstance(told.get("batch"), str)), None)
        if batch is None:
            batch = secrets.token_hex(8)
            self._write({"batch": batch})
        entries = [entry for told in lines if (entry := _entry(told)) is not None]
        return batch, {entry.key: entry for entry in entries}

    def _write(self, told: dict[str, Any]) -> None:
        try:
            self._file.write(json.dumps(told).encode() + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise StoreUnavailable(f"can't write {str(self._path)!r}: {error.strerror}") from None


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that there is all of it or none, also after a kill or a power cut.

    Raises:
        StoreUnavailable: the disk does not take it.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise StoreUnavailable(f"can't write {str(path)!r}: {error.strerror}") from None


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        told = json.loads(line)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def _entry(told: dict[str, Any]) -> Entry | None:
    known: dict[str, Any] = {name: told[name] for name in Entry.__slots__ if name in told}
    known["warnings"] = tuple(known.get("warnings", ()))
    try:
        return Entry(**known)
    except TypeError:  # the line of the batch, or one of a later version
        return None


def _lock(descriptor: int, folder: Path) -> None:
    try:
        import fcntl
    except ImportError:  # no POSIX
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise InvalidParameter(
            f"another batch works in {str(folder)!r}: wait for it, or give another --output"
        ) from None
