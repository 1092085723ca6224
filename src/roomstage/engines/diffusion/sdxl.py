"""Stable Diffusion XL, picture to picture: any checkpoint that the owner has named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from roomstage.engines.diffusion import held, loading, memory, schedule
from roomstage.engines.diffusion.checkpoints import VARIABLE, checkpoints, missing
from roomstage.engines.diffusion.crop import resized
from roomstage.engines.diffusion.engine import is_out_of_memory
from roomstage.engines.diffusion.memory import Footprint, Plan
from roomstage.engines.diffusion.schedulers import SCHEDULERS
from roomstage.engines.diffusion.settings import Settings
from roomstage.errors import EngineUnavailable
from roomstage.image import U8
from roomstage.options import seeds
from roomstage.weights.catalogue import Weights, weights
from roomstage.weights.folder import fetching, snapshot

# 2.6 and 0.8 thousand million weights.
FOOTPRINT = Footprint(5.2, 1.7, 0.2, 4.0)
_HELD = "sdxl"  # its name among the models in memory
_LEAST_PIXELS = 768 * 768  # below, the model gives mush
_MULTIPLE = 8


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of the model besides the picture."""

    prompt: str
    negative_prompt: str
    samples: int
    scheduler: str  # of SCHEDULERS
    base_model: str
    steps: int
    guidance: float
    strength: float
    seed: int


@dataclass(frozen=True, eq=False, slots=True)
class Made:
    """The pictures [h, w, 3], and what should be known of them."""

    pictures: list[U8]
    base_model: str
    plan: Plan
    warnings: tuple[str, ...]


def paint(image: U8, wish: Wish, tell: Callable[[float], None]) -> Made:
    """Paint `image` [h, w, 3] anew.

    Raises:
        EngineUnavailable: weights are not here or can't be read, or the memory does not do.
    """
    reason = missing()
    if reason is not None:
        raise EngineUnavailable(f"sdxl-img2img is not installed here: {reason}")
    settings = Settings.from_env()
    source, name, warnings = _source(wish.base_model)
    for plan in _plans(settings):
        for at_once in sorted({wish.samples, 1}, reverse=True):
            while True:
                try:
                    pictures = _pictures(image, wish, source, plan, settings, at_once, tell)
                    return Made(pictures, name, plan, warnings)
                except Exception as error:
                    if not is_out_of_memory(error):
                        raise
                # Not in the handler: the error holds all that was underway.
                release()
                if not held.drop_others(_HELD):
                    break
        held.outgrow(_HELD, plan)
    raise EngineUnavailable("sdxl-img2img can't run here: the card has too little memory")


def release() -> None:
    """Let go of the model."""
    held.drop(_HELD)


def _plans(settings: Settings) -> list[Plan]:
    found = memory.ladder(memory.best(), FOOTPRINT, quantise="none")
    if settings.pixels:
        found = [replace(plan, pixels=min(plan.pixels, settings.pixels)) for plan in found]
    return held.fitting(_HELD, list(dict.fromkeys(found)))


def _source(base_model: str) -> tuple[Weights | Path, str, tuple[str, ...]]:
    """Where the checkpoint is, its name, and a warning if it is another than was asked for."""
    own = weights("sdxl")[0]
    place = checkpoints().get(base_model.strip().lower())
    if place is None:
        if not base_model or base_model.lower() in ("sdxl", own.repository.lower()):
            return own, "sdxl", ()
        warning = (
            f"base_model {base_model[:60]} is none of this server's: sdxl was used; its owner "
            f"names others in {VARIABLE}"
        )
        return own, "sdxl", (warning,)
    path = Path(place)
    if path.exists():
        return path, base_model, ()
    if place.count("/") == 1:
        pulled = weights(place)[0]
        if snapshot(pulled) is None:
            raise EngineUnavailable(f"base_model {base_model} is not here: {fetching(pulled)}")
        return pulled, base_model, ()
    raise EngineUnavailable(f"base_model {base_model} is not here: {VARIABLE} names {place}")


def _pipeline(source: Weights | Path, plan: Plan, settings: Settings) -> Any:
    key = source, loading.placed_by(plan), settings
    return held.model(_HELD, key, lambda: _loaded(source, plan, settings))


def _loaded(source: Weights | Path, plan: Plan, settings: Settings) -> Any:
    kind = "StableDiffusionXLImg2ImgPipeline"
    if isinstance(source, Path) and source.is_file():
        config = snapshot(weights("sdxl")[0])
        if config is None:
            raise EngineUnavailable(
                f"{source} is a single file, which needs the configuration of sdxl: "
                f"{fetching(weights('sdxl')[0])}"
            )
        pipe = loading.load_file(kind, source, config, plan)
    else:
        pipe = loading.load(kind, source, plan, add_watermarker=False)
    if plan.offload in ("encoders", "turns"):  # its parts are small: one at a time is on the card
        loading.lay_lora(pipe, settings.lora_of(_HELD))
        pipe.enable_model_cpu_offload(device=plan.device)
    else:
        loading.place(pipe, plan, Settings(lora=settings.lora_of(_HELD)))
    return pipe


def _pictures(
    image: U8,
    wish: Wish,
    source: Weights | Path,
    plan: Plan,
    settings: Settings,
    at_once: int,
    tell: Callable[[float], None],
) -> list[U8]:
    import diffusers

    pipe = _pipeline(source, plan, settings)
    kind, options = SCHEDULERS[wish.scheduler]
    with loading.quiet():
        pipe.scheduler = getattr(diffusers, kind).from_config(pipe.scheduler.config, **options)
    shown = schedule.picture(resized(image, _size(image, plan.pixels)))
    found: list[U8] = []
    sown = seeds(wish.seed, wish.samples)
    for first in range(0, wish.samples, at_once):

        def step(share: float, first: int = first) -> None:
            tell(min(1.0, (first + share * at_once) / wish.samples))

        with loading.quiet():
            result = pipe(
                prompt=wish.prompt,
                negative_prompt=wish.negative_prompt or None,
                image=shown,
                strength=wish.strength,
                num_inference_steps=wish.steps,
                guidance_scale=wish.guidance,
                num_images_per_prompt=at_once,
                generator=[schedule.noise(seed) for seed in sown[first : first + at_once]],
                **schedule.callback(step),
            )
        found += [schedule.array(one) for one in result.images]
    return found


def _size(image: U8, most: int) -> tuple[int, int]:
    """The size at which the picture is worked on and given back."""
    height, width = image.shape[:2]
    least = min(_LEAST_PIXELS, most)
    scale = (min(max(width * height, least), most) / (width * height)) ** 0.5

    def side(length: int) -> int:
        return max(4 * _MULTIPLE, int(length * scale) // _MULTIPLE * _MULTIPLE)

    return side(width), side(height)
