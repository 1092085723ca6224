"""One still picture out of checked bytes, with every failure as a typed error.

After `sniff`, before `decode` and `mask`, which give the pixels their meaning.
"""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from PIL import Image as PILImage

from roomstage.errors import ImageTooLarge, InvalidImage
from roomstage.image import U8
from roomstage.inputs import fast, jpeg, png
from roomstage.inputs.colours import needs_conversion
from roomstage.inputs.limits import Limits
from roomstage.inputs.orient import orientation_of
from roomstage.inputs.sniff import Header, check_size, sniff

# Everything that Pillow's readers of the accepted formats raise for broken files.
_BROKEN = (
    OSError,  # and UnidentifiedImageError
    ValueError,
    SyntaxError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    RuntimeError,
    struct.error,
)
_FAST = {"PNG": fast.plain_png, "JPEG": fast.plain_jpeg, "WEBP": fast.plain_webp}


@dataclass(frozen=True, eq=False, slots=True)
class Raster:
    """The first frame of a file as stored: not yet upright, nor in sRGB."""

    picture: PILImage.Image  # loaded, unless `plain` is there in its place
    plain: U8 | None  # [H, W], [H, W, 3] or [H, W, 4] where a quicker decoder could read it
    header: Header
    orientation: int
    warnings: tuple[str, ...]


def read_raster(data: bytes, *, field: str, limits: Limits) -> Raster:
    """Decode the first frame of `data`.

    Raises:
        UnsupportedFormat, ImageTooLarge: as told by the header.
        InvalidImage: the bytes can't be decoded to the last pixel.
    """
    header = sniff(data, field=field, limits=limits)
    _refuse_damage(data, header, field)
    with decoding(header.format, field):
        picture = PILImage.open(io.BytesIO(data), formats=[header.format])
    # GIF frames may reach beyond the size in the header, AVIF items beyond the boxes that were
    # found: the decoder's own word counts before it allocates.
    check_size(picture.size, field=field, limits=limits)
    is_animated = header.animated or _is_animated(picture)
    plain = None
    if header.format in _FAST and not is_animated and not needs_conversion(picture):
        plain = _FAST[header.format](data)
    if plain is None:
        load(picture, field=field)
    notes = []
    if is_animated:
        notes.append(f"{field} is animated: its first frame was used")
    if header.format == "PNG" and b"IEND" not in data[-64:] and not png.is_closed(data):
        notes.append(f"{field} has no end mark: check that the file was sent whole")
    with decoding(header.format, field):
        orientation = orientation_of(picture)
    return Raster(picture, plain, header, orientation, tuple(notes))


def load(picture: PILImage.Image, *, field: str) -> None:
    """Decode the pixels of an opened picture, in place.

    Raises:
        InvalidImage: the pixels are broken or cut.
        ImageTooLarge: there is no memory for them.
    """
    with decoding(picture.format or "picture", field):
        picture.load()


@contextmanager
def decoding(kind: str, field: str) -> Iterator[None]:
    """Pillow's failures as errors of the tree.

    Its warnings (broken EXIF, many pixels) are unsaid: the limits here are tighter than its own.
    Only Pillow's are, because filters belong to the whole process and other threads see them too.
    """
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"PIL\b")
            yield
    except (MemoryError, PILImage.DecompressionBombError) as error:
        raise ImageTooLarge(f"{field} needs too much memory: give fewer pixels", field=field) from (
            error
        )
    except _BROKEN as error:
        raise _broken(kind, field) from error


def _broken(kind: str, field: str) -> InvalidImage:
    return InvalidImage(
        f"{field} is a broken or cut {kind} file: send the whole file, or save it again",
        field=field,
    )


def _is_animated(picture: PILImage.Image) -> bool:
    # JPEG files of phones hold a second picture (depth, gain map): that is no animation.
    if picture.format not in ("GIF", "WEBP", "PNG", "AVIF"):
        return False
    try:
        return bool(getattr(picture, "is_animated", False))
    except _BROKEN:
        return False  # broken behind the first frame, which is all that is read


def _refuse_damage(data: bytes, header: Header, field: str) -> None:
    if header.format == "JPEG" and data.count(b"\xff\xda") > jpeg.MAX_SCANS:
        raise InvalidImage(
            f"{field} has more than {jpeg.MAX_SCANS} scans: save it as plain JPEG", field=field
        )
    if header.format != "PNG":
        return
    if png.has_too_many_chunks(data):
        raise InvalidImage(
            f"{field} has more than {png.MAX_CHUNKS} chunks of metadata: save it without them",
            field=field,
        )
    if not png.checksums_hold(data):
        raise _broken("PNG", field)
