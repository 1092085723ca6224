# pyright: reportPrivateImportUsage=false, reportArgumentType=false, reportAttributeAccessIssue=false
"""Pipelines of the real classes, so small that a processor runs them, with random weights.

Saved in the layout of the hub's cache, as `roomstage models pull` leaves the real ones.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

BYTES = 256
COMMIT = "0123456789abcdef0123456789abcdef01234567"
# The class that the published weights name, where it is another than ours.
PUBLISHED_AS = {
    "flux2-klein": "Flux2KleinPipeline",
    "flux2-klein-base": "Flux2KleinPipeline",
    "sdxl": "StableDiffusionXLPipeline",
}


def save(folder: Path, name: str, *, distilled: bool = True) -> Path:
    """The weights of that name in a folder of weights; returns the snapshot."""
    from roomstage.weights import weights

    each = next(one for one in weights(name) if one.name == name)
    repository = folder / ("models--" + each.repository.replace("/", "--"))
    snapshot = repository / "snapshots" / COMMIT
    if not snapshot.exists():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import torch

            torch.manual_seed(0)
            made = _MAKERS[name](distilled) if "klein" in name else _MAKERS[name]()
            made.save_pretrained(snapshot)
            if name == "qwen-edit":
                _add_processor(snapshot)
            if name in PUBLISHED_AS:
                _edit_index(snapshot, "_class_name", PUBLISHED_AS[name])
        (repository / "refs").mkdir()
        (repository / "refs" / "main").write_text(COMMIT)
    return snapshot


def _bytes() -> dict[str, int]:
    """A vocabulary of the 256 bytes as byte-level tokenizers spell them."""
    from tokenizers.pre_tokenizers import ByteLevel

    return {letter: index for index, letter in enumerate(sorted(ByteLevel.alphabet()))}


def _clip_tokenizer() -> Any:
    from transformers import CLIPTokenizer

    letters = _bytes()
    vocab = {**letters, **{k + "</w>": BYTES + v for k, v in letters.items()}}
    for token in ("<|startoftext|>", "<|endoftext|>"):
        vocab[token] = len(vocab)
    return CLIPTokenizer(vocab=vocab, merges=[], model_max_length=77)


def _t5_tokenizer() -> Any:
    from transformers import T5TokenizerFast

    letters = [chr(code) for code in range(32, 127)]
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0)]
    vocab = [*pieces, *((letter, -3.0) for letter in letters)]
    return T5TokenizerFast(vocab=vocab, extra_ids=0, model_max_length=512)


_CHAT = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "<|im_start|>assistant\n"
)
_SPECIAL = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|image_pad|>",
    "<|video_pad|>",
)


def _qwen_tokenizer() -> Any:
    from transformers import Qwen2TokenizerFast

    vocab = _bytes() | {token: BYTES + i for i, token in enumerate(_SPECIAL)}
    made = Qwen2TokenizerFast(vocab=vocab, merges=[], model_max_length=2048)
    made.add_special_tokens({"additional_special_tokens": list(_SPECIAL[1:])})
    made.chat_template = _CHAT
    return made


def _clip(hidden: int = 16) -> Any:
    from transformers import CLIPTextConfig, CLIPTextModel

    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=2 * BYTES + 2,
            hidden_size=hidden,
            intermediate_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            projection_dim=hidden,
            eos_token_id=2 * BYTES + 1,
            bos_token_id=2 * BYTES,
        )
    )


def _t5(hidden: int = 16) -> Any:
    from transformers import T5Config, T5EncoderModel

    return T5EncoderModel(
        T5Config(vocab_size=128, d_model=hidden, d_kv=8, d_ff=32, num_layers=1, num_heads=2)
    )


def _vae(channels: int, **more: Any) -> Any:
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        block_out_channels=(8, 16),
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        layers_per_block=1,
        latent_channels=channels,
        norm_num_groups=4,
        sample_size=32,
        **more,
    )


def _flow() -> Any:
    from diffusers import FlowMatchEulerDiscreteScheduler

    return FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=True)


def _fill() -> Any:
    from diffusers import FluxFillPipeline, FluxTransformer2DModel

    flat = {"use_quant_conv": False, "use_post_quant_conv": False}
    return FluxFillPipeline(
        scheduler=_flow(),
        vae=_vae(4, shift_factor=0.1, scaling_factor=0.4, **flat),
        text_encoder=_clip(),
        tokenizer=_clip_tokenizer(),
        text_encoder_2=_t5(),
        tokenizer_2=_t5_tokenizer(),
        transformer=FluxTransformer2DModel(
            in_channels=48,  # latents and masked latents, 16 each, and a mask of 2 x 2 x 4
            out_channels=16,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=16,
            pooled_projection_dim=16,
            guidance_embeds=True,
            axes_dims_rope=(4, 6, 6),
        ),
    )


def _redux() -> Any:
    from diffusers import FluxPriorReduxPipeline
    from diffusers.pipelines.flux.modeling_flux import ReduxImageEncoder
    from transformers import SiglipImageProcessor, SiglipVisionConfig, SiglipVisionModel

    config = SiglipVisionConfig(
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        image_size=32,
        patch_size=8,
    )
    return FluxPriorReduxPipeline(
        image_encoder=SiglipVisionModel(config),
        feature_extractor=SiglipImageProcessor(size={"height": 32, "width": 32}),
        image_embedder=ReduxImageEncoder(redux_dim=16, txt_in_features=16),
    )


def _klein(distilled: bool) -> Any:
    from diffusers import AutoencoderKLFlux2, Flux2KleinInpaintPipeline, Flux2Transformer2DModel
    from transformers import Qwen3Config, Qwen3ForCausalLM

    config = Qwen3Config(
        vocab_size=BYTES + len(_SPECIAL),
        hidden_size=8,
        intermediate_size=16,
        num_hidden_layers=28,  # the pipeline takes the 9th, 18th and 27th layer
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=8,
    )
    return Flux2KleinInpaintPipeline(
        scheduler=_flow(),
        vae=AutoencoderKLFlux2(
            block_out_channels=(8, 16),
            down_block_types=("DownEncoderBlock2D",) * 2,
            up_block_types=("UpDecoderBlock2D",) * 2,
            layers_per_block=1,
            latent_channels=4,
            norm_num_groups=4,
            sample_size=32,
        ),
        text_encoder=Qwen3ForCausalLM(config),
        tokenizer=_qwen_tokenizer(),
        transformer=Flux2Transformer2DModel(
            in_channels=16,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=24,
            timestep_guidance_channels=16,
            axes_dims_rope=(4, 4, 4, 4),
            guidance_embeds=False,
        ),
        is_distilled=distilled,
    )


def _qwen() -> Any:
    from diffusers import (
        AutoencoderKLQwenImage,
        QwenImageEditPlusPipeline,
        QwenImageTransformer2DModel,
    )
    from transformers import (
        Qwen2_5_VLConfig,
        Qwen2_5_VLForConditionalGeneration,
    )

    tokenizer = _qwen_tokenizer()
    tokens = {name: BYTES + index for index, name in enumerate(_SPECIAL)}
    config = Qwen2_5_VLConfig(
        text_config={
            "vocab_size": BYTES + len(_SPECIAL),
            "hidden_size": 16,
            "intermediate_size": 16,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "num_key_value_heads": 1,
            "bos_token_id": 0,
            "eos_token_id": 0,
            "rope_scaling": {"type": "default", "mrope_section": [1, 1, 2], "rope_theta": 1e4},
        },
        vision_config={
            "depth": 1,
            "hidden_size": 16,
            "intermediate_size": 16,
            "num_heads": 2,
            "out_hidden_size": 16,
            "patch_size": 14,
            "fullatt_block_indexes": [0],
            "window_size": 112,
        },
        image_token_id=tokens["<|image_pad|>"],
        video_token_id=tokens["<|video_pad|>"],
        vision_start_token_id=tokens["<|vision_start|>"],
        vision_end_token_id=tokens["<|vision_end|>"],
    )
    return QwenImageEditPlusPipeline(
        scheduler=_flow(),
        vae=AutoencoderKLQwenImage(
            base_dim=8,
            z_dim=4,
            dim_mult=[1, 2, 2, 2],
            num_res_blocks=1,
            temperal_downsample=[False, True, True],
            latents_mean=[0.0] * 4,
            latents_std=[1.0] * 4,
        ),
        text_encoder=Qwen2_5_VLForConditionalGeneration(config),
        tokenizer=tokenizer,
        processor=None,
        transformer=QwenImageTransformer2DModel(
            in_channels=16,
            out_channels=4,
            num_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=16,
            axes_dims_rope=(4, 6, 6),
        ),
    )


def _add_processor(snapshot: Path) -> None:
    """As the real weights have it; its class can't be made without torchvision."""
    from transformers import Qwen2VLImageProcessorPil

    made = Qwen2VLImageProcessorPil(size={"shortest_edge": 56**2, "longest_edge": 112**2})
    made.save_pretrained(snapshot / "processor")
    _edit_index(snapshot, "processor", ["transformers", "Qwen2VLProcessor"])


