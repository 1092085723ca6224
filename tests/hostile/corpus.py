"""The table: every bad or odd input that was thought of, and what must come of it.

`expect` is "ok" or the code of the error that must be raised. Case names are stable, so that
the CLI's and the server's tests can single some out.
"""

from __future__ import annotations

import functools
import struct
import zlib
from dataclasses import dataclass

import numpy as np
from PIL import Image

from .pictures import (
    SIZE,
    bmp_header,
    chunk,
    gif_with_large_frame,
    jpeg_with_scans,
    photo,
    png,
    png_16,
    saved,
    square,
    with_orientation,
    with_text_chunks,
)

BAD, KIND, LARGE, EMPTY = "invalid_image", "unsupported_format", "image_too_large", "invalid_mask"


@dataclass(frozen=True)
class Case:
    """One input. `field` is main_image, overlay_image, main_image_mask or overlay_image_mask."""

    name: str
    field: str
    data: bytes
    expect: str  # "ok" or an error code


@functools.cache
def cases() -> list[Case]:
    """Every case; made once, about 10 MB in all."""
    images = [*_broken(), *_bombs(), *_foreign(), *_odd()]
    masks = [Case(name, "main_image_mask", data, expect) for name, data, expect in _masks()]
    return [Case(name, "main_image", data, expect) for name, data, expect in images] + masks


Row = tuple[str, bytes, str]


