"""What is done once, what again, and what is left behind; with a stager that only pretends."""

from __future__ import annotations

import asyncio
import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from roomstage.batch import journal, manifest, page, summary
from roomstage.batch.journal import Entry, Journal
from roomstage.batch.order import RoomByRoom
from roomstage.batch.run import plan, run
from roomstage.batch.stager import Progress, Staged, Stopped, Task
from roomstage.errors import InvalidMask, InvalidParameter, StoreUnavailable
from roomstage.models.furniture_staging import FurnitureStagingParams
from server import live

from .conftest import Manifest

PNG = live.pictures()["main_image"]


class Pretends:
    """Gives everyone the same picture; `act` may raise or wait."""

    def __init__(self, act: Callable[[Task], Any] | None = None, slots: int = 1) -> None:
        self.slots, self.cancels = slots, False
        self.staged: list[str] = []
        self.cancelled: list[str] = []
        self._act = act

    async def __aenter__(self) -> Pretends:
        return self

    async def __aexit__(self, kind: Any, error: Any, trace: Any) -> None:
        return

    async def stage(self, task: Task, progress: Progress) -> Staged:
        self.staged.append(task.row.name)
        progress(0.5)
        try:
            if self._act is not None:
                waiting = self._act(task)
                if waiting is not None:
                    await waiting
        except asyncio.CancelledError:
            self.cancelled.append(task.row.name)
            raise
        return Staged(PNG, 7, ("look at this",), 12)


class Silent:
    def begun(self, row: Any) -> None: ...

    def step(self, row: Any, share: float) -> None: ...

    def ended(self, row: Any, entry: Entry) -> None: ...


def batch(path: Path, stager: Pretends, stop: asyncio.Event | None = None) -> list[Entry | None]:
    """One run of a manifest; what came of each row, in its order."""
    out = path.parent / "out"
    rows = manifest.read(path, FurnitureStagingParams, {})
    with Journal(out) as kept:
        todo = plan(rows, kept, out)
        try:
            work = run(todo, stager, kept, out, Silent(), stop or asyncio.Event(), lambda: None)
            asyncio.run(work)
        finally:
            entries = [kept.of(key) for key in todo.keys]
            summary.write(out, rows, entries)
            page.write(out, "a list", rows, todo.keys, entries, todo.digests)
    return entries


def statuses(entries: list[Entry | None]) -> list[str]:
    return ["waiting" if entry is None else entry.status for entry in entries]


def test_a_row_that_fails_stops_no_other_and_is_tried_again(manifest: Manifest) -> None:
    path = manifest("a,x", "b,x", "c,x")

    def fail(task: Task) -> None:
        if task.row.name == "b":
            raise InvalidMask("it is empty", field="main_image_mask")

    entries = batch(path, Pretends(fail))
    assert statuses(entries) == ["done", "failed", "done"]
    failed = entries[1]
    assert failed is not None
    assert (failed.code, failed.field, failed.failures) == ("invalid_mask", "main_image_mask", 1)
    again = Pretends()
    assert statuses(batch(path, again)) == ["done", "done", "done"]
    assert again.staged == ["b"]


def test_what_has_changed_is_staged_again_and_nothing_else(
    manifest: Manifest, folder: Path
) -> None:
    batch(manifest("a,x", "b,x", "c,x"), Pretends())
    out = folder / "out"

    def staged_again(path: Path) -> list[str]:
        again = Pretends()
        batch(path, again)
        return sorted(again.staged)

    assert staged_again(manifest("a,x", "b,x", "c,x")) == []
    assert staged_again(manifest("c,x", "a,x", "b,another", "d,x")) == ["b", "d"]
    (out / "c.png").unlink()
    assert staged_again(manifest("a,x", "b,another", "c,x")) == ["c"]
    (out / "c.png").write_bytes(PNG[:-9])
    assert staged_again(manifest("a,x", "b,another", "c,x")) == ["c"]
    (folder / "main_image.png").write_bytes(PNG + b"\0")
    assert staged_again(manifest("a,x", "b,another", "c,x")) == ["a", "b", "c"]


def test_a_line_that_a_kill_has_cut_does_not_count(manifest: Manifest, folder: Path) -> None:
    path = manifest("a,x", "b,x")
    batch(path, Pretends())
    kept = folder / "out" / journal.FILE
    whole = kept.read_bytes()
    kept.write_bytes(whole[:-20])
    again = Pretends()
    batch(path, again)
    assert again.staged == ["b"]
    batch(path, third := Pretends())
    assert third.staged == []


