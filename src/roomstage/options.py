"""What a request asks for besides its pictures."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Literal

MAX_SEED = 2**63 - 1
Fidelity = Literal["faithful", "generative"]


@dataclass(frozen=True, slots=True)
class Options:
    """The scalar fields of a request, checked."""

    prompt: str
    steps: int = 25  # light samples, 10 to 100
    seed: int = 42424242  # all randomness comes from it
    guidance: float = 30.0  # 1 = the product keeps its studio light, 30 = the room's light
    overlay_width_cm: float | None = None  # true size of the product; None = the mask tells it
    overlay_height_cm: float | None = None
    remove: bool | None = None  # take out what stands in the place; None: if there is no doubt
    fidelity: Fidelity = "faithful"  # whether a painting engine keeps the product's own pixels
    draft: bool = False  # smaller and coarser: for previews that follow a hand


def draw_seed(seed: int) -> int:
    """The seed itself, or a random one for -1 (the only randomness that no seed rules)."""
    return secrets.randbelow(2**31) if seed == -1 else seed


def seeds(first: int, count: int) -> list[int]:
    """`first` and those that follow it; after the largest comes 0."""
    return [(first + number) % (MAX_SEED + 1) for number in range(count)]
