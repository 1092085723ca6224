"""From a folder of weights to a pipeline in memory, placed as a plan says; and what it encodes.

The only file that knows how diffusers loads, places and speeds up a pipeline.
"""

from __future__ import annotations

import contextlib
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from roomstage.engines.diffusion.memory import Plan
from roomstage.engines.diffusion.settings import Settings
from roomstage.errors import EngineUnavailable
from roomstage.weights.catalogue import Weights
from roomstage.weights.folder import fetching, snapshot

_ENCODERS = ("text_encoder", "text_encoder_2", "image_encoder")
_REMEMBERED = 32  # encodings


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Without the libraries' bars, advice and deprecations: none of it is for our users."""
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
        if plan.offload == "encoders":
            for name in _ENCODERS:
                if getattr(pipe, name, None) is not None:
                    self._encoders[name] = getattr(pipe, name)
                    setattr(pipe, name, None)

    @contextlib.contextmanager
    def encoding(self) -> Iterator[Any]:
        """The device to encode on; the encoders are in the pipeline and on the card meanwhile."""
        import torch

        with torch.inference_mode():
            for name, part in self._encoders.items():
                setattr(self._pipe, name, part.to(self._plan.device))
            try:
                yield self._pipe._execution_device if not self._encoders else self._plan.device
            finally:
                for name, part in self._encoders.items():
                    setattr(self._pipe, name, None)
                    part.to("cpu")
                if self._encoders and self._plan.device == "cuda":
                    torch.cuda.empty_cache()


def place(pipe: Any, plan: Plan, settings: Settings) -> Parked:
    """Put a pipeline where its plan wants it, and apply the owner's options.

    Raises:
        EngineUnavailable: an option needs a package that is not installed.
    """
    if settings.lora:
        _lay_lora(pipe, settings.lora)
    if plan.quantise != "none":
        _quantise(pipe.transformer, plan.quantise)
    parked = Parked(pipe, plan)
    if plan.offload == "layers":
        pipe.enable_sequential_cpu_offload(device=plan.device)
    else:
        pipe.to(plan.device)
    if settings.cache:
        _cache_steps(pipe)
    if settings.compile:
        pipe.transformer.compile_repeated_blocks(fullgraph=True)
    return parked


class Encodings:
    """What was encoded before, by its content; the least recently used goes first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Any] = OrderedDict()
        self.hits = 0

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


def _lay_lora(pipe: Any, path: str) -> None:
    try:
        pipe.load_lora_weights(path, local_files_only=True)
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise EngineUnavailable(
            f"ROOMSTAGE_DIFFUSION_LORA: {path} can't be laid over this engine ({reason})"
        ) from error


def _quantise(transformer: Any, kind: str) -> None:
    try:
        from torchao import quantization as ways  # type: ignore[import-not-found]
    except ImportError:
        raise EngineUnavailable(
            "ROOMSTAGE_DIFFUSION_QUANTISE needs torchao: pip install torchao"
        ) from None
    fp8 = "Float8DynamicActivationFloat8WeightConfig"
    chosen = "Int8WeightOnlyConfig" if kind == "int8" else fp8
    ways.quantize_(transformer, getattr(ways, chosen)())


def _cache_steps(pipe: Any) -> None:
    try:
        import cache_dit  # type: ignore[import-not-found]
    except ImportError:
        raise EngineUnavailable(
            "ROOMSTAGE_DIFFUSION_CACHE needs cache-dit: pip install cache-dit"
        ) from None
    cache_dit.enable_cache(pipe)
