"""Pictures as the library's callers have them: paths, bytes, files, PIL images, arrays."""

from __future__ import annotations

import os
from typing import BinaryIO, TypeAlias

import numpy as np
from PIL import Image as PILImage

from roomstage.errors import ImageTooLarge, InvalidImage
from roomstage.image import Image, Mask
from roomstage.inputs.arrays import levels_from_array
from roomstage.inputs.colours import split_colours, split_levels
from roomstage.inputs.decode import decode_image
from roomstage.inputs.limits import Limits
from roomstage.inputs.mask import decode_mask, fit_mask, painted_levels
from roomstage.inputs.orient import orientation_of, upright
from roomstage.inputs.raster import decoding, load
from roomstage.inputs.sniff import check_size

Source: TypeAlias = str | os.PathLike[str] | bytes | BinaryIO | PILImage.Image | np.ndarray

_DEFAULT = Limits()


def read_image(source: Source, *, field: str, limits: Limits = _DEFAULT) -> Image:
    """Read a picture from any source.

    Raises:
        InvalidImage: it can't be read as a picture; the message says what to give.
        ImageTooLarge, UnsupportedFormat: as `decode_image`.
    """
    if isinstance(source, np.ndarray):
        return Image(*split_levels(levels_from_array(source, field=field, limits=limits)))
    if isinstance(source, PILImage.Image):
        orientation = _opened(source, field, limits)
        with decoding("PIL image", field):
            rgb, alpha = split_colours(source)
        clear = None if alpha is None else upright(alpha, orientation)
        return Image(upright(rgb, orientation), clear, orientation)
    return decode_image(_bytes(source, field, limits), field=field, limits=limits)


def read_mask(
    source: Source,
    *,
    of: Image,
    field: str,
    marks: str | None = None,
    limits: Limits = _DEFAULT,
) -> Mask:
    """Read a mask of the picture `of` from any source.

    Raises:
        InvalidMask: it marks nothing.
        InvalidImage, ImageTooLarge, UnsupportedFormat: as `read_image`.
    """
    if isinstance(source, np.ndarray):
        levels = levels_from_array(source, field=field, limits=limits)
        return fit_mask(levels, of=of, field=field, marks=marks)
    if isinstance(source, PILImage.Image):
        orientation = _opened(source, field, limits)
        with decoding("PIL image", field):
            levels = painted_levels(source)
        return fit_mask(levels, of=of, field=field, marks=marks, orientation=orientation)
    return decode_mask(
        _bytes(source, field, limits), of=of, field=field, marks=marks, limits=limits
    )


def _opened(picture: PILImage.Image, field: str, limits: Limits) -> int:
    """Load a PIL image that is within the limits; its EXIF orientation."""
    if picture.mode in ("I", "F", "LAB"):
        raise InvalidImage(
            f"{field} is a PIL image of mode {picture.mode}: convert it to RGB or L", field=field
        )
    check_size(picture.size, field=field, limits=limits)
    load(picture, field=field)
    with decoding("PIL image", field):
        return orientation_of(picture)


def _bytes(source: object, field: str, limits: Limits) -> bytes:
    if isinstance(source, bytes | bytearray | memoryview):
        return bytes(source)
    if isinstance(source, str | os.PathLike):
        return _from_path(os.fspath(source), field, limits)
    read = getattr(source, "read", None)
    if read is None:
        raise InvalidImage(
            f"{field} is a {type(source).__name__}: give a path, bytes, a file opened in binary "
            "mode, a PIL image or an array",
            field=field,
        )
    return _from_file(read(limits.bytes + 1), field)


def _from_file(data: object, field: str) -> bytes:
    if not isinstance(data, bytes):
        raise InvalidImage(f"{field} is a text file: open it in binary mode", field=field)
    return data


def _from_path(path: str | bytes, field: str, limits: Limits) -> bytes:
    try:
        size = os.stat(path).st_size
        if size > limits.bytes:
            raise ImageTooLarge(
                f"{field} has {size:,} bytes: give at most {limits.bytes:,}", field=field
            )
        with open(path, "rb") as file:
            return file.read(limits.bytes + 1)
    except (FileNotFoundError, ValueError, OSError) as error:
        raise _unreadable(path, field, error) from error


def _unreadable(path: str | bytes, field: str, error: Exception) -> InvalidImage:
    shown = repr(os.fsdecode(path))
    shown = shown if len(shown) <= 200 else shown[:200] + "..."
    if isinstance(error, FileNotFoundError):
        return InvalidImage(f"{field}: there is no file {shown}: check the path", field=field)
    if isinstance(error, IsADirectoryError):
        return InvalidImage(f"{field}: {shown} is a folder: give a picture in it", field=field)
    return InvalidImage(f"{field}: {shown} can't be read: check path and rights", field=field)
