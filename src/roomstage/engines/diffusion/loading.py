"""From a folder of weights to a pipeline in memory, placed as a plan says; and what it encodes.

The only file that knows how diffusers loads, places and speeds up a pipeline.
"""

from __future__ import annotations

import contextlib
import logging
import os
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from roomstage.engines.diffusion.memory import Plan
from roomstage.engines.diffusion.settings import Settings
from roomstage.errors import EngineUnavailable
from roomstage.weights.catalogue import Weights
from roomstage.weights.folder import fetching, snapshot

_ENCODERS = ("text_encoder", "text_encoder_2", "image_encoder")
_REMEMBERED = 32  # encodings
_BLOCKS = ("transformer_blocks", "single_transformer_blocks")


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Without the libraries' bars, advice and deprecations: none of it is for our users."""
    for name in ("torchao", "torch.utils._pytree"):  # torchao tells what it could not speed up
        logging.getLogger(name).setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from diffusers.utils import logging as of_diffusers
        from transformers.utils import logging as of_transformers

        for log in (of_diffusers, of_transformers):
            log.set_verbosity_error()
            log.disable_progress_bar()
        yield


def load(kind: str, source: Weights | Path, plan: Plan, **more: Any) -> Any:
    """The pipeline of diffusers' class `kind` from weights on this machine; no network.

    Raises:
        EngineUnavailable: the weights are not here, or can't be read.
    """
    folder = source if isinstance(source, Path) else snapshot(source)
    if isinstance(source, Weights) and folder is None:
        raise EngineUnavailable(f"weights are not here: {fetching(source)}", field="engine")
    with quiet():
        import diffusers
        import torch

        options: dict[str, Any] = {"torch_dtype": getattr(torch, plan.dtype), **more}
        if folder is not None and any(folder.glob("*/*.fp16.safetensors")):
            options["variant"] = "fp16"
        try:
            pipe = getattr(diffusers, kind).from_pretrained(
                str(folder), local_files_only=True, **options
            )
        except MemoryError:
            raise
        except Exception as error:  # each library has its own for a file that is cut short
            if "out of memory" in str(error).lower():
                raise
            raise _unreadable(source, error) from error
    pipe.set_progress_bar_config(disable=True)
    return pipe


class Parked:
    """Encoders that leave the card after use, and the pipeline too: it asks any of its parts
    where it is to work."""

    def __init__(self, pipe: Any, plan: Plan) -> None:
        self._pipe, self._plan = pipe, plan
        self._encoders: dict[str, Any] = {}
        self._at: Any = None  # the device, while they encode
        self._denoiser = getattr(pipe, "transformer", None) if plan.offload == "turns" else None
        if plan.offload in ("encoders", "turns"):
            for name in _ENCODERS:
                if getattr(pipe, name, None) is not None:
                    self._encoders[name] = getattr(pipe, name)
                    setattr(pipe, name, None)

    @contextlib.contextmanager
    def encoding(self) -> Iterator[Any]:
        """The device to encode on; the encoders are in the pipeline and on the card meanwhile.

        Within another one they are there already, and stay.
        """
        import torch

        if self._at is not None:
            yield self._at
            return
        try:
            self._move(self._denoiser, "cpu")
            for name, part in self._encoders.items():
                setattr(self._pipe, name, part)
                self._move(part, self._plan.device)
            # Weights are moved outside of it: what is made in it can't be changed later.
            with torch.inference_mode():
                at = self._plan.device if self._encoders else self._pipe._execution_device
                self._at = at
                yield at
        finally:
            self._at = None
            for name, part in self._encoders.items():
                setattr(self._pipe, name, None)
                self._move(part, "cpu")
            self._move(self._denoiser, self._plan.device)

    def _move(self, part: Any, device: str) -> None:
        import torch

        if part is None:
            return
        part.to(device)
        if device == "cpu" and torch.cuda.is_available():
            torch.cuda.empty_cache()


def place(pipe: Any, plan: Plan, settings: Settings) -> Parked:
    """Put a pipeline where its plan wants it, and apply the owner's options.

    Raises:
        EngineUnavailable: an option needs a package that is not installed.
    """
    lay_lora(pipe, settings.lora)
    if plan.quantise != "none":
        _quantise(pipe.transformer, plan)
    if getattr(pipe, "vae", None) is not None:
        pipe.vae.enable_slicing()  # a batch comes to pixels one by one: there it needs no more
    parked = Parked(pipe, plan)
    if plan.offload == "layers":  # by hooks that neither option below can see through
        pipe.enable_sequential_cpu_offload(device=plan.device)
        return parked
    pipe.to(plan.device)
    if settings.cache:
        _cache_steps(pipe)
    if settings.compile:
        # Not as one graph each: crops differ in size, and past the limit of variants that fails.
        pipe.transformer.compile_repeated_blocks()
    return parked


