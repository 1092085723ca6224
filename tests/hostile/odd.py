"""Groups 16 to 43: rare but honest pictures, which must work and look as their plain form."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np
from PIL import Image

from . import profiles
from .corpus import OK, Case
from .pictures import (
    SIZE,
    arithmetic_jpeg,
    bmp_header,
    bmp_of_four_bytes,
    bmp_runs,
    chunk,
    gif_with_frame_over_the_edge,
    jpeg_of_inks,
    jpeg_with,
    photo,
    png,
    png_16,
    saved,
    slopes,
    square,
    stored_as,
    webp_with_canvas,
    with_orientation,
)

NEAR = 24  # levels by which a lossy file of the noisy photo may be off


def cases() -> Iterator[Case]:
    yield from _depths()
    yield from _palettes()
    yield from _inks()
    yield from _coded()
    yield from _turned()
    yield from _profiled()
    yield from _moving()
    yield from _doubled()
    yield from _bitmaps()


def _depths() -> Iterator[Case]:
    deep = photo().astype(np.uint16) * 257
    grey = photo()[..., 1]
    shown = np.dstack([grey] * 3)
    alpha = np.dstack((deep, deep[..., 0]))
    yield Case(16, "png of 16-bit grey", png_16(deep[..., 1]), pixels=shown)
    yield Case(16, "png of 16-bit colour", png_16(deep), pixels=photo())
    yield Case(16, "png of 16-bit colour and alpha", png_16(alpha), pixels=photo())
    black = Image.fromarray(square())
    yield Case(17, "png of 1 bit", saved(black.convert("1")), pixels=np.dstack([square()] * 3))
    yield Case(17, "png of 2 bits", saved(Image.fromarray(photo()).quantize(4), bits=2))
    yield Case(17, "png of 4 bits", saved(Image.fromarray(photo()).quantize(16), bits=4))
    clear = Image.fromarray(np.dstack((grey, 255 - square())), "LA")
    yield Case(17, "png of grey and alpha", saved(clear), pixels=shown)
    interlaced = np.full((16, 16, 3), (0x20, 0x40, 0x60), np.uint8)
    yield Case(20, "png interlaced", _interlaced(), pixels=interlaced)


def _palettes() -> Iterator[Case]:
    picture = Image.fromarray(photo())
    palette = picture.quantize(16)
    shown = np.asarray(palette.convert("RGB"))
    half = bytes(range(16))
    yield Case(18, "png with a clear palette entry", saved(palette, transparency=3), pixels=shown)
    yield Case(18, "png with a half clear palette", saved(palette, transparency=half), pixels=shown)
    key = saved(picture, transparency=(1, 2, 3))
    yield Case(18, "png with a clear colour", key, pixels=photo())
    yield Case(18, "png with 16-bit colour key", _keyed_16_bit())
    yield Case(19, "png all clear", saved(np.dstack((photo(), np.zeros(SIZE[::-1], np.uint8)))))


def _inks() -> Iterator[Case]:
    picture = Image.fromarray(photo())
    cmyk, profile = picture.convert("CMYK"), profiles.inks()
    shown = profiles.printed(cmyk, profile)
    fine = {"quality": 98}
    yield Case(21, "jpeg cmyk", saved(cmyk, "JPEG", **fine), pixels=photo(), within=NEAR)
    yield Case(21, "jpeg ycck", jpeg_of_inks(cmyk, **fine), pixels=photo(), within=NEAR)
    data = saved(cmyk, "JPEG", icc_profile=profile, **fine)
    yield Case(21, "jpeg cmyk with a profile", data, pixels=shown, within=NEAR)
    data = jpeg_of_inks(cmyk, icc_profile=profile, **fine)
    yield Case(21, "jpeg ycck with a profile", data, pixels=shown, within=NEAR)
    upright = saved(Image.eval(cmyk, lambda level: 255 - level), "JPEG", **fine)
    at = upright.index(b"\xff\xee")  # without Adobe's marker inks are stored as they are
    unmarked = upright[:at] + upright[at + 16 :]
    yield Case(21, "jpeg cmyk without Adobe's marker", unmarked, pixels=photo(), within=NEAR)


def _coded() -> Iterator[Case]:
    picture = Image.fromarray(photo())
    grey = photo()[..., 0]
    jpeg = saved(picture, "JPEG", quality=95)
    plain = {"pixels": photo(), "within": NEAR}
    yield Case(22, "jpeg", jpeg, **plain)
    yield Case(22, "jpeg grey", saved(grey, "JPEG"), pixels=np.dstack([grey] * 3), within=NEAR)
    yield Case(
        23, "jpeg progressive", saved(picture, "JPEG", progressive=True, quality=95), **plain
    )
    yield Case(24, "jpeg coded arithmetically", arithmetic_jpeg(), pixels=slopes(), within=8)
    yield Case(37, "png with a zip behind", saved(picture) + b"PK\x03\x04" + bytes(500), **plain)
    yield Case(37, "jpeg with php behind", jpeg + b"<?php echo 1; ?>", **plain)
    yield Case(37, "jpeg with a pdf inside", jpeg_with(b"%PDF-1.7\n", jpeg, 0xFE), **plain)
    palette = picture.quantize(16)
    script = saved(palette, "GIF") + b"<script>1</script>"
    yield Case(37, "gif with a script behind", script, pixels=np.asarray(palette.convert("RGB")))
    yield Case(38, "jpeg with zeros behind", jpeg + bytes(1_000_000), **plain)
    yield Case(41, "webp", saved(picture, "WEBP", quality=95), pixels=photo(), within=60)
    clear = np.dstack((photo(), 255 - square()))
    exact = saved(clear, "WEBP", lossless=True, exact=True)
    yield Case(41, "webp lossless with alpha", exact, pixels=photo())
    yield Case(41, "webp with too large a canvas", webp_with_canvas(200, 200), "invalid_image")
    yield Case(41, "webp with too small a canvas", webp_with_canvas(20, 20), "invalid_image")


def _turned() -> Iterator[Case]:
    forms = (("JPEG", {"quality": 98, "subsampling": 0}, 16), ("PNG", {}, 0))
    lossless = ("WEBP", {"lossless": True, "exact": True}, 0)
    for kind, settings, within in (*forms, lossless):
        for turn in range(1, 9):
            data = with_orientation(stored_as(photo(), turn), turn, kind, **settings)
            name = f"{kind.lower()} with orientation {turn}"
            yield Case(25, name, data, pixels=photo(), within=within)
    fine = {"quality": 98, "subsampling": 0}
    for turn in (0, 9, 65535):
        data = with_orientation(photo(), turn, "JPEG", **fine)
        yield Case(26, f"jpeg with orientation {turn}", data, pixels=photo(), within=16)
    broken = saved(photo(), "JPEG", exif=b"Exif\0\0MM\0\x2a\xff", **fine)
    yield Case(26, "jpeg with a broken exif", broken, pixels=photo(), within=16)
    plain = saved(photo())
    broken = plain[:33] + chunk(b"eXIf", b"MM\0") + plain[33:]
    yield Case(26, "png with a broken exif", broken, pixels=photo())


def _profiled() -> Iterator[Case]:
    for space in profiles.SPACES:
        data = saved(photo(), icc_profile=profiles.wide(space))
        shown = profiles.to_srgb(photo(), space)
        yield Case(27, f"png in {space}", data, pixels=shown, within=2)
    broken = saved(photo(), icc_profile=b"no profile")
    yield Case(27, "png with a broken profile", broken, pixels=photo())
    broken = saved(photo(), "JPEG", icc_profile=bytes(200), quality=98, subsampling=0)
    yield Case(27, "jpeg with a broken profile", broken, pixels=photo(), within=16)
    inks = saved(photo(), icc_profile=profiles.inks())
    yield Case(27, "png with a printer's profile", inks, pixels=photo())


def _moving() -> Iterator[Case]:
    picture = Image.fromarray(photo())
    palette = picture.quantize(16)
    still = np.asarray(palette.convert("RGB"))
    more = {"save_all": True, "append_images": [picture.rotate(90), picture.rotate(180)]}
    yield Case(29, "gif", saved(palette, "GIF"), pixels=still)
    turned = {"save_all": True, "append_images": [palette.rotate(180)]}
    yield Case(29, "gif animated", saved(palette, "GIF", **turned), pixels=still)
    yield Case(29, "png animated", saved(picture, **more), pixels=photo())
    yield Case(29, "webp animated", saved(picture, "WEBP", lossless=True, **more), pixels=photo())
    yield Case(30, "gif with a frame over the edge", gif_with_frame_over_the_edge(), OK)


def _doubled() -> Iterator[Case]:
    picture = Image.fromarray(photo())
    grey = Image.fromarray(square())
    plain = {"pixels": photo(), "within": NEAR}
    two = saved(picture, "MPO", save_all=True, append_images=[picture.rotate(180)], quality=95)
    yield Case(35, "jpeg of two pictures", two, **plain)
    gain = saved(picture, "MPO", save_all=True, append_images=[grey.convert("RGB")], quality=95)
    note = b'http://ns.adobe.com/xap/1.0/\0<x hdrgm:Version="1.0"/>'
    yield Case(36, "jpeg with a gain map", jpeg_with(note, gain), **plain)


def _bitmaps() -> Iterator[Case]:
    picture = Image.fromarray(photo())
    palette = picture.quantize(16)
    rows = np.ascontiguousarray(photo()[..., ::-1]).tobytes()
    runs = np.repeat(np.arange(SIZE[1], dtype=np.uint8)[::-1, None], SIZE[0], 1)
    yield Case(40, "bmp", saved(picture, "BMP"), pixels=photo())
    yield Case(40, "bmp top down", bmp_header(SIZE[0], -SIZE[1]) + rows, pixels=photo())
    yield Case(40, "bmp of 32 bits top down", bmp_of_four_bytes(), pixels=photo())
    shown = np.asarray(palette.convert("RGB"))
    yield Case(40, "bmp of a palette", saved(palette, "BMP"), pixels=shown)
    yield Case(40, "bmp in runs", bmp_runs(), pixels=np.dstack([runs] * 3))


def _keyed_16_bit() -> bytes:
    wide = np.arange(96 * 64 * 3, dtype=np.uint16).reshape(64, 96, 3) * 3
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in wide)
    key = chunk(b"tRNS", struct.pack(">HHH", 300, 303, 306))
    return png(SIZE, rows, depth=16, before=key)


def _interlaced() -> bytes:
    """Adam7 of a 16 x 16 picture of one colour."""
    passes = [(8, 8), (8, 8), (4, 8), (4, 4), (2, 4), (2, 2), (1, 2)]  # step x, step y
    starts = [(0, 0), (4, 0), (0, 4), (2, 0), (0, 2), (1, 0), (0, 1)]
    rows = b""
    for (dx, dy), (x, y) in zip(passes, starts, strict=True):
        width, height = len(range(x, 16, dx)), len(range(y, 16, dy))
        rows += (b"\0" + b"\x20\x40\x60" * width) * height
    return png((16, 16), rows, interlace=1)
