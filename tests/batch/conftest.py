"""A folder with pictures, and manifests written into it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from server import live

Manifest = Callable[..., Path]
HEADER = "name,main_image,overlay_image,prompt"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four pictures and a manifest's place."""
    for name, data in live.pictures().items():
        (tmp_path / f"{name}.png").write_bytes(data)
    return tmp_path


@pytest.fixture
def manifest(folder: Path) -> Manifest:
    """Writes a manifest: rows are 'name,prompt', or what `header` says."""

    def written(*rows: str, header: str = HEADER, name: str = "list.csv") -> Path:
        lines = [header]
        for row in rows:
            named, _, prompt = row.partition(",")
            short = header == HEADER and row.count(",") == 1
            lines.append(f"{named},main_image.png,overlay_image.png,{prompt}" if short else row)
        path = folder / name
        path.write_text("\n".join(lines) + "\n")
        return path

    return written
