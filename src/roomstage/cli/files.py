"""Pictures from files, standard input and URLs; results to files and standard output."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from roomstage.errors import ImageTooLarge, InvalidImage, InvalidParameter
from roomstage.inputs import Limits
from roomstage.service.sources import Fetches

STANDARD = "-"
_LONGEST_SHOWN = 200  # some paste base64 where a path should be


def read_pictures(given: Mapping[str, str], fetcher: Fetches) -> dict[str, str | bytes]:
    """The encoded pictures behind paths, `-` and URLs, by field; data URIs stay text.

    Raises:
        InvalidInput: a file can't be read, a URL can't be fetched, `-` is given twice.
    """
    if sum(value == STANDARD for value in given.values()) > 1:
        raise InvalidParameter("only one picture can come from stdin: give files for the others")
    return {name: _read(value, name, fetcher) for name, value in given.items()}


def write(data: bytes, output: str) -> None:
    """Write `data` to the path `output`, or to standard output for `-`.

    Raises:
        InvalidParameter: the path can't be written.
    """
    if output == STANDARD:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    try:
        Path(output).write_bytes(data)
    except (OSError, ValueError) as error:
        raise _unwritable(output, error) from None


def numbered(output: str, count: int) -> list[str]:
    """The names of `count` files: staged-1.png, staged-2.png, ...; of a single one `output`."""
    if count == 1:
        return [output]
    path = Path(output)
    return [str(path.with_stem(f"{path.stem}-{n}")) for n in range(1, count + 1)]


def check_writable(output: str, *, binary: bool) -> None:
    """Fail before the work rather than after it.

    Raises:
        InvalidParameter: the folder is not there, the path is a folder, or it is a terminal.
    """
    if output == STANDARD:
        if binary and sys.stdout.isatty():
            raise InvalidParameter("stdout is a terminal: send the picture to a file or a pipe")
        return
    path = Path(output)
    if path.is_dir():
        raise InvalidParameter(f"{output!r} is a folder: give the name of a file")
    if not path.absolute().parent.is_dir():
        raise InvalidParameter(f"the folder of {output!r} does not exist: make it first")


def _read(value: str, name: str, fetcher: Fetches) -> str | bytes:
    if value == STANDARD:
        return _bounded(sys.stdin.buffer, name, "stdin")
    lowered = value[:8].lower()
    if lowered.startswith(("http://", "https://")):
        return fetcher.fetch(value, field=name)
    if lowered.startswith("data:"):
        return value
    shown = repr(value if len(value) <= _LONGEST_SHOWN else value[:_LONGEST_SHOWN] + "...")
    try:
        with open(value, "rb") as file:
            return _bounded(file, name, shown)
    except FileNotFoundError:
        raise InvalidImage(f"{name}: there is no file {shown}", field=name) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no path"
        raise InvalidImage(f"{name}: can't read {shown}: {reason}", field=name) from None


def _bounded(file: BinaryIO, name: str, shown: str) -> bytes:
    limit = Limits().bytes
    data = file.read(limit + 1)
    if not data:
        raise InvalidImage(f"{name}: {shown} is empty: give a picture", field=name)
    if len(data) > limit:
        raise ImageTooLarge(f"{name}: {shown} has more than {limit:,} bytes", field=name)
    return data


def _unwritable(output: str, error: Exception) -> InvalidParameter:
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return InvalidParameter(f"can't write {output!r}: {reason}")
