"""Groups 1 to 12: files that are broken, cut, or hold next to nothing."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from .corpus import BAD, KIND, LARGE, OK, Case
from .pictures import SIZE, bmp_header, chunk, photo, png, saved


def cases() -> Iterator[Case]:
    plain = saved(photo())
    rows = b"".join(b"\0" + row.tobytes() for row in photo())
    yield Case(2, "no bytes", b"", BAD)
    yield Case(2, "one byte", b"\x89", KIND)
    yield Case(3, "html", b"\n<!DOCTYPE html><html><body>Sign in</body></html>", KIND)
    yield Case(3, "json", b'{"error": "not found"}', KIND)
    yield Case(3, "words", b"not a picture", KIND)
    yield Case(3, "zeros", bytes(1000), KIND)
    for percent in (1, 10, 50, 90):
        yield Case(4, f"png cut at {percent} %", plain[: len(plain) * percent // 100], BAD)
    yield Case(4, "png signature alone", plain[:8], BAD)
    yield Case(4, "png header alone", plain[:33], BAD)
    yield Case(5, "png without end", plain[:-12], OK, pixels=photo())
    yield from _flipped(plain, rows)
    yield from _cut_elsewhere()
    yield Case(10, "png of 0 x 0", png((0, 0), b""), BAD)
    yield Case(11, "png of 1 x 1", saved(photo((1, 1))), BAD)
    yield Case(11, "png of 15 x 64", saved(photo((15, 64))), BAD)
    yield Case(11, "png of 16 x 16", saved(photo((16, 16))), OK)
    yield Case(12, "png of 16 x 60,000", png((16, 60_000), b"\0"), LARGE)
    yield Case(12, "png of 1 x 60,000", png((1, 60_000), b"\0"), LARGE)


def _flipped(plain: bytes, rows: bytes) -> Iterator[Case]:
    flipped = bytearray(plain)
    flipped[len(plain) // 2] ^= 4
    adler = bytearray(zlib.compress(rows))
    adler[-1] ^= 1
    bad_adler = plain[:33] + chunk(b"IDAT", bytes(adler)) + chunk(b"IEND")
    bad_check = bytearray(plain)
    bad_check[-13] ^= 1  # the last byte of the last check sum of pixels
    yield Case(6, "png with a flipped byte", bytes(flipped), BAD)
    yield Case(6, "png with a bad check sum", bytes(bad_check), BAD)
    yield Case(6, "png with a bad adler", bad_adler, BAD)
    yield Case(6, "png with short rows", png(SIZE, rows[:-500]), BAD)
    yield Case(6, "png with filter type 9", png(SIZE, b"\x09" + rows[1:]), BAD)


def _cut_elsewhere() -> Iterator[Case]:
    jpeg = saved(photo(), "JPEG")
    webp = saved(photo(), "WEBP")
    yield Case(7, "jpeg cut at 50 %", jpeg[: len(jpeg) // 2], BAD)
    yield Case(7, "jpeg without end mark", jpeg[: len(jpeg) * 9 // 10], BAD)
    yield Case(7, "jpeg of markers only", b"\xff\xd8\xff\xd9", BAD)
    yield Case(7, "jpeg of fill bytes", b"\xff\xd8" + b"\xff" * 5000, BAD)
    yield Case(7, "webp cut at 50 %", webp[: len(webp) // 2], BAD)
    yield Case(7, "webp header alone", webp[:16], BAD)
    yield Case(7, "gif header alone", b"GIF89a\x40\0\x40\0", BAD)
    yield Case(7, "bmp header alone", bmp_header(64, 64), BAD)
    yield Case(7, "bmp of negative width", bmp_header(-64, 64), BAD)
    yield Case(7, "avif header alone", b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf", BAD)
