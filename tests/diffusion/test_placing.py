# pyright: reportPrivateImportUsage=false
"""What differs on a card: half-precise numbers, and parts that come and go.

The processor stands in for the card. Weights that are away are as far away as there: accelerate
leaves them without data, so that a use without their being fetched fails here, too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from roomstage.engines.diffusion import loading, memory
from roomstage.engines.diffusion.memory import Offload

from .conftest import forget
from .test_engines import ENGINES, stage


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch, painting: Path) -> Any:
    """Makes one plan the only one."""

    def planned(dtype: str, offload: Offload = "none") -> None:
        plan = memory.Plan("cpu", dtype, offload, "none", 48 * 48)
        monkeypatch.setattr(memory, "ladder", lambda *_, **__: [plan])

    return planned


@pytest.fixture
def layered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Diffusers' own way layer by layer, to the one device that accelerate's hooks can name."""
    import torch
    from accelerate import cpu_offload
    from diffusers import DiffusionPipeline

    def enable(self: Any, device: str) -> None:
        for model in self.components.values():
            if isinstance(model, torch.nn.Module):
                buffers = len(model._parameters) > 0
                cpu_offload(model, torch.device(device), offload_buffers=buffers)

    monkeypatch.setattr(DiffusionPipeline, "enable_sequential_cpu_offload", enable)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
@pytest.mark.parametrize("engine", ENGINES)
def test_each_engine_paints_in_the_numbers_of_cards(engine: str, dtype: str, card: Any) -> None:
    card(dtype)
    for fidelity in ("faithful", "generative"):
        report = stage(engine, fidelity=fidelity).report()
        assert dtype in report["painting"]["plan"]


@pytest.mark.parametrize("engine", ENGINES)
def test_the_picture_is_the_same_wherever_the_parts_were_meanwhile(
    engine: str, card: Any, layered: None
) -> None:
    made = {}
    for offload in ("none", "encoders", "turns", "layers"):
        card("bfloat16", offload)
        made[offload] = stage(engine, fidelity="generative").encoded()
        forget()
    assert len(set(made.values())) == 1


def test_the_transformer_makes_way_before_encoders_come_and_comes_back(
    card: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    moves: list[tuple[str, str]] = []
    monkeypatch.setattr(
        loading.Parked,
        "_move",
        lambda self, part, device: moves.append((type(part).__name__, device)),
    )
    card("float32", "turns")
    loading_plan = memory.ladder(memory.best(), memory.Footprint(1, 1, 1, 1))[0]
    object.__setattr__(loading_plan, "device", "cpu:0")  # told from "away", and the same place
    stage("flux2-klein", seed=1)
    stage("flux2-klein", seed=2)  # the same words: nothing is encoded, so nothing moves
    model, encoder = "Flux2Transformer2DModel", "Qwen3ForCausalLM"
    assert moves == [(model, "cpu"), (encoder, "cpu:0"), (encoder, "cpu"), (model, "cpu:0")]


def test_the_qwen_encoder_is_told_which_tokens_are_pictures(
    painting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers.models.qwen2_5_vl.modeling_qwen2_5_vl import Qwen2_5_VLTextModel

    seen: list[Any] = []
    own = Qwen2_5_VLTextModel.forward

    def watched(self: Any, *given: Any, **more: Any) -> Any:
        seen.append(more["position_ids"])
        return own(self, *given, **more)

    monkeypatch.setattr(Qwen2_5_VLTextModel, "forward", watched)
    stage("qwen-edit")
    assert seen
    for positions in seen:  # of time, rows and columns: equal for words, not inside pictures
        assert positions is not None
        assert (positions[0] != positions[1]).any()
        assert (positions[1] != positions[2]).any()
        assert (positions[:, :, 0] == 0).all()
