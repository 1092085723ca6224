"""The models in memory, one of each engine, and the plans that did not fit of late."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Hashable
from typing import Any

from roomstage.engines.diffusion.memory import Plan

_REMEMBERED = 600.0  # seconds; what filled the card may be gone after that

_models: dict[str, tuple[Hashable, Any]] = {}
_outgrown: dict[tuple[str, Plan, int], float] = {}


def model(name: str, key: Hashable, make: Callable[[], Any]) -> Any:
    """The model called `name` as `key` wants it: the one in memory, or the one that is made.

    Another one of that name goes first, since the card might not take both.
    """
    found = _models.get(name)
    if found is not None and found[0] == key:
        return found[1]
    del found
    drop(name)
    made = make()
    _models[name] = key, made
    return made


def drop(name: str) -> None:
    """Let go of a model."""
    if _models.pop(name, None) is not None:
        give_back()


def drop_others(name: str) -> bool:
    """Let go of every model but `name`'s; whether there was one."""
    others = [each for each in _models if each != name]
    for each in others:
        del _models[each]
    give_back()
    return bool(others)


def forget() -> None:
    """Let go of everything, and of what did not fit."""
    drop_others("")
    _outgrown.clear()


def holds(name: str) -> bool:
    """Whether a model of that name is in memory."""
    return name in _models


def outgrow(name: str, plan: Plan, pictures: int = 1) -> None:
    """Remember that a plan does not fit with so many pictures in a pass.

    A model is loaded for each try of a plan, which takes long.
    """
    _outgrown[name, plan, pictures] = time.monotonic()


def fitting(name: str, plans: list[Plan]) -> list[Plan]:
    """Those of `plans` that have not failed of late; all of them if each has."""
    able = [plan for plan in plans if not _failed(name, plan, 1)]
    return able or plans


def at_once(name: str, plan: Plan, most: int) -> int:
    """How many pictures in a pass, up to `most`, have not failed of late."""
    failed = [pictures for pictures in range(2, most + 1) if _failed(name, plan, pictures)]
    return max(1, min(failed, default=most + 1) - 1)


def _failed(name: str, plan: Plan, pictures: int) -> bool:
    since = time.monotonic() - _REMEMBERED
    return _outgrown.get((name, plan, pictures), since) > since


def give_back() -> None:
    """What nobody holds any more goes back to the card."""
    gc.collect()
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()
