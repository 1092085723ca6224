"""Where weights lie: one folder, laid out as the hub's own cache is.

    <folder>/models--<owner>--<name>/refs/<revision>          the commit that was pulled
    <folder>/models--<owner>--<name>/snapshots/<commit>/...   its files

A folder that other tools have filled can so be used as it is.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from roomstage.weights.catalogue import Weights

_COMMIT = re.compile(r"[A-Za-z0-9._-]{1,64}")


def weights_folder() -> Path:
    """ROOMSTAGE_WEIGHTS, or `weights` in the data folder."""
    given = os.environ.get("ROOMSTAGE_WEIGHTS")
    if given:
        return Path(given)
    data = os.environ.get("ROOMSTAGE_DATA")
    if data:
        return Path(data) / "weights"
    from platformdirs import user_data_path

    return user_data_path("roomstage", appauthor=False) / "weights"


def repository_folder(each: Weights) -> Path:
    """The folder of a repository."""
    return weights_folder() / ("models--" + each.repository.replace("/", "--"))


def snapshot(each: Weights) -> Path | None:
    """The folder of the files that were pulled, or None.

    A pull that was cut short left no reference: what it has fetched so far does not count.
    """
    folder = repository_folder(each)
    try:
        commit = (folder / "refs" / each.revision).read_text("ascii").strip()
    except (OSError, ValueError):
        return None
    if not _COMMIT.fullmatch(commit):
        return None
    found = folder / "snapshots" / commit
    return found if (found / "model_index.json").is_file() else None


def lacking(each: Weights) -> str | None:
    """The command that fetches what is not here; None if it is."""
    if snapshot(each) is not None:
        return None
    return fetching(each)


def fetching(each: Weights) -> str:
    """The command that fetches weights."""
    agreed = "" if each.commercial else " --accept-license"
    name = each.needed_by if each.needed_by == "flux-fill" else each.name
    return f"roomstage models pull {name}{agreed}"
