"""Qwen-Image-Edit-Plus: edits a whole picture by instruction, so all masking is ours.

It sees the room with the product laid in by the compositor, and the product alone; what it
changes elsewhere is registered, matched and cut away.
"""

from __future__ import annotations

import hashlib
import inspect
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from roomstage.engines.diffusion import held, loading, schedule
from roomstage.engines.diffusion.engine import DiffusionEngine
from roomstage.engines.diffusion.memory import Footprint, Plan
from roomstage.engines.diffusion.settings import Settings
from roomstage.engines.diffusion.task import Painter, Step, Task
from roomstage.image import U8
from roomstage.weights.catalogue import weights
from roomstage.weights.folder import snapshot

_GUIDANCE = 4.0  # of the model, where a request's is 30
_PAD = "<|image_pad|>"
_NOTHING = " "  # the negative prompt that turns its guidance on
_EMBEDS: tuple[str, ...] = "prompt_embeds", "negative_prompt_embeds"


class QwenEditEngine(DiffusionEngine):
    """Qwen-Image-Edit-2511, for large cards."""

    name: ClassVar[str] = "qwen-edit"
    needs: ClassVar[str] = "qwen-edit"
    # 20.4 and 8.3 thousand million weights; two references are tokens too.
    footprint: ClassVar[Footprint] = Footprint(40.9, 16.6, 0.3, 7.0)
    multiple: ClassVar[int] = 32
    batches: ClassVar[bool] = False  # see its painter

    def painter(self, plan: Plan, settings: Settings) -> Painter:
        """See `DiffusionEngine.painter`."""
        key = loading.placed_by(plan), settings
        return held.model(self.name, key, lambda: _QwenEdit(plan, settings))


class _QwenEdit:
    def __init__(self, plan: Plan, settings: Settings) -> None:
        source = weights("qwen-edit")[0]
        self._pipe = loading.load("QwenImageEditPlusPipeline", source, plan, processor=None)
        self._pipe.processor = _Processor(self._pipe.tokenizer, snapshot(source))
        _locate_pictures(self._pipe.text_encoder)
        settings = replace(settings, lora=settings.lora_of(QwenEditEngine.name))
        self._parked = loading.place(self._pipe, plan, settings)
        self.encodings = loading.Encodings()

    def paint(self, tasks: Sequence[Task], step: Step) -> list[U8]:
        """See `Painter.paint`; one after the other, encoded before the first begins.

        The pipeline makes several pictures of one source alone, and here the source, which its
        encoder sees too, follows the seed: it has the product's shadow and grain in it.
        """
        guidance = max(1.0, _GUIDANCE * tasks[0].guidance / 30)
        sources = [
            [schedule.picture(part) for part in (task.staged, task.product)] for task in tasks
        ]
        words = [tasks[0].instruction, *([_NOTHING] if guidance > 1 else [])]
        encoded = self._encoded([(each, seen) for seen in sources for each in words])
        made = []
        for number, (task, pictures) in enumerate(zip(tasks, sources, strict=True)):
            own = encoded[number * len(words) : (number + 1) * len(words)]
            embeds = dict(zip(_EMBEDS, own, strict=False))

            def told(share: float, number: int = number) -> None:
                step((number + share) / len(tasks))

            made.append(self._one(task, pictures, guidance, embeds, told))
        return made

    def _one(
        self, task: Task, pictures: list[Any], guidance: float, embeds: dict[str, Any], step: Step
    ) -> U8:
        height, width = task.wide.shape
        with references_of(width * height):
            result = self._pipe(
                image=pictures,
                true_cfg_scale=guidance,
                **embeds,
                height=height,
                width=width,
                num_inference_steps=task.steps,
                generator=schedule.noise(task.seed),
                **schedule.callback(step),
            )
        return schedule.array(result.images[0])

    def _encoded(self, asked: Sequence[tuple[str, list[Any]]]) -> list[Any]:
        """Words and pictures, which this model's encoder sees together."""
        keys = []
        for words, pictures in asked:
            digest = hashlib.sha256(words.encode())
            for seen in pictures:
                digest.update(seen.tobytes())
            keys.append(digest.hexdigest())
        known = all(key in self.encodings for key in keys)
        with nullcontext() if known else self._parked.encoding():  # they come to the card once
            found = [
                self.encodings.get(key, lambda each=each: self._seen(*each))
                for key, each in zip(keys, asked, strict=True)
            ]
        device, dtype = self._pipe._execution_device, self._pipe.transformer.dtype
        return [embeds.to(device, dtype) for (embeds,) in found]

    def _seen(self, words: str, pictures: list[Any]) -> tuple[Any]:
        from diffusers.pipelines.qwenimage import pipeline_qwenimage_edit_plus as module

        small = []
        for seen in pictures:
            width, height = module.calculate_dimensions(
                module.CONDITION_IMAGE_SIZE, seen.width / seen.height
            )
            small.append(self._pipe.image_processor.resize(seen, height, width))
        with self._parked.encoding() as device:
            embeds, _ = self._pipe.encode_prompt(words, small, device)
        return (embeds,)


def _locate_pictures(encoder: Any) -> None:
    """Tell the encoder which tokens are pictures: the pipeline does not.

    Without that, transformers since 5.3 gives a picture's patches positions in a line, as if they
    were words, where the model was trained on rows and columns.
    """
    if "mm_token_type_ids" not in inspect.signature(encoder.forward).parameters:
        return

    def before(module: Any, given: tuple[Any, ...], more: dict[str, Any]) -> Any:
        tokens = more.get("input_ids")
        if tokens is not None and more.get("mm_token_type_ids") is None:
            more = more | {"mm_token_type_ids": (tokens == module.config.image_token_id).int()}
        return given, more

    encoder.register_forward_pre_hook(before, with_kwargs=True)


class _Processor:
    """Words and pictures as the encoder takes them.

    That of transformers does the same, but can't be made without torchvision, for films.
    """

    def __init__(self, tokenizer: Any, folder: Path | None) -> None:
        from transformers import Qwen2VLImageProcessorPil

        self._tokenizer = tokenizer
        self._pictures = Qwen2VLImageProcessorPil.from_pretrained(f"{folder}/processor")

    def __call__(self, text: list[str], images: list[Any], **more: Any) -> Any:
        """Pictures as patches, and in the text a token for each of them."""
        from transformers import BatchFeature

        seen = self._pictures(images=images, return_tensors="pt")
        merged = self._pictures.merge_size**2
        counts = iter(int(grid.prod()) // merged for grid in seen["image_grid_thw"])
        expanded = [re.sub(re.escape(_PAD), lambda _: _PAD * next(counts), one) for one in text]
        words = self._tokenizer(expanded, padding=True, return_tensors="pt")
        return BatchFeature({**words, **seen})


@contextmanager
def references_of(pixels: int) -> Iterator[None]:
    """Let references have no more pixels than the crop: the pipeline takes a megapixel each."""
    from diffusers.pipelines.qwenimage import pipeline_qwenimage_edit_plus as module

    own: Any = module.VAE_IMAGE_SIZE
    module.VAE_IMAGE_SIZE = min(own, pixels)
    try:
        yield
    finally:
        module.VAE_IMAGE_SIZE = own
