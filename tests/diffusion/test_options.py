# pyright: reportPrivateImportUsage=false
"""The owner's options with the packages that they need: torchao, cache-dit and peft."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from roomstage.engines.diffusion import held, memory
from roomstage.engines.diffusion.memory import Plan
from roomstage.engines.diffusion.settings import Settings
from roomstage.errors import EngineUnavailable

from . import tiny
from .conftest import forget
from .test_engines import ENGINES, stage

PLAN = Plan("cpu", "bfloat16", "none", "none", 48 * 48)


def planned(monkeypatch: pytest.MonkeyPatch, plan: Plan) -> None:
    monkeypatch.setattr(memory, "ladder", lambda *_, **__: [plan])


def model(engine: str) -> Any:
    """The pipeline that an engine has in memory."""
    return held._models[engine][1]._pipe


@pytest.mark.parametrize("engine", ENGINES)
def test_weights_in_int8_paint_nearly_the_same_picture(
    engine: str, painting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torchao")
    planned(monkeypatch, PLAN)
    plain = stage(engine, fidelity="generative")
    planned(monkeypatch, replace(PLAN, quantise="int8"))
    small = stage(engine, fidelity="generative")
    assert small.report()["painting"]["lossy"] == ["weights in int8"]
    off = np.abs(small.image.rgb.astype(int) - plain.image.rgb)
    assert 0 < off.mean() < 3
    linear = {
        name: type(module.weight).__name__
        for name, module in model(engine).transformer.named_modules()
        if type(module).__name__ == "Linear"
    }
    quantised = {name.split(".")[0] for name, kind in linear.items() if kind != "Parameter"}
    assert quantised <= {"transformer_blocks", "single_transformer_blocks"}
    assert quantised


def test_what_a_card_can_not_quantise_is_told(
    painting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torchao")
    planned(monkeypatch, replace(PLAN, quantise="fp8"))  # a processor can't, as older cards can't
    with pytest.raises(EngineUnavailable, match="QUANTISE: fp8 can't be had on this card"):
        stage("flux2-klein")


@pytest.mark.parametrize("engine", ["flux-fill", "qwen-edit"])
def test_cached_steps_repeat_and_are_told(
    engine: str, painting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("cache_dit")
    monkeypatch.setenv("ROOMSTAGE_DIFFUSION_CACHE", "1")
    planned(monkeypatch, PLAN)
    first, again = (stage(engine, steps=12, fidelity="generative") for _ in range(2))
    assert first.encoded() == again.encoded()  # nothing is left of the last request
    assert first.report()["painting"]["lossy"] == ["cached steps"]


def test_the_distilled_model_leaves_out_no_step_and_the_other_may(
    painting: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache_dit = pytest.importorskip("cache_dit")
    monkeypatch.setenv("ROOMSTAGE_DIFFUSION_CACHE", "1")
    planned(monkeypatch, PLAN)
    assert stage("flux2-klein").report()["painting"]["lossy"] == []
    tiny.save(tmp_path, "flux2-klein-base", distilled=False)
    monkeypatch.setenv("ROOMSTAGE_WEIGHTS", str(tmp_path))
    forget()
    given: list[Any] = []
    own = cache_dit.enable_cache

    def enable(pipe: Any, **more: Any) -> Any:
        given.append(more["cache_config"].Fn_compute_blocks)
        return own(pipe, **more)

    monkeypatch.setattr(cache_dit, "enable_cache", enable)
    assert stage("flux2-klein").report()["painting"]["lossy"] == ["cached steps"]
    assert given == [1]  # no more than there are: the real one has five, the package asks for eight


def test_blocks_are_compiled(painting: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    compiled: list[str] = []
    monkeypatch.setattr(
        torch.nn.Module,
        "compile",
        lambda self, *given, **more: compiled.append(f"{type(self).__name__} {given} {more}"),
    )
    monkeypatch.setenv("ROOMSTAGE_DIFFUSION_COMPILE", "1")
    for engine in ENGINES:
        stage(engine)
    assert sorted(set(compiled)) == [
        "Flux2SingleTransformerBlock () {}",
        "Flux2TransformerBlock () {}",
        "FluxSingleTransformerBlock () {}",
        "FluxTransformerBlock () {}",
        "QwenImageTransformerBlock () {}",
    ]


def lora(folder: Path, engine: str) -> Path:
    """LoRA weights for an engine's tiny transformer, as trainers save them."""
    import torch
    from diffusers import DiffusionPipeline
    from peft import LoraConfig, get_peft_model_state_dict

    from roomstage.weights import snapshot, weights

    place = snapshot(weights(engine)[0])
    pipe: Any = DiffusionPipeline.from_pretrained(str(place), local_files_only=True)
    torch.manual_seed(3)
    targets = ["to_q", "to_k", "to_v"]
    pipe.transformer.add_adapter(
        LoraConfig(r=4, lora_alpha=4, init_lora_weights=False, target_modules=targets)
    )
    layers = {
        name: 4 * value for name, value in get_peft_model_state_dict(pipe.transformer).items()
    }
    pipe.save_lora_weights(str(folder), transformer_lora_layers=layers)
    return next(folder.glob("*.safetensors"))


@pytest.mark.parametrize("engine", ["flux-fill", "flux2-klein"])
def test_lora_weights_are_laid_over_the_transformer_for_good(
    engine: str, painting: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = lora(tmp_path, engine)
    plain = stage(engine, fidelity="generative")
    monkeypatch.setenv("ROOMSTAGE_DIFFUSION_LORA", str(file))
    laid = stage(engine, fidelity="generative")
    assert laid.encoded() != plain.encoded()
    names = [name for name, _ in model(engine).transformer.named_modules()]
    assert not any("lora" in name for name in names)  # nothing to slow a step down
    monkeypatch.setenv("ROOMSTAGE_DIFFUSION_LORA", f"{engine}={tmp_path}, qwen-edit=/nowhere")
    assert stage(engine, fidelity="generative").encoded() == laid.encoded()


def test_lora_weights_of_another_model_are_refused(
    painting: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safetensors.numpy import save_file

    strange = tmp_path / "strange.safetensors"
    save_file({"unet.lora_A.weight": np.zeros((4, 4), np.float32)}, strange)
    for place in (str(strange), str(tmp_path / "none.safetensors")):
        monkeypatch.setenv("ROOMSTAGE_DIFFUSION_LORA", place)
        with pytest.raises(EngineUnavailable, match="can't be laid over this engine"):
            stage("flux2-klein")


def test_each_engine_has_its_own_lora() -> None:
    one = Settings(lora="/a b/x.safetensors")
    assert one.lora_of("flux-fill") == one.lora_of("sdxl") == "/a b/x.safetensors"
    several = Settings(lora="flux-fill=/x, sdxl=/y")
    assert several.lora_of("flux-fill") == "/x"
    assert several.lora_of("sdxl") == "/y"
    assert several.lora_of("qwen-edit") == ""
