"""What is sent: the fields of the models, typed, and pictures from wherever the caller has them."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from numbers import Real
from pathlib import Path
from typing import Any, BinaryIO, Literal, TypeAlias, TypedDict

from roomstage.client.exchange import File
from roomstage.errors import InvalidImage

Picture: TypeAlias = str | os.PathLike[str] | bytes | BinaryIO
"""A path, bytes, a file opened in binary mode, or text: a path, an http(s) URL or a data URI."""

Format: TypeAlias = Literal["png", "jpeg", "webp"]
_ENDS = ("image", "mask")  # so the names of all fields end that carry a picture
_BY_REFERENCE = ("http://", "https://", "data:")


class StageFields(TypedDict, total=False):
    """The optional fields of furniture-staging; absent ones are the server's to choose."""

    main_image_mask: Picture | None
    overlay_image_mask: Picture | None
    steps: int | None
    seed: int | None
    guidance: float | None
    overlay_width_cm: float | None
    overlay_height_cm: float | None
    remove: bool | None
    engine: str | None
    fidelity: Literal["faithful", "generative"] | None
    variants: int | None
    image_format: Format | None
    image_quality: int | None


class EraseFields(TypedDict, total=False):
    """The optional fields of erase-furniture."""

    seed: int | None
    image_format: Format | None
    image_quality: int | None


def check_known(given: Mapping[str, Any], known: type) -> None:
    """Refuse names that the server would pass over in silence.

    Raises:
        TypeError: a name is none of the keys of the typed dictionary `known`.
    """
    names = list(known.__annotations__)
    for name in given:
        if name not in names:
            near = difflib.get_close_matches(name, names, 1)
            hint = f"did you mean {near[0]}?" if near else "give one of " + ", ".join(names)
            raise TypeError(f"there is no field {name}: {hint}")


def form(given: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, File]]:
    """The fields and the file parts of a form; None is left out.

    Raises:
        InvalidImage: a picture can't be read.
    """
    fields: dict[str, str] = {}
    files: dict[str, File] = {}
    for name, value in given.items():
        if value is None:
            continue
        if isinstance(value, Real):
            fields[name] = str(value).lower()  # true and false, as JSON has them
        elif isinstance(value, str) and (not name.endswith(_ENDS) or is_reference(value)):
            fields[name] = value
        else:
            files[name] = read(value, name)
    return fields, files


def is_reference(text: str) -> bool:
    """Whether a text names or holds a picture so that the server reads it itself."""
    return text[:8].lower().startswith(_BY_REFERENCE)


def read(picture: Picture, field: str) -> File:
    """A picture as a file part.

    Raises:
        InvalidImage: there is no such file, it can't be read, or it is empty.
    """
    if isinstance(picture, bytes | bytearray | memoryview):
        return _whole(field, bytes(picture), field)
    if isinstance(picture, str | os.PathLike):
        path = os.fspath(picture)
        return _whole(os.path.basename(path) or field, _from_path(path, field), field)
    data = picture.read() if hasattr(picture, "read") else None
    if not isinstance(data, bytes):
        raise InvalidImage(
            f"{field} is a {type(picture).__name__}: give a path, a URL, bytes or a file opened in "
            "binary mode",
            field=field,
        )
    return _whole(field, data, field)


def _whole(name: str, data: bytes, field: str) -> File:
    if not data:
        raise InvalidImage(f"{field} is empty: give the bytes of a picture", field=field)
    return File(name, data)


def _from_path(path: str, field: str) -> bytes:
    shown = repr(path if len(path) <= 200 else path[:200] + "...")
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        reason = "there is no such file"
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no path"
    raise InvalidImage(f"{field}: can't read {shown}: {reason}", field=field)
