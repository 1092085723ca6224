"""The table: every bad or odd picture that was thought of, and what must come of it.

Each row has the number of its group in the list of inputs (`groups.py`). `expect` is what reading
that one file gives, `staged` what a whole call with it gives: "ok" or the code of an error. Case
names are stable, so that other tests can single some out.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

OK = "ok"
BAD, KIND, LARGE = "invalid_image", "unsupported_format", "image_too_large"
EMPTY, UNCUT = "invalid_mask", "cutout_not_found"


@dataclass(frozen=True)
class Case:
    """One file. `role` is main_image, overlay_image, main_image_mask or overlay_image_mask."""

    group: int
    name: str
    content: bytes | Callable[[], bytes]  # what is large is made when it is needed
    expect: str = OK
    role: str = "main_image"
    # Pixels [H, W, 3] of a picture or [H, W] of a mask that must come out, and how nearly.
    pixels: np.ndarray | None = None
    within: int = 0
    # Other fields of the call; None leaves one out.
    beside: Mapping[str, bytes | None] = field(default_factory=dict)
    staged: str = ""  # where a whole call gives something else than the reading
    heavy: bool = False  # many pixels or bytes: not for every way of sending

    @property
    def data(self) -> bytes:
        """The file."""
        return self.content() if callable(self.content) else self.content

    @property
    def whole(self) -> str:
        """What a call with it gives."""
        return self.staged or self.expect

    @property
    def field(self) -> str:
        """The field of the request that holds it."""
        return self.role


@functools.cache
def cases() -> list[Case]:
    """Every case."""
    from hostile import bombs, damaged, foreign, masks, odd, products

    tables = (damaged, bombs, foreign, odd, products, masks)
    return [case for table in tables for case in table.cases()]


def abridged() -> list[Case]:
    """For ways that differ in transport only: all that is refused, of each group one that works."""
    chosen: dict[object, Case] = {}
    for case in cases():
        if not case.heavy:
            chosen.setdefault(case.group if case.whole == OK else case.name, case)
    return list(chosen.values())
