"""The pictures that ship with the project, and the ground truth where it is there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
SAMPLES = ROOT / "samples"
ROOMS = sorted((SAMPLES / "rooms").glob("*.jpg"))
PRODUCTS = sorted(p for p in (SAMPLES / "products").iterdir() if not p.stem.endswith("_mask"))
CHAIR = SAMPLES / "products" / "lounge_chair.jpg"
LIVING_ROOM = SAMPLES / "rooms" / "living_room.jpg"
LIVING_ROOM_MASK = SAMPLES / "masks" / "living_room_stage.png"


def mask_of(product: Path) -> Path | None:
    """The product's mask, if it needs one."""
    mask = product.with_name(product.stem + "_mask.png")
    return mask if mask.exists() else None


def shared(*parts: str) -> Path:
    """A file or folder beside the repository; the test is skipped where it isn't there."""
    folder = Path(os.environ.get("ROOMSTAGE_SHARED", ROOT.parent / "shared")).joinpath(*parts)
    if not folder.exists():
        pytest.skip(f"needs {'/'.join(parts)} beside the repository")
    return folder
