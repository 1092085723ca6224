"""`roomstage bench`: measure speed and memory on this machine."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from roomstage.bench import document, machine, memory, plot, speed, subject

_HELP = """Measure speed and memory on this machine, beside other ways to paste a picture.

Examples:

    roomstage bench speed

    roomstage bench speed --megapixels 1 --format png --rounds 5

    roomstage bench memory --megapixels 12
"""

app = typer.Typer(
    name="bench",
    help=_HELP,
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="markdown",
)


class _Format(StrEnum):
    png = "png"
    jpeg = "jpeg"


Room = Annotated[Path | None, typer.Option(help="Photo of a room; else the sample.")]
Product = Annotated[Path | None, typer.Option(help="Photo of a product; else the sample.")]
SpotMask = Annotated[Path | None, typer.Option(help="White where the product goes.")]
ProductMask = Annotated[Path | None, typer.Option(help="White = product; else it is keyed once.")]
Out = Annotated[Path, typer.Option(help="Folder that benchmarks.md and the plot are written to.")]
Formats = Annotated[list[_Format], typer.Option("--format", help="png, jpeg; may be repeated.")]
_BOTH = [_Format.png, _Format.jpeg]


@app.callback()
def _bench(ctx: typer.Context) -> None:
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


@app.command("speed")
def _speed(
    room: Room = None,
    product: Product = None,
    mask: SpotMask = None,
    product_mask: ProductMask = None,
    rounds: Annotated[int, typer.Option(min=1, max=1000, help="Rounds that count.")] = 15,
    megapixels: Annotated[
        list[float], typer.Option(min=0.02, max=25, help="Size of the room; may be repeated.")
    ] = [1, 2],  # noqa: B006 typer copies it
    formats: Formats = _BOTH,
    out: Out = Path("docs"),
) -> None:
    """Time stagings from bytes to bytes beside Pillow, OpenCV and the codecs alone."""
    pictures = subject.load(room, product, mask, product_mask)
    lines = machine.describe()
    settings = speed.measure(
        pictures,
        megapixels=megapixels,
        formats=[one.value for one in formats],
        rounds=rounds,
        tell=_tell,
    )
    chart = None
    if plot.is_available():
        chart = "benchmarks/speed.svg"
        plot.draw(settings, out / chart)
    else:
        _tell("no plot: matplotlib is missing, install roomstage[bench]")
    text = speed.report(settings, lines, pictures.origin, rounds, chart)
    _write(out, "speed", text)


@app.command("memory")
def _memory(
    room: Room = None,
    product: Product = None,
    megapixels: Annotated[float, typer.Option(min=0.02, max=25, help="Size of the room.")] = 12,
    formats: Formats = _BOTH,
    out: Out = Path("docs"),
) -> None:
    """Tell the peak memory of one staging in a fresh process."""
    pictures = subject.load(room, product)
    lines = machine.describe()
    peaks = memory.measure(
        pictures, megapixels=megapixels, formats=[one.value for one in formats], tell=_tell
    )
    _write(out, "memory", memory.report(peaks, lines, megapixels))


def _tell(line: str) -> None:
    typer.echo(line, err=True)


def _write(out: Path, name: str, text: str) -> None:
    typer.echo(text)
    path = out / "benchmarks.md"
    document.write_section(path, name, text)
    _tell(f"written: {path}")
