"""The contact sheet: one HTML page with relative paths, to be looked at and handed on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from importlib import resources
from pathlib import Path
from string import Template
from urllib.parse import quote

from roomstage.batch.identity import Digests
from roomstage.batch.journal import Entry, write_whole
from roomstage.batch.rows import Row, is_url
from roomstage.batch.thumbnails import Thumbnails

FILE = "index.html"
_UNSAID = ("prompt", "seed", "image_format", "image_quality")  # they have a place or don't matter
_SIZES = {"overlay_width_cm": "wide", "overlay_height_cm": "tall"}
_KINDS = {
    "done": "Done",
    "warned": "With notes",
    "failed": "Failed",
    "waiting": "Not yet staged",
}


@dataclass(frozen=True, slots=True)
class _Shown:
    """A row as it is shown."""

    row: Row
    entry: Entry | None
    room: str | None  # paths below the folder
    product: str | None
    result: str | None

    @property
    def kind(self) -> str:
        if self.entry is None:
            return "waiting"
        if self.entry.status == "failed":
            return "failed"
        return "warned" if self.entry.warnings else "done"


def write(
    folder: Path,
    title: str,
    rows: Sequence[Row],
    keys: Sequence[str],
    entries: Sequence[Entry | None],
    digests: Digests,
) -> Path:
    """Write the page and the thumbnails that it lacks.

    Args:
        folder: the batch's.
        title: what the batch is called.
        rows: all of them, in order.
        keys: of each row.
        entries: what came of each; None: nothing yet.
        digests: of their pictures.

    Raises:
        StoreUnavailable: the disk does not take it.
    """
    thumbnails = Thumbnails(folder)
    shown = [
        _Shown(
            row,
            entry,
            _small(thumbnails.room, digests, row, "main_image"),
            _small(thumbnails.product, digests, row, "overlay_image"),
            None if entry is None else _staged(thumbnails, key, folder, entry),
        )
        for row, key, entry in zip(rows, keys, entries, strict=True)
    ]
    path = folder / FILE
    write_whole(path, _page(title, shown).encode("utf-8", "replace"))
    return path


def _staged(thumbnails: Thumbnails, key: str, folder: Path, entry: Entry) -> str | None:
    return thumbnails.result(key, folder / entry.output) if entry.status == "done" else None


def _small(
    make: Callable[[str, str], str | None], digests: Digests, row: Row, field: str
) -> str | None:
    picture = row.pictures.get(field)
    if picture is None or is_url(picture):
        return None
    return make(digests.of(picture, field), picture)


def _page(title: str, shown: Sequence[_Shown]) -> str:
    template = Template(resources.files("roomstage.batch").joinpath("page.html").read_text("utf-8"))
    counts = Counter(each.kind for each in shown)
    rooms = len({each.row.pictures.get("main_image") for each in shown})
    products = len({each.row.pictures.get("overlay_image") for each in shown})
    counted = (_many(len(shown), "staging"), _many(rooms, "room"), _many(products, "product"))
    about = f"{', '.join(counted)}. {datetime.now():%d %B %Y}"
    return template.substitute(
        title=escape(title),
        about=about,
        filters="".join(_filter(kind, counts[kind]) for kind in _KINDS if counts[kind]),
        total=len(shown),
        cards="\n".join(map(_card, shown)),
    )


def _filter(kind: str, count: int) -> str:
    return (
        f'<button type="button" data-kind="{kind}" aria-pressed="false">'
        f'<span class="dot {kind}"></span>{_KINDS[kind]} <b>{count}</b></button>'
    )


def _card(shown: _Shown) -> str:
    row, entry = shown.row, shown.entry
    prompt = str(row.fields.get("prompt", ""))
    words = f"{row.name} {prompt} {_called(row, 'main_image')} {_called(row, 'overlay_image')}"
    return (
        f'<article class="card {shown.kind}" data-kind="{shown.kind}" '
        f'data-words="{escape(words.casefold())}">'
        f"{_picture(shown)}"
        f'<div class="text"><div><h2>{_name(shown)}</h2>'
        f'<p class="prompt">{escape(prompt)}</p></div>'
        f'<div class="made">{_source(shown.room, row, "main_image", "Room")}'
        f"{_source(shown.product, row, 'overlay_image', 'Product')}</div>"
        f"{_notes(entry)}"
        f'<p class="facts">{_facts(row, entry)}</p></div></article>'
    )


def _name(shown: _Shown) -> str:
    entry = shown.entry
    if entry is None or entry.status != "done":
        return escape(shown.row.name)
    return f'<a href="{quote(entry.output)}">{escape(entry.output)}</a>'


def _picture(shown: _Shown) -> str:
    """The result, with the room under it to compare; the room alone where there is no result."""
    room = _called(shown.row, "main_image")
    if shown.result is None or shown.entry is None:
        state = "failed" if shown.kind == "failed" else "not yet staged"
        inside = (
            _image(shown.room, f"Room {room}", "room") or '<span class="none">no picture</span>'
        )
        return f'<div class="picture">{inside}<span class="state">{state}</span></div>'
    staged = _image(shown.result, f"{shown.row.name}: staged in {room}", "after")
    before = _image(shown.room, f"Room {room} as it was", "before")
    button = (
        '<button type="button" class="compare" aria-pressed="false" hidden>Before</button>'
        if before
        else ""
    )
    link = f'<a href="{quote(shown.entry.output)}">{staged}</a>'
    return f'<div class="picture">{link}{before}{button}</div>'


def _source(small: str | None, row: Row, field: str, what: str) -> str:
    """What the result was made of: a small picture and its name."""
    called = _called(row, field)
    picture = _image(small, f"{what} {called}", what.lower()) or '<span class="blank"></span>'
    return (
        f'<figure>{picture}<figcaption><span class="quiet">{what}</span> '
        f"{escape(called)}</figcaption></figure>"
    )


def _image(path: str | None, alt: str, kind: str) -> str:
    if path is None:
        return ""
    return (
        f'<img class="{kind}" src="{quote(path)}" alt="{escape(alt)}" title="{escape(alt)}" '
        'loading="lazy">'
    )


def _notes(entry: Entry | None) -> str:
    if entry is None:
        return ""
    if entry.error is not None:
        where = f" ({entry.code})" if entry.code else ""
        return f'<p class="note error">{escape(entry.error + where)}</p>'
    return "".join(f'<p class="note">{escape(warning)}</p>' for warning in entry.warnings)


def _facts(row: Row, entry: Entry | None) -> str:
    facts = [f"line {row.line}" if row.line else f"row {row.number}"]
    facts += [_said(name, value) for name, value in row.fields.items() if name not in _UNSAID]
    if entry is not None and entry.status == "done":
        if "seed" in row.fields:
            facts.append(f"seed {entry.seed}")
        facts.append(f"{entry.seconds:.1f} s")
        if entry.cost:
            facts.append(f"{entry.cost:g} credits")
    return "".join(f"<span>{escape(fact)}</span>" for fact in facts)


def _called(row: Row, field: str) -> str:
    picture = row.pictures.get(field, "")
    return Path(picture.partition("?")[0]).name or picture


def _said(name: str, value: object) -> str:
    shown = f"{value:g}" if isinstance(value, float) else str(value)
    if name in _SIZES:
        return f"{shown} cm {_SIZES[name]}"
    if isinstance(value, bool):
        return name if value else f"{name}: no"
    return f"{name.replace('_', ' ')} {shown}"


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"
