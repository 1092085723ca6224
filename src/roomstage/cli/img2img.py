"""`roomstage img2img`: a picture painted anew, from a file to a file."""

from __future__ import annotations

import json
import time

import typer

from roomstage.cli import calls, files, flags, progress
from roomstage.models.sdxl_img2img import SdxlImg2Img, SdxlImg2ImgParams

_HELP = """Paint IMAGE anew after words, by Stable Diffusion XL.

Nothing of the picture is kept for certain; to put a product into a room use `roomstage stage`.
It needs weights: roomstage models pull sdxl

Examples:

    roomstage img2img staged.jpg --prompt "a sunlit living room, film photo" --strength 0.4

    roomstage img2img room.jpg --prompt "a winter evening" --samples 4 -o four.png
"""


def _img2img(
    given: dict[str, str | None],
    output: calls.Output = "painted.png",
    json_report: calls.JsonReport = None,
    quiet: calls.Quiet = False,
) -> None:
    start = time.perf_counter()
    fields = calls.given_fields(given, output)
    calls.check_outputs(output, None, json_report)
    params, pictures = calls.read(SdxlImg2ImgParams, fields)
    with progress.bar(quiet=quiet) as show:
        made = SdxlImg2Img().run(params, pictures, progress=show)
    files.write(made.data, output)
    if json_report is not None:
        files.write((json.dumps(made.report, indent=2) + "\n").encode(), json_report)
    if not quiet:
        seconds = time.perf_counter() - start
        calls.tell(tuple(made.report["warnings"]), [output], None, json_report, seconds)


app = typer.Typer(pretty_exceptions_enable=False, add_completion=False, rich_markup_mode="markdown")
app.command(name="img2img", help=_HELP)(
    flags.with_parameters(_img2img, flags.parameters(SdxlImg2ImgParams))
)
