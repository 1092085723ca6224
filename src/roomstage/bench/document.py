"""Markdown: tables, and a document of which each command renews its own section."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

_TITLE = """# Benchmarks

Every section is written by the command that it names; run the command to renew it.
"""


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table, padded to be read as text; the first column is left-aligned."""
    widths = [max(len(line[i]) for line in (head, *rows)) for i in range(len(head))]
    rule = [("-" * w if i == 0 else "-" * (w - 1) + ":") for i, w in enumerate(widths)]

    def joined(cells: Sequence[str]) -> str:
        padded = [
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return "| " + " | ".join(padded) + " |"

    return "\n".join([joined(head), joined(rule), *map(joined, rows)])


def bullets(lines: Sequence[str]) -> str:
    """A Markdown list."""
    return "\n".join(f"- {line}" for line in lines)


def write_section(path: Path, name: str, text: str) -> None:
    """Put `text` where section `name` stands in the document, or at its end."""
    start, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    section = f"{start}\n{text.strip()}\n{end}\n"
    before = path.read_text(encoding="utf-8") if path.is_file() else _TITLE
    place = re.compile(re.escape(start) + ".*?" + re.escape(end) + "\n?", re.DOTALL)
    if place.search(before):
        after = place.sub(lambda _: section, before)
    else:
        after = before.rstrip("\n") + "\n\n" + section
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(after, encoding="utf-8")
