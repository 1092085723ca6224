"""The batch as a table, for spreadsheets and scripts."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from roomstage.batch.journal import Entry, write_whole
from roomstage.batch.rows import Row

FILE = "summary.csv"
_HEADER = (
    "row", "line", "name", "status", "output", "seconds", "seed", "cost", "warnings", "error",
    "code", "field", "main_image", "overlay_image",
)  # fmt: skip


def write(folder: Path, rows: Sequence[Row], entries: Sequence[Entry | None]) -> Path:
    """Write the table; `entries` has one for each row, None where nothing has come of it yet.

    Raises:
        StoreUnavailable: the disk does not take it.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_HEADER)
    writer.writerows(_cells(row, entry) for row, entry in zip(rows, entries, strict=True))
    path = folder / FILE
    # The mark is what Excel looks for; names of files may hold what is no text.
    write_whole(path, text.getvalue().encode("utf-8-sig", "replace"))
    return path


def _cells(row: Row, entry: Entry | None) -> list[object]:
    pictures = [_text(row.pictures.get(f, "")) for f in ("main_image", "overlay_image")]
    head = [row.number, row.line, _text(row.name)]
    if entry is None:
        return [*head, "waiting", "", "", "", "", "", "", "", "", *pictures]
    done = entry.status == "done"
    return [
        *head,
        entry.status,
        _text(entry.output) if done else "",
        entry.seconds,
        "" if entry.seed is None else entry.seed,
        f"{entry.cost:g}",
        _text("; ".join(entry.warnings)),
        _text(entry.error or ""),
        entry.code or "",
        entry.field or "",
        *pictures,
    ]


def _text(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return "'" + text if text[:1] in ("=", "+", "-", "@") else text
