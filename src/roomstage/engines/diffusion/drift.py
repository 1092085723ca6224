"""How far a model has drifted from the product: its colour, and its structure."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from roomstage import colour
from roomstage.image import F32, U8

_INSIDE = 0.95  # of alpha: the rim is the model's to blend
_FLAT = 1e-6
_ACTIVE = 0.02  # mean gradient of a product that has any structure to compare


@dataclass(frozen=True, slots=True)
class Drift:
    """What a redrawn product differs by.

    Attributes:
        colour: CIE76 difference of the mean colours and of each pixel's coarse colour, averaged;
            2 is barely seen, 10 is another colour.
        structure: correlation of the gradients, 1 = the same edges, 0 = unrelated ones.
    """

    colour: float
    structure: float

    def report(self) -> dict[str, float]:
        """JSON-ready."""
        return {"colour_delta_e": round(self.colour, 2), "structure": round(self.structure, 3)}

    def warnings(self) -> tuple[str, ...]:
        """What should be looked at."""
        told = []
        if self.colour > 8:
            told.append(
                f"the product's colour drifted by {self.colour:.0f} (CIE76): compare it with its "
                "photo, or stage it with fidelity faithful"
            )
        if self.structure < 0.5:
            told.append(
                f"the product's outlines and pattern are only {max(0.0, self.structure):.0%} "
                "those of its photo: compare them, or stage it with fidelity faithful"
            )
        return tuple(told)


def measured(painted: U8, ours: U8, alpha: F32) -> Drift:
    """The drift of `painted` from `ours` [h, w, 3] inside the product's `alpha` [h, w]."""
    inside = np.asarray(alpha >= _INSIDE, np.uint8)
    if not inside.any():
        return Drift(0.0, 1.0)
    sigma = max(1.0, 0.01 * float(np.sqrt(inside.sum())))
    one, other = (_lab(cv2.GaussianBlur(part, (0, 0), sigma)) for part in (painted, ours))
    marked = inside.astype(bool)
    difference = float(np.linalg.norm(one - other, axis=-1)[marked].mean())
    rim = np.ones((5, 5), np.uint8)
    core = np.asarray(cv2.erode(inside, rim)).astype(bool)
    core = core if core.any() else marked
    return Drift(difference, _alike(one[..., 0], other[..., 0], core))


def _lab(rgb: cv2.typing.MatLike) -> F32:
    linear = colour.decode(np.asarray(rgb, np.uint8))
    encoded = colour.linear_to_srgb(linear)
    return np.asarray(cv2.cvtColor(encoded, cv2.COLOR_RGB2LAB), np.float32)


def _alike(one: F32, other: F32, where: np.ndarray) -> float:
    grads = []
    for lightness in (one, other):
        x = np.asarray(cv2.Sobel(lightness, cv2.CV_32F, 1, 0))[where]
        y = np.asarray(cv2.Sobel(lightness, cv2.CV_32F, 0, 1))[where]
        grads.append(np.concatenate([x, y]))
    energy = [float((g * g).sum()) for g in grads]
    if min(energy) / max(1, int(where.sum())) < _ACTIVE:  # plain: there is nothing to mistake
        return 1.0 if max(energy) / max(1, int(where.sum())) < 4 * _ACTIVE else 0.0
    return float((grads[0] * grads[1]).sum() / (np.sqrt(energy[0] * energy[1]) + _FLAT))
