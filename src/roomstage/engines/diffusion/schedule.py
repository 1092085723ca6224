"""One run of a pipeline's schedule: noise by the seed, steps told, and the mask that widens.

First the tight mask, in which the form is found; in the second half there is room for shadow and
light (as OSInsert does it). Pipelines keep their masks to themselves, so it is exchanged in place
from the callback that they call after each step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from roomstage.engines.diffusion.task import Step
from roomstage.image import U8

_TIGHT_SHARE = 0.5  # of the schedule


def noise(seed: int) -> Any:
    """A generator on the processor, whatever the card: results repeat across cards."""
    import torch

    return torch.Generator("cpu").manual_seed(seed)


def callback(
    step: Step, masked: str | None = None, widened: Callable[[], Any] | None = None
) -> dict[str, Any]:
    """Arguments for a pipeline's call.

    Args:
        step: takes the share done, and may raise to stop the run.
        masked: the name of the pipeline's own tensor that `widened` replaces.
        widened: makes that tensor for the wide mask, once.
    """

    def after(pipe: Any, index: int, time: Any, kept: dict[str, Any]) -> dict[str, Any]:
        steps = pipe.num_timesteps  # fewer or more than were asked for, by strength and scheduler
        step((index + 1) / steps)
        turn = max(1, round(steps * _TIGHT_SHARE))
        if masked is not None and widened is not None and index + 1 == turn:
            tensor = kept[masked]
            tensor.copy_(widened().to(tensor.device, tensor.dtype).expand_as(tensor))
        return {}

    names = ["latents"] if masked is None else ["latents", masked]
    return {"callback_on_step_end": after, "callback_on_step_end_tensor_inputs": names}


def reachable(pipe: Any, name: str) -> None:
    """Let callbacks see the pipeline's tensor of that name."""
    if name not in pipe._callback_tensor_inputs:
        pipe._callback_tensor_inputs = [*pipe._callback_tensor_inputs, name]


def picture(array: U8) -> Any:
    """As pipelines take it."""
    from PIL import Image

    return Image.fromarray(np.ascontiguousarray(array))


def array(image: Any) -> U8:
    """What a pipeline gave, [h, w, 3]."""
    return np.ascontiguousarray(np.asarray(image.convert("RGB"), np.uint8))
