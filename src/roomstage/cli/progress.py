"""Progress on a terminal: one bar on stderr, gone when the work is done."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from roomstage.pipeline import Progress


@contextmanager
def bar(*, quiet: bool) -> Iterator[Progress | None]:
    """A progress callback that draws; None when quiet or when stderr is no terminal."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description:<10}"), BarColumn(), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as drawn:
        task = drawn.add_task("read", total=1.0)

        def show(step: str, share: float) -> None:
            drawn.update(task, description=step, completed=share)

        yield show
