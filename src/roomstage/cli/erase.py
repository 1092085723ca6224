"""`roomstage erase`: one piece of furniture out of a room, from files to a file."""

from __future__ import annotations

import json
import time

import typer

from roomstage import encode
from roomstage.cli import calls, files, flags, progress
from roomstage.models.erase_furniture import EraseFurniture, EraseFurnitureParams

_HELP = """Take what a mask marks, and its shadow, out of the room of MAIN_IMAGE.

Examples:

    roomstage erase room.jpg --main-image-mask chair.png -o emptied.jpg

    roomstage erase room.jpg --main-image-mask box.png --sheet before_after.jpg

The mask is white over what is to go. An outline is taken as it is, a little grown. A box around
one clear piece means the piece: the room seen around it stays. Floor and wall are continued from
what is next to them; every pixel elsewhere keeps its bytes. To put something in its place, call
`roomstage stage` with the same mask: it takes out what clearly stands there by itself.
"""


def _erase(
    given: dict[str, str | None],
    output: calls.Output = "erased.png",
    sheet: calls.Sheet = None,
    json_report: calls.JsonReport = None,
    engine: calls.Engine = "cpu",
    quiet: calls.Quiet = False,
) -> None:
    start = time.perf_counter()
    fields = calls.given_fields(given, output)
    calls.check_outputs(output, sheet, json_report)
    params, pictures = calls.read(EraseFurnitureParams, fields)
    with progress.bar(quiet=quiet) as show:
        erasure = EraseFurniture().erase(params, pictures, engine=engine, progress=show)
    files.write(erasure.encoded(params.image_format, params.image_quality), output)
    if sheet is not None:
        from roomstage.sheet import room_and_cleared

        picture = encode.encode(room_and_cleared(erasure), encode.format_of(sheet), 90)
        files.write(picture, sheet)
    if json_report is not None:
        text = json.dumps(erasure.report(), indent=2) + "\n"
        files.write(text.encode(), json_report)
    if not quiet:
        shown = None if sheet is None else (sheet, "room and cleared room")
        seconds = time.perf_counter() - start
        calls.tell(erasure.warnings, [output], shown, json_report, seconds)


app = typer.Typer(pretty_exceptions_enable=False, add_completion=False, rich_markup_mode="markdown")
app.command(name="erase", help=_HELP)(
    flags.with_parameters(_erase, flags.parameters(EraseFurnitureParams))
)
