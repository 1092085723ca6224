"""The chunks of a PNG file: walked and bounded before a decoder sees them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

try:
    from isal.isal_zlib import crc32
except ImportError:
    from zlib import crc32

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_CHUNKS = 1000  # beside pixel data; files of cameras and editors have fewer than 50

_PIXELS = (b"IDAT", b"fdAT", b"fcTL")


@dataclass(frozen=True, slots=True)
class Head:
    """The fields of IHDR, and whether the file is animated."""

    size: tuple[int, int]
    depth: int  # bits per sample
    colour: int  # 0 grey, 2 RGB, 3 palette, 4 grey + alpha, 6 RGBA
    interlaced: bool
    animated: bool


def read_head(data: bytes) -> Head:
    """Read IHDR and look for an animation chunk before the pixels.

    Raises:
        ValueError, struct.error: no IHDR where it must be, or it is cut.
    """
    if data[12:16] != b"IHDR":
        raise ValueError("no IHDR")
    width, height, depth, colour, _, _, interlace = struct.unpack_from(">IIBBBBB", data, 16)
    ahead = data.find(b"acTL", 33, 1 << 16)
    animated = ahead > 0 and (data.find(b"IDAT", 33, ahead) < 0)
    return Head((width, height), depth, colour, interlace == 1, animated)


def chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield (type, start, end) of every chunk's content, to IEND or as far as whole chunks go."""
    at, total = len(SIGNATURE), len(data)
    while at + 12 <= total:
        length, kind = struct.unpack_from(">I4s", data, at)
        start, end = at + 8, at + 8 + length
        if end + 4 > total:
            return
        yield kind, start, end
        if kind == b"IEND":
            return
        at = end + 4


def has_too_many_chunks(data: bytes) -> bool:
    """Whether more than `MAX_CHUNKS` chunks hold anything but pixels."""
    beside = 0
    for kind, _, _ in chunks(data):
        beside += kind not in _PIXELS
        if beside > MAX_CHUNKS:
            return True
    return False


def is_closed(data: bytes) -> bool:
    """Whether the file has its end mark."""
    return any(kind == b"IEND" for kind, _, _ in chunks(data))


def checksums_hold(data: bytes) -> bool:
    """Whether the pixels came as they were sent. Other chunks are the decoder's to judge."""
    view = memoryview(data)
    return all(
        crc32(view[start - 4 : end]) == struct.unpack_from(">I", data, end)[0]
        for kind, start, end in chunks(data)
        if kind == b"IDAT"
    )
