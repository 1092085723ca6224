"""What was pulled, file by file with its hash; and the licences that were agreed to."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from roomstage.weights.catalogue import Weights
from roomstage.weights.folder import repository_folder, snapshot, weights_folder

_NAME = "roomstage.json"
_LICENCES = "licences.json"
_PIECE = 1 << 22


@dataclass(frozen=True, slots=True)
class File:
    """A file of a repository, as the hub describes it.

    Attributes:
        path: in the repository.
        size: in bytes.
        digest: in hexadecimal, by `algorithm`.
        algorithm: "sha256" for large files, "git" (SHA-1 of a git blob) for small ones.
    """

    path: str
    size: int
    digest: str
    algorithm: str


def digest_of(path: Path, algorithm: str) -> str:
    """The digest of a file on this machine."""
    if algorithm == "git":
        digest = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    else:
        digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def write_record(each: Weights, commit: str, files: list[File]) -> None:
    """Record what a pull has fetched and checked."""
    content = {
        "repository": each.repository,
        "commit": commit,
        "licence": each.licence,
        "files": [asdict(file) for file in files],
    }
    _write(repository_folder(each) / _NAME, content)


def read_record(each: Weights) -> list[File] | None:
    """The record of what is here; None if it was not pulled by roomstage."""
    content = _read(repository_folder(each) / _NAME)
    try:
        return [File(**file) for file in content["files"]]
    except (KeyError, TypeError):
        return None


def faults(each: Weights) -> Iterator[tuple[str, str | None]]:
    """Each recorded file, and what is wrong with it or None; nothing if there is no record."""
    folder, files = snapshot(each), read_record(each)
    if folder is None or files is None:
        return
    for file in files:
        path = folder / file.path
        if not path.is_file():
            yield file.path, "is missing"
        elif path.stat().st_size != file.size:
            yield file.path, f"has {path.stat().st_size:,} bytes, not {file.size:,}"
        elif digest_of(path, file.algorithm) != file.digest:
            yield file.path, "has another content than the hub's"
        else:
            yield file.path, None


def agreed(each: Weights) -> bool:
    """Whether the licence allows commercial use, or was agreed to on this machine."""
    return each.commercial or each.licence in _read(weights_folder() / _LICENCES)


def agree(each: Weights, day: str) -> None:
    """Record that the licence was agreed to."""
    path = weights_folder() / _LICENCES
    _write(path, _read(path) | {each.licence: {"terms": each.terms, "agreed": day}})


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _write(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
    os.replace(part, path)
