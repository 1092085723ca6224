"""The pipelines of the diffusion measurement: full-size architectures, random weights.

How long a step takes does not depend on what the weights are. Encoders are left out: their
output is drawn, so a picture is denoising, encoding and decoding of pixels.
"""
# pyright: reportPrivateImportUsage=false, reportArgumentType=false

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np

from roomstage.engines.diffusion import loading, schedule
from roomstage.engines.diffusion.memory import Card
from roomstage.engines.diffusion.qwen_edit import references_of

BATCHING = ("flux-fill", "flux2-klein")  # can paint several at once; see the engines' painters
# Of the published models; tiny ones run the same code on a processor.
_SIZES: dict[tuple[str, bool], dict[str, Any]] = {
    ("flux-fill", False): {"in_channels": 384, "out_channels": 64, "guidance_embeds": True},
    ("flux-fill", True): {
        "in_channels": 384,
        "out_channels": 64,
        "guidance_embeds": True,
        "num_layers": 1,
        "num_single_layers": 1,
        "attention_head_dim": 16,
        "num_attention_heads": 2,
        "joint_attention_dim": 32,
        "pooled_projection_dim": 16,
        "axes_dims_rope": (4, 6, 6),
    },
    ("flux2-klein", False): {
        "num_layers": 5,
        "num_single_layers": 20,
        "num_attention_heads": 24,
        "joint_attention_dim": 7680,
        "guidance_embeds": False,
    },
    ("flux2-klein", True): {
        "num_layers": 1,
        "num_single_layers": 1,
        "attention_head_dim": 16,
        "num_attention_heads": 2,
        "joint_attention_dim": 24,
        "axes_dims_rope": (4, 4, 4, 4),
        "guidance_embeds": False,
    },
    ("qwen-edit", False): {"zero_cond_t": True},
    ("qwen-edit", True): {
        "num_layers": 1,
        "attention_head_dim": 16,
        "num_attention_heads": 2,
        "joint_attention_dim": 32,
        "axes_dims_rope": (4, 6, 6),
        "zero_cond_t": True,
    },
}
_WORDS, _TOKENS = 512, 729  # of a prompt, and of a product's picture by Redux


@dataclass(frozen=True, eq=False, slots=True)
class Subject:
    """A pipeline and the call that is timed.

    Attributes:
        pipe: with random weights.
        call: arguments of one picture.
        pixels: that a reference may have; None where there is none to bound.
        passes: of the transformer in a step.
    """

    pipe: Any
    call: dict[str, Any]
    pixels: int | None
    passes: int

    def paint(self, seeds: Sequence[int], **more: Any) -> Any:
        """The pictures of the seeds in one pass, in 0..1, as the engines' painters ask for them."""
        call, count = self.call | more, len(seeds)
        generator: Any = schedule.noise(seeds[0])
        if count > 1:
            generator = [schedule.noise(seed) for seed in seeds]
            for name in ("image", "mask_image"):
                call[name] = [call[name]] * count
            for name in ("prompt_embeds", "pooled_prompt_embeds"):
                if name in call:
                    call[name] = call[name].repeat(count, *[1] * (call[name].ndim - 1))
        with nullcontext() if self.pixels is None else references_of(self.pixels):
            return self.pipe(**call, generator=generator).images


def build(name: str, card: Card, side: int, steps: int, *, tiny: bool) -> Subject:
    """The pipeline of that name, on the card."""
    import torch

    torch.manual_seed(0)
    sizes = _SIZES[name, tiny]
    dtype = torch.float32 if card.device == "cpu" else torch.bfloat16
    usual = torch.get_default_dtype()
    torch.set_default_dtype(dtype)  # in float32 first, the largest would not fit many cards
    try:
        with loading.quiet(), torch.device(card.device):
            pipe = _MAKERS[name](sizes, tiny).to(card.device, dtype)
    finally:
        torch.set_default_dtype(usual)
    pipe.set_progress_bar_config(disable=True)
    call = _call(name, sizes, side, steps, dtype, card.device)
    if name == "qwen-edit":  # its guidance is a second pass
        return Subject(pipe, call, pixels=side * side, passes=2)
    return Subject(pipe, call, pixels=None, passes=1)


