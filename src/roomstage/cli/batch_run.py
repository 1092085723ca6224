"""A batch on a terminal: who stages, what is shown meanwhile, and Ctrl-C."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from roomstage.batch.journal import Entry, Journal
from roomstage.batch.rows import Row
from roomstage.batch.run import Plan, Show, run
from roomstage.batch.stager import Stager, Stopped
from roomstage.cli.settings import local_fetcher
from roomstage.models import Model

_REMOTE_JOBS = 4
_RETRIES = 20  # some minutes: a server that starts again, an account that is busy


@dataclass(slots=True)
class Outcome:
    """How it ended, besides what the journal tells."""

    interrupted: bool = False
    stopped: str | None = None  # why no row could be staged any more


def stager(
    model: Model, batch: str, *, server: str | None, api_key: str | None, engine: str, jobs: int
) -> Callable[[], Stager]:
    """Who stages; made on the event loop.

    Raises:
        RoomstageError: the server is not there or does not take the key; the engine can't run.
    """
    if server is None:
        from roomstage import engines
        from roomstage.batch.local import LocalStager

        engines.load(engine)  # fail here rather than in the workers
        return lambda: LocalStager(model, local_fetcher(), engine=engine, jobs=jobs)
    from roomstage.batch.remote import RemoteStager
    from roomstage.client import AsyncClient, Client

    with Client(server, api_key, retries=2) as client:
        client.credits()  # fail here rather than in the first row
    return lambda: RemoteStager(
        model, AsyncClient(server, api_key, retries=_RETRIES), batch, jobs=jobs or _REMOTE_JOBS
    )


def staged(
    todo: Plan,
    make: Callable[[], Stager] | None,
    journal: Journal,
    folder: Path,
    publish: Callable[[], None],
    *,
    quiet: bool,
) -> Outcome:
    """Stage what is left of a batch; `make` is None where nothing is."""
    outcome = Outcome()
    if make is None:
        return outcome

    async def work() -> None:
        stop = asyncio.Event()
        with _interrupts(stop, outcome), _shown(todo, quiet=quiet) as show:
            await run(todo, make(), journal, folder, show, stop, publish)

    try:
        asyncio.run(work())
    except Stopped as error:
        outcome.stopped = str(error)
    except (asyncio.CancelledError, KeyboardInterrupt):
        outcome.interrupted = True
    return outcome


@contextlib.contextmanager
def _interrupts(stop: asyncio.Event, outcome: Outcome) -> Iterator[None]:
    """The first Ctrl-C ends the batch in order, the second at once."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None

    def interrupt() -> None:
        if stop.is_set():
            task.cancel()
            return
        outcome.interrupted = True
        stop.set()
        typer.echo("ending what is underway; Ctrl-C again to leave at once", err=True)

    numbers = (signal.SIGINT, signal.SIGTERM)
    with contextlib.suppress(NotImplementedError):  # no POSIX: Ctrl-C is KeyboardInterrupt
        for number in numbers:
            loop.add_signal_handler(number, interrupt)
    try:
        yield
    finally:
        with contextlib.suppress(NotImplementedError):
            for number in numbers:
                loop.remove_signal_handler(number)


@contextlib.contextmanager
def _shown(todo: Plan, *, quiet: bool) -> Iterator[Show]:
    if quiet:
        yield _Nothing()
    elif sys.stderr.isatty():
        with _bar(todo) as bar:
            yield bar
    else:
        yield _Lines(todo)


class _Nothing:
    def begun(self, row: Row) -> None:
        return

    def step(self, row: Row, share: float) -> None:
        return

    def ended(self, row: Row, entry: Entry) -> None:
        return


class _Lines(_Nothing):
    """One line a row, for logs."""

    def __init__(self, todo: Plan) -> None:
        self._done, self._total = todo.done, len(todo.rows)

    def ended(self, row: Row, entry: Entry) -> None:
        self._done += 1
        what = f"{entry.seconds:.1f} s" if entry.error is None else f"failed: {entry.error}"
        typer.echo(f"[{self._done}/{self._total}] {row.file_name} {what}", err=True)


class _Bar(_Nothing):
    """A bar with the time left."""

    def __init__(self, progress: Any, todo: Plan) -> None:
        self._progress = progress
        self._ended, self._failed = todo.done, 0
        self._underway: dict[int, float] = {}  # shares by row
        self._task = progress.add_task(
            "", total=len(todo.rows), completed=todo.done, ended=todo.done, failed=""
        )

    def step(self, row: Row, share: float) -> None:
        self._underway[row.number] = share
        self._draw()

    def ended(self, row: Row, entry: Entry) -> None:
        self._underway.pop(row.number, None)
        self._ended += 1
        if entry.error is not None:
            self._failed += 1
            self._progress.console.print(
                f"failed: {row.name}: {entry.error}", style="red", markup=False, highlight=False
            )
        self._draw()

    def _draw(self) -> None:
        failed = f"[red]{self._failed} failed" if self._failed else ""
        completed = self._ended + 0.99 * sum(self._underway.values())
        self._progress.update(self._task, completed=completed, ended=self._ended, failed=failed)


@contextlib.contextmanager
def _bar(todo: Plan) -> Iterator[_Bar]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        BarColumn(bar_width=None),
        TextColumn("{task.fields[ended]}/{task.total:.0f}"),
        TextColumn("{task.fields[failed]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=Console(stderr=True), expand=True) as progress:
        yield _Bar(progress, todo)
