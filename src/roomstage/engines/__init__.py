"""Engines do what differs by hardware or model: analyse a room, cut a product, shade it.

Some go on from there, and let a generative model paint: see `Finishes`.
"""

from __future__ import annotations

from roomstage.engines.base import (
    AUTO,
    Draft,
    Engine,
    Finished,
    Finishes,
    FinishesTogether,
    check,
    choices,
    load,
    missing,
    painting,
    survey,
)

__all__ = [
    "AUTO",
    "Draft",
    "Engine",
    "Finished",
    "Finishes",
    "FinishesTogether",
    "check",
    "choices",
    "load",
    "missing",
    "painting",
    "survey",
]
