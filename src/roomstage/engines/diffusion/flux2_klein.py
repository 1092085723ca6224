"""FLUX.2 klein, masked: small, quick, and free for commercial use.

The source picture is always a condition here: what stands in the place would bleed through, so
the room is given without it, and the product as a reference beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from roomstage.engines.diffusion import held, loading, presence, schedule
from roomstage.engines.diffusion.engine import DiffusionEngine
from roomstage.engines.diffusion.memory import Footprint, Plan
from roomstage.engines.diffusion.settings import Settings
from roomstage.engines.diffusion.task import Painter, Step, Task
from roomstage.image import U8
from roomstage.weights.catalogue import weights

_DISTILLED_STEPS = 4
_GUIDANCE = 4.0  # of the undistilled model, where a request's is 30
_FAITHFUL_STRENGTH = 0.75


class Flux2KleinEngine(DiffusionEngine):
    """FLUX.2 [klein] 4B, distilled or base, by which of them is here."""

    name: ClassVar[str] = "flux2-klein"
    needs: ClassVar[str] = "flux2-klein"
    # 3.88 and 4.02 thousand million weights; source and reference are tokens too.
    footprint: ClassVar[Footprint] = Footprint(7.8, 8.1, 0.2, 5.0)

    def leaves_out_steps(self, plan: Plan, settings: Settings) -> bool:
        """See `DiffusionEngine.leaves_out_steps`: of four steps none is left out."""
        return super().leaves_out_steps(plan, settings) and not _is_distilled()

    def painter(self, plan: Plan, settings: Settings) -> Painter:
        """See `DiffusionEngine.painter`."""
        key = loading.placed_by(plan), settings
        return held.model(self.name, key, lambda: _Klein(plan, settings))


def _is_distilled() -> bool:
    source = presence.chosen(Flux2KleinEngine.needs)
    return source is not None and source.name == "flux2-klein"


class _Klein:
    def __init__(self, plan: Plan, settings: Settings) -> None:
        source = presence.chosen(Flux2KleinEngine.needs) or weights("flux2-klein")[0]
        self._pipe = loading.load("Flux2KleinInpaintPipeline", source, plan)
        self._distilled = bool(self._pipe.config.is_distilled)
        schedule.reachable(self._pipe, "mask")
        cache = settings.cache and not self._distilled
        settings = replace(settings, cache=cache, lora=settings.lora_of(Flux2KleinEngine.name))
        self._parked = loading.place(self._pipe, plan, settings)
        self.encodings = loading.Encodings()

    def paint(self, tasks: Sequence[Task], step: Step) -> list[U8]:
        """See `Painter.paint`."""
        first = tasks[0]
        height, width = first.wide.shape
        rooms = [task.staged if task.faithful else task.room for task in tasks]
        result = self._pipe(
            image=[schedule.picture(room) for room in rooms],
            image_reference=schedule.picture(first.product),
            mask_image=[schedule.picture(task.tight) for task in tasks],
            height=height,
            width=width,
            strength=_FAITHFUL_STRENGTH if first.faithful else 1.0,
            num_inference_steps=_DISTILLED_STEPS if self._distilled else first.steps,
            guidance_scale=max(1.0, _GUIDANCE * first.guidance / 30),
            num_images_per_prompt=len(tasks),
            generator=[schedule.noise(task.seed) for task in tasks],
            **self._encoded(first.caption),
            **schedule.callback(step, "mask", lambda: self._mask([task.wide for task in tasks])),
        )
        return [schedule.array(image) for image in result.images]

    def _mask(self, wide: Sequence[U8]) -> Any:
        """The wide masks as the pipeline has them: on latent patches."""
        height, width = wide[0].shape
        pipe = self._pipe
        seen = pipe.mask_processor.preprocess(
            [schedule.picture(np.asarray(one)) for one in wide], height=height, width=width
        )
        device, dtype = pipe._execution_device, pipe.transformer.dtype
        return pipe.prepare_mask_latents(seen, len(wide), 1, height, width, dtype, device)

    def _encoded(self, caption: str) -> dict[str, Any]:
        device, dtype = self._pipe._execution_device, self._pipe.transformer.dtype
        (embeds,) = self.encodings.get(caption, lambda: self._words(caption))
        found = {"prompt_embeds": embeds.to(device, dtype)}
        if not self._distilled:
            (negative,) = self.encodings.get("", lambda: self._words(""))
            found["negative_prompt_embeds"] = negative.to(device, dtype)
        return found

    def _words(self, caption: str) -> tuple[Any]:
        with self._parked.encoding() as device:
            embeds, _ = self._pipe.encode_prompt(prompt=caption, device=device)
        return (embeds,)
