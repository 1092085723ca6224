"""What the commands about keys and credits share: which database, and how rows are shown."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Annotated

import typer

from roomstage.service.store import Store, open_store

Database = Annotated[
    str,
    typer.Option(
        envvar="ROOMSTAGE_DATABASE",
        help="The server's database: path of a SQLite file, or postgresql+psycopg://user@host/name "
        "(default: a file in your data folder).",
        show_default=False,
        show_envvar=True,
    ),
]


@contextlib.contextmanager
def opened(database: str) -> Iterator[Store]:
    """The store, closed afterwards."""
    store = open_store(database)
    try:
        yield store
    finally:
        store.close()


def day(at: float | None) -> str:
    """A moment as people read it, or nothing."""
    return "" if at is None else time.strftime("%Y-%m-%d %H:%M", time.localtime(at))


def table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Rows under heads, in columns."""
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in (heads, *rows)]
    return "\n".join(lines)
