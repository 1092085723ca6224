"""Group 45: arrays and objects in place of files, for the library alone."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from .pictures import photo, saved

OK, BAD, LARGE = "ok", "invalid_image", "image_too_large"


@dataclass(frozen=True)
class Given:
    """One room, not as a file's bytes."""

    group: int
    name: str
    source: Any
    expect: str


def arrays() -> list[Given]:
    """Every source."""
    return [Given(45, name, source, expect) for name, source, expect in (*_good(), *_bad())]


def _good() -> Iterator[tuple[str, Any, str]]:
    fixed = photo()
    fixed.flags.writeable = False
    wide = np.repeat(photo(), 2, axis=1)
    yield "array", photo(), OK
    yield "array with negative strides", photo()[::-1, ::-1], OK
    yield "array that is read-only", fixed, OK
    yield "array that is not contiguous", wide[:, ::2], OK
    yield "array in Fortran's order", np.asfortranarray(photo()), OK
    yield "array of grey", photo()[..., 0], OK
    yield "array of one channel", photo()[..., :1], OK
    yield "array with alpha", np.dstack((photo(), photo()[..., 0])), OK
    yield "array of 16 bits", photo().astype(np.uint16) * 257, OK
    yield "array of floats", photo() / 255, OK
    yield "array of half floats", (photo() / 255).astype(np.float16), OK
    yield "array of the other byte order", photo().astype(">u2") * 257, OK
    yield "picture of Pillow", Image.fromarray(photo()), OK
    yield "file in memory", io.BytesIO(saved(photo())), OK
    yield "view of bytes", memoryview(saved(photo())), OK


def _bad() -> Iterator[tuple[str, Any, str]]:
    yield "array of NaN", np.full((64, 96, 3), np.nan), BAD
    yield "array with one infinity", np.where(photo() == photo().max(), np.inf, 0.5), BAD
    yield "array of floats to 255", photo().astype(float), BAD
    yield "array of int64", photo().astype(np.int64), BAD
    yield "array of objects", np.full((64, 96, 3), None), BAD
    yield "array of words", np.full((64, 96, 3), "x"), BAD
    yield "array of complex numbers", photo().astype(complex), BAD
    yield "array with channels first", np.moveaxis(photo(), 2, 0), BAD
    yield "array of a batch", photo()[None], BAD
    yield "array of five channels", np.zeros((64, 96, 5), np.uint8), BAD
    yield "array of one dimension", np.zeros(4000, np.uint8), BAD
    yield "array without rows", np.zeros((0, 96, 3), np.uint8), BAD
    yield "array of 64 gigapixels", np.broadcast_to(np.uint8(1), (1 << 18, 1 << 18, 3)), LARGE
    yield "picture of floats", Image.new("F", (64, 64)), BAD
    yield "picture of 400 megapixels", _huge(), LARGE
    yield "text file", io.StringIO("x"), BAD
    yield "number", 42, BAD
    yield "address", "http://127.0.0.1/a.png", BAD  # the library fetches nothing
    yield "path that is not there", "no-such-room.jpg", BAD
    yield "path with a NUL", "a\0b", BAD
    yield "folder", ".", BAD


def _huge() -> Any:
    """A lazily opened file that says 20,000 x 20,000; nothing is decoded."""
    picture = Image.open(io.BytesIO(saved(Image.new("1", (64, 64)))))
    picture._size = (20_000, 20_000)  # pyright: ignore
    return picture
