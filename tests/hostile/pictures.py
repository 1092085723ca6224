"""Pictures and files made byte by byte, the broken ones among them."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from typing import Any

import numpy as np
from PIL import Image, PngImagePlugin

SIZE = (96, 64)  # (width, height)


def photo(size: tuple[int, int] = SIZE) -> np.ndarray:
    """A smooth, colourful picture with some noise: [H, W, 3], the same at every call."""
    width, height = size
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    colours = np.stack([0.2 + 0.6 * x, 0.3 + 0.5 * y, 0.8 - 0.5 * x * y], -1)
    noise = np.random.default_rng(7).normal(0, 0.01, colours.shape)
    return (np.clip(colours + noise, 0, 1) * 255).astype(np.uint8)


def square(size: tuple[int, int] = SIZE) -> np.ndarray:
    """A mask [H, W] with a white rectangle off the centre."""
    levels = np.zeros((size[1], size[0]), np.uint8)
    levels[size[1] // 4 : size[1] // 2, size[0] // 4 : size[0] // 2] = 255
    return levels


def saved(array: np.ndarray | Image.Image, kind: str = "PNG", **settings: Any) -> bytes:
    picture = array if isinstance(array, Image.Image) else Image.fromarray(array)
    out = io.BytesIO()
    picture.save(out, kind, **settings)
    return out.getvalue()


def chunk(kind: bytes, content: bytes = b"") -> bytes:
    check = zlib.crc32(content, zlib.crc32(kind))
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


def png(
    size: tuple[int, int],
    rows: bytes,
    *,
    depth: int = 8,
    colour: int = 2,
    before: bytes = b"",
    interlace: int = 0,
) -> bytes:
    """A PNG file of filtered `rows`, with chunks `before` the pixels; sizes may lie."""
    head = struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, interlace)
    pixels = chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + before + pixels + chunk(b"IEND")


def png_16(levels: np.ndarray) -> bytes:
    """A 16-bit PNG of uint16 [H, W], or [H, W, 3 or 4]."""
    height, width = levels.shape[:2]
    colour = {2: 0, 3: 2}[levels.ndim] if levels.ndim == 2 else {3: 2, 4: 6}[levels.shape[2]]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in levels)
    return png((width, height), rows, depth=16, colour=colour)


def with_orientation(array: np.ndarray, orientation: int, kind: str, **settings: Any) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return saved(array, kind, exif=exif.tobytes(), **settings)


def stored_as(upright: np.ndarray, orientation: int) -> np.ndarray:
    """How a camera held for EXIF `orientation` stores `upright`."""
    turns = {
        1: lambda a: a,
        2: np.fliplr,
        3: lambda a: np.rot90(a, 2),
        4: np.flipud,
        5: lambda a: np.swapaxes(a, 0, 1),
        6: lambda a: np.rot90(a, 1),
        7: lambda a: np.rot90(np.swapaxes(a, 0, 1), 2),
        8: lambda a: np.rot90(a, -1),
    }
    return np.ascontiguousarray(turns[orientation](upright))


def with_text_chunks(count: int) -> bytes:
    info = PngImagePlugin.PngInfo()
    plain = saved(photo(), pnginfo=info)
    return plain[:33] + chunk(b"tEXt", b"k\0v") * count + plain[33:]


def bmp_header(width: int, height: int, bits: int = 24) -> bytes:
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + head


def gif_with_large_frame() -> bytes:
    """A 32 x 32 canvas whose only frame claims 60,000 x 60,000."""
    small = bytearray(saved(Image.new("P", (32, 32)), "GIF"))
    at = small.index(b"\x2c\0\0\0\0")
    small[at + 5 : at + 9] = struct.pack("<HH", 60000, 60000)
    return bytes(small)


def jpeg_with_scans(count: int) -> bytes:
    """A progressive JPEG whose last scan is sent `count` times."""
    data = saved(photo(), "JPEG", progressive=True)
    scan = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + scan * count + b"\xff\xd9"


def jpeg_of_inks(cmyk: Image.Image, **settings: Any) -> bytes:
    """A CMYK JPEG that holds its planes as YCCK, Adobe's transform 2."""
    planes = np.asarray(cmyk).astype(np.float64)
    coloured = Image.fromarray(planes[..., :3].astype(np.uint8)).convert("YCbCr")
    stored = np.dstack((255 - np.asarray(coloured), np.asarray(cmyk)[..., 3]))
    data = bytearray(saved(Image.fromarray(stored, "CMYK"), "JPEG", **settings))
    data[data.index(b"Adobe") + 11] = 2
    return bytes(data)