def test_output_comes_before_the_journal(
    manifest: Manifest, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(self: Journal, entry: Entry) -> None:
        assert (folder / "out" / entry.output).read_bytes() == PNG
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr(Journal, "note", die)
    with pytest.raises(Stopped, match="disk is full"):
        batch(manifest("a,x"), Pretends())


def test_a_folder_has_one_batch_at_a_time(folder: Path) -> None:
    with Journal(folder / "out"), pytest.raises(InvalidParameter, match="another batch"):
        Journal(folder / "out")
    with Journal(folder / "out"):
        pass
    (folder / "file").write_text("")
    with pytest.raises(InvalidParameter, match="can't write"):
        Journal(folder / "file")


def test_an_interruption_lets_what_is_underway_end(manifest: Manifest) -> None:
    stop = asyncio.Event()
    stager = Pretends(lambda _: stop.set())
    entries = batch(manifest("a,x", "b,x", "c,x"), stager, stop)
    assert stager.staged == ["a"]
    assert statuses(entries) == ["done", "waiting", "waiting"]


def test_an_interruption_cancels_what_a_server_does(manifest: Manifest) -> None:
    stop = asyncio.Event()

    async def for_ever() -> None:
        stop.set()
        await asyncio.Event().wait()

    stager = Pretends(lambda _: for_ever())
    stager.cancels = True
    entries = batch(manifest("a,x", "b,x"), stager, stop)
    assert stager.cancelled == ["a"]
    assert statuses(entries) == ["waiting", "waiting"]


def test_where_no_row_can_be_staged_the_batch_ends(manifest: Manifest) -> None:
    def stopped(task: Task) -> None:
        if task.row.name == "b":
            raise Stopped("no credits")

    path, stager = manifest("a,x", "b,x", "c,x"), Pretends(stopped)
    with pytest.raises(Stopped, match="no credits"):
        batch(path, stager)
    assert stager.staged == ["a", "b"]
    batch(path, again := Pretends())
    assert again.staged == ["b", "c"]


def test_room_by_room_but_told_in_order(manifest: Manifest, folder: Path) -> None:
    (folder / "other.png").write_bytes(live.pictures()["overlay_image"])
    header = "name,main_image,overlay_image,prompt"
    rows = [
        f"{name},{room},overlay_image.png,x"
        for name, room in zip("abcd", ["main_image.png", "other.png"] * 2, strict=True)
    ]
    path = manifest(*rows, header=header)
    stager = Pretends()
    batch(path, stager)
    assert stager.staged == ["a", "c", "b", "d"]
    with (folder / "out" / summary.FILE).open(encoding="utf-8-sig", newline="") as file:
        assert [row["name"] for row in csv.DictReader(file)] == ["a", "b", "c", "d"]


def test_each_taker_has_a_room_and_helps_where_most_is_left() -> None:
    queue = RoomByRoom([("hall", n) for n in range(4)] + [("attic", n) for n in range(10, 12)])
    assert [queue.take("one"), queue.take("two")] == [0, 10]
    assert [queue.take("two"), queue.take("two")] == [11, 1]
    assert [queue.take("one"), queue.take("two"), queue.take("one")] == [2, 3, None]


def test_summary_and_page_tell_everything_and_escape_it(manifest: Manifest, folder: Path) -> None:
    (folder / "<b>&room.png").write_bytes(PNG)
    header = "name,main_image,overlay_image,prompt"
    path = manifest(
        "a #1 ü,<b>&room.png,overlay_image.png,<script>alert(1)</script>",
        "b,main_image.png,overlay_image.png,x",
        "c,main_image.png,overlay_image.png,x",
        header=header,
    )

    def act(task: Task) -> None:
        if task.row.name == "b":
            raise InvalidMask("=<i>empty</i>", field="main_image_mask")
        if task.row.name == "c":
            raise Stopped("no more")

    with pytest.raises(Stopped):
        batch(path, Pretends(act))
    out = folder / "out"
    html = (out / page.FILE).read_text()
    assert "<script>alert" not in html
    assert "<i>" not in html
    assert "<b>&room" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert "prefers-color-scheme" in html
    for address in ("http:", "https:", "file:", 'src="/', 'href="/', str(folder)):
        assert address not in html
    for name in _named(html):
        assert (out / name).exists(), name
    with (out / summary.FILE).open(encoding="utf-8-sig", newline="") as file:
        first, failed, left = csv.DictReader(file)
    assert (first["status"], first["output"], first["seed"]) == ("done", "a #1 ü.png", "7")
    assert (first["cost"], first["warnings"]) == ("12", "look at this")
    assert (failed["status"], failed["line"]) == ("failed", "3")
    assert (failed["error"], failed["code"]) == ("'=<i>empty</i>", "invalid_mask")
    assert failed["field"] == "main_image_mask"
    assert left["status"] == "waiting"


def _named(html: str) -> set[str]:
    import re
    from urllib.parse import unquote

    found = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert len(found) >= 6
    return {unquote(each) for each in found}


def test_a_journal_of_a_later_version_is_no_crash(manifest: Manifest, folder: Path) -> None:
    out = folder / "out"
    out.mkdir()
    told = {"batch": "b1"}, {"key": "k"}, ["list"], {"later": True}
    (out / journal.FILE).write_text("".join(json.dumps(each) + "\n" for each in told) + "{no")
    with Journal(out) as kept:
        assert kept.batch == "b1"
    batch(manifest("a,x"), stager := Pretends())
    assert stager.staged == ["a"]
