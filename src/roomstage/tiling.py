"""Pictures of one size side by side: an answer is one picture, however many were asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from roomstage.errors import InvalidParameter
from roomstage.image import U8, Box, Image
from roomstage.inputs.limits import Limits

_COLUMNS = 2
_WHITE = 255


def boxes(size: tuple[int, int], count: int) -> list[Box]:
    """Where each of `count` pictures of `size` (w, h) lies.

    One as it is; two in a row; three and four in a square.
    """
    width, height = size
    corners = [(n % _COLUMNS * width, n // _COLUMNS * height) for n in range(count)]
    return [Box(x, y, x + width, y + height) for x, y in corners]


def size_of(size: tuple[int, int], count: int) -> tuple[int, int]:
    """(width, height) of the whole of `count` pictures of `size`."""
    return size[0] * min(count, _COLUMNS), size[1] * math.ceil(count / _COLUMNS)


def check(size: tuple[int, int], count: int, *, field: str, limits: Limits | None = None) -> None:
    """Hold the whole to the limits that pictures are held to on their way in.

    Args:
        size: (width, height) of one picture.
        count: how many there are.
        field: of the request that says how many.
        limits: by default those of every picture.

    Raises:
        InvalidParameter: it is too large, with how many would do. One picture always does.
    """
    allowed = limits or Limits()
    if count == 1 or _fits(size, count, allowed):
        return
    width, height = size_of(size, count)
    most = max([1, *(n for n in range(2, count) if _fits(size, n, allowed))])
    raise InvalidParameter(
        f"{field} is {count}: side by side they make a picture of {width:,} x {height:,} pixels, "
        f"more than {allowed.pixels / 1e6:g} megapixels or {allowed.side:,} on a side: give "
        f"{f'at most {most}' if most > 1 else '1'}, or a smaller room",
        field=field,
    )


def laid(pictures: Sequence[Image]) -> Image:
    """Pictures of one size in one; the place that is left over is white."""
    if len(pictures) == 1:
        return pictures[0]
    size = pictures[0].size
    places = boxes(size, len(pictures))
    whole = size_of(size, len(pictures))
    rgb = _filled([picture.rgb for picture in pictures], places, (whole[1], whole[0], 3))
    alphas = [picture.alpha for picture in pictures if picture.alpha is not None]
    if len(alphas) < len(pictures):
        return Image(rgb)
    return Image(rgb, _filled(alphas, places, (whole[1], whole[0])))


def _fits(size: tuple[int, int], count: int, limits: Limits) -> bool:
    whole = size_of(size, count)
    return whole[0] * whole[1] <= limits.pixels and max(whole) <= limits.side


def _filled(parts: Sequence[U8], places: Sequence[Box], shape: tuple[int, ...]) -> U8:
    whole = np.full(shape, _WHITE, np.uint8)
    for part, box in zip(parts, places, strict=True):
        whole[box.slices] = part
    return whole
