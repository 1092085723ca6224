"""A CSV file as spreadsheets write it: any of their encodings and separators."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from roomstage.errors import InvalidParameter

_SEPARATORS = (",", ";", "\t")
_MOST_BYTES = 50_000_000
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Record:
    """One row of cells."""

    line: int  # of the file, where it begins
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Table:
    """A file's header and rows; empty lines are left out."""

    header: Record
    records: list[Record]
    separator: str


def read(path: Path, columns: Iterable[str]) -> Table:
    """Read a CSV file.

    Args:
        path: the file.
        columns: names that a header may have; the separator that finds most of them is taken.

    Raises:
        InvalidParameter: it can't be read, or there is nothing in it.
    """
    text, skipped = _without_hint(_text(path))
    separator = _separator(text, set(columns))
    records = _records(text, separator, skipped)
    if not records:
        raise _wrong(path, "is empty: give a header line and one line a staging")
    return Table(records[0], records[1:], separator)


def column_name(cell: str) -> str:
    """A header's cell as the name of a field: 'Main image' is main_image."""
    return re.sub(r"[\s-]+", "_", cell.strip().lower())


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        raise _wrong(path, "does not exist: check the path") from None
    except OSError as error:
        raise _wrong(path, f"can't be read: {error.strerror}") from None
    if len(data) > _MOST_BYTES:
        raise _wrong(path, f"has more than {_MOST_BYTES:,} bytes: divide it")
    if data[:4] == b"PK\x03\x04":
        raise _wrong(path, "is a workbook: save it as CSV")
    encoding = next((name for bom, name in _BOMS if data.startswith(bom)), "utf-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")  # what Excel on Windows calls CSV


def _without_hint(text: str) -> tuple[str, int]:
    """The text without Excel's first line `sep=;`, and how many lines that was."""
    first, _, rest = text.partition("\n")
    hinted = re.fullmatch(r'"?sep=."?\s*', first, re.IGNORECASE) is not None
    return (rest, 1) if hinted else (text, 0)


def _separator(text: str, columns: set[str]) -> str:
    header = next((line for line in text.splitlines() if line.strip()), "")

    def known(separator: str) -> int:
        cells = next(csv.reader([header], delimiter=separator), [])
        return sum(column_name(cell) in columns for cell in cells)

    return max(_SEPARATORS, key=known)


def _records(text: str, separator: str, skipped: int) -> list[Record]:
    csv.field_size_limit(1_000_000)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    found: list[Record] = []
    line = skipped + 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.append(Record(line, [cell.strip() for cell in cells]))
            line = skipped + reader.line_num + 1
    except csv.Error as error:
        raise InvalidParameter(f"line {line} is no CSV: {error}") from None
    return found


def _wrong(path: Path, what: str) -> InvalidParameter:
    return InvalidParameter(f"{str(path)!r} {what}")
