"""What the commands that call a model have in common: fields, outputs and what is said of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

import typer

from roomstage import encode
from roomstage.cli import files
from roomstage.cli.settings import local_fetcher
from roomstage.errors import InvalidParameter
from roomstage.params import Params
from roomstage.service import sources

P = TypeVar("P", bound=Params)

Output = Annotated[
    str, typer.Option("--output", "-o", help="Where the picture goes; - for stdout.")
]
Sheet = Annotated[
    str | None, typer.Option(help="Also write a before-and-after sheet to this file.")
]
JsonReport = Annotated[
    str | None, typer.Option("--json", help="Also write a report as JSON; - for stdout.")
]
Engine = Annotated[str, typer.Option(help="Which engine does the work.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")]


def given_fields(given: dict[str, str | None], output: str) -> dict[str, str]:
    """The fields that were given; the format is that of the output's suffix unless it was."""
    fields = {name: value for name, value in given.items() if value is not None}
    if "image_format" not in fields:
        fields["image_format"] = "png" if output == files.STANDARD else encode.format_of(output)
    return fields


def check_outputs(output: str, sheet: str | None, json_report: str | None) -> None:
    """Fail before the work rather than after it.

    Raises:
        InvalidParameter: two results go to stdout, or a path can't be written.
    """
    if [output, sheet, json_report].count(files.STANDARD) > 1:
        raise InvalidParameter("only one result can go to stdout: give files for the others")
    if sheet is not None:
        encode.format_of(sheet)
    for path, binary in ((output, True), (sheet, True), (json_report, False)):
        if path is not None:
            files.check_writable(path, binary=binary)


def read(schema: type[P], fields: dict[str, str]) -> tuple[P, dict[str, bytes]]:
    """The checked fields and the encoded pictures.

    Raises:
        InvalidInput: a field is wrong or a picture can't be had.
    """
    fetcher = local_fetcher()
    roles = schema.image_roles()
    named = {name: value for name, value in fields.items() if name in roles}
    schema.parse(fields | dict.fromkeys(named, b"-"))  # cheap errors before slow pictures
    everything: dict[str, Any] = {**fields, **files.read_pictures(named, fetcher)}
    params = schema.parse(everything)
    return params, dict(sources.read_all(params, fetcher))


def tell(
    warnings: tuple[str, ...],
    outputs: Sequence[str],
    sheet: tuple[str, str] | None,
    json_report: str | None,
    seconds: float,
) -> None:
    """Say what was written where; `sheet` is its path and what it shows."""
    for warning in warnings:
        typer.echo(f"warning: {warning}", err=True)
    piped = files.STANDARD in (*outputs, json_report)
    names = ", ".join("stdout" if output == files.STANDARD else output for output in outputs)
    typer.echo(f"{names} written in {seconds:.1f} s", err=piped)
    if sheet is not None:
        typer.echo(f"{sheet[0]} shows {sheet[1]} side by side", err=piped)
    if json_report not in (None, files.STANDARD):
        typer.echo(f"{json_report} tells what was done", err=piped)
