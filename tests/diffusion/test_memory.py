"""Short of memory: what is let go, in which order, and what is remembered of it."""

from __future__ import annotations

import weakref
from pathlib import Path
from typing import Any

import pytest

from roomstage.engines.diffusion import flux2_klein, held, memory
from roomstage.engines.diffusion.engine import is_out_of_memory
from roomstage.engines.diffusion.memory import Plan

from .test_engines import short_of_memory, stage


def plans(monkeypatch: pytest.MonkeyPatch, *found: Plan) -> None:
    monkeypatch.setattr(memory, "ladder", lambda *_, **__: list(found))


def plan(offload: Any = "none", side: int = 48) -> Plan:
    return Plan("cpu", "float32", offload, "none", side * side)


def test_the_model_that_did_not_fit_is_gone_before_the_next_is_loaded(
    painting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[weakref.ref[Any]] = []
    alive: list[int] = []

    class Watched(flux2_klein._Klein):
        def __init__(self, *given: Any) -> None:
            alive.append(sum(each() is not None for each in made))
            super().__init__(*given)
            made.append(weakref.ref(self))

        def paint(self, tasks: Any, step: Any) -> Any:
            if len(made) == 1:
                held_meanwhile = bytearray(1000)  # as locals of a frame hold it
                raise RuntimeError(f"CUDA out of memory by {len(held_meanwhile)}")
            return super().paint(tasks, step)

    monkeypatch.setattr(flux2_klein, "_Klein", Watched)
    plans(monkeypatch, plan("none"), plan("encoders"))
    stage("flux2-klein")
    assert alive == [0, 0]


def test_another_engines_model_makes_way_before_a_smaller_plan_is_tried(
    painting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage("qwen-edit")
    assert list(held._models) == ["qwen-edit"]
    tried: list[str] = []
    own = flux2_klein._Klein.paint

    def paint(self: Any, tasks: Any, step: Any) -> Any:
        tried.append(", ".join(held._models))
        if "qwen-edit" in held._models:
            raise RuntimeError("CUDA out of memory")
        return own(self, tasks, step)

    monkeypatch.setattr(flux2_klein._Klein, "paint", paint)
    plans(monkeypatch, plan("none"), plan("encoders"))
    told = stage("flux2-klein").report()["painting"]["plan"]
    assert tried == ["qwen-edit, flux2-klein", "flux2-klein"]
    assert "all of it stays there" in told  # the best plan, with the card for itself


def test_a_plan_that_did_not_fit_is_not_tried_with_every_request(
    painting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROOMSTAGE_DIFFUSION_PIXELS", "0")
    tried = short_of_memory(monkeypatch, 48 * 48)
    stage("flux2-klein", seed=1)
    stage("flux2-klein", seed=2)
    assert tried == [64 * 64, 48 * 48, 48 * 48]
    later = held.time.monotonic() + 3600  # what filled the card may be gone by then
    monkeypatch.setattr(held.time, "monotonic", lambda: later)
    stage("flux2-klein", seed=3)
    assert tried[3:] == [64 * 64, 48 * 48]


def test_smaller_pictures_need_no_other_model(
    painting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[Any] = []

    class Watched(flux2_klein._Klein):
        def __init__(self, *given: Any) -> None:
            loaded.append(given)
            super().__init__(*given)

    monkeypatch.setattr(flux2_klein, "_Klein", Watched)
    for side in (48, 32):
        plans(monkeypatch, plan(side=side))
        stage("flux2-klein")
    assert len(loaded) == 1


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MemoryError(), True),
        (RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"), True),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate"), True),
        (RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"), True),
        (RuntimeError("CUDA error: device-side assert triggered"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_what_a_full_card_says(error: Exception, expected: bool) -> None:
    assert is_out_of_memory(error) is expected