def _edit_index(snapshot: Path, name: str, value: Any) -> None:
    index = json.loads((snapshot / "model_index.json").read_text())
    (snapshot / "model_index.json").write_text(json.dumps(index | {name: value}))


def _sdxl() -> Any:
    from diffusers import (
        EulerDiscreteScheduler,
        StableDiffusionXLImg2ImgPipeline,
        UNet2DConditionModel,
    )
    from transformers import CLIPTextConfig, CLIPTextModelWithProjection

    second = CLIPTextConfig(
        vocab_size=2 * BYTES + 2,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        projection_dim=16,
        eos_token_id=2 * BYTES + 1,
        bos_token_id=2 * BYTES,
    )
    return StableDiffusionXLImg2ImgPipeline(
        vae=_vae(4),
        text_encoder=_clip(),
        text_encoder_2=CLIPTextModelWithProjection(second),
        tokenizer=_clip_tokenizer(),
        tokenizer_2=_clip_tokenizer(),
        unet=UNet2DConditionModel(
            block_out_channels=(8, 16),
            layers_per_block=1,
            sample_size=32,
            in_channels=4,
            out_channels=4,
            norm_num_groups=4,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            attention_head_dim=(2, 4),
            use_linear_projection=True,
            addition_embed_type="text_time",
            addition_time_embed_dim=8,
            transformer_layers_per_block=(1, 1),
            projection_class_embeddings_input_dim=64,  # six times of 8, and 16 pooled
            cross_attention_dim=32,
        ),
        scheduler=EulerDiscreteScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear"
        ),
    )


_MAKERS: dict[str, Callable[..., Any]] = {
    "flux-fill": _fill,
    "flux-redux": _redux,
    "flux2-klein": _klein,
    "flux2-klein-base": _klein,
    "qwen-edit": _qwen,
    "sdxl": _sdxl,
}
