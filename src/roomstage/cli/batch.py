"""`roomstage batch`: a whole catalogue, from a list to a folder."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Annotated

import typer

from roomstage.batch import cross, manifest, page, summary
from roomstage.batch.journal import Journal
from roomstage.batch.rows import ManifestWrong, Row
from roomstage.batch.run import Plan, plan
from roomstage.cli import batch_run, calls, flags
from roomstage.errors import InvalidParameter
from roomstage.models.furniture_staging import FurnitureStaging, FurnitureStagingParams

_HELP = """Stage every row of MANIFEST, a CSV file, into the folder of --output.

The columns are the model's own fields; paths are relative to the manifest. A manifest:

    name,main_image,overlay_image,prompt,main_image_mask,overlay_width_cm

    hall_sofa,rooms/hall.jpg,products/sofa.jpg,a grey sofa,masks/hall.png,

    hall_chair,rooms/hall.jpg,products/chair.png,a lounge chair,,82

Examples:

    roomstage batch manifest.csv --output staged

    roomstage batch manifest.csv -o staged --image-format jpeg --image-quality 90

    roomstage batch manifest.csv -o staged --server https://stage.example.com --jobs 8

    roomstage batch --rooms rooms --products products -o staged

Only main_image, overlay_image and prompt are required; an empty cell means the option below of
that name, or the default. Without a name, an output is called by its room and product. With
--rooms and --products every product goes into every room: a picture NAME_mask beside NAME is its
mask, and without --prompt a product's file name says what it is.

Rows are taken room by room: a worker analyses its room once. A row that can't be staged stops no
other. After an interruption, or when rows or pictures have changed, give the same command again:
what is done is not done again, and not paid again. In the folder there are then the pictures,
index.html to look at, summary.csv, and journal.jsonl, which tells what is done.

Exit code: 0, all rows are done; 1, some failed; 2, the manifest is wrong and nothing was done;
130, interrupted.
"""
_SHOWN = 20  # failures named at the end
_Manifest = Annotated[
    Path | None, typer.Argument(metavar="[MANIFEST]", help="A CSV file.", show_default=False)
]


def _batch(
    given: dict[str, str | None],
    manifest_file: _Manifest = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder for the pictures, made if need be.")
    ] = Path("batch"),
    rooms: Annotated[
        Path | None, typer.Option(help="In place of MANIFEST: a folder of rooms.")
    ] = None,
    products: Annotated[
        Path | None, typer.Option(help="In place of MANIFEST: a folder of products.")
    ] = None,
    server: Annotated[
        str | None, typer.Option(metavar="URL", help="Stage by this server, not by this machine.")
    ] = None,
    api_key: Annotated[
        str | None,
        typer.Option(envvar="ROOMSTAGE_API_KEY", help="Key for the server.", show_default=False),
    ] = None,
    jobs: Annotated[
        int,
        typer.Option(min=0, max=64, help="Rows at once; 0: one for each CPU, or 4 with --server."),
    ] = 0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check everything, tell what would be done.")
    ] = False,
    quiet: calls.Quiet = False,
) -> None:
    start = time.monotonic()
    defaults = {name: value for name, value in given.items() if value is not None}
    try:
        rows = _rows(manifest_file, rooms, products, defaults)
    except ManifestWrong as wrong:
        _tell_problems(wrong, manifest_file)
        raise typer.Exit(2) from None
    if dry_run and not output.exists():
        typer.echo(f"{_many(len(rows))} would be staged into {output}")
        return
    title = manifest_file.stem if manifest_file is not None else output.name
    with Journal(output) as journal:
        todo = plan(rows, journal, output)
        if dry_run:
            typer.echo(f"{_many(len(todo.tasks))} would be staged, {todo.done} are done already")
            return

        def publish() -> None:
            entries = [journal.of(key) for key in todo.keys]
            summary.write(output, rows, entries)
            page.write(output, title, rows, todo.keys, entries, todo.digests)

        stager = batch_run.stager(
            FurnitureStaging(), journal.batch, server=server, api_key=api_key,
            engine=defaults.get("engine") or "cpu", jobs=jobs,
        ) if todo.tasks else None  # fmt: skip
        outcome = batch_run.staged(todo, stager, journal, output, publish, quiet=quiet)
        publish()
        code = _tell(todo, journal, output, outcome, time.monotonic() - start, quiet=quiet)
    raise typer.Exit(code)


def _rows(
    manifest_file: Path | None,
    rooms: Path | None,
    products: Path | None,
    defaults: dict[str, str],
) -> list[Row]:
    if manifest_file is not None and rooms is None and products is None:
        return manifest.read(manifest_file, FurnitureStagingParams, defaults)
    if manifest_file is None and rooms is not None and products is not None:
        return cross.read(rooms, products, FurnitureStagingParams, defaults)
    raise InvalidParameter("give a MANIFEST, or --rooms and --products: see roomstage batch --help")


def _tell_problems(wrong: ManifestWrong, manifest_file: Path | None) -> None:
    count = len(wrong.problems)
    what = "the rows" if manifest_file is None else str(manifest_file)
    typer.echo(f"error: {count} problem{'s' * (count > 1)} in {what}, nothing was done:", err=True)
    for problem in wrong.problems:
        where = f"line {problem.line}: " if problem.line else ""
        typer.echo(f"  {where}{problem.message}", err=True)


def _tell(
    todo: Plan,
    journal: Journal,
    output: Path,
    outcome: batch_run.Outcome,
    seconds: float,
    *,
    quiet: bool,
) -> int:
    """Say what came of it; returns the exit code."""
    entries = [journal.of(key) for key in todo.keys]
    done = sum(entry is not None and entry.status == "done" for entry in entries)
    failed = [
        (row, entry)
        for row, entry in zip(todo.rows, entries, strict=True)
        if entry is not None and entry.status == "failed"
    ]
    for row, entry in failed[:_SHOWN]:
        where = f"line {row.line}" if row.line else f"row {row.number}"
        typer.echo(f"failed: {where}, {row.name}: {entry.error}", err=True)
    if len(failed) > _SHOWN:
        typer.echo(f"failed: {len(failed) - _SHOWN} more, see {summary.FILE}", err=True)
    if not quiet:
        before = f" ({todo.done} of them before)" if todo.done else ""
        lacking = f", {len(failed)} failed" if failed else ""
        typer.echo(
            f"{done} of {_many(len(entries))} done{before}{lacking}, in {seconds:.1f} s: "
            f"look at {os.path.join(output, page.FILE)}"
        )
    if outcome.stopped is not None:
        typer.echo(f"error: {outcome.stopped}", err=True)
    left = len(entries) - done - len(failed)
    if left:
        typer.echo(f"{_many(left)} left: give the same command again to go on", err=True)
    if left and outcome.interrupted:
        return 130
    return 1 if failed or left else 0


def _many(count: int) -> str:
    return f"{count} row{'s' * (count != 1)}"


app = typer.Typer(pretty_exceptions_enable=False, add_completion=False, rich_markup_mode="markdown")
app.command(name="batch", help=_HELP)(
    flags.with_parameters(_batch, flags.defaults(FurnitureStagingParams))
)
