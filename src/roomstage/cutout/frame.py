"""Cropping to the product, at the size that is wanted, and what is said about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from roomstage.errors import CutoutNotFound
from roomstage.image import U8, Box, Cutout

_EDGES = ("left", "top", "right", "bottom")


@dataclass(frozen=True, slots=True)
class Frame:
    """A window of the photo and the size that it is worked on."""

    window: Box  # in the photo's pixels
    size: tuple[int, int]  # (width, height) worked on
    photo: tuple[int, int]  # (width, height) of the photo

    @property
    def scale(self) -> float:
        """Worked pixels per pixel of the photo."""
        return self.size[0] / self.window.width


def frame(box: Box, photo: tuple[int, int], max_side: int | None, margin: int) -> Frame:
    """The window around `box` with a `margin` (photo pixels), reduced to fit `max_side`."""
    longest = max(box.width, box.height)
    scale = 1.0
    if max_side is not None and longest > max_side:
        scale = max(1, max_side - 1) / longest  # one pixel is left for the start between two
    window = box.grown(margin, photo)
    size = max(1, round(window.width * scale)), max(1, round(window.height * scale))
    return Frame(window, size, photo)


def cropped(
    frame: Frame,
    colours: U8,
    alpha: U8,
    origin: Literal["alpha", "mask", "keyed"],
    warnings: tuple[str, ...] = (),
) -> Cutout:
    """The cut-out from colours [H, W, 3] and alpha [H, W] of a frame."""
    tight = Box.around(alpha > 2)
    if tight is None:
        raise CutoutNotFound(
            "overlay_image shows nothing that stands out: give overlay_image_mask "
            "(white = product)",
            field="overlay_image",
        )
    box = _in_photo(tight, frame)
    return Cutout(
        rgb=np.ascontiguousarray(colours[tight.slices]),
        alpha=np.ascontiguousarray(alpha[tight.slices]),
        box=box,
        origin=origin,
        scale=frame.scale,
        warnings=warnings + _remarks(tight, alpha.shape, frame, box),
    )


def _in_photo(tight: Box, frame: Frame) -> Box:
    across = frame.window.width / frame.size[0]
    down = frame.window.height / frame.size[1]
    return Box(
        frame.window.x0 + int(tight.x0 * across),
        frame.window.y0 + int(tight.y0 * down),
        min(frame.photo[0], frame.window.x0 + int(np.ceil(tight.x1 * across))),
        min(frame.photo[1], frame.window.y0 + int(np.ceil(tight.y1 * down))),
    )


def _remarks(tight: Box, shape: tuple[int, ...], frame: Frame, box: Box) -> tuple[str, ...]:
    remarks: list[str] = []
    touched = (
        tight.x0 == 0 and frame.window.x0 == 0,
        tight.y0 == 0 and frame.window.y0 == 0,
        tight.x1 == shape[1] and frame.window.x1 == frame.photo[0],
        tight.y1 == shape[0] and frame.window.y1 == frame.photo[1],
    )
    remarks += [
        f"the product is cut off at the {edge} edge of overlay_image"
        for edge, touches in zip(_EDGES, touched, strict=True)
        if touches
    ]
    if max(box.width, box.height) < 64:
        remarks.append(
            f"the product is only {box.width} x {box.height} pixels in overlay_image: "
            "a closer picture would look sharper"
        )
    return tuple(remarks)
