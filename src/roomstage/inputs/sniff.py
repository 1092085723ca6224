"""Format, size and frames from header bytes, and the limits on them, before any decoder runs."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

from roomstage.errors import ImageTooLarge, InvalidImage, UnsupportedFormat
from roomstage.inputs import jpeg, png
from roomstage.inputs.kinds import ACCEPTED, kind_of, refusal
from roomstage.inputs.limits import Limits

_DEFAULT = Limits()


@dataclass(frozen=True, slots=True)
class Header:
    """What the first bytes say."""

    format: str  # Pillow's name: PNG, JPEG, WEBP, GIF, BMP, AVIF
    size: tuple[int, int]  # (width, height) as stored
    animated: bool = False  # true if more than one frame is announced

    @property
    def is_lossy(self) -> bool:
        """Whether levels may ring around edges (WebP may also be lossless)."""
        return self.format in ("JPEG", "WEBP", "AVIF")


def sniff(data: bytes, *, field: str, limits: Limits = _DEFAULT) -> Header:
    """Read the header and hold it against the limits; decodes and allocates nothing.

    Raises:
        UnsupportedFormat: the bytes are of no accepted format.
        ImageTooLarge: more bytes, pixels or side length than allowed.
        InvalidImage: no bytes, a broken header, or a picture that is too small.
    """
    if not data:
        raise InvalidImage(f"{field} is empty: give the bytes of a picture", field=field)
    if len(data) > limits.bytes:
        raise ImageTooLarge(
            f"{field} has {len(data):,} bytes: give at most {limits.bytes:,}", field=field
        )
    kind = kind_of(data)
    if kind not in ACCEPTED:
        raise UnsupportedFormat(f"{field} {refusal(kind)}", field=field)
    try:
        header = _READERS[kind](data)
    except (struct.error, IndexError, ValueError) as error:
        raise InvalidImage(
            f"{field} has a broken {kind} header: save the picture again", field=field
        ) from error
    check_size(header.size, field=field, limits=limits)
    return header


def kind_of_file(data: bytes, *, field: str) -> str:
    """The format's name ("PNG", "JPEG", ...) of a file that may be a picture; raises as `sniff`."""
    return sniff(data, field=field).format


def check_size(size: tuple[int, int], *, field: str, limits: Limits = _DEFAULT) -> None:
    """Hold a picture's size (width, height) against the limits; raises as `sniff` does."""
    width, height = size
    if width <= 0 or height <= 0:
        raise InvalidImage(f"{field} has no pixels: save the picture again", field=field)
    said = f"{field} is {width:,} x {height:,} pixels"
    if width * height > limits.pixels:
        raise ImageTooLarge(f"{said}: give at most {limits.pixels / 1e6:g} megapixels", field=field)
    if max(size) > limits.side:
        raise ImageTooLarge(f"{said}: give at most {limits.side:,} on a side", field=field)
    if min(size) < limits.min_side:
        raise InvalidImage(f"{said}: give at least {limits.min_side} on a side", field=field)


def _png(data: bytes) -> Header:
    head = png.read_head(data)
    return Header("PNG", head.size, head.animated)


def _jpeg(data: bytes) -> Header:
    return Header("JPEG", jpeg.read_frame(data).size)


def _gif(data: bytes) -> Header:
    # The frame count is not in the header; the reader finds out by asking for a second frame.
    return Header("GIF", struct.unpack_from("<HH", data, 6))


def _bmp(data: bytes) -> Header:
    (kind,) = struct.unpack_from("<I", data, 14)
    if kind == 12:
        return Header("BMP", struct.unpack_from("<HH", data, 18))
    width, height = struct.unpack_from("<ii", data, 18)
    return Header("BMP", (width, abs(height)))  # rows run top down where the height is negative


def _webp(data: bytes) -> Header:
    chunk = data[12:16]
    if chunk == b"VP8X":
        width = int.from_bytes(data[24:27], "little") + 1
        height = int.from_bytes(data[27:30], "little") + 1
        return Header("WEBP", (width, height), bool(data[20] & 2))
    if chunk == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return Header("WEBP", ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1))
    if chunk == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return Header("WEBP", (width & 0x3FFF, height & 0x3FFF))
    raise ValueError("no WebP bitstream")


def _avif(data: bytes) -> Header:
    # Every image item carries an `ispe` box; the largest is the whole picture, others are tiles,
    # alpha or thumbnails. The decoder's own size is checked again after opening.
    sizes: list[tuple[int, int]] = []
    at = data.find(b"ispe", 0, 1 << 16)
    while at >= 0 and len(sizes) < 64:
        sizes.append(struct.unpack_from(">II", data, at + 8))
        at = data.find(b"ispe", at + 4, 1 << 16)
    size = max(sizes, key=lambda size: size[0] * size[1])
    return Header("AVIF", size, data[8:12] == b"avis")


_READERS: dict[str, Callable[[bytes], Header]] = {
    "PNG": _png,
    "JPEG": _jpeg,
    "GIF": _gif,
    "BMP": _bmp,
    "WEBP": _webp,
    "AVIF": _avif,
}
