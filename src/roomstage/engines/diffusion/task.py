"""What a model is asked to paint, at its own size; and what a painter is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from roomstage.engines.diffusion.crop import resized
from roomstage.image import U8, Cutout

Step = Callable[[float], None]  # share of the schedule done; may raise to stop it


@dataclass(frozen=True, eq=False, slots=True)
class Task:
    """One picture to paint. Arrays have the same size, which suits the model.

    Attributes:
        room: [h, w, 3] without the product.
        staged: [h, w, 3] with the product, as the compositor laid it.
        tight: [h, w] 255 = to be painted, in the first part of the schedule.
        wide: in the second part.
        product: [s, s, 3] the product on white.
        caption: of the picture that is wanted.
        instruction: the same for an editor.
        faithful: the product is not to be drawn anew.
        steps: of the schedule.
        guidance: of the request, 1 to 50.
        seed: of the noise.
    """

    room: U8
    staged: U8
    tight: U8
    wide: U8
    product: U8
    caption: str
    instruction: str
    faithful: bool
    steps: int
    guidance: float
    seed: int


class Painter(Protocol):
    """A model in memory."""

    def paint(self, tasks: Sequence[Task], step: Step) -> list[U8]:
        """The whole picture [h, w, 3] of each task, of the task's size.

        Tasks have their size and words in common. Each picture is the one that its task alone
        would give, but for the rounding of a batch's arithmetic.
        """
        ...


def on_white(cutout: Cutout, side: int, *, margin: float = 0.1) -> U8:
    """The product [side, side, 3] on white, centred, with a `margin` of the side around it."""
    alpha = cutout.alpha[..., None].astype(np.float32) / 255
    flat = np.rint(cutout.rgb * alpha + 255 * (1 - alpha)).astype(np.uint8)
    width, height = cutout.size
    scale = side * (1 - 2 * margin) / max(width, height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = resized(np.ascontiguousarray(flat), size)
    whole = np.full((side, side, 3), 255, np.uint8)
    x, y = (side - size[0]) // 2, (side - size[1]) // 2
    whole[y : y + size[1], x : x + size[0]] = small
    return whole
