"""What the owner of a machine sets for painting engines, by environment variables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self, cast

from roomstage.engines.diffusion.memory import Quantisation
from roomstage.errors import InvalidParameter

_PREFIX = "ROOMSTAGE_DIFFUSION_"
_YES = frozenset({"1", "true", "yes", "on"})
_NO = frozenset({"0", "false", "no", "off", ""})


@dataclass(frozen=True, slots=True)
class Settings:
    """How painting engines work on this machine.

    Attributes:
        quantise: of the transformer's weights, by torchao; changes the picture a little.
        compile: the transformer by torch.compile: slow at first, quicker after.
        cache: leave out steps that change little, by cache-dit; changes the picture a little.
        max_shift: pixels by which a model may move the room and is mended; 0 lays its picture
            down as it comes.
        pixels: that a model works on at most; 0: its best.
        lora: file or folder of LoRA weights laid over the transformer, or `engine=place,...` where
            each has its own; "" = none.
    """

    quantise: Quantisation = "none"
    compile: bool = False
    cache: bool = False
    max_shift: float = 8.0
    pixels: int = 0
    lora: str = ""

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Self:
        """The settings in `env`, by default those of the process.

        Raises:
            InvalidParameter: a variable has a value that is no such setting; `field` names it.
        """
        given = os.environ if env is None else env

        def read(name: str) -> str:
            return given.get(_PREFIX + name, "").strip()

        quantise = read("QUANTISE").lower() or "none"
        if quantise not in ("none", "int8", "fp8"):
            raise _wrong("QUANTISE", quantise, "one of none, int8, fp8")
        return cls(
            quantise=cast("Quantisation", quantise),
            compile=_truth("COMPILE", read("COMPILE")),
            cache=_truth("CACHE", read("CACHE")),
            max_shift=_number("MAX_SHIFT", read("MAX_SHIFT") or "8", 0, 100),
            pixels=round(_number("PIXELS", read("PIXELS") or "0", 0, 16_000_000)),
            lora=read("LORA"),
        )

    def lora_of(self, engine: str) -> str:
        """The LoRA weights that an engine takes; "" = none."""
        if "=" not in self.lora:
            return self.lora
        pairs = (part.partition("=") for part in self.lora.split(","))
        return {name.strip(): place.strip() for name, _, place in pairs}.get(engine, "")


def _truth(name: str, text: str) -> bool:
    if text.lower() not in _YES | _NO:
        raise _wrong(name, text, "1 or 0")
    return text.lower() in _YES


def _number(name: str, text: str, low: float, high: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise _wrong(name, text, f"a number from {low} to {high}")
    return value


def _wrong(name: str, text: str, wanted: str) -> InvalidParameter:
    name = _PREFIX + name
    return InvalidParameter(f"{name} is {text[:40]!r}: give {wanted}", field=name)
