"""From cells to checked rows, with every problem told and not only the first."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from roomstage import encode
from roomstage.errors import InvalidInput
from roomstage.params import Params

_URL = re.compile(r"https?://", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')  # in file names, on one system or another
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_LONGEST_NAME = 150
_SUFFIXES = {"png": ".png", "jpeg": ".jpg", "webp": ".webp"}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a manifest."""

    line: int  # of its file; 0 where there is none
    message: str


class ManifestWrong(InvalidInput):
    """A manifest that can't be staged as it is; nothing was done."""

    code = "invalid_manifest"

    def __init__(self, what: str, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems, key=lambda problem: problem.line)
        count = len(self.problems)
        told = "; ".join(f"line {each.line}: {each.message}" for each in self.problems)
        super().__init__(f"{what} has {count} problem{'s' * (count > 1)}: {told}")


@dataclass(frozen=True, slots=True)
class Given:
    """A row as it was written."""

    line: int
    cells: Mapping[str, str]  # by field; empty ones are left out
    folder: Path  # that paths are relative to
    name: str = ""  # of the output, if one was given


@dataclass(frozen=True, slots=True)
class Row:
    """One staging that is to be done."""

    number: int  # from 1, in the order of the manifest
    line: int
    name: str  # of the output's file, without its suffix
    fields: Mapping[str, Any]  # checked, JSON-ready; no pictures
    pictures: Mapping[str, str]  # absolute paths and URLs, by field
    suffix: str  # such as ".png"

    @property
    def file_name(self) -> str:
        """What the output is called."""
        return self.name + self.suffix


def is_url(text: str) -> bool:
    """Whether a cell is an address rather than a path."""
    return _URL.match(text) is not None


def check(given: Iterable[Given], schema: type[Params], what: str) -> list[Row]:
    """Rows whose every field is sound and whose files are there.

    Raises:
        ManifestWrong: with all problems.
    """
    rows: list[Row] = []
    problems: list[Problem] = []
    names = _Names()
    for number, each in enumerate(given, 1):
        wrong: list[str] = []
        cells, stem = dict(each.cells), each.name
        if stem:
            stem, named_format = _without_suffix(stem)
            wrong += _wrong_name(stem)
            wrong += names.take(stem, each.line)
            if named_format and cells.setdefault("image_format", named_format) != named_format:
                wrong.append(f"name ends as {named_format}, image_format is another: give one")
        pictures, missing = _pictures(cells, schema, each.folder)
        fields, refused = _fields(cells, schema)
        wrong += missing + refused
        problems += [Problem(each.line, message) for message in wrong]
        suffix = _SUFFIXES.get(str(fields.get("image_format", "png")), ".png")
        rows.append(Row(number, each.line, stem, fields, pictures, suffix))
    if problems:
        raise ManifestWrong(what, problems)
    return [row if row.name else _named(row, names) for row in rows]


def _pictures(
    cells: Mapping[str, str], schema: type[Params], folder: Path
) -> tuple[dict[str, str], list[str]]:
    found: dict[str, str] = {}
    wrong: list[str] = []
    for field in schema.image_roles():
        value = cells.get(field, "")
        if not value:
            if schema.model_fields[field].is_required():
                wrong.append(f"{field} is empty: give a path or a URL")
            continue
        if is_url(value):
            found[field] = value
            continue
        try:
            path = (folder / Path(value).expanduser()).absolute()
            if not path.is_file():
                wrong.append(f"{field}: there is no file {str(path)!r}")
            elif not os.access(path, os.R_OK):
                wrong.append(f"{field}: {str(path)!r} can't be read: check its rights")
            found[field] = str(path)
        except (OSError, ValueError, RuntimeError):
            wrong.append(f"{field} is no path: {value[:80]!r}")
    return found, wrong


def _fields(cells: Mapping[str, str], schema: type[Params]) -> tuple[dict[str, Any], list[str]]:
    """The plain fields that were given, checked; or what is wrong with them, all of it."""
    roles = schema.image_roles()
    plain = {name: value for name, value in cells.items() if name not in roles}
    whole = plain | dict.fromkeys(roles, b"-")  # pictures are looked at on their own
    problems = schema.problems(whole)
    if problems:
        return {}, [problem.message for problem in problems]
    kept = schema.parse(whole).model_dump(mode="json", exclude_unset=True)
    return {name: kept[name] for name in kept if name in plain}, []


def _without_suffix(name: str) -> tuple[str, str | None]:
    path = Path(name)
    try:
        return path.stem, encode.format_of(name)
    except InvalidInput:
        return name, None


def _wrong_name(name: str) -> list[str]:
    reason = None
    if _FORBIDDEN.search(name):
        reason = "has characters that no file name may have"
    elif name.startswith(".") or name.endswith((".", " ")) or _RESERVED.fullmatch(name):
        reason = "is no name for a file everywhere"
    elif len(name.encode()) > _LONGEST_NAME:
        reason = f"is longer than {_LONGEST_NAME} bytes"
    return [f"name {name[:60]!r} {reason}: give another"] if reason else []


class _Names:
    """Names that are taken. Capitals don't tell files apart everywhere."""

    def __init__(self) -> None:
        self._lines: dict[str, int] = {}

    def take(self, name: str, line: int) -> list[str]:
        """Take a name; what is wrong with that."""
        first = self._lines.setdefault(name.casefold(), line)
        if first == line:
            return []
        return [f"name {name[:60]!r} is that of line {first} too: give each output its own"]

    def free(self, name: str, line: int) -> str:
        """The name, or the next one like it that is free; it is taken now."""
        number, candidate = 1, name
        while candidate.casefold() in self._lines:
            number += 1
            candidate = f"{name}_{number}"
        self._lines[candidate.casefold()] = line
        return candidate


def _named(row: Row, names: _Names) -> Row:
    """The row called by its room and product."""
    parts = [_stem(row.pictures[field]) for field in row.pictures if not field.endswith("_mask")]
    name = "_".join(filter(None, parts))[: _LONGEST_NAME - 10] or f"row_{row.number}"
    return Row(
        row.number, row.line, names.free(name, row.line), row.fields, row.pictures, row.suffix
    )


def _stem(picture: str) -> str:
    path = picture.partition("?")[0] if is_url(picture) else picture
    return re.sub(r"[^\w.-]+", "_", Path(path).stem, flags=re.ASCII).strip("._-")
