"""A batch from rows to a folder of pictures."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from roomstage.batch.identity import Digests
from roomstage.batch.journal import Entry, Journal, write_whole
from roomstage.batch.order import RoomByRoom
from roomstage.batch.rows import Row
from roomstage.batch.stager import Staged, Stager, Stopped, Task
from roomstage.batch.thumbnails import Thumbnails
from roomstage.errors import RoomstageError, StoreUnavailable


class Show(Protocol):
    """Who is told how it goes. Called on the event loop."""

    def begun(self, row: Row) -> None:
        """A row is worked on."""

    def step(self, row: Row, share: float) -> None:
        """A share of a row is done."""

    def ended(self, row: Row, entry: Entry) -> None:
        """A row has ended."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Rows, and which of them are to be staged."""

    rows: Sequence[Row]
    keys: Sequence[str]  # of each row
    tasks: Sequence[Task]  # that are not done yet
    digests: Digests  # of all pictures

    @property
    def done(self) -> int:
        """How many rows are done already."""
        return len(self.rows) - len(self.tasks)


def plan(rows: Sequence[Row], journal: Journal, folder: Path) -> Plan:
    """Tell rows that are done from those that are not: new, changed, failed, or without output.

    Raises:
        InvalidImage: a picture can't be read.
    """
    digests = Digests()
    keys = [digests.row(row) for row in rows]
    tasks = [
        Task(row, key, digests.of(row.pictures["main_image"], "main_image"), journal.failures(key))
        for row, key in zip(rows, keys, strict=True)
        if not _is_done(journal.of(key), folder)
    ]
    return Plan(rows, keys, tasks, digests)


async def run(
    plan: Plan,
    stager: Stager,
    journal: Journal,
    folder: Path,
    show: Show,
    stop: asyncio.Event,
    publish: Callable[[], None],
    *,
    publish_seconds: float = 15.0,
) -> None:
    """Stage what is to be staged. One row's error is noted and the next row begins.

    Args:
        plan: see there.
        stager: who does it.
        journal: where it is noted.
        folder: where the pictures go.
        show: who is told.
        stop: when it is set, no row begins any more and those underway end or are cancelled.
        publish: called now and then, so that the page can be looked at meanwhile.
        publish_seconds: how often.

    Raises:
        Stopped: no row can be staged, whatever is in it.
    """
    queue = RoomByRoom((task.room, task) for task in plan.tasks)
    work = _Work(stager, journal, folder, show, Thumbnails(folder))
    async with stager:
        takers = [
            asyncio.create_task(work.go_on(queue, number, stop))
            for number in range(min(stager.slots, len(plan.tasks)))
        ]
        publishing = asyncio.create_task(_now_and_then(publish, publish_seconds))
        try:
            await _until_all_end(takers, stop, cancel=stager.cancels)
        finally:
            for task in (*takers, publishing):
                task.cancel()
            await asyncio.gather(*takers, publishing, return_exceptions=True)


async def _until_all_end(
    takers: list[asyncio.Task[None]], stop: asyncio.Event, *, cancel: bool
) -> None:
    stopping = asyncio.create_task(stop.wait())
    left = set(takers)
    try:
        while left:
            ended, _ = await asyncio.wait({*left, stopping}, return_when=asyncio.FIRST_COMPLETED)
            for taker in ended - {stopping}:
                taker.result()
            left -= ended
            if stopping in ended:
                if cancel:
                    return
                await asyncio.gather(*left)
                return
    finally:
        stopping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await stopping


async def _now_and_then(publish: Callable[[], None], seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        await asyncio.to_thread(publish)


@dataclass(frozen=True, slots=True)
class _Work:
    stager: Stager
    journal: Journal
    folder: Path
    show: Show
    thumbnails: Thumbnails

    async def go_on(self, queue: RoomByRoom[Task], taker: int, stop: asyncio.Event) -> None:
        """Take row after row."""
        while not stop.is_set():
            task = queue.take(taker)
            if task is None:
                return
            await self._one(task)

    async def _one(self, task: Task) -> None:
        row, start = task.row, time.perf_counter()
        self.show.begun(row)
        try:
            staged = await self.stager.stage(task, lambda share: self.show.step(row, share))
            entry = _done(task, staged, time.perf_counter() - start)
            await asyncio.to_thread(self._keep, task, staged, entry)
        except StoreUnavailable as error:  # of this disk: the next row would fare no better
            raise Stopped(error.message) from error
        except RoomstageError as error:
            entry = _failed(task, error, time.perf_counter() - start)
            self.journal.note(entry)
        self.show.ended(row, entry)

    def _keep(self, task: Task, staged: Staged, entry: Entry) -> None:
        """Output first: what the journal tells is there."""
        write_whole(self.folder / task.row.file_name, staged.data)
        self.thumbnails.of_result(task.key, staged.data)
        self.journal.note(entry)


def _done(task: Task, staged: Staged, seconds: float) -> Entry:
    return Entry(
        key=task.key,
        status="done",
        output=task.row.file_name,
        size=len(staged.data),
        seconds=round(seconds, 3),
        seed=staged.seed,
        cost=staged.cost,
        warnings=staged.warnings,
        failures=task.failures,
    )


def _failed(task: Task, error: RoomstageError, seconds: float) -> Entry:
    return Entry(
        key=task.key,
        status="failed",
        output=task.row.file_name,
        seconds=round(seconds, 3),
        error=error.message,
        code=error.code,
        field=error.field,
        failures=task.failures + 1,
    )


def _is_done(entry: Entry | None, folder: Path) -> bool:
    if entry is None or entry.status != "done":
        return False
    try:
        return (folder / entry.output).stat().st_size == entry.size
    except OSError:
        return False
