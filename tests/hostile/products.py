"""Groups 19, 39, 42, 43 and 61: products that are hard to cut out, or of an unlikely size."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PIL import Image

from .corpus import OK, UNCUT, Case
from .pictures import SIZE, photo, saved, square

ROLE = "overlay_image"
ALONE = {"overlay_image_mask": None}


def cases() -> Iterator[Case]:
    yield from _transparent()
    yield from _unmasked()
    yield from _sizes()


def _transparent() -> Iterator[Case]:
    soft = np.minimum(square(), 128)
    premultiplied = (photo().astype(int) * soft[..., None] // 255).astype(np.uint8)
    edges = saved(np.dstack((premultiplied, soft)))
    yield Case(19, "product premultiplied", edges, OK, ROLE, beside=ALONE)
    gone = saved(np.dstack((photo(), 0 * square())))
    yield Case(19, "product all clear", gone, OK, ROLE, beside=ALONE, staged=UNCUT)
    yield Case(19, "product all clear with a mask", gone, OK, ROLE, staged=UNCUT)


def _unmasked() -> Iterator[Case]:
    box = square()[..., None] > 0
    blue = np.array((60, 90, 150), np.uint8)
    slope = np.repeat(np.linspace(200, 250, SIZE[0]).astype(np.uint8)[None, :, None], SIZE[1], 0)
    noise = np.random.default_rng(9).integers(0, 256, (*SIZE[::-1], 3), np.uint8)
    grounds = (
        ("white", np.full((1, 1, 3), 255, np.uint8), OK),
        ("light grey", np.full((1, 1, 3), 225, np.uint8), OK),
        ("a gradient", slope, OK),
        ("a busy ground", noise, UNCUT),
    )
    for name, ground, staged in grounds:
        data = saved(np.where(box, blue, ground).astype(np.uint8))
        yield Case(61, f"product on {name}", data, OK, ROLE, beside=ALONE, staged=staged)
    clear = saved(np.dstack((photo(), square())))
    yield Case(61, "product on nothing", clear, OK, ROLE, beside=ALONE)
    nothing = saved(np.full((*SIZE[::-1], 3), 255, np.uint8))
    yield Case(61, "nothing on white", nothing, OK, ROLE, beside=ALONE, staged=UNCUT)


def _sizes() -> Iterator[Case]:
    yield Case(42, "product of 24 megapixels", _large, OK, ROLE, heavy=True)
    room = saved(photo((48, 48)))
    yield Case(42, "room smaller than its product", room, OK)
    yield Case(
        43, "product is the room", room, OK, ROLE, beside={"main_image": room} | ALONE, staged=UNCUT
    )
    yield Case(43, "product is the room, masked", room, OK, ROLE, beside={"main_image": room})


def _large() -> bytes:
    return saved(Image.new("RGB", (6000, 4000), (70, 90, 140)), compress_level=1)