def jpeg_with(segment: bytes, jpeg: bytes, marker: int = 0xE1) -> bytes:
    """`jpeg` with one more segment behind its start."""
    head = struct.pack(">BBH", 0xFF, marker, len(segment) + 2)
    return jpeg[:2] + head + segment + jpeg[2:]


# What `cjpeg -arithmetic` makes of `slopes()`: no library in Python writes such files.
_ARITHMETIC = """
/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwc
KDcpLDAxNDQ0Hyc5PTgyPC4zNDL/2wBDAQkJCQwLDBgNDRgyIRwhMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIy
MjIyMjIyMjIyMjIyMjIyMjIyMjL/yQARCAAgACADASIAAhEBAxEB/8wACgAQEAUBEBEF/9oADAMBAAIRAxEAPwD/ALTM
NtqMMi/MwlWL5rIh9q1aXW7G2OEF15zuEnoy0GQpOOTTsAWWybbKnW82jiT1ENSFI2ud/wC8TJKaGIXr+v8AGVdDWgJY
W163/Lt4IkD/2Q==
"""


def arithmetic_jpeg() -> bytes:
    """A JPEG whose coefficients are coded arithmetically."""
    return base64.b64decode(_ARITHMETIC)


def slopes() -> np.ndarray:
    """The picture of 32 x 32 that `arithmetic_jpeg` holds."""
    x, y = np.meshgrid(np.arange(32), np.arange(32))
    return np.dstack((8 * x, 8 * y, 255 - 4 * (x + y))).astype(np.uint8)


def gif_of_frames(count: int) -> bytes:
    """The same small frame `count` times."""
    one = saved(Image.new("P", (16, 16), 3), "GIF")
    frame = one[one.index(b"\x2c\0\0\0\0") : -1]
    return one[:-1] + frame * count + b";"


def gif_with_frame_over_the_edge() -> bytes:
    """A frame of 64 x 64 on a canvas that says 32 x 32."""
    data = bytearray(saved(Image.new("P", (64, 64), 3), "GIF"))
    data[6:10] = struct.pack("<HH", 32, 32)
    return bytes(data)


def bmp_runs() -> bytes:
    """A BMP of 96 x 64 in runs (RLE8): each row is one run."""
    palette = b"".join(bytes((n, n, n, 0)) for n in range(256))
    rows = b"".join(bytes((SIZE[0], n, 0, 0)) for n in range(SIZE[1])) + b"\0\1"
    start = 54 + len(palette)
    head = struct.pack("<IiiHHIIiiII", 40, *SIZE, 1, 8, 1, len(rows), 0, 0, 256, 0)
    return b"BM" + struct.pack("<IHHI", start + len(rows), 0, 0, start) + head + palette + rows


def bmp_of_four_bytes() -> bytes:
    """A BMP of 32 bits a pixel, rows from the top."""
    bgra = np.dstack((photo()[..., ::-1], np.full(SIZE[::-1], 255, np.uint8)))
    return bmp_header(SIZE[0], -SIZE[1], 32) + bgra.tobytes()


def webp_with_canvas(width: int, height: int) -> bytes:
    """A WebP with alpha whose canvas has another size than its picture."""
    data = bytearray(saved(np.dstack((photo(), square())), "WEBP", lossless=False))
    assert data[12:16] == b"VP8X"
    data[24:30] = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return bytes(data)


def padded(jpeg: bytes, size: int) -> bytes:
    """A JPEG with zeros behind it, `size` bytes in all."""
    return jpeg + bytes(size - len(jpeg))
