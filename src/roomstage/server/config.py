"""The server's settings, read from environment variables named ROOMSTAGE_<SETTING>."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from importlib.util import find_spec
from typing import Any, Self

from roomstage.errors import InvalidParameter
from roomstage.service.workers import Settings

_PREFIX = "ROOMSTAGE_"
_TRUE = frozenset({"1", "true", "yes", "on"})
_LOG_LEVELS = ("critical", "error", "warning", "info", "debug")
_FALSE = frozenset({"0", "false", "no", "off", ""})


def _number(default: int, low: int, high: int) -> Any:
    return field(default=default, metadata={"range": (low, high)})


@dataclass(frozen=True, slots=True)
class Config:
    """Settings; each can be given as an environment variable."""

    host: str = "127.0.0.1"
    port: int = _number(8000, 0, 65535)
    engine: str = "cpu"
    engines: str = "auto"  # that requests may name besides; auto = all that can run here
    log_level: str = field(default="info", metadata={"choices": _LOG_LEVELS})
    log_format: str = field(default="text", metadata={"choices": ("text", "json")})
    cors_origin: str = "*"  # which web pages may call; * = all
    remaining_credits: int = _number(1_000_000, 0, 2**53)  # told to clients, never counted down
    concurrency: int = _number(0, 0, 1024)  # workers, requests computed at once; 0 = one per CPU
    worker_threads: int = _number(0, 0, 1024)  # of each worker; 0 = CPUs shared out among them
    worker_memory_mb: int = _number(4096, 0, 10_000_000)  # address space of each; 0 = no limit
    job_seconds: int = _number(60, 1, 86_400)  # a request that computes longer is stopped
    canary_seconds: int = _number(30, 1, 86_400)  # so often an idle worker shows that it works
    max_waiting: int = _number(32, 0, 10_000)  # requests that may queue; more get 429
    max_body_mb: int = _number(64, 1, 4096)
    body_seconds: int = _number(60, 1, 3600)  # a body must have arrived after that
    head_seconds: int = _number(10, 1, 3600)  # a request's head must have arrived after that
    max_connections: int = _number(1000, 10, 1_000_000)  # beyond, the most silent one is closed
    drain_delay_seconds: int = _number(5, 0, 3600)  # after SIGTERM, newcomers are still served
    drain_seconds: int = _number(20, 1, 3600)  # then, for what is underway
    metrics: bool = True  # whether /metrics answers
    metrics_key: str = ""  # that /metrics asks for; "" = none
    room_cache_mb: int = _number(512, 0, 1_000_000)  # analysed rooms kept between requests
    fetch: bool = True  # whether pictures may be given as URLs
    fetch_max_mb: int = _number(20, 1, 4096)
    fetch_allow_private: bool = False  # also fetch from loopback and private networks
    database: str = ""  # file of SQLite or URL of PostgreSQL; "" = a file in the data folder
    public_url: str = ""  # root of the links in answers; "" = the address that was connected to
    retention: int = _number(86_400, 0, 2**31)  # seconds that results and inputs are kept
    sync_seconds: int = _number(28, 1, 3600)  # a synchronous call has its answer by then
    prices: str = ""  # credits by model, as in furniture-staging=12,erase-furniture=0
    account_rate: str = "600/minute"  # calls that an account may begin
    account_jobs: int = _number(100, 1, 100_000)  # jobs that an account may have underway
    lease_seconds: int = _number(15, 2, 3600)  # a server that is silent so long has lost its jobs
    max_queued: int = _number(1000, 0, 1_000_000)  # jobs of all that may wait; more get 429

    def for_workers(self) -> Settings:
        """The settings of the workers."""
        settings = Settings(
            engine=self.engine,
            count=self.concurrency,
            threads=self.worker_threads,
            memory_mb=self.worker_memory_mb,
            room_cache_mb=self.room_cache_mb,
            job_seconds=self.job_seconds,
            canary_seconds=self.canary_seconds,
        )
        if find_spec("torch") is None:  # nothing can paint, and a server is to start quickly
            return settings
        from roomstage.server.offers import adapted

        return adapted(self, settings)

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Self:
        """The settings in `env`, by default those of the process.

        Raises:
            InvalidParameter: a variable has a value that is no such setting; `field` names it.
        """
        given = os.environ if env is None else env
        values: dict[str, Any] = {
            setting.name: _parsed(setting, given[name])
            for setting in fields(cls)
            if (name := _PREFIX + setting.name.upper()) in given
        }
        config = cls(**values)
        config.validate()
        return config

    def validate(self) -> None:
        """Check every range.

        Raises:
            InvalidParameter: a setting is out of range; `field` names its variable.
        """
        for setting in fields(self):
            low, high = setting.metadata.get("range", (None, None))
            choices = setting.metadata.get("choices")
            value = getattr(self, setting.name)
            if low is not None and not low <= value <= high:
                raise _wrong(setting, str(value))
            if choices is not None and value not in choices:
                raise _wrong(setting, value)


def _parsed(setting: Field[Any], text: str) -> str | int | bool:
    if setting.type == "int":
        try:
            return int(text)
        except ValueError:
            raise _wrong(setting, text) from None
    if setting.type == "bool":
        if text.lower() not in _TRUE | _FALSE:
            raise _wrong(setting, text)
        return text.lower() in _TRUE
    return text


def _wrong(setting: Field[Any], text: str) -> InvalidParameter:
    name = _PREFIX + setting.name.upper()
    wanted = "1 or 0"
    if "range" in setting.metadata:
        wanted = "a whole number from {} to {}".format(*setting.metadata["range"])
    if "choices" in setting.metadata:
        wanted = "one of " + ", ".join(setting.metadata["choices"])
    return InvalidParameter(f"{name} is {text[:40]!r}: give {wanted}", field=name)
