"""Several variants through a painting engine: painted together, each as it is alone."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from roomstage.engines.diffusion import flux2_klein, flux_fill, held, memory, qwen_edit
from roomstage.engines.diffusion.engine import DiffusionEngine
from roomstage.engines.diffusion.memory import Card, Footprint, Plan
from roomstage.engines.diffusion.together import batches
from roomstage.errors import PaintingFailed

from .test_engines import ROOM, stage

PAINTERS: dict[str, Any] = {
    "flux-fill": flux_fill._FluxFill,
    "flux2-klein": flux2_klein._Klein,
    "qwen-edit": qwen_edit._QwenEdit,
}
FLUX = Footprint(23.8, 10.6, 0.2, 6.0)


def watched(monkeypatch: pytest.MonkeyPatch, engine: str, most: int = 9) -> list[list[int]]:
    """The seeds of every pass; a pass of more than `most` pictures fills the card."""
    passes: list[list[int]] = []
    own = PAINTERS[engine].paint

    def paint(self: Any, tasks: Sequence[Any], step: Any) -> Any:
        passes.append([task.seed for task in tasks])
        if len(tasks) > most:
            step(0.5)  # in the midst of it
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return own(self, tasks, step)

    monkeypatch.setattr(PAINTERS[engine], "paint", paint)
    return passes


@pytest.mark.parametrize(
    ("engine", "fidelity"),
    [("flux-fill", "generative"), ("flux2-klein", "faithful"), ("qwen-edit", "generative")],
)
def test_each_variant_is_what_its_seed_gives_alone(
    engine: str, fidelity: str, painting: Path, roomy: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes = watched(monkeypatch, engine)
    told: list[float] = []
    several = stage(
        engine,
        fidelity=fidelity,
        seed=7,
        variants=2,
        progress=lambda step, share: told.append(share) if step == "paint" else None,
    )
    assert passes == [[7, 8]]
    assert told == sorted(told)
    assert told[-1] == 1
    assert len(told) >= (16 if engine == "qwen-edit" else 3)
    alone = stage(engine, fidelity=fidelity, seed=8)
    off = np.abs(several.variants[1].image.rgb.astype(int) - alone.image.rgb)
    assert off.max() <= 2  # the arithmetic of a batch is rounded otherwise
    assert (off > 0).mean() < 0.01
    for each in several.variants:
        outside = each.changed.values == 0
        assert outside.mean() > 0.3
        assert (each.image.rgb[outside] == ROOM[outside]).all()
        assert each.engine == engine
    first, second = several.variants
    assert (first.image.rgb != second.image.rgb).any()
    apart = several.report()["variants"]
    assert [each["seed"] for each in apart] == [7, 8]
    assert all(("drift" in each) == (fidelity == "generative") for each in apart)
    assert several.report()["painting"]["at_once"] == (1 if engine == "qwen-edit" else 2)
    assert "at_once" not in alone.report()["painting"]


def test_words_and_pictures_are_encoded_once_for_all_variants(
    painting: Path, roomy: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    moves: list[str] = []
    monkeypatch.setattr(
        memory, "ladder", lambda *_, **__: [Plan("cpu", "float32", "encoders", "none", 48 * 48)]
    )
    from roomstage.engines.diffusion import loading

    own = loading.Parked._move

    def move(self: Any, part: Any, device: str) -> None:
        if part is not None:
            moves.append(type(part).__name__)
        own(self, part, device)

    monkeypatch.setattr(loading.Parked, "_move", move)
    stage("qwen-edit", variants=2)
    assert len(moves) == 2  # the encoder came and went


def test_out_of_memory_leads_to_a_smaller_batch_before_a_smaller_plan(
    painting: Path, roomy: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = "flux2-klein"
    plans = [Plan("cpu", "float32", "none", "none", side * side) for side in (48, 32)]
    monkeypatch.setattr(memory, "ladder", lambda *_, **__: plans)
    passes = watched(monkeypatch, engine, most=2)
    told: list[float] = []
    several = stage(engine, seed=1, variants=4, progress=lambda step, share: told.append(share))
    assert passes == [[1, 2, 3, 4], [1, 2], [3, 4]]
    assert told == sorted(told)
    assert several.report()["painting"]["at_once"] == 2
    assert "48x48" in several.report()["painting"]["plan"]
    assert held.holds(engine)  # it was not loaded anew
    passes.clear()
    stage(engine, seed=1, variants=4)
    assert passes == [[1, 2, 3], [1, 2], [3, 4]]  # four are not tried again so soon


def test_a_model_that_does_not_load_is_not_loaded_for_each_smaller_batch(
    painting: Path, roomy: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[int] = []
    own = flux2_klein._Klein.__init__

    def load(self: Any, plan: Plan, settings: Any) -> None:
        loaded.append(plan.pixels)
        if plan.offload == "none":
            raise RuntimeError("CUDA out of memory")
        own(self, plan, settings)

    monkeypatch.setattr(flux2_klein._Klein, "__init__", load)
    plans = [Plan("cpu", "float32", how, "none", 48 * 48) for how in ("none", "encoders")]
    monkeypatch.setattr(memory, "ladder", lambda *_, **__: plans)
    passes = watched(monkeypatch, "flux2-klein")
    stage("flux2-klein", variants=4, seed=1)
    assert len(loaded) == 3
    assert passes == [[1, 2, 3, 4]]


def test_one_that_can_not_be_used_is_told_by_its_seed(
    painting: Path, roomy: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = DiffusionEngine._laid

    def laid(self: Any, draft: Any, *rest: Any) -> Any:
        if draft.options.seed == 8:
            raise PaintingFailed("it shows another room")
        return own(self, draft, *rest)

    monkeypatch.setattr(DiffusionEngine, "_laid", laid)
    with pytest.raises(PaintingFailed, match=r"variant 2 \(seed 8\): it shows another room"):
        stage("flux2-klein", variants=2, seed=7)


def test_with_cached_steps_pictures_do_not_depend_on_their_neighbours(
    painting: Path, roomy: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("cache_dit")
    monkeypatch.setenv("ROOMSTAGE_DIFFUSION_CACHE", "1")
    passes = watched(monkeypatch, "flux-fill")
    several = stage("flux-fill", seed=7, variants=2, steps=12)
    assert passes == [[7], [8]]
    alone = stage("flux-fill", seed=8, steps=12)
    assert (several.variants[1].image.rgb == alone.image.rgb).all()


def test_a_batch_is_as_large_as_the_card_allows() -> None:
    plan = memory.plan(Card("cuda", "a card", 80), FLUX)
    found = [
        memory.at_once(plan, Card("cuda", "a card", gigabytes), FLUX, 4)
        for gigabytes in (80, 60, 54, 46, 20)
    ]
    assert found == [4, 3, 2, 1, 1]
    for gigabytes, count in ((80, 4), (60, 3), (54, 2)):
        assert memory.needed(plan, FLUX, pictures=count) <= gigabytes
    assert memory.needed(plan, FLUX, pictures=1) == memory.needed(plan, FLUX)
    small = dataclasses.replace(plan, pixels=plan.pixels // 4)
    assert memory.at_once(small, Card("cuda", "a card", 46), FLUX, 4) == 4
    assert memory.at_once(plan, Card("cpu", "processor", 0.0), FLUX, 4) == 1
    assert memory.at_once(plan, Card("cuda", "a card", 80), FLUX, 2) == 2


def test_only_what_is_alike_is_painted_together() -> None:
    assert batches("aaaa", 4) == [[0, 1, 2, 3]]
    assert batches("aaaa", 3) == [[0, 1, 2], [3]]
    assert batches("abab", 2) == [[0, 2], [1, 3]]
    assert batches("", 2) == []