def placed_by(plan: Plan) -> Plan:
    """What of a plan decides how a pipeline is loaded and placed: the size of pictures does not."""
    return replace(plan, pixels=0)


class Encodings:
    """What was encoded before, by its content; the least recently used goes first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Any] = OrderedDict()
        self.hits = 0

    def __contains__(self, key: str) -> bool:
        return key in self._kept

    def get(self, key: str, encode: Callable[[], Any]) -> Any:
        """The encoding of `key`, or the one that `encode` makes: tensors, kept off the card."""
        if key in self._kept:
            self.hits += 1
            self._kept.move_to_end(key)
            return self._kept[key]
        made = self._kept[key] = tuple(tensor.detach().to("cpu") for tensor in encode())
        if len(self._kept) > _REMEMBERED:
            self._kept.popitem(last=False)
        return made


def load_file(kind: str, path: Path, config: Path, plan: Plan) -> Any:
    """The pipeline of diffusers' class `kind` from one file of weights.

    Args:
        path: the file.
        config: folder of a pipeline of the same architecture, whose configuration it takes.

    Raises:
        EngineUnavailable: the file can't be read.
    """
    with quiet():
        import diffusers
        import torch

        try:
            pipe = getattr(diffusers, kind).from_single_file(
                str(path),
                config=str(config),
                torch_dtype=getattr(torch, plan.dtype),
                local_files_only=True,
                add_watermarker=False,
            )
        except MemoryError:
            raise
        except Exception as error:
            if "out of memory" in str(error).lower():
                raise
            raise _unreadable(path, error) from error
    pipe.set_progress_bar_config(disable=True)
    return pipe


def _unreadable(source: Weights | Path, error: Exception) -> EngineUnavailable:
    reason = " ".join(str(error).split())[:200]
    if isinstance(source, Path):
        return EngineUnavailable(f"the weights in {source} can't be read ({reason})")
    return EngineUnavailable(
        f"the weights {source.name} can't be read ({reason}): find what is wrong by "
        f"roomstage models verify {source.name}, mend it by {fetching(source)}",
        field="engine",
    )


def lay_lora(pipe: Any, path: str) -> None:
    """Lay LoRA weights over a pipeline, for good; nothing where the path is empty.

    Raises:
        EngineUnavailable: they are not here, or belong to another model.
    """
    if not path:
        return
    try:
        with quiet():
            pipe.load_lora_weights(path, local_files_only=True)
            if not pipe.get_list_adapters():
                raise ValueError("none of its weights belong to this model")
            # Into the weights: steps are as quick as without, and quantising finds plain layers.
            pipe.fuse_lora()
            pipe.unload_lora_weights()
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise EngineUnavailable(
            f"ROOMSTAGE_DIFFUSION_LORA: {path} can't be laid over this engine ({reason})"
        ) from error


def _quantise(transformer: Any, plan: Plan) -> None:
    """The layers of the blocks, each on its way to the card; what stands around them is small."""
    try:
        from torchao import quantization as ways  # type: ignore[import-not-found]
    except ImportError:
        raise EngineUnavailable(
            "ROOMSTAGE_DIFFUSION_QUANTISE needs torchao: pip install torchao"
        ) from None
    import torch

    fp8 = "Float8DynamicActivationFloat8WeightConfig"
    chosen = "Int8WeightOnlyConfig" if plan.quantise == "int8" else fp8

    def in_a_block(module: Any, name: str) -> bool:
        return isinstance(module, torch.nn.Linear) and name.split(".")[0] in _BLOCKS

    try:
        config = getattr(ways, chosen)()
        ways.quantize_(transformer, config, filter_fn=in_a_block, device=plan.device)
    except (AssertionError, AttributeError, NotImplementedError) as error:
        reason = " ".join(str(error).split())[:200]
        raise EngineUnavailable(
            f"ROOMSTAGE_DIFFUSION_QUANTISE: {plan.quantise} can't be had on this card ({reason}): "
            "set another, or none"
        ) from error


def _cache_steps(pipe: Any) -> None:
    os.environ.setdefault("CACHE_DIT_LOG_LEVEL", "warning")  # read when it is imported
    try:
        import cache_dit  # type: ignore[import-not-found]
    except ImportError:
        raise EngineUnavailable(
            "ROOMSTAGE_DIFFUSION_CACHE needs cache-dit: pip install cache-dit"
        ) from None
    rows = [getattr(pipe.transformer, name, None) for name in _BLOCKS]
    fewest = min(len(row) for row in rows if row is not None)
    # Of the first blocks it tells whether a step changes much: eight, where there are as many.
    always = min(8, max(1, fewest // 2))
    config = cache_dit.DBCacheConfig(Fn_compute_blocks=always)
    cache_dit.enable_cache(pipe, cache_config=config)
