"""Rows from a CSV file whose columns are the model's own fields."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from pathlib import Path

from roomstage.batch import table
from roomstage.batch.rows import Given, ManifestWrong, Problem, Row, check
from roomstage.params import Params

NAME = "name"
_NOT_HERE = frozenset({"base64"})  # how a network carries the answer
_CALLED = {  # what people call it
    "room": "main_image",
    "room_image": "main_image",
    "mask": "main_image_mask",
    "product": "overlay_image",
    "product_image": "overlay_image",
    "product_mask": "overlay_image_mask",
    "width": "overlay_width_cm",
    "height": "overlay_height_cm",
    "format": "image_format",
    "quality": "image_quality",
    "output": NAME,
}
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")


def columns(schema: type[Params]) -> list[str]:
    """The names that a header may have."""
    return [*(name for name in schema.model_fields if name not in _NOT_HERE), NAME]


def read(path: Path, schema: type[Params], defaults: Mapping[str, str]) -> list[Row]:
    """The rows of a manifest, all of them sound.

    Args:
        path: a CSV file; paths in it are relative to its folder.
        schema: of the model.
        defaults: values of cells that are empty or have no column.

    Raises:
        ManifestWrong: something is wrong with it; all of it is told.
        InvalidParameter: it can't be read, or there is nothing in it.
    """
    known = columns(schema)
    read = table.read(path, known)
    header = [table.column_name(cell) for cell in read.header.cells]
    problems = _header_problems(header, read.header.line, known, schema, defaults)
    if not read.records:
        problems.append(Problem(read.header.line, "there are no rows below the header"))
    for record in read.records:
        if len(record.cells) > len(header) and any(record.cells[len(header) :]):
            count, more = len(header), len(record.cells)
            problems.append(
                Problem(record.line, f"{more} cells under {count} columns: put text in quotes")
            )
    if problems:
        raise ManifestWrong(str(path), problems)
    comma = read.separator == ";"  # then numbers may have one
    given = [
        _given(record, header, path.parent, schema, defaults, comma) for record in read.records
    ]
    return check(given, schema, str(path))


def _given(
    record: table.Record,
    header: list[str],
    folder: Path,
    schema: type[Params],
    defaults: Mapping[str, str],
    comma: bool,
) -> Given:
    cells = {n: cell for n, cell in zip(header, record.cells, strict=False) if cell and n}
    name = cells.pop(NAME, "")
    if comma:
        for field in _numbers(schema):
            if _DECIMAL_COMMA.fullmatch(cells.get(field, "")):
                cells[field] = cells[field].replace(",", ".")
    return Given(record.line, {**defaults, **cells}, folder, name)


def _numbers(schema: type[Params]) -> list[str]:
    described = schema.model_json_schema()["properties"]
    return [name for name, field in described.items() if field.get("type") == "number"]


def _header_problems(
    header: list[str],
    line: int,
    known: list[str],
    schema: type[Params],
    defaults: Mapping[str, str],
) -> list[Problem]:
    found = []
    for column in filter(None, header):
        if column not in known:
            found.append(f"there is no column {column[:60]!r}: {_hint(column, known)}")
    for column in sorted({each for each in header if each and header.count(each) > 1}):
        found.append(f"the column {column!r} is there {header.count(column)} times: give one")
    for field, info in schema.model_fields.items():
        if info.is_required() and field not in header and field not in defaults:
            flag = "" if field in schema.image_roles() else f", or --{field.replace('_', '-')}"
            found.append(f"the column {field!r} is missing: add it{flag}")
    return [Problem(line, message) for message in found]


def _hint(column: str, known: list[str]) -> str:
    near = [_CALLED[column]] if column in _CALLED else difflib.get_close_matches(column, known, 1)
    return f"did you mean {near[0]!r}?" if near else "give some of " + ", ".join(known)
