"""Groups 8 to 15, 23, 29, 30, 40 and 44: small files that would be large, and large files."""

from __future__ import annotations

import functools
import struct
import zlib
from collections.abc import Iterator

from roomstage.inputs import Limits

from .corpus import BAD, LARGE, OK, Case
from .pictures import (
    bmp_header,
    chunk,
    gif_of_frames,
    gif_with_large_frame,
    jpeg_with_scans,
    padded,
    photo,
    png,
    saved,
    with_text_chunks,
)

MOST = Limits().bytes


def cases() -> Iterator[Case]:
    yield Case(8, "png of 50,000 x 50,000", png((50_000, 50_000), b"\0"), LARGE)
    yield Case(9, "png of 2 billion squared", png((2**31 - 1, 2**31 - 1), b"\0"), LARGE)
    yield Case(9, "png of 4 billion squared", png((2**32 - 1, 2**32 - 1), b"\0"), LARGE)
    yield Case(13, "png of 13,000 squared", _black_png, LARGE)
    yield Case(13, "jpeg of 65,535 squared", _resized_jpeg(65_535, 65_535), LARGE)
    yield Case(13, "gif of 65,535 squared", b"GIF89a\xff\xff\xff\xff\0\0\0", LARGE)
    yield Case(13, "webp of 16 million squared", _webp_canvas(1 << 24), LARGE)
    yield Case(13, "avif of 4 billion squared", _avif_canvas(2**32 - 1), LARGE)
    yield Case(14, "png with 50 MB of text", lambda: _with_zeros(b"zTXt"), BAD)
    yield Case(14, "png with 50 MB of text in Unicode", lambda: _with_zeros(b"iTXt"), BAD)
    yield Case(14, "png with 50 MB of profile", lambda: _with_zeros(b"iCCP"), BAD)
    yield Case(15, "png with 200,000 chunks", lambda: with_text_chunks(200_000), BAD)
    yield Case(15, "png with 500 chunks", with_text_chunks(500), OK, pixels=photo())
    yield Case(23, "jpeg with 2,000 scans", lambda: jpeg_with_scans(2000), BAD)
    yield Case(29, "gif of 10,000 frames", lambda: gif_of_frames(10_000), OK)
    yield Case(30, "gif with a frame beyond its canvas", gif_with_large_frame(), LARGE)
    yield Case(40, "bmp of 2 billion squared", bmp_header(2**31 - 1, -(2**31 - 1)), LARGE)
    yield Case(40, "bmp whose size overflows", bmp_header(65_536, 65_536, 32), LARGE)
    yield Case(40, "bmp of a huge palette", _bmp_palette(), BAD)
    small = saved(photo(), "JPEG")
    yield Case(44, "jpeg of the most bytes", lambda: padded(small, MOST), OK, heavy=True)
    yield Case(44, "jpeg of a byte too many", lambda: padded(small, MOST + 1), LARGE, heavy=True)


@functools.cache
def _black_png() -> bytes:
    packer = zlib.compressobj(9)
    row = bytes(1 + 13_000)
    pixels = b"".join(packer.compress(row) for _ in range(13_000)) + packer.flush()
    head = struct.pack(">IIBBBBB", 13_000, 13_000, 8, 0, 0, 0, 0)
    front = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
    return front + chunk(b"IDAT", pixels) + chunk(b"IEND")


@functools.cache
def _with_zeros(kind: bytes) -> bytes:
    zeros = zlib.compress(bytes(50_000_000), 1)
    head = b"k\0\1\0\0\0" if kind == b"iTXt" else b"k\0\0"
    plain = saved(photo())
    return plain[:33] + chunk(kind, head + zeros) + plain[33:]


def _resized_jpeg(width: int, height: int) -> bytes:
    data = bytearray(saved(photo(), "JPEG"))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def _webp_canvas(side: int) -> bytes:
    canvas = (side - 1).to_bytes(3, "little") * 2
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + canvas
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _avif_canvas(side: int) -> bytes:
    data = bytearray(saved(photo(), "AVIF"))
    at = data.index(b"ispe")
    data[at + 8 : at + 16] = struct.pack(">II", side, side)
    return bytes(data)


def _bmp_palette() -> bytes:
    data = bytearray(bmp_header(64, 64, 8))
    data[46:50] = struct.pack("<I", 2**31)  # colours in the palette
    return bytes(data) + bytes(5000)
