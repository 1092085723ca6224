"""The value that tells where a product stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from roomstage.image import F32, U8, Box
from roomstage.prompt import Surface

_GOES_ON = 0.6  # of the product's box: how far beyond it what hides it is taken to reach

Choice = Literal["silhouette", "region", "floor area", "true size", "found"]


@dataclass(frozen=True, eq=False, slots=True)
class Placement:
    """How the cut-out's pixels map to the room's, sub-pixel.

    What stands upright is scaled and shifted: a cut-out pixel edge (u, v) lands at
    ``(left + u * scale_x, top + v * scale_y)`` in room pixels, where integers are the edges
    between pixels. What lies in a plane of the room follows `homography` instead.
    """

    left: float
    top: float
    scale_x: float  # room pixels per cut-out pixel
    scale_y: float
    box: Box  # the room pixels that the product may touch
    corners: F32  # [4, 2] x, y of the product's box: top left, top right, bottom right, bottom left
    contact: float  # row where the product's foremost point meets what carries it
    surface: Surface
    kind: str | None  # the word of the prompt that told the kind
    depth_ratio: float  # the product's depth as a share of its width
    chosen_by: Choice  # what the place was read from
    homography: NDArray[np.float64] | None = None  # [3, 3] cut-out edges to room edges
    visible: U8 | None = None  # [h, w] over `box`, 255 = shows, 0 = behind something; None = all
    plane: str | None = None  # of the room, that carries the product
    plane_confidence: float = 0.0
    pixels_per_metre: float | None = None  # at the contact
    size_cm: tuple[float, float] | None = None  # about how wide and high it stands in the room
    warnings: tuple[str, ...] = ()

    def hidden(self, over: Box) -> F32 | None:
        """Share [h, w] of room pixels that stand before the product; None where nothing does.

        What stands there goes on beyond the product's box and hides its shadow and its mirror
        image too: the box's rim is carried on, and fades.
        """
        if self.visible is None:
            return None
        box = self.box
        x, y = np.arange(over.x0, over.x1) - box.x0, np.arange(over.y0, over.y1) - box.y0
        inside_x, inside_y = np.clip(x, 0, box.width - 1), np.clip(y, 0, box.height - 1)
        hidden = 1 - self.visible[np.ix_(inside_y, inside_x)].astype(np.float32) / 255
        fade = _GOES_ON * max(box.width, box.height)
        away = np.hypot((x - inside_x)[None], (y - inside_y)[:, None]) / fade
        return np.asarray(hidden * np.maximum(1 - away, 0), np.float32)

    @property
    def to_room(self) -> NDArray[np.float64]:
        """Map [3, 3] from the cut-out's pixel edges to the room's."""
        if self.homography is not None:
            return self.homography
        return np.array([[self.scale_x, 0, self.left], [0, self.scale_y, self.top], [0, 0, 1.0]])

    def report(self) -> dict[str, Any]:
        """JSON-ready account."""
        return {
            "corners": [[round(float(x), 2), round(float(y), 2)] for x, y in self.corners],
            "box": [self.box.x0, self.box.y0, self.box.x1, self.box.y1],
            "surface": self.surface,
            "kind": self.kind,
            "chosen_by": self.chosen_by,
            "in_perspective": self.homography is not None,
            "partly_hidden": self.visible is not None,
            "plane": self.plane,
            "plane_confidence": round(self.plane_confidence, 3),
            "pixels_per_metre": _rounded(self.pixels_per_metre),
            "size_cm": None if self.size_cm is None else [round(cm, 1) for cm in self.size_cm],
        }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
