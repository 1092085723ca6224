"""`roomstage doctor`: what this machine has, lacks, and what to do about it."""

from __future__ import annotations

import os
import platform
import tempfile
from collections.abc import Iterator
from importlib import metadata
from typing import Any

import typer

from roomstage.version import __version__

_NEEDED = ("numpy", "scipy", "opencv-python-headless", "Pillow", "pydantic", "fastapi", "uvicorn")
_OPTIONAL = {
    "torch": "engines that paint can run, with diffusers and weights (roomstage models list)",
    "torchao": "engines that paint can work with smaller weights, in int8 or fp8",
    "cache-dit": "engines that paint can leave out steps that change little",
    "isal": "PNG files are read and written several times faster",
    "psycopg": "accounts and jobs can be kept in PostgreSQL",
    "matplotlib": "the benchmark draws charts",
}
_HELP = """Tell what this machine has and lacks; exit code 0 if pictures can be staged.

Example:

    roomstage doctor
"""

app = typer.Typer(pretty_exceptions_enable=False, add_completion=False, rich_markup_mode="markdown")


@app.command(name="doctor", help=_HELP)
def doctor() -> None:
    """Print one line per finding."""
    sound = True
    for good, line in _findings():
        typer.echo(("ok    " if good else "FAIL  ") + line if good is not None else "-     " + line)
        sound = sound and good is not False
    raise typer.Exit(0 if sound else 1)


def _findings() -> Iterator[tuple[bool | None, str]]:
    """(True = fine, False = must be mended, None = could be better), what it is."""
    yield True, f"roomstage {__version__}"
    yield True, f"python {platform.python_version()} on {platform.platform()}"
    yield True, f"{os.cpu_count()} processors"
    for name in _NEEDED:
        found = _version(name)
        yield found is not None, f"{name} {found or 'is missing: install it'}"
    for name, gain in _OPTIONAL.items():
        found = _version(name)
        yield (True, f"{name} {found}") if found else (None, f"{name} is not installed: {gain}")
    yield from _engines()
    yield from _plans()
    yield _temporary_folder()


def _engines() -> Iterator[tuple[bool | None, str]]:
    from roomstage import engines

    for name, reason in engines.survey().items():
        if reason is None:
            yield True, f"engine {name} can run"
        else:
            yield (False if name == "cpu" else None), f"engine {name} can't run: {reason}"


def _plans() -> Iterator[tuple[bool | None, str]]:
    """The card, and how each engine that paints would work on it."""
    if _version("torch") is None:
        return
    from roomstage.engines.diffusion import memory
    from roomstage.engines.diffusion.settings import Settings

    settings = Settings.from_env()
    found = memory.cards()
    for card in found:
        yield True, f"{card.name}, {card.gigabytes:.0f} GB, is seen as {card.device}"
    if not found:
        yield None, "no graphics card is seen: painting takes minutes or hours on processors"
    for name, model in _footprints():
        how = memory.plan(memory.best(), model, quantise=settings.quantise)
        yield None, f"engine {name} would work {how.told()}"


def _footprints() -> Iterator[tuple[str, Any]]:
    from roomstage.engines import base

    for name in base.PREFERRED:
        yield name, base._engine_class(name).footprint  # type: ignore[attr-defined]


def _temporary_folder() -> tuple[bool, str]:
    try:
        with tempfile.TemporaryFile() as file:
            file.write(b"roomstage")
    except OSError as error:
        return False, f"the folder for temporary files can't be written: {error.strerror}"
    return True, f"temporary files go to {tempfile.gettempdir()}"


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