def _fill(sizes: dict[str, Any], tiny: bool) -> Any:
    from diffusers import AutoencoderKL, FluxFillPipeline, FluxTransformer2DModel

    width = (8, 8, 8, 8) if tiny else (128, 256, 512, 512)
    vae = AutoencoderKL(
        block_out_channels=width,
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=2,
        latent_channels=16,
        norm_num_groups=min(32, width[0] // 2),
        scaling_factor=0.3611,
        shift_factor=0.1159,
        use_quant_conv=False,
        use_post_quant_conv=False,
    )
    nothing = dict.fromkeys(("text_encoder", "tokenizer", "text_encoder_2", "tokenizer_2"))
    transformer = FluxTransformer2DModel(**sizes)
    return FluxFillPipeline(_flow(), vae, transformer=transformer, **nothing)


def _klein(sizes: dict[str, Any], tiny: bool) -> Any:
    from diffusers import AutoencoderKLFlux2, Flux2KleinInpaintPipeline, Flux2Transformer2DModel

    small: dict[str, Any] = {"block_out_channels": (8, 8, 8, 8), "norm_num_groups": 4}
    vae = AutoencoderKLFlux2(**(small if tiny else {}))
    return Flux2KleinInpaintPipeline(
        _flow(),
        vae,
        text_encoder=None,
        tokenizer=None,
        transformer=Flux2Transformer2DModel(**sizes),
        is_distilled=True,
    )


def _qwen(sizes: dict[str, Any], tiny: bool) -> Any:
    from diffusers import (
        AutoencoderKLQwenImage,
        QwenImageEditPlusPipeline,
        QwenImageTransformer2DModel,
    )

    small: dict[str, Any] = {"base_dim": 8, "dim_mult": [1, 2, 2, 2], "num_res_blocks": 1}
    return QwenImageEditPlusPipeline(
        _flow(),
        AutoencoderKLQwenImage(**(small if tiny else {})),
        text_encoder=None,
        tokenizer=None,
        processor=None,
        transformer=QwenImageTransformer2DModel(**sizes),
    )


_MAKERS = {"flux-fill": _fill, "flux2-klein": _klein, "qwen-edit": _qwen}


def _flow() -> Any:
    from diffusers import FlowMatchEulerDiscreteScheduler

    return FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=True)


def _call(
    name: str, sizes: dict[str, Any], side: int, steps: int, dtype: Any, device: str
) -> dict[str, Any]:
    """A room and a mask; of flux-fill as a diptych, with the product's tokens.

    Of qwen-edit the room and the product, and words for its guidance, as many as with the tokens
    of both pictures.
    """
    import torch

    wide = 2 * side if name == "flux-fill" else side
    rows, columns = np.mgrid[0:side, 0:wide]
    room = np.stack([rows % 256, columns % 256, (rows + columns) % 256], axis=2).astype(np.uint8)
    mask = np.zeros((side, wide), np.uint8)
    mask[side // 4 : -side // 4, wide - 3 * side // 4 : wide - side // 4] = 255
    words = _WORDS + (_TOKENS if name == "flux-fill" else 0)
    depth = sizes.get("joint_attention_dim", 3584 if name == "qwen-edit" else 4096)
    draw = schedule.noise(1)
    embeds = torch.randn((1, words, depth), generator=draw).to(device, dtype)
    if name == "qwen-edit":
        return {
            "image": [schedule.picture(room)] * 2,
            "height": side,
            "width": wide,
            "num_inference_steps": steps,
            "true_cfg_scale": 4.0,
            "prompt_embeds": embeds,
            "negative_prompt_embeds": embeds.flip(1),
            "output_type": "np",
        }
    call = {
        "image": schedule.picture(room),
        "mask_image": schedule.picture(mask),
        "height": side,
        "width": wide,
        "strength": 1.0,
        "num_inference_steps": steps,
        "guidance_scale": 30.0,
        "prompt_embeds": embeds,
        "output_type": "np",
    }
    if name == "flux-fill":
        pooled = torch.randn((1, sizes.get("pooled_projection_dim", 768)), generator=draw)
        return call | {"pooled_prompt_embeds": pooled.to(device, dtype)}
    return call | {"image_reference": schedule.picture(room)}


def psnr(one: Any, other: Any) -> float:
    """Peak signal to noise of two pictures in 0..1, in dB."""
    error = float(np.square(np.asarray(one, np.float64) - other).mean())
    return math.inf if error == 0 else -10 * math.log10(error)
