"""A picture to the bytes of a file. Nothing of the input's metadata travels along."""

from __future__ import annotations

from pathlib import PurePath

from roomstage.encode.jpeg import encode_jpeg
from roomstage.encode.png import encode_png
from roomstage.encode.webp import encode_webp
from roomstage.errors import InvalidParameter
from roomstage.image import Image

__all__ = ["CONTENT_TYPES", "encode", "format_of"]

CONTENT_TYPES = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}
_SUFFIXES = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp"}


def encode(image: Image, image_format: str, quality: int) -> bytes:
    """The file of `image`; PNG ignores `quality` (1 to 100), JPEG flattens alpha on white.

    Raises:
        InvalidParameter: a format that is not written, or a quality out of range.
    """
    if image_format not in CONTENT_TYPES:
        known = ", ".join(CONTENT_TYPES)
        raise InvalidParameter(
            f"image_format is {image_format!r}: give one of {known}", field="image_format"
        )
    if image_format == "png":
        return encode_png(image.rgb, image.alpha)
    if not 1 <= quality <= 100:
        raise InvalidParameter(
            f"image_quality is {quality}: give a whole number from 1 to 100",
            field="image_quality",
        )
    writer = encode_jpeg if image_format == "jpeg" else encode_webp
    return writer(image.rgb, image.alpha, quality)


def format_of(filename: str) -> str:
    """The format that a file name's suffix asks for: png, jpeg or webp.

    Raises:
        InvalidParameter: another suffix, or none.
    """
    suffix = PurePath(filename).suffix.lower()
    if suffix not in _SUFFIXES:
        known = ", ".join(_SUFFIXES)
        raise InvalidParameter(
            f"{filename!r} has no suffix that is written here: give one of {known}", field="out"
        )
    return _SUFFIXES[suffix]
