"""FLUX.1 Fill and Redux: the in-context diptych that the hosted model seems to run.

Generative: reference and room lie side by side and only the room's part is masked, so that the
model copies the one into the other; Redux tells it the product once more, as picture tokens.
Faithful: the staged room alone, masked around the product, from its own noised pixels.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from roomstage.engines.diffusion import held, loading, schedule
from roomstage.engines.diffusion.crop import resized
from roomstage.engines.diffusion.engine import DiffusionEngine
from roomstage.engines.diffusion.memory import Footprint, Plan
from roomstage.engines.diffusion.settings import Settings
from roomstage.engines.diffusion.task import Painter, Step, Task
from roomstage.image import U8
from roomstage.weights.catalogue import weights

_FAITHFUL_STRENGTH = 0.7  # of the noise: what is there guides what is painted over it
_MASKED = "masked_image_latents"


class FluxFillEngine(DiffusionEngine):
    """FLUX.1 Fill [dev] with FLUX.1 Redux [dev]; weights not for commercial use."""

    name: ClassVar[str] = "flux-fill"
    needs: ClassVar[str] = "flux-fill"
    # 11.9, 4.9 and 0.4 thousand million weights; a diptych has twice the room's pixels.
    footprint: ClassVar[Footprint] = Footprint(23.8, 10.6, 0.2, 6.0)

    def painter(self, plan: Plan, settings: Settings) -> Painter:
        """See `DiffusionEngine.painter`."""
        key = loading.placed_by(plan), settings
        return held.model(self.name, key, lambda: _FluxFill(plan, settings))


@dataclass(frozen=True, eq=False, slots=True)
class _View:
    """What the pipeline sees [h, w, 3], and where in it may be painted [h, w]."""

    image: U8
    tight: U8
    wide: U8


def _diptych(task: Task) -> _View:
    """The product on a white panel, and at its right the room."""
    height, width = task.wide.shape
    side = resized(task.product, (min(height, width), min(height, width)))
    panel = np.full((height, side.shape[1], 3), 255, np.uint8)
    top = (height - side.shape[0]) // 2
    panel[top : top + side.shape[0]] = side
    blank = np.zeros(panel.shape[:2], np.uint8)
    tight, wide = (np.concatenate([blank, mask], 1) for mask in (task.tight, task.wide))
    return _View(np.concatenate([panel, task.room], axis=1), tight, wide)


class _FluxFill:
    def __init__(self, plan: Plan, settings: Settings) -> None:
        fill, redux = weights("flux-fill")
        self._pipe = loading.load("FluxFillPipeline", fill, plan)
        self._redux = loading.load(
            "FluxPriorReduxPipeline",
            redux,
            plan,
            text_encoder=None,
            text_encoder_2=None,
            tokenizer=None,
            tokenizer_2=None,
        )
        schedule.reachable(self._pipe, _MASKED)
        settings = replace(settings, lora=settings.lora_of(FluxFillEngine.name))
        self._parked = loading.place(self._pipe, plan, settings)
        # Small enough to come whole, and its attention can't come layer by layer.
        offload = "none" if plan.offload == "none" else "encoders"
        whole = replace(plan, offload=offload, quantise="none")
        self._parked_redux = loading.place(self._redux, whole, Settings())
        self.encodings = loading.Encodings()

    def paint(self, tasks: Sequence[Task], step: Step) -> list[U8]:
        """See `Painter.paint`."""
        if tasks[0].faithful:
            views = [_View(task.staged, task.tight, task.wide) for task in tasks]
            return self._run(tasks, step, views, product=None)
        views = [_diptych(task) for task in tasks]
        made = self._run(tasks, step, views, product=tasks[0].product)
        width = tasks[0].room.shape[1]
        return [np.ascontiguousarray(one[:, -width:]) for one in made]

    def _run(
        self, tasks: Sequence[Task], step: Step, views: Sequence[_View], product: U8 | None
    ) -> list[U8]:
        first, count = tasks[0], len(tasks)
        prompt_embeds, pooled = self._encoded(first.caption, product)
        height, width = views[0].wide.shape
        result = self._pipe(
            # A picture each, even where they are the same: its latents are drawn by its own seed.
            image=[schedule.picture(view.image) for view in views],
            mask_image=[schedule.picture(view.tight) for view in views],
            height=height,
            width=width,
            strength=_FAITHFUL_STRENGTH if first.faithful else 1.0,
            num_inference_steps=first.steps,
            guidance_scale=first.guidance,
            generator=[schedule.noise(task.seed) for task in tasks],
            # The pipeline repeats words for several pictures, but not what was encoded before.
            prompt_embeds=prompt_embeds.repeat(count, 1, 1),
            pooled_prompt_embeds=pooled.repeat(count, 1),
            **schedule.callback(step, _MASKED, lambda: self._masked(views, tasks)),
        )
        return [schedule.array(image) for image in result.images]

    def _masked(self, views: Sequence[_View], tasks: Sequence[Task]) -> Any:
        """Latents of the pictures without what the wide masks mark, and of those masks."""
        import torch

        pipe, count = self._pipe, len(views)
        height, width = views[0].wide.shape
        size = {"height": height, "width": width}
        device, dtype = pipe._execution_device, pipe.transformer.dtype
        mask = pipe.mask_processor.preprocess([schedule.picture(v.wide) for v in views], **size)
        shown = pipe.image_processor.preprocess([schedule.picture(v.image) for v in views], **size)
        shown = (shown * (1 - mask)).to(device, dtype)
        channels = pipe.vae.config.latent_channels
        draws = [schedule.noise(task.seed) for task in tasks]
        with torch.inference_mode():
            mask, latents = pipe.prepare_mask_latents(
                mask, shown, count, channels, 1, height, width, dtype, device, draws
            )
        return torch.cat((latents, mask), dim=-1)

    def _encoded(self, caption: str, product: U8 | None) -> tuple[Any, Any]:
        """Tokens of the words and, after them, of the product's picture; and the pooled words."""
        import torch

        words, pooled = self.encodings.get(f"words {caption}", lambda: self._words(caption))
        parts = [words]
        if product is not None:
            digest = hashlib.sha256(product.tobytes()).hexdigest()
            parts += self.encodings.get(f"product {digest}", lambda: self._tokens(product))
        device, dtype = self._pipe._execution_device, self._pipe.transformer.dtype
        return torch.cat(parts, dim=1).to(device, dtype), pooled.to(device, dtype)

    def _words(self, caption: str) -> tuple[Any, Any]:
        with self._parked.encoding() as device:
            embeds, pooled, _ = self._pipe.encode_prompt(caption, None, device=device)
        return embeds, pooled

    def _tokens(self, product: U8) -> tuple[Any]:
        with self._parked_redux.encoding() as device:
            seen = self._redux.encode_image(schedule.picture(product), device, 1)
            return (self._redux.image_embedder(seen).image_embeds,)