def _broken() -> list[Row]:
    plain = saved(photo())
    jpeg = saved(photo(), "JPEG")
    webp = saved(photo(), "WEBP")
    flipped = bytearray(plain)
    flipped[len(plain) // 2] ^= 4
    rows = b"".join(b"\0" + row.tobytes() for row in photo())
    adler = bytearray(zlib.compress(rows))
    adler[-1] ^= 1
    bad_adler = plain[:33] + chunk(b"IDAT", bytes(adler)) + chunk(b"IEND")
    cut = [(f"png cut at {p} %", plain[: len(plain) * p // 100], BAD) for p in (1, 10, 50, 90)]
    return [
        ("no bytes", b"", BAD),
        ("one byte", b"\x89", KIND),
        ("png signature alone", plain[:8], BAD),
        ("png header alone", plain[:33], BAD),
        *cut,
        ("png with a flipped byte", bytes(flipped), BAD),
        ("png with a bad adler", bad_adler, BAD),
        ("png with short rows", png(SIZE, rows[:-500]), BAD),
        ("png with filter type 9", png(SIZE, b"\x09" + rows[1:]), BAD),
        ("png of 0 x 0", png((0, 0), b""), BAD),
        ("png of 1 x 1", saved(photo((1, 1))), BAD),
        ("png of 15 x 64", saved(photo((15, 64))), BAD),
        ("jpeg cut at 50 %", jpeg[: len(jpeg) // 2], BAD),
        ("jpeg without end mark", jpeg[: len(jpeg) * 9 // 10], BAD),
        ("jpeg of markers only", b"\xff\xd8\xff\xd9", BAD),
        ("jpeg of fill bytes", b"\xff\xd8" + b"\xff" * 5000, BAD),
        ("webp cut at 50 %", webp[: len(webp) // 2], BAD),
        ("webp header alone", webp[:16], BAD),
        ("gif header alone", b"GIF89a\x40\0\x40\0", BAD),
        ("bmp header alone", bmp_header(64, 64), BAD),
        ("bmp of negative width", bmp_header(-64, 64), BAD),
        ("avif header alone", b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf", BAD),
    ]


def _bombs() -> list[Row]:
    zeros = zlib.compress(bytes(50_000_000), 9)
    plain = saved(photo())
    text = plain[:33] + chunk(b"zTXt", b"k\0\0" + zeros) + plain[33:]
    profile = plain[:33] + chunk(b"iCCP", b"k\0\0" + zeros) + plain[33:]
    return [
        ("png of 50,000 x 50,000", png((50_000, 50_000), b"\0"), LARGE),
        ("png of 2 billion squared", png((2**31 - 1, 2**31 - 1), b"\0"), LARGE),
        ("png of 13,000 squared", png((13_000, 13_000), b"\0" * 1000), LARGE),
        ("png of 16 x 60,000", png((16, 60_000), b"\0"), LARGE),
        ("jpeg of 65,535 squared", _resized_jpeg(65_535, 65_535), LARGE),
        ("gif of 65,535 squared", b"GIF89a\xff\xff\xff\xff\0\0\0", LARGE),
        ("gif with a frame beyond its canvas", gif_with_large_frame(), LARGE),
        ("bmp of 2 billion squared", bmp_header(2**31 - 1, -(2**31 - 1)), LARGE),
        ("webp of 16 million squared", _webp_canvas(1 << 24), LARGE),
        ("avif of 4 billion squared", _avif_canvas(2**32 - 1), LARGE),
        ("png with 50 MB of text", text, BAD),
        ("png with 50 MB of profile", profile, BAD),
        ("png with 200,000 chunks", with_text_chunks(200_000), BAD),
        ("jpeg with 2,000 scans", jpeg_with_scans(2000), BAD),
    ]


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


def _foreign() -> list[Row]:
    script = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    laughs = b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "ha">]><svg>&a;</svg>'
    return [
        ("html", b"\n<!DOCTYPE html><html><body>Sign in</body></html>", KIND),
        ("json", b'{"error": "not found"}', KIND),
        ("words", b"not a picture", KIND),
        ("svg with a script", script, KIND),
        ("svg with entities", laughs, KIND),
        ("eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\n", KIND),
        ("pdf", b"%PDF-1.7\n", KIND),
        ("psd", b"8BPS\0\x01" + bytes(20), KIND),
        ("fits", b"SIMPLE  =                    T" + bytes(80), KIND),
        ("hdf5", b"\x89HDF\r\n\x1a\n", KIND),
        ("grib", b"GRIB" + bytes(16), KIND),
        ("ico", b"\0\0\x01\0\x01\0" + bytes(16), KIND),
        ("wmf", b"\xd7\xcd\xc6\x9a" + bytes(40), KIND),
        ("tiff", saved(photo(), "TIFF"), KIND),
        ("heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", KIND),
        ("jpeg xl", b"\xff\x0a" + bytes(30), KIND),
        ("jpeg 2000", b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(30), KIND),
        ("mp4", b"\0\0\0\x18ftypisom\0\0\0\0isommp42", KIND),
        ("zip", b"PK\x03\x04" + bytes(30), KIND),
        ("gzip", b"\x1f\x8b\x08\0" + bytes(30), KIND),
        ("zeros", bytes(1000), KIND),
        ("random bytes", np.random.default_rng(3).bytes(1000), KIND),
    ]


def _odd() -> list[Row]:
    picture = Image.fromarray(photo())
    palette = picture.quantize(16)
    grey = photo()[..., 0]
    clear = np.dstack((photo(), 255 - square()))
    frames = [picture, picture.rotate(90), picture.rotate(180)]
    moving = {"save_all": True, "append_images": frames[1:]}
    plain, jpeg = saved(photo()), saved(photo(), "JPEG")
    wide = np.arange(96 * 64 * 3, dtype=np.uint16).reshape(64, 96, 3) * 3
    return [
        ("png without end", plain[:-12], "ok"),
        ("png of 16-bit grey", png_16(wide[..., 0]), "ok"),
        ("png of 16-bit colour", png_16(wide), "ok"),
        ("png of 16-bit colour and alpha", png_16(np.dstack((wide, wide[..., 0]))), "ok"),
        ("png of 1 bit", saved(Image.fromarray(square()).convert("1")), "ok"),
        ("png of 2 bits", saved(picture.quantize(4), bits=2), "ok"),
        ("png of 4 bits", saved(palette, bits=4), "ok"),
        ("png of grey and alpha", saved(Image.fromarray(clear).convert("LA")), "ok"),
        ("png with a clear palette entry", saved(palette, transparency=3), "ok"),
        ("png with a half clear palette", saved(palette, transparency=bytes(range(16))), "ok"),
        ("png with a clear colour", saved(picture, transparency=(1, 2, 3)), "ok"),
        ("png with 16-bit colour key", _keyed_16_bit(wide), "ok"),
        ("png interlaced", _interlaced(), "ok"),
        ("png all clear", saved(np.dstack((photo(), 0 * grey))), "ok"),
        ("png with a zip behind", plain + b"PK\x03\x04" + bytes(500), "ok"),
        ("png with a broken profile", saved(photo(), icc_profile=b"no profile"), "ok"),
        ("png with a broken exif", plain[:33] + chunk(b"eXIf", b"MM\0") + plain[33:], "ok"),
        ("png animated", saved(picture, **moving), "ok"),
        ("gif", saved(palette, "GIF"), "ok"),
        ("gif animated", saved(picture, "GIF", **moving), "ok"),
        ("gif with a script behind", saved(palette, "GIF") + b"<script>1</script>", "ok"),
        ("webp", saved(picture, "WEBP"), "ok"),
        ("webp lossless with alpha", saved(clear, "WEBP", lossless=True), "ok"),
        ("webp animated", saved(picture, "WEBP", **moving), "ok"),
        ("avif", saved(picture, "AVIF"), "ok"),
        ("bmp", saved(picture, "BMP"), "ok"),
        ("bmp top down", _bmp_top_down(), "ok"),
        ("bmp of a palette", saved(palette, "BMP"), "ok"),
        ("jpeg", jpeg, "ok"),
        ("jpeg grey", saved(grey, "JPEG"), "ok"),
        ("jpeg progressive", saved(picture, "JPEG", progressive=True), "ok"),
        ("jpeg cmyk", saved(picture.convert("CMYK"), "JPEG"), "ok"),
        ("jpeg with zeros behind", jpeg + bytes(1_000_000), "ok"),
        ("jpeg with php behind", jpeg + b"<?php echo 1; ?>", "ok"),
        ("jpeg of two pictures", saved(picture, "MPO", **moving), "ok"),
        ("jpeg with orientation 0", with_orientation(photo(), 0, "JPEG"), "ok"),
        ("jpeg with orientation 9", with_orientation(photo(), 9, "JPEG"), "ok"),
        ("jpeg with a broken exif", saved(picture, "JPEG", exif=b"Exif\0\0MM\0\x2a\xff"), "ok"),
        ("jpeg with a broken profile", saved(picture, "JPEG", icc_profile=bytes(200)), "ok"),
    ]


def _keyed_16_bit(wide: np.ndarray) -> bytes:
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in wide)
    key = chunk(b"tRNS", struct.pack(">HHH", 300, 303, 306))
    return png(SIZE, rows, depth=16, before=key)


def _interlaced() -> bytes:
    """Adam7 with one pixel per pass is enough for a 16 x 16 picture of one colour."""
    passes = [(8, 8), (8, 8), (4, 8), (4, 4), (2, 4), (2, 2), (1, 2)]  # step x, step y
    starts = [(0, 0), (4, 0), (0, 4), (2, 0), (0, 2), (1, 0), (0, 1)]
    rows = b""
    for (dx, dy), (x, y) in zip(passes, starts, strict=True):
        width, height = len(range(x, 16, dx)), len(range(y, 16, dy))
        rows += (b"\0" + b"\x20\x40\x60" * width) * height
    return png((16, 16), rows, interlace=1)


def _bmp_top_down() -> bytes:
    rows = np.ascontiguousarray(photo()[..., ::-1]).tobytes()
    return bmp_header(SIZE[0], -SIZE[1]) + rows


def _masks() -> list[Row]:
    levels = square()
    ones = (levels > 0).astype(np.uint8)
    paint = np.dstack((np.full_like(photo(), 255), levels))
    dot = 0 * levels
    dot[30, 40] = 255
    specks = np.random.default_rng(5).random((64, 96)) > 0.5
    indexed = Image.fromarray(ones).convert("P")
    indexed.putpalette([0, 0, 0, 128, 0, 0])
    return [
        ("mask", saved(levels), "ok"),
        ("mask all black", saved(0 * levels), EMPTY),
        ("mask all black jpeg", saved(0 * levels, "JPEG"), EMPTY),
        ("mask all clear", saved(np.dstack((photo(), dot[..., None] * 0))), EMPTY),
        ("mask all white", saved(0 * levels + 255), "ok"),
        ("mask inverted", saved(255 - levels), "ok"),
        ("mask of 0 and 1", saved(ones), "ok"),
        ("mask of 0 and 128", saved(ones * 128), "ok"),
        ("mask of colour", saved(np.dstack((levels, 0 * levels, 0 * levels))), "ok"),
        ("mask in alpha", saved(paint), "ok"),
        ("mask of a palette", saved(indexed), "ok"),
        ("mask of 1 bit", saved(Image.fromarray(levels).convert("1")), "ok"),
        ("mask of 16 bits", png_16(levels.astype(np.uint16) * 257), "ok"),
        ("mask of 0 and 300 in 16 bits", png_16(ones.astype(np.uint16) * 300), "ok"),
        ("mask as jpeg", saved(levels, "JPEG", quality=60), "ok"),
        ("mask of one pixel", saved(dot), "ok"),
        ("mask of specks", saved(specks.astype(np.uint8) * 255), "ok"),
        ("mask is a photo", saved(photo()), "ok"),
        ("mask of half the size", saved(square((48, 32))), "ok"),
        ("mask of another shape", saved(square((64, 64))), "ok"),
        ("mask of no bytes", b"", BAD),
        ("mask is html", b"<html></html>", KIND),
        ("mask cut", saved(levels)[:-40], BAD),
        ("mask of 50,000 x 50,000", png((50_000, 50_000), b"\0", colour=0), LARGE),
    ]
