"""What a card's memory allows: which parts of a model lie on it when, how exact, how large.

Pure arithmetic; `cards` alone asks the machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Offload = Literal["none", "encoders", "turns", "layers"]
Quantisation = Literal["none", "int8", "fp8"]
_USABLE = 0.92  # of the card: the rest is fragments and the driver's
_PIXELS = (1024 * 1024, 768 * 768, 512 * 512)
_LAYERS_GB = 3.0  # when layers come and go one by one
_ENCODING_GB = 1.0  # what encoders take beside their weights


@dataclass(frozen=True, slots=True)
class Footprint:
    """Gigabytes of a model's parts in bfloat16, estimated from their numbers of weights.

    Attributes:
        transformer: what denoises; it is used in every step.
        encoders: text and picture encoders; used once a picture.
        rest: the VAE and what is small.
        per_megapixel: what a pass takes beside weights, for a megapixel of the room.
    """

    transformer: float
    encoders: float
    rest: float
    per_megapixel: float


@dataclass(frozen=True, slots=True)
class Card:
    """An accelerator, or none."""

    device: str  # as torch names it: "cuda", "cuda:1", "mps" or "cpu"
    name: str
    gigabytes: float
    bfloat16: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """How a model is run.

    Attributes:
        device: where.
        dtype: "bfloat16", "float16" or "float32".
        offload: "none": all stays; "encoders": they leave the card after encoding; "turns": the
            transformer leaves it too while they encode; "layers": each layer comes when it is
            due, which is slow.
        quantise: of the transformer's weights.
        pixels: that the model works on.
    """

    device: str
    dtype: str
    offload: Offload
    quantise: Quantisation
    pixels: int

    def told(self) -> str:
        """In words."""
        side = round(self.pixels**0.5)
        where = {
            "none": "all of it stays there",
            "encoders": "encoders leave it after encoding",
            "turns": "encoders and transformer take turns there",
            "layers": "layer by layer, slow",
        }[self.offload]
        exact = self.dtype if self.quantise == "none" else f"{self.dtype}, weights {self.quantise}"
        return f"on {self.device} in {exact}, {where}, about {side}x{side} pixels"


def plan(card: Card, model: Footprint, *, quantise: Quantisation = "none") -> Plan:
    """The best plan for a card; `quantise` is what the operator asked for.

    On a machine without a card everything is done in float32, small.
    """
    return ladder(card, model, quantise=quantise)[0]


def ladder(card: Card, model: Footprint, *, quantise: Quantisation = "none") -> list[Plan]:
    """All plans that should fit, the best first; the last is tried even if it might not."""
    if card.device == "cpu":
        return [Plan("cpu", "float32", "none", "none", pixels) for pixels in _PIXELS[::2]]
    dtype = "bfloat16" if card.bfloat16 else "float16"
    found = [
        _made(card, dtype, offload, quantise, pixels)
        for pixels in _PIXELS
        for offload in ("none", "encoders", "turns", "layers")
    ]
    fitting = [each for each in found if needed(each, model) <= _USABLE * card.gigabytes]
    # Slow and large is worse than quick and a little smaller.
    quick = [each for each in fitting if each.offload != "layers"]
    slow = [each for each in fitting if each.offload == "layers"]
    least = _made(card, dtype, "layers", quantise, _PIXELS[-1])
    return [*quick, *slow] or [least]


def _made(card: Card, dtype: str, offload: Offload, quantise: Quantisation, pixels: int) -> Plan:
    """Layers that come one by one come as they are: hooks can't carry quantised ones."""
    kind: Quantisation = "none" if offload == "layers" else quantise
    return Plan(card.device, dtype, offload, kind, pixels)


def at_once(how: Plan, card: Card, model: Footprint, most: int) -> int:
    """How many pictures, up to `most`, should fit in one pass; one is tried even if it might not.

    Of a processor's memory nothing is known, and a batch is no quicker there.
    """
    room = _USABLE * card.gigabytes
    fitting = [n for n in range(2, most + 1) if needed(how, model, pictures=n) <= room]
    return max([1, *fitting])


def needed(how: Plan, model: Footprint, *, pictures: int = 1) -> float:
    """Gigabytes on the card at the worst moment, with so many `pictures` in a pass."""
    work = model.per_megapixel * how.pixels / 1e6 * pictures
    transformer = model.transformer * (0.52 if how.quantise != "none" else 1.0)
    if how.offload == "layers":
        return _LAYERS_GB + work
    denoising = transformer + model.rest + work
    if how.offload == "none":
        return denoising + model.encoders
    encoding = model.encoders + model.rest + _ENCODING_GB
    if how.offload == "encoders":  # the transformer is there, too, while they encode
        encoding += transformer
    return max(denoising, encoding)


def cards() -> list[Card]:
    """The accelerators that torch sees; empty without torch or without any."""
    try:
        import torch
    except ImportError:
        return []
    if torch.cuda.is_available():
        found = []
        for index in range(torch.cuda.device_count()):
            about = torch.cuda.get_device_properties(index)
            exact = about.major >= 8
            device = f"cuda:{index}" if index else "cuda"
            found.append(Card(device, about.name, about.total_memory / 1e9, exact))
        return found
    if torch.backends.mps.is_available():
        import os

        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        return [Card("mps", "Apple", 0.7 * memory / 1e9)]
    return []


def best() -> Card:
    """The card that work is done on; the processor where there is none."""
    found = cards()
    return max(found, key=lambda card: card.gigabytes) if found else Card("cpu", "processor", 0.0)
