"""Groups 28 and 31 to 34: whole files of kinds that are not decoded here, and noise."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PIL import Image

from .corpus import KIND, OK, Case
from .pictures import photo, saved

_SVG = b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
_LAUGHS = b"".join(
    b'<!ENTITY %s "%s">' % (name, b"&%s;" % inner * 10)
    for name, inner in ((b"b", b"a"), (b"c", b"b"), (b"d", b"c"), (b"e", b"d"), (b"f", b"e"))
)


def cases() -> Iterator[Case]:
    picture = Image.fromarray(photo())
    floats = saved(Image.fromarray(photo()[..., 0].astype(np.float32) / 255), "TIFF")
    yield Case(28, "tiff", saved(picture, "TIFF"), KIND)
    yield Case(28, "tiff of floats", floats, KIND)
    pages = saved(picture, "TIFF", save_all=True, append_images=[picture])
    yield Case(28, "tiff of two pages", pages, KIND)
    yield Case(31, "avif", saved(picture, "AVIF"), OK)
    yield Case(31, "heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", KIND)
    yield Case(31, "jpeg xl", b"\xff\x0a" + bytes(30), KIND)
    yield Case(31, "jpeg xl in a box", b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(30), KIND)
    yield Case(31, "jpeg 2000", b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(30), KIND)
    yield Case(31, "mp4", b"\0\0\0\x18ftypisom\0\0\0\0isommp42", KIND)
    yield from _vectors()
    yield from _data_files()


def _vectors() -> Iterator[Case]:
    entity = b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    laughs = b'<!DOCTYPE svg [<!ENTITY a "ha">' + _LAUGHS + b"]>"
    prologue = b'<?xml version="1.0"?>'
    yield Case(32, "svg", _SVG + b'<rect width="64" height="64"/></svg>', KIND)
    yield Case(32, "svg with a script", _SVG + b"<script>alert(1)</script></svg>", KIND)
    yield Case(
        32, "svg with a file", _SVG + b'<image xlink:href="file:///etc/passwd"/></svg>', KIND
    )
    yield Case(32, "svg with entities", prologue + entity + _SVG + b"&x;</svg>", KIND)
    yield Case(32, "svg of a billion laughs", prologue + laughs + _SVG + b"&f;</svg>", KIND)
    yield Case(32, "svg behind a comment", b"<!-- " + b"x" * 600 + b" -->" + _SVG, KIND)
    yield Case(33, "eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\n", KIND)
    yield Case(33, "eps with a command", b"%!PS\n(%pipe%id) (r) file\nshowpage\n", KIND)
    yield Case(33, "eps in a dos file", b"\xc5\xd0\xd3\xc6" + bytes(30), KIND)
    yield Case(33, "pdf", b"%PDF-1.7\n", KIND)
    yield Case(33, "pdf around a jpeg", b"%PDF-1.7\n" + saved(photo(), "JPEG"), KIND)
    yield Case(33, "wmf", b"\xd7\xcd\xc6\x9a" + bytes(40), KIND)
    yield Case(33, "emf", b"\x01\0\0\0" + bytes(36) + b" EMF" + bytes(60), KIND)


def _data_files() -> Iterator[Case]:
    yield Case(34, "fits", b"SIMPLE  =                    T" + bytes(80), KIND)
    yield Case(34, "hdf5", b"\x89HDF\r\n\x1a\n", KIND)
    yield Case(34, "grib", b"GRIB" + bytes(16), KIND)
    yield Case(34, "psd", b"8BPS\0\x01" + bytes(20), KIND)
    yield Case(34, "ico", b"\0\0\x01\0\x01\0" + bytes(16), KIND)
    yield Case(34, "icns", b"icns" + bytes(40), KIND)
    yield Case(34, "tga", saved(Image.fromarray(photo()), "TGA"), KIND)
    yield Case(34, "ppm", saved(Image.fromarray(photo()), "PPM"), KIND)
    yield Case(34, "qoi", b"qoif" + bytes(30), KIND)
    yield Case(34, "zip", b"PK\x03\x04" + bytes(30), KIND)
    yield Case(34, "gzip", b"\x1f\x8b\x08\0" + bytes(30), KIND)
    yield Case(34, "random bytes", np.random.default_rng(3).bytes(1000), KIND)
