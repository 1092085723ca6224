"""Files named by the hash of what is in them, written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import secrets
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from roomstage.errors import StoreUnavailable

_HASH = re.compile(r"[0-9a-f]{64}")
_UNFINISHED = ".part"


class Blobs:
    """A folder of files.

    Args:
        folder: where they lie; made if it is not there.

    Raises:
        StoreUnavailable: the folder can't be made or written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with _translated():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def put(self, data: bytes) -> str:
        """Keep `data`, and return its hash. When this returns, a power cut does not lose it.

        Raises:
            StoreUnavailable: the disk does not take it; no part of it is left.
        """
        name = hashlib.sha256(data).hexdigest()
        path = self._path(name)
        if path.exists():
            return name
        part = path.with_name(f"{name}.{secrets.token_hex(4)}{_UNFINISHED}")
        with _translated():
            if not path.parent.exists():
                path.parent.mkdir(exist_ok=True, mode=0o700)
                _sync_folder(self._folder)
            try:
                with open(part, "xb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                os.rename(part, path)
            finally:
                part.unlink(missing_ok=True)
            _sync_folder(path.parent)
        return name

    def get(self, name: str) -> bytes | None:
        """What is kept under a hash, or None if it is gone."""
        with _translated(), contextlib.suppress(FileNotFoundError):
            return self._path(name).read_bytes()
        return None

    def has(self, name: str) -> bool:
        """Whether something is kept under that hash."""
        return self._path(name).exists()

    def remove(self, name: str) -> None:
        """Forget what is kept under a hash; nothing happens if it is gone."""
        with _translated():
            self._path(name).unlink(missing_ok=True)

    def check(self) -> None:
        """Write a little and take it away again: reading alone shows no disk that is full.

        Raises:
            StoreUnavailable: the disk does not take it.
        """
        try:
            with _translated(), tempfile.TemporaryFile(dir=self._folder) as file:
                file.write(bytes(4096))
                file.flush()
        except FileNotFoundError:
            raise StoreUnavailable(f"the folder {self._folder} is gone") from None

    def older_than(self, seconds: float) -> Iterator[str]:
        """The hashes of files that were written that long ago; remains of writes are removed."""
        limit = time.time() - seconds
        for path in self._folder.glob("??/*"):
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime >= limit:
                    continue
                if path.name.endswith(_UNFINISHED):
                    path.unlink()
                elif _HASH.fullmatch(path.name):
                    yield path.name

    def _path(self, name: str) -> Path:
        if not _HASH.fullmatch(name):
            raise ValueError("a blob is named by the hexadecimal SHA-256 of its bytes")
        return self._folder / name[:2] / name


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # folders can't be opened there
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        reason = "the disk is full" if full else (error.strerror or "it can't be written")
        raise StoreUnavailable(
            f"the file can't be kept ({reason}): nothing was charged, try again later"
        ) from error
