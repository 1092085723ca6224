"""Groups 46 to 63: masks as people paint, save and forget them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PIL import Image

from .corpus import BAD, EMPTY, KIND, LARGE, OK, Case
from .pictures import SIZE, photo, png, png_16, saved, square, stored_as, with_orientation

ROLE = "main_image_mask"
ROOM = saved(photo())  # the masks here are of its size


def cases() -> Iterator[Case]:
    """Every mask beside the room that it belongs to."""
    yield from (*_sizes(), *_levels(), *_shapes(), *_broken())
    yield from _of_products()


def _case(
    group: int,
    name: str,
    data: bytes,
    expect: str = OK,
    pixels: np.ndarray | None = None,
    staged: str = "",
) -> Case:
    beside = {"main_image": ROOM}
    return Case(group, name, data, expect, ROLE, pixels, beside=beside, staged=staged)


def _sizes() -> Iterator[Case]:
    yield _case(46, "mask", saved(square()), pixels=square())
    yield _case(46, "mask of half the size", saved(square((48, 32))))
    yield _case(46, "mask of twice the size", saved(square((192, 128))), pixels=square())
    yield _case(47, "mask of another shape", saved(square((64, 64))))
    yield _case(47, "mask of a strip", saved(square((96, 16))))
    settings = {"quality": 98, "subsampling": 0}
    for turn in (6, 8):
        stored = with_orientation(stored_as(photo(), turn), turn, "JPEG", **settings)
        room = {"main_image": stored}
        painted = saved(stored_as(square(), turn))
        name = f"mask of a photo stored by {turn}"
        yield Case(48, name, painted, OK, ROLE, square(), beside=room)
        noted = with_orientation(stored_as(square(), turn), turn, "PNG")
        yield Case(25, f"{name}, turned itself", noted, OK, ROLE, square(), beside=room)


def _levels() -> Iterator[Case]:
    levels = square()
    ones = (levels > 0).astype(np.uint8)
    indexed = Image.fromarray(ones).convert("P")
    indexed.putpalette([0, 0, 0, 128, 0, 0])
    paint = np.dstack((np.full_like(photo(), 255), levels))
    clear = saved(np.dstack((photo(), 0 * levels)))
    soft = np.asarray(
        Image.fromarray(levels).resize((24, 16)).resize(SIZE, Image.Resampling.BILINEAR)
    )
    yield _case(49, "mask all black", saved(0 * levels), EMPTY)
    yield _case(49, "mask all black jpeg", saved(0 * levels, "JPEG"), EMPTY)
    yield _case(49, "mask all clear", clear, EMPTY)
    yield _case(50, "mask all white", saved(0 * levels + 255), pixels=0 * levels + 255)
    yield _case(51, "mask inverted", saved(255 - levels), pixels=255 - levels)
    yield _case(52, "mask with soft edges", saved(soft), pixels=soft)
    yield _case(53, "mask of 0 and 1", saved(ones), pixels=levels)
    yield _case(54, "mask of 0 and 128", saved(ones * 128), pixels=levels)
    red = np.dstack((levels, 0 * levels, 0 * levels))
    yield _case(55, "mask of colour", saved(red), pixels=levels)
    yield _case(55, "mask in alpha", saved(paint), pixels=levels)
    yield _case(55, "mask of a palette", saved(indexed), pixels=levels)
    yield _case(55, "mask of 1 bit", saved(Image.fromarray(levels).convert("1")), pixels=levels)
    deep = ones.astype(np.uint16)
    yield _case(55, "mask of 16 bits", png_16(deep * 65535), pixels=levels)
    yield _case(55, "mask of 0 and 300 in 16 bits", png_16(deep * 300), pixels=levels)
    ringing = saved(levels, "JPEG", quality=60)
    yield _case(56, "mask as jpeg", ringing)


def _shapes() -> Iterator[Case]:
    empty = 0 * square()
    dot, line, frame = empty.copy(), empty.copy(), empty + 255
    dot[30, 40], line[40, 10:80] = 255, 255
    frame[8:-8, 8:-8] = 0
    hollow = square()
    hollow[20:28, 30:40] = 0
    specks = np.random.default_rng(5).random((64, 96)) > 0.5
    yield _case(57, "mask of one pixel", saved(dot), pixels=dot, staged=EMPTY)
    yield _case(57, "mask of a line", saved(line), pixels=line, staged=EMPTY)
    yield _case(57, "mask of the frame", saved(frame), pixels=frame)
    yield _case(58, "mask of specks", saved(specks.astype(np.uint8) * 255))
    many = Case(58, "mask of 10,000 specks", _many_specks(), OK, ROLE)
    yield many
    yield _case(59, "mask with a hole", saved(hollow), pixels=hollow)
    yield _case(60, "mask is a photo", saved(photo()))
    yield _case(60, "mask is the room", ROOM)


def _many_specks() -> bytes:
    levels = np.zeros((400, 400), np.uint8)
    levels[::4, ::4] = 255
    return saved(levels)


def _broken() -> Iterator[Case]:
    yield _case(2, "mask is html", b"<html></html>", KIND)
    yield _case(4, "mask cut", saved(square())[:-40], BAD)
    yield _case(8, "mask of 50,000 x 50,000", png((50_000, 50_000), b"\0", colour=0), LARGE)
    yield _case(2, "mask of no bytes", b"", BAD)


def _of_products() -> Iterator[Case]:
    role = "overlay_image_mask"
    black = saved(np.zeros((120, 160), np.uint8))
    yield Case(62, "product mask all black", black, EMPTY, role)
    left = np.zeros(SIZE[::-1], np.uint8)
    left[:, :48] = 255
    clear_there = saved(np.dstack((photo(), 255 - left)))
    beside = {"overlay_image": clear_there}
    yield Case(
        63, "product mask over what is clear", saved(left), OK, role, beside=beside, staged=EMPTY
    )
