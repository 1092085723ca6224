"""`roomstage stage`: one staging from files to a file."""

from __future__ import annotations

import json
import time
from typing import Annotated, Any

import typer

from roomstage import encode, inputs
from roomstage.cli import files, flags, progress
from roomstage.cli.settings import local_fetcher
from roomstage.errors import InvalidParameter
from roomstage.models.furniture_staging import FurnitureStaging, FurnitureStagingParams
from roomstage.service import sources
from roomstage.staging import Staging

_HELP = """Place the product of OVERLAY_IMAGE into the room of MAIN_IMAGE.

Examples:

    roomstage stage room.jpg sofa.jpg --prompt "a grey sofa" -o staged.jpg

    roomstage stage room.jpg vase.png --prompt "a vase" --main-image-mask spot.png

    cat room.jpg | roomstage stage - sofa.jpg --prompt "a sofa" -o - > staged.png

Masks are white where the product goes (main image) or is (overlay image). Without them, a free
stretch of floor is found, and the product is freed from a plain or transparent background.
"""


def _stage(
    given: dict[str, str | None],
    output: Annotated[
        str, typer.Option("--output", "-o", help="Where the picture goes; - for stdout.")
    ] = "staged.png",
    sheet: Annotated[
        str | None, typer.Option(help="Also write a before-and-after sheet to this file.")
    ] = None,
    json_report: Annotated[
        str | None, typer.Option("--json", help="Also write a report as JSON; - for stdout.")
    ] = None,
    engine: Annotated[str, typer.Option(help="Which engine does the work.")] = "cpu",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")] = False,
) -> None:
    start = time.perf_counter()
    fields = {name: value for name, value in given.items() if value is not None}
    if "image_format" not in fields:
        fields["image_format"] = _format_for(output)
    _check_outputs(output, sheet, json_report)
    params, pictures = _read(fields)
    with progress.bar(quiet=quiet) as show:
        staging = FurnitureStaging().stage(params, pictures, engine=engine, progress=show)
    files.write(staging.encoded(params.image_format, params.image_quality), output)
    if sheet is not None:
        _write_sheet(staging, pictures["overlay_image"], sheet)
    if json_report is not None:
        text = json.dumps(staging.report(), indent=2) + "\n"
        files.write(text.encode(), json_report)
    if not quiet:
        _tell(staging, output, sheet, json_report, time.perf_counter() - start)


def _check_outputs(output: str, sheet: str | None, json_report: str | None) -> None:
    if [output, sheet, json_report].count(files.STANDARD) > 1:
        raise InvalidParameter("only one result can go to stdout: give files for the others")
    if sheet is not None:
        encode.format_of(sheet)
    for path, binary in ((output, True), (sheet, True), (json_report, False)):
        if path is not None:
            files.check_writable(path, binary=binary)


def _format_for(output: str) -> str:
    return "png" if output == files.STANDARD else encode.format_of(output)


def _read(fields: dict[str, str]) -> tuple[FurnitureStagingParams, dict[str, bytes]]:
    fetcher = local_fetcher()
    roles = FurnitureStagingParams.image_roles()
    named = {name: value for name, value in fields.items() if name in roles}
    placeholders = dict.fromkeys(named, b"-")
    FurnitureStagingParams.parse(fields | placeholders)  # cheap errors before slow pictures
    everything: dict[str, Any] = {**fields, **files.read_pictures(named, fetcher)}
    params = FurnitureStagingParams.parse(everything)
    return params, dict(sources.read_all(params, fetcher))


def _write_sheet(staging: Staging, overlay: bytes, path: str) -> None:
    from roomstage.sheet import before_after

    sheet = before_after(staging, inputs.decode_image(overlay, field="overlay_image"))
    files.write(encode.encode(sheet, encode.format_of(path), 90), path)


def _tell(
    staging: Staging, output: str, sheet: str | None, json_report: str | None, seconds: float
) -> None:
    for warning in staging.warnings:
        typer.echo(f"warning: {warning}", err=True)
    piped = files.STANDARD in (output, json_report)
    name = "stdout" if output == files.STANDARD else output
    typer.echo(f"{name} written in {seconds:.1f} s", err=piped)
    if sheet is not None:
        typer.echo(f"{sheet} shows room, product and staging side by side", err=piped)
    if json_report not in (None, files.STANDARD):
        typer.echo(f"{json_report} tells what was done", err=piped)


app = typer.Typer(pretty_exceptions_enable=False, add_completion=False, rich_markup_mode="markdown")
app.command(name="stage", help=_HELP)(
    flags.with_parameters(_stage, flags.parameters(FurnitureStagingParams))
)
