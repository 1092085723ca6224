"""Which engines a request may name here, and what workers need to run them."""

from __future__ import annotations

from dataclasses import replace

from roomstage import engines
from roomstage.errors import EngineUnavailable, InvalidParameter
from roomstage.models import Model, lack_of, registry
from roomstage.params import Params
from roomstage.server.config import Config
from roomstage.service.workers import Settings

_PAINTING_JOB_SECONDS = 600  # where the setting was left at its default
_LOADING_SECONDS = 900  # weights come from a disk


def offered(config: Config) -> frozenset[str]:
    """The engines that requests may name.

    Raises:
        InvalidParameter: ROOMSTAGE_ENGINES names one that there is not.
    """
    base = {"cpu", engines.AUTO, config.engine}
    if config.engines == "auto":
        return frozenset(base | set(engines.painting()))
    named = {name for part in config.engines.split(",") if (name := part.strip())}
    unknown = named - set(engines.choices())
    if unknown:
        known = ", ".join(engines.choices())
        raise InvalidParameter(
            f"ROOMSTAGE_ENGINES names {min(unknown)!r}: give auto or some of {known}",
            field="ROOMSTAGE_ENGINES",
        )
    return frozenset(base | named)


def adapted(config: Config, settings: Settings) -> Settings:
    """The workers' settings; where they may paint, as generative models need them.

    One worker then, if not told otherwise: each has the weights in memory. And no bound on its
    address space, which drivers of cards reserve without using it.
    """
    paints = bool(set(engines.painting()) & offered(config)) or any(
        hasattr(model, "missing") and lack_of(model) is None for model in registry().values()
    )
    if not paints:
        return settings
    untold = config.job_seconds == Config().job_seconds
    return replace(
        settings,
        count=config.concurrency or 1,
        memory_mb=0,
        start_seconds=_LOADING_SECONDS,
        job_seconds=_PAINTING_JOB_SECONDS if untold else config.job_seconds,
    )


def check(model: Model, params: Params, allowed: frozenset[str]) -> None:
    """Turn away what can't be run here, before anything is held for it.

    Raises:
        EngineUnavailable: the engine or the model is not installed, or not offered.
    """
    reason = lack_of(model)
    if reason is not None:
        raise EngineUnavailable(f"{model.slug} is not installed here: {reason}")
    name = getattr(params, "engine", None)
    if name is None or name in allowed:
        return
    lacking = engines.missing(name)
    raise EngineUnavailable(
        f"engine {name} can't run here: {lacking}"
        if lacking is not None
        else f"engine {name} is not offered here: its owner names it in ROOMSTAGE_ENGINES",
        field="engine",
    )
