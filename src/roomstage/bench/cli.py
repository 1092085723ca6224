"""`roomstage bench`: measure speed, memory, realism and serving on this machine."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from roomstage.bench import document, machine, memory, plot, speed, subject
from roomstage.errors import InvalidParameter

_HELP = """Measure speed, memory, realism and serving, beside what others do.

Examples:

    roomstage bench speed

    roomstage bench speed --megapixels 1 --format png --rounds 5

    roomstage bench memory --megapixels 12

    roomstage bench realism bench/realism

    roomstage bench serve --no-peer

    roomstage bench diffusion --engine flux-fill
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
_PLAIN_WIDTH = 120  # columns of tables that go to a file
_BOTH = [_Format.png, _Format.jpeg]


@app.callback()
def _bench(ctx: typer.Context) -> None:
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


class _Painter(StrEnum):
    flux_fill = "flux-fill"
    flux2_klein = "flux2-klein"
    qwen_edit = "qwen-edit"


@app.command("diffusion")
def _diffusion(
    engine: Annotated[_Painter, typer.Option(help="Whose architecture.")] = _Painter.flux_fill,
    side: Annotated[int, typer.Option(min=64, max=2048, help="Pixels of the room's side.")] = 1024,
    steps: Annotated[int, typer.Option(min=2, max=100, help="Of the schedule.")] = 25,
    rounds: Annotated[int, typer.Option(min=1, max=100, help="Rounds that count.")] = 3,
    tiny: Annotated[
        bool, typer.Option(help="A tiny model, to try the command itself; no figure counts.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Also write the section to this file.")] = None,
) -> None:
    """Time a painted picture at full size with random weights, plain and with our options."""
    from importlib.util import find_spec

    from roomstage.errors import EngineUnavailable

    if find_spec("torch") is None or find_spec("diffusers") is None:
        raise EngineUnavailable("this needs more packages: pip install 'roomstage[diffusion]'")
    from roomstage.bench import diffusion

    lines = machine.describe(("torch", "diffusers", "torchao", "cache-dit"))
    rows, rate, left = diffusion.measure(
        engine.value,
        side=side,
        steps=steps,
        rounds=rounds,
        tiny=tiny,
        tell=lambda text: typer.echo(text, err=True),
    )
    text = diffusion.report(engine.value, rows, rate, left, lines, side=side, steps=steps)
    typer.echo(text)
    if out is not None and not tiny:
        document.write_section(out, f"diffusion {engine.value}", text)


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


@app.command("realism")
def _realism(
    folder: Annotated[
        Path, typer.Argument(metavar="SET", help="Folder of cases; bench/realism is one.")
    ],
    out: Annotated[Path, typer.Option(help="Folder that benchmarks.md is written to.")] = Path(
        "docs"
    ),
    sheet: Annotated[Path, typer.Option(help="Picture of all cases, .jpg or .png.")] = Path(
        "out/realism.jpg"
    ),
) -> None:
    """Compare stagings with path-traced photos of the same rooms with the products in them."""
    from roomstage.bench import cases, measures, realism, realism_sheet

    realism_sheet.check(sheet)
    measures.require()
    found = cases.load_set(folder)
    lines = machine.describe(("flip-evaluator", "scikit-image"))
    results = realism.measure(found, tell=_tell)
    realism_sheet.write(results, sheet)
    _tell(f"written: {sheet}")
    for contender in (realism.OURS, realism.KEYED):
        _show(f"{contender}: by case", realism.by_case(results, contender))
    _show(f"means over {len(results)} cases", realism.by_contender(results))
    text = realism.report(results, lines, f"roomstage bench realism {folder}")
    _save(out, "realism", text)


@app.command("serve")
def _serve(
    room: Room = None,
    product: Product = None,
    mask: SpotMask = None,
    product_mask: ProductMask = None,
    megapixels: Annotated[float, typer.Option(min=0.02, max=25, help="Size of the room.")] = 1,
    image_format: Annotated[_Format, typer.Option("--format", help="png or jpeg.")] = _Format.jpeg,
    seconds: Annotated[float, typer.Option(min=0.1, max=3600, help="Length of each load.")] = 4,
    peer: Annotated[bool, typer.Option(help="Measure LitServe too.")] = True,
    jobs: Annotated[int, typer.Option(min=1, help="That two processes take from one database.")] = (
        1000
    ),
    out: Annotated[
        Path | None, typer.Option(help="Folder of the benchmarks.md to write to.")
    ] = None,
) -> None:
    """Measure the server: overhead, throughput, overload, a killed worker; beside LitServe."""
    from roomstage.bench import claims, contestants, serving

    lacking = contestants.missing(peer)
    if lacking is not None:
        raise InvalidParameter(f"{lacking} is missing: install roomstage[bench-serve]")
    pictures = subject.load(room, product, mask, product_mask)
    lines = machine.describe(("uvicorn", "litserve") if peer else ("uvicorn",))
    request = pictures.request(megapixels, image_format.value, subject.PRODUCT_SIDE)
    results = serving.measure(request, seconds=seconds, peer=peer, tell=_tell)
    text = serving.report(results, lines, request, seconds, pictures.origin)
    text += f"\n\n{claims.measure(jobs).told()}"
    typer.echo(text)
    if out is not None:
        _save(out, "serve", text)


def _show(title: str, rows: tuple[Sequence[str], Sequence[Sequence[str]]]) -> None:
    from rich.console import Console
    from rich.table import Table

    head, body = rows
    drawn = Table(title=title, title_justify="left")
    for number, name in enumerate(head):
        drawn.add_column(name, justify="right" if number else "left", no_wrap=True)
    for row in body:
        drawn.add_row(*row)
    width = None if sys.stdout.isatty() else _PLAIN_WIDTH
    Console(width=width, highlight=False).print(drawn)


def _tell(line: str) -> None:
    typer.echo(line, err=True)


def _write(out: Path, name: str, text: str) -> None:
    typer.echo(text)
    _save(out, name, text)


def _save(out: Path, name: str, text: str) -> None:
    path = out / "benchmarks.md"
    document.write_section(path, name, text)
    _tell(f"written: {path}")
