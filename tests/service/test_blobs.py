from __future__ import annotations

import errno
import hashlib
import os
import time
from pathlib import Path

import pytest

from roomstage.errors import StoreUnavailable
from roomstage.service.blobs import Blobs


def test_what_is_put_is_got_by_its_hash(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    name = blobs.put(b"data")
    assert name == hashlib.sha256(b"data").hexdigest() == blobs.put(b"data")
    assert blobs.get(name) == b"data"
    assert blobs.has(name)
    blobs.remove(name)
    blobs.remove(name)
    assert blobs.get(name) is None


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63])
def test_nothing_else_is_read(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        Blobs(tmp_path).get(name)


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blobs = Blobs(tmp_path)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(StoreUnavailable, match="disk is full"):
            blobs.put(b"data")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert blobs.get(blobs.put(b"data")) == b"data"


def test_remains_of_a_crash_are_found(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    name, fresh = blobs.put(b"old"), blobs.put(b"fresh")
    part = tmp_path / name[:2] / f"{name}.0.part"
    part.write_bytes(b"ol")
    past = time.time() - 7200
    for path in (part, tmp_path / name[:2] / name):
        os.utime(path, (past, past))
    assert list(blobs.older_than(3600)) == [name]
    assert not part.exists()
    assert blobs.has(fresh)
