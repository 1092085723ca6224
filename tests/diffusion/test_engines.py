"""Every engine in every mode, by pipelines of the real classes with tiny random weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import roomstage
from roomstage import engines, inputs
from roomstage.engines.diffusion import loading, memory
from roomstage.engines.diffusion.engine import DiffusionEngine
from roomstage.errors import EngineUnavailable, InvalidParameter, PaintingFailed
from server import live

from . import tiny
from .conftest import forget

PICTURES = live.pictures()
ROOM = inputs.decode_image(PICTURES["main_image"], field="main_image").rgb
ENGINES = ("flux-fill", "flux2-klein", "qwen-edit")


def stage(engine: str, **more: Any) -> roomstage.Staging:
    given = {
        "prompt": "a blue box",
        "main_image_mask": PICTURES["main_image_mask"],
        "overlay_image_mask": PICTURES["overlay_image_mask"],
        "steps": 10,
        "remove": False,
    }
    pictures = PICTURES["main_image"], PICTURES["overlay_image"]
    return roomstage.stage(*pictures, engine=engine, **given | more)


@pytest.mark.parametrize("fidelity", ["faithful", "generative"])
@pytest.mark.parametrize("engine", ENGINES)
def test_each_engine_paints_in_each_mode_and_touches_nothing_else(
    engine: str, fidelity: str, painting: Path
) -> None:
    told: list[tuple[str, float]] = []
    staging = stage(engine, fidelity=fidelity, progress=lambda *step: told.append(step))
    plain = stage("cpu")
    assert staging.image.size == (320, 240)
    outside = staging.changed.values == 0
    assert outside.mean() > 0.3
    assert (staging.image.rgb[outside] == ROOM[outside]).all()
    assert (staging.image.rgb != plain.image.rgb).any()
    assert staging.engine == engine
    report = staging.report()
    assert report["painting"]["fidelity"] == fidelity
    assert ("drift" in report["painting"]) == (fidelity == "generative")
    assert "painting" not in plain.report()
    assert "paint" in staging.timings_ms
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert sum(step == "paint" for step, _ in told) >= 3


@pytest.mark.parametrize("engine", ENGINES)
def test_the_same_seed_gives_the_same_bytes_and_another_does_not(
    engine: str, painting: Path
) -> None:
    first = stage(engine, seed=7)
    again = stage(engine, seed=7)
    other = stage(engine, seed=8)
    assert first.encoded() == again.encoded()
    assert first.encoded() != other.encoded()


def test_faithful_keeps_the_product_whatever_the_model_paints(painting: Path) -> None:
    plain, staging = stage("cpu"), stage("flux2-klein")
    drawn = stage("flux2-klein", fidelity="generative")
    inner = np.s_[plain.placement.box.y0 + 15 : plain.placement.box.y1 - 15]
    inner = inner, np.s_[plain.placement.box.x0 + 15 : plain.placement.box.x1 - 15]
    kept = np.abs(staging.image.rgb[inner].astype(int) - plain.image.rgb[inner])
    redrawn = np.abs(drawn.image.rgb[inner].astype(int) - plain.image.rgb[inner])
    assert kept.mean() < 14  # a model's light is bounded
    assert redrawn.mean() > 2 * kept.mean()


@pytest.mark.parametrize("engine", ["flux-fill", "flux2-klein"])
def test_the_users_words_count(engine: str, painting: Path) -> None:
    one = stage(engine, prompt="a blue box")
    other = stage(engine, prompt="a box made of brushed steel")
    assert one.encoded() != other.encoded()


def test_words_and_pictures_that_were_encoded_before_are_not_encoded_again(
    painting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from diffusers.pipelines.flux.pipeline_flux_fill import FluxFillPipeline
    from diffusers.pipelines.flux.pipeline_flux_prior_redux import FluxPriorReduxPipeline

    counted = {"words": 0, "pictures": 0}
    words, pictures = FluxFillPipeline._get_t5_prompt_embeds, FluxPriorReduxPipeline.encode_image

    def count(name: str, own: Any) -> Any:
        def wrapped(*given: Any, **more: Any) -> Any:
            counted[name] += 1
            return own(*given, **more)

        return wrapped

    monkeypatch.setattr(FluxFillPipeline, "_get_t5_prompt_embeds", count("words", words))
    monkeypatch.setattr(FluxPriorReduxPipeline, "encode_image", count("pictures", pictures))
    for seed in (1, 2):
        stage("flux-fill", fidelity="generative", seed=seed)
    assert counted == {"words": 1, "pictures": 1}


def test_the_mask_widens_in_the_second_half_of_the_schedule(
    painting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from roomstage.engines.diffusion import schedule

    masked: list[float] = []
    own = schedule.callback

    def watched(*given: Any, **more: Any) -> dict[str, Any]:
        arguments = own(*given, **more)
        after = arguments["callback_on_step_end"]

        def watch(pipe: Any, index: int, time: Any, kept: dict[str, Any]) -> Any:
            masked.append(float(kept["mask"].mean()))
            return after(pipe, index, time, kept)

        return arguments | {"callback_on_step_end": watch}

    monkeypatch.setattr(schedule, "callback", watched)
    stage("flux2-klein", fidelity="generative")
    assert len(masked) == 4  # the distilled model's steps
    assert masked[0] == masked[1]
    assert masked[2] > masked[1]


def test_the_undistilled_model_takes_the_requests_steps(
    tmp_path: Path, painting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny.save(tmp_path, "flux2-klein-base", distilled=False)
    monkeypatch.setenv("ROOMSTAGE_WEIGHTS", str(tmp_path))
    forget()
    told: list[str] = []
    stage("flux2-klein", fidelity="generative", progress=lambda step, _: told.append(step))
    assert told.count("paint") == 10


@pytest.mark.parametrize(("engine", "variants"), [("flux-fill", 1), ("flux2-klein", 3)])
def test_a_painting_stops_at_the_next_step_when_it_is_not_wanted(
    engine: str, variants: int, painting: Path, roomy: None
) -> None:
    steps: list[float] = []

    class Unwanted(BaseException):
        pass

    def progress(step: str, share: float) -> None:
        if step == "paint":
            steps.append(share)
            raise Unwanted

    with pytest.raises(Unwanted):
        stage(engine, variants=variants, progress=progress)
    assert len(steps) == 1
    assert stage(engine).engine == engine  # the model is sound after that


def test_a_model_that_shows_another_room_is_refused(
    painting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROOMSTAGE_DIFFUSION_MAX_SHIFT", "8")
    with pytest.raises(PaintingFailed, match="does not show this room"):
        stage("qwen-edit")


def test_missing_weights_are_told_with_the_command_that_fetches_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROOMSTAGE_WEIGHTS", str(tmp_path))
    with pytest.raises(EngineUnavailable, match=r"roomstage models pull flux2-klein$"):
        stage("flux2-klein")
    with pytest.raises(EngineUnavailable, match="models pull flux-fill --accept-license"):
        stage("flux-fill")


def test_missing_packages_are_told_with_the_command_that_installs_them(
    painting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from roomstage.engines.diffusion import presence

    monkeypatch.setattr(presence, "find_spec", lambda name: None if name == "diffusers" else name)
    with pytest.raises(EngineUnavailable, match=r"pip install 'roomstage\[diffusion\]'"):
        stage("flux2-klein")


@pytest.mark.parametrize("damage", ["cut", "emptied", "garbled index"])
def test_weights_that_were_cut_short_are_told(
    damage: str, tmp_path: Path, painting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = tiny.save(tmp_path, "flux2-klein")
    monkeypatch.setenv("ROOMSTAGE_WEIGHTS", str(tmp_path))
    forget()
    file = next((snapshot / "transformer").glob("*.safetensors"))
    if damage == "cut":
        file.write_bytes(file.read_bytes()[:-500])
    elif damage == "emptied":
        file.write_bytes(b"")
    else:
        (snapshot / "model_index.json").write_text("{")
    with pytest.raises(EngineUnavailable, match="roomstage models verify flux2-klein"):
        stage("flux2-klein")


def short_of_memory(monkeypatch: pytest.MonkeyPatch, most: int) -> list[int]:
    """A card on which no more than `most` pixels can be worked on; what was tried."""
    import torch

    tried: list[int] = []
    own = DiffusionEngine._painted

    def paint(self: Any, drafts: Any, plan: Any, *rest: Any) -> Any:
        tried.append(plan.pixels)
        if plan.pixels > most:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return own(self, drafts, plan, *rest)

    monkeypatch.setattr(DiffusionEngine, "_painted", paint)
    plans = [memory.Plan("cpu", "float32", "none", "none", side * side) for side in (64, 48, 32)]
    monkeypatch.setattr(memory, "ladder", lambda *_, **__: plans)
    return tried


def test_out_of_memory_leads_to_a_smaller_plan(
    painting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROOMSTAGE_DIFFUSION_PIXELS", "0")
    tried = short_of_memory(monkeypatch, 48 * 48)
    staging = stage("flux2-klein")
    assert tried == [64 * 64, 48 * 48]
    assert "48x48" in staging.report()["painting"]["plan"]


def test_out_of_memory_in_every_plan_is_told(
    painting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROOMSTAGE_DIFFUSION_PIXELS", "0")
    tried = short_of_memory(monkeypatch, 0)
    with pytest.raises(EngineUnavailable, match="too little memory") as caught:
        stage("flux2-klein")
    assert len(tried) == 3
    assert caught.value.field == "engine"


def test_auto_takes_a_card_with_free_weights_and_gives_back_to_cpu_what_it_cannot_do(
    painting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert engines.load("auto").name == "cpu"  # there is no card
    monkeypatch.setattr(memory, "cards", lambda: [memory.Card("cuda", "a card", 80)])
    assert engines.load("auto").name == "flux2-klein"
    monkeypatch.setenv("ROOMSTAGE_DIFFUSION_PIXELS", "0")
    short_of_memory(monkeypatch, 0)
    staging = stage("auto")
    assert staging.engine == "cpu"
    assert any("this is the cpu engine's picture" in text for text in staging.warnings)
    assert (staging.image.rgb == stage("cpu").image.rgb).all()


def test_an_engine_proves_itself_by_one_small_run(painting: Path) -> None:
    from roomstage.models import canary

    for name in ENGINES:
        canary.stage(name)


def test_encoders_leave_the_pipeline_after_encoding(
    painting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = memory.Plan("cpu", "float32", "encoders", "none", 48 * 48)
    monkeypatch.setattr(memory, "ladder", lambda *_, **__: [plan])
    for name in ENGINES:
        assert stage(name, fidelity="generative").engine == name


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("QUANTISE", "int9", "one of none, int8, fp8"),
        ("COMPILE", "maybe", "1 or 0"),
        ("MAX_SHIFT", "far", "0 to 100"),
        ("PIXELS", "-1", "0 to 16000000"),
    ],
)
def test_wrong_settings_name_their_variable(
    variable: str, value: str, words: str, painting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"ROOMSTAGE_DIFFUSION_{variable}", value)
    with pytest.raises(InvalidParameter, match=f"ROOMSTAGE_DIFFUSION_{variable}.*{words}"):
        stage("flux2-klein")


@pytest.mark.parametrize(
    ("variable", "value", "package"), [("QUANTISE", "int8", "torchao"), ("CACHE", "1", "cache-dit")]
)
def test_options_that_need_a_package_name_it(
    variable: str, value: str, package: str, painting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = memory.Plan("cpu", "float32", "none", "int8" if value == "int8" else "none", 48 * 48)
    monkeypatch.setattr(memory, "ladder", lambda *_, **__: [plan])
    for name in ("torchao", "cache_dit"):
        monkeypatch.setitem(__import__("sys").modules, name, None)
    monkeypatch.setenv(f"ROOMSTAGE_DIFFUSION_{variable}", value)
    with pytest.raises(EngineUnavailable, match=f"pip install {package}"):
        stage("flux-fill")


def test_encodings_are_bounded() -> None:
    import torch

    kept = loading.Encodings()
    for number in range(40):
        kept.get(str(number), lambda: (torch.zeros(1),))
    kept.get("39", lambda: (torch.zeros(1),))
    assert kept.hits == 1
    assert len(kept._kept) == 32
