"""The nets of light that are here, and what each takes and says."""

from __future__ import annotations

from typing import Literal

from roomstage import inference
from roomstage.image import F32

Name = Literal["light", "transport", "direction", "probe"]

_HERE = "roomstage.light.learned"


def available(name: Name) -> bool:
    """Whether the weights of a net are in the package."""
    return inference.available(_HERE, name)


def run(name: Name, **inputs: F32) -> F32:
    """What a net says of its inputs, each without the batch's axis.

    light: [9, S, S] of `window` [19, S, S] and `room` [5, G, G]; direction: [4] of the same and
    `key` [15]; probe: [9] of `near` [8, S / 2, S / 2], `far` [6, G, G] and `key` [18]; transport:
    [4, C, C] of `photo` [4, C, C]. The channels are told in `training/net.py`, `direction.py`,
    `probe_net.py` and `transport_net.py` there.
    """
    return inference.run(_HERE, name, **inputs)
