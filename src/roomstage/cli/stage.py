"""`roomstage stage`: one staging from files to a file."""

from __future__ import annotations

import json
import time

import typer

from roomstage import encode, inputs
from roomstage.cli import calls, files, flags, progress
from roomstage.models.furniture_staging import FurnitureStaging, FurnitureStagingParams
from roomstage.staging import Staging

_HELP = """Place the product of OVERLAY_IMAGE into the room of MAIN_IMAGE.

Examples:

    roomstage stage room.jpg sofa.jpg --prompt "a grey sofa" -o staged.jpg

    roomstage stage room.jpg vase.png --prompt "a vase" --main-image-mask spot.png

    roomstage stage room.jpg sofa.jpg --prompt "a sofa" --overlay-width-cm 180

    roomstage stage room.jpg sofa.jpg --prompt "a sofa" --engine auto -o staged.jpg

    roomstage stage room.jpg sofa.jpg --prompt "a sofa" --variants 3 -o staged.jpg

    cat room.jpg | roomstage stage - sofa.jpg --prompt "a sofa" -o - > staged.png

Masks are white where the product goes (main image) or is (overlay image). Without them, a free
stretch of floor is found, and the product is freed from a plain or transparent background. What
clearly stands in the place is taken out first; `--remove false` keeps it.

Variants go to files of their own, `staged-1.jpg` and so on; on stdout they are side by side in one
picture.
"""


def _stage(
    given: dict[str, str | None],
    output: calls.Output = "staged.png",
    sheet: calls.Sheet = None,
    json_report: calls.JsonReport = None,
    quiet: calls.Quiet = False,
) -> None:
    start = time.perf_counter()
    fields = calls.given_fields(given, output)
    calls.check_outputs(output, sheet, json_report)
    params, pictures = calls.read(FurnitureStagingParams, fields)
    in_one = output == files.STANDARD
    names = [output] if in_one else files.numbered(output, params.count)
    for name in names:
        files.check_writable(name, binary=True)
    with progress.bar(quiet=quiet) as show:
        staging = FurnitureStaging().stage(params, pictures, progress=show, in_one=in_one)
    images = [staging.side_by_side()] if in_one else [each.image for each in staging.variants]
    for name, image in zip(names, images, strict=True):
        files.write(encode.encode(image, params.image_format, params.image_quality), name)
    if sheet is not None:
        _write_sheet(staging, pictures["overlay_image"], sheet)
    if json_report is not None:
        report = staging.report_in_one() if in_one else staging.report()
        text = json.dumps(report, indent=2) + "\n"
        files.write(text.encode(), json_report)
    if not quiet:
        shown = None if sheet is None else (sheet, "room, product and staging")
        seconds = time.perf_counter() - start
        calls.tell(staging.all_warnings, names, shown, json_report, seconds)


def _write_sheet(staging: Staging, overlay: bytes, path: str) -> None:
    from roomstage.sheet import before_after

    sheet = before_after(staging, inputs.decode_image(overlay, field="overlay_image"))
    files.write(encode.encode(sheet, encode.format_of(path), 90), path)


app = typer.Typer(pretty_exceptions_enable=False, add_completion=False, rich_markup_mode="markdown")
app.command(name="stage", help=_HELP)(
    flags.with_parameters(_stage, flags.parameters(FurnitureStagingParams))
)
