"""Who does the work: what `run` asks of workers here and of a server elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from roomstage.batch.rows import Row

Progress = Callable[[float], None]  # share of the row that is done, 0..1


class Stopped(Exception):
    """No row can be staged now, whatever is in it; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Task:
    """A row, and what tells it from all others."""

    row: Row
    key: str  # see `identity`
    room: str  # hash of the room's picture, or its address
    failures: int  # before


@dataclass(frozen=True, slots=True)
class Staged:
    """What came of a row."""

    data: bytes
    seed: int | None
    warnings: tuple[str, ...]
    cost: float = 0


class Stager(Protocol):
    """Stages rows, several at once. Used in an `async with`."""

    slots: int  # rows at once
    cancels: bool  # rows underway are better cancelled than waited for

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    async def stage(self, task: Task, progress: Progress) -> Staged:
        """Stage a row.

        Raises:
            RoomstageError: this row can't be staged.
            Stopped: none can.
        """
        ...
