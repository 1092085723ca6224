"""Tiny weights on disk, once a session, and the settings that let them run quickly."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from . import tiny

pytest.importorskip("diffusers")
SETTINGS = {
    "HF_HUB_OFFLINE": "1",  # a test that asked the hub would fail here
    "ROOMSTAGE_DIFFUSION_PIXELS": "2304",
    "ROOMSTAGE_DIFFUSION_MAX_SHIFT": "0",  # random weights show another room
}


@pytest.fixture(scope="session")
def tiny_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tiny weights of every engine."""
    folder = tmp_path_factory.mktemp("weights")
    for name in ("flux-fill", "flux-redux", "flux2-klein", "qwen-edit", "sdxl"):
        tiny.save(folder, name)
    return folder


@pytest.fixture
def painting(tiny_weights: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The tiny weights in use."""
    monkeypatch.setenv("ROOMSTAGE_WEIGHTS", str(tiny_weights))
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    yield tiny_weights
    forget()


@pytest.fixture
def roomy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A processor that is known to have memory for any batch."""
    from roomstage.engines.diffusion import memory

    monkeypatch.setattr(memory, "best", lambda: memory.Card("cpu", "processor", 1000.0))


def forget() -> None:
    """Let go of every model in memory."""
    from roomstage.engines.diffusion import held

    held.forget()
