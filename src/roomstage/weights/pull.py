"""Fetches weights from the hub, or from any server that speaks its protocol (HF_ENDPOINT).

The one file that opens the network for weights. A pull that was cut short goes on where it
stopped, within a file too; nothing counts as pulled before every hash is right.
"""

from __future__ import annotations

import fnmatch
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

from roomstage.errors import InvalidParameter, WeightsTrouble
from roomstage.weights.catalogue import Weights
from roomstage.weights.folder import repository_folder, weights_folder
from roomstage.weights.record import File, agreed, digest_of, write_record

Tell = Callable[[str, int, int], None]  # file, bytes of all that are here, bytes of all
_TRIES = 6
_PAUSE = 0.5  # seconds after the first failure, doubled after each


def pull(each: Weights, tell: Tell, *, pause: Callable[[float], None] = time.sleep) -> Path:
    """Fetch what is not here yet, check it, record it; the folder of the files.

    Raises:
        InvalidParameter: the licence was not agreed to.
        WeightsTrouble: the hub does not give it, or gives something else; or the disk is full.
    """
    if not agreed(each):
        raise InvalidParameter(
            f"{each.name} is under the {each.licence}, which is not known to allow commercial use "
            f"of the weights: read {each.terms}, and if you agree add --accept-license"
        )
    try:
        import huggingface_hub
    except ImportError:
        raise WeightsTrouble(
            "pulling weights needs more packages: pip install 'roomstage[diffusion]'"
        ) from None
    commit, files = _listed(each, huggingface_hub)
    folder = repository_folder(each) / "snapshots" / commit
    total = sum(file.size for file in files)
    _check_room(folder, files, total)
    done = 0
    for file in files:
        before = done

        def told(here: int, name: str = file.path, before: int = before) -> None:
            tell(name, before + here, total)

        _fetch(each, commit, file, folder / file.path, told, pause, huggingface_hub)
        done += file.size
        tell(file.path, done, total)
    write_record(each, commit, files)
    refs = repository_folder(each) / "refs"
    refs.mkdir(exist_ok=True)
    (refs / each.revision).write_text(commit, "ascii")
    return folder


def _listed(each: Weights, hub: Any) -> tuple[str, list[File]]:
    """The commit of a revision, and those of its files that are wanted."""
    endpoint = os.environ.get("HF_ENDPOINT") or None
    try:
        about = hub.HfApi(endpoint=endpoint).model_info(
            each.repository, revision=each.revision, files_metadata=True, timeout=30
        )
    except Exception as error:
        raise _refused(each, error) from None
    files = []
    for sibling in list(about.siblings or []):
        path = sibling.rfilename
        if not _wanted(path, each.files):
            continue
        if sibling.lfs is not None:
            files.append(File(path, sibling.lfs.size, sibling.lfs.sha256, "sha256"))
        else:
            files.append(File(path, sibling.size or 0, sibling.blob_id or "", "git"))
    if not any(file.path == "model_index.json" for file in files):
        raise WeightsTrouble(
            f"{each.repository} has no model_index.json at {each.revision}: it is no pipeline"
        )
    return about.sha, sorted(files, key=lambda file: (file.size, file.path))


def _wanted(path: str, patterns: tuple[str, ...]) -> bool:
    """Whether a file is one of those; `*` does not reach into folders that are not named."""
    parts = PurePosixPath(path).parts
    if path.startswith("/") or ".." in parts or "\\" in path or ":" in path:
        return False
    in_folder = len(parts) == 2
    for pattern in patterns:
        if "/" in pattern:
            if in_folder and fnmatch.fnmatchcase(path, pattern):
                return True
        elif len(parts) <= 2 and fnmatch.fnmatchcase(PurePosixPath(path).name, pattern):
            return True
    return False


def _check_room(folder: Path, files: list[File], total: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    here = sum(_size(folder / file.path) or _size(_part(folder / file.path)) for file in files)
    free = shutil.disk_usage(folder).free
    if total - here > free:
        raise WeightsTrouble(
            f"{weights_folder()} has {free / 1e9:.1f} GB free, and {(total - here) / 1e9:.1f} GB "
            "are to come: free some, or set ROOMSTAGE_WEIGHTS to another folder"
        )


def _fetch(
    each: Weights,
    commit: str,
    file: File,
    path: Path,
    told: Callable[[int], None],
    pause: Callable[[float], None],
    hub: Any,
) -> None:
    """One file, whole and checked; from where the last attempt ended."""
    if path.is_file() and path.stat().st_size == file.size and _is_right(path, file):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = _part(path)
    url = hub.hf_hub_url(
        each.repository, file.path, revision=commit, endpoint=os.environ.get("HF_ENDPOINT") or None
    )
    for attempt in range(_TRIES):
        try:
            _download(url, part, file, told, hub)
            break
        except Exception as error:
            # What the hub answers is an OSError to its library, as a full disk is.
            if isinstance(error, OSError) and getattr(error, "response", None) is None:
                reason = error.strerror or error
                raise WeightsTrouble(f"can't write {part}: {reason}") from None
            if attempt + 1 == _TRIES or _is_final(error):
                raise _refused(each, error) from None
            pause(_PAUSE * 2**attempt)
    if not _is_right(part, file):
        part.unlink()
        raise WeightsTrouble(
            f"{file.path} of {each.repository} came with another hash than the hub names: it was "
            f"thrown away; pull {each.name} again"
        )
    os.replace(part, path)


def _download(url: str, part: Path, file: File, told: Callable[[int], None], hub: Any) -> None:
    here = _size(part)
    if here > file.size:
        part.unlink()
        here = 0
    if here == file.size and part.exists():
        return
    headers = hub.utils.build_hf_headers() | {"Accept-Encoding": "identity"}
    if here:
        headers["Range"] = f"bytes={here}-"
    with hub.get_session().stream("GET", url, headers=headers, follow_redirects=True) as answer:
        hub.utils.hf_raise_for_status(answer)
        if here and answer.status_code != 206:
            here = 0
        with part.open("ab" if here else "wb") as out:
            for piece in answer.iter_bytes():
                out.write(piece)
                here += len(piece)
                told(here)
    if here < file.size:
        raise ConnectionAbort(f"the connection closed after {here} of {file.size} bytes")


class ConnectionAbort(Exception):
    """An answer that ended early without an error of the connection."""


def _is_right(path: Path, file: File) -> bool:
    return path.stat().st_size == file.size and digest_of(path, file.algorithm) == file.digest


def _is_final(error: Exception) -> bool:
    """Whether asking again is of no use."""
    status = getattr(getattr(error, "response", None), "status_code", 0)
    return 400 <= status < 500 and status not in (408, 429)


def _refused(each: Weights, error: Exception) -> WeightsTrouble:
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status in (401, 403) and each.gated:
        return WeightsTrouble(
            f"the hub gives {each.repository} only to accounts that have agreed to its terms: "
            f"agree at https://huggingface.co/{each.repository}, then set HF_TOKEN to a token of "
            "that account"
        )
    if status is not None:
        return WeightsTrouble(f"the hub answers {status} for {each.repository}")
    reason = " ".join(str(error).split())[:200] or type(error).__name__
    return WeightsTrouble(f"the hub can't be reached for {each.repository}: {reason}")


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _part(path: Path) -> Path:
    return path.with_name(path.name + ".part")
