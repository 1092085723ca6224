"""`roomstage models`: the weights of generative models, listed, pulled and checked."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from roomstage.cli.store import table
from roomstage.weights import CATALOGUE, Weights, snapshot, weights, weights_folder
from roomstage.weights.folder import fetching
from roomstage.weights.record import agree, agreed, faults, read_record

if TYPE_CHECKING:
    from roomstage.weights.pull import Tell

_HELP = """List, pull and check the weights of generative models.

The cpu engine needs none of them.

Examples:

    roomstage models list

    roomstage models pull flux2-klein

    roomstage models pull flux-fill --accept-license

    roomstage models verify

They go to ROOMSTAGE_WEIGHTS, by default `weights` in your data folder, in the layout of the hub's
own cache. HF_ENDPOINT names another server of the hub's protocol, HF_TOKEN an account.
"""
Name = Annotated[str, typer.Argument(metavar="NAME", help="Of `roomstage models list`.")]
app = typer.Typer(
    help=_HELP,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="markdown",
)


@app.command(name="list")
def list_() -> None:
    """What there is, under which licence, and what is here."""
    rows = [
        (
            each.name,
            each.needed_by,
            f"{each.gigabytes:.1f} GB",
            "yes" if each.commercial else "no",
            each.licence,
            each.repository,
            _state(each),
        )
        for each in CATALOGUE
    ]
    heads = "name", "for", "size", "commercial", "licence", "source", "here"
    typer.echo(table(heads, rows))
    typer.echo(f"folder: {weights_folder()}")


@app.command(name="pull")
def pull_(
    name: Name,
    accept_license: Annotated[
        bool,
        typer.Option(help="Agree to a licence that forbids commercial use; asked for once."),
    ] = False,
) -> None:
    """Fetch weights; a pull that was cut short goes on where it stopped."""
    from roomstage.weights.pull import pull

    for each in weights(name):
        if accept_license and not agreed(each):
            agree(each, time.strftime("%Y-%m-%d"))
        typer.echo(f"{each.name}: {each.repository}, {each.licence}", err=True)
        with _bar() as tell:
            folder = pull(each, tell)
        typer.echo(f"{each.name} is here: {folder}")


@app.command()
def verify(name: Annotated[str, typer.Argument(metavar="[NAME]")] = "") -> None:
    """Hold the files to the hashes that the hub named when they were pulled.

    Exit code 1 if one is not what it should be.
    """
    sound = True
    for each in weights(name) if name else CATALOGUE:
        sound = _verified(each, asked=bool(name)) and sound
    raise typer.Exit(0 if sound else 1)


def _verified(each: Weights, *, asked: bool) -> bool:
    if snapshot(each) is None:
        if asked:
            typer.echo(f"FAIL  {each.name} is not here: {fetching(each)}")
        return not asked
    if read_record(each) is None:
        typer.echo(f"-     {each.name} was not pulled by roomstage, so there are no hashes of it")
        return True
    found = list(faults(each))
    wrong = [(path, fault) for path, fault in found if fault is not None]
    for path, fault in wrong:
        typer.echo(f"FAIL  {each.name}: {path} {fault}")
    if wrong:
        typer.echo(f"      mend it by {fetching(each)}")
    else:
        typer.echo(f"ok    {each.name}: {len(found)} files are as the hub named them")
    return not wrong


def _state(each: Weights) -> str:
    found = snapshot(each)
    return "no" if found is None else f"yes, {found.name[:12]}"


@contextmanager
def _bar() -> Iterator[Tell]:
    """A callback that draws on a terminal, and is silent elsewhere."""
    if not sys.stderr.isatty():
        yield lambda name, done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn()
    with Progress(*columns, TransferSpeedColumn(), console=Console(stderr=True)) as drawn:
        task = drawn.add_task("", total=None)

        def tell(name: str, done: int, total: int) -> None:
            drawn.update(task, description=name[-40:], completed=done, total=total)

        yield tell
