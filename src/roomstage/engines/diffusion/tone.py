"""Takes out of a model's picture the tone that its VAE has added.

The round trip through a VAE shifts colours, and not by the same amount everywhere: one correction
for the whole picture mends the left and spoils the right. What the model was to leave alone shows
the shift, so a smooth map is fitted there and carried inward.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage.image import F32, U8

_ROUNDS = 12  # of reweighting
_HUBER, _TUKEY = 6.0, 24.0  # levels; what differs more is no tone but another thing
_MOST_SAMPLES = 20_000
_STIFFNESS = 2e-3  # pull of the map to doing nothing, per sample
_MOST_SHIFT = 40.0  # levels


def matched(painted: U8, ours: U8, known: F32) -> U8:
    """`painted` [h, w, 3] with the tone that makes it `ours` where that is known.

    ``out = gain(x, y) * painted + shift(x, y)`` for each channel, the gain linear and the shift
    quadratic in the position, fitted by iteratively reweighted least squares: Huber's weights to
    get near, then Tukey's, which leave out what is another thing altogether.

    Args:
        painted: what the model returned, aligned with `ours`.
        ours: the picture that it was given.
        known: weight [h, w], above 0 where the model was to change nothing.
    """
    rows, columns = np.nonzero(known > 0.05)
    if len(rows) < 64:
        return painted
    step = max(1, len(rows) // _MOST_SAMPLES)
    rows, columns = rows[::step], columns[::step]
    # Texture is not reproduced pixel by pixel; its average is.
    soft = np.asarray(cv2.blur(painted, (5, 5)), np.uint8), np.asarray(cv2.blur(ours, (5, 5)))
    weights = known[rows, columns].astype(np.float64)
    shape = painted.shape[:2]
    basis = _basis(_at(rows, shape[0]), _at(columns, shape[1]))
    out = np.empty(painted.shape, np.float32)
    ys, xs = np.mgrid[0 : shape[0], 0 : shape[1]]
    whole = _basis(_at(ys.ravel(), shape[0]), _at(xs.ravel(), shape[1]))
    for channel in range(3):
        given = soft[0][rows, columns, channel].astype(np.float64)
        wanted = soft[1][rows, columns, channel].astype(np.float64)
        found = _fitted(basis, given, wanted, weights)
        value = painted[..., channel].astype(np.float32)
        gain = (whole[:, :3] @ found[:3]).reshape(shape)
        shift = (whole @ found[3:]).reshape(shape)
        change = np.clip(gain * (value - 128) + shift, -_MOST_SHIFT, _MOST_SHIFT)
        out[..., channel] = value + change
    return np.clip(np.rint(out), 0, 255).astype(np.uint8)


def _at(index: NDArray[np.int_], length: int) -> NDArray[np.float64]:
    return 2 * (index + 0.5) / length - 1


def _basis(y: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Polynomials [n, 6] up to the second order; the first three are the first order."""
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1)


def _fitted(
    basis: NDArray[np.float64],
    given: NDArray[np.float64],
    wanted: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Three coefficients of the gain's excess over 1 and six of the shift."""
    level = given - 128
    design = np.concatenate([basis[:, :3] * level[:, None], basis], axis=1)
    target = wanted - given
    # A gain moves a level by up to 128 times itself: it is held that much more weakly.
    stiff = _STIFFNESS * weights.sum() * np.diag([64.0**2] * 3 + [1.0] * 6)
    robust = (np.abs(target - np.median(target)) < _MOST_SHIFT).astype(np.float64)
    found = np.zeros(9)
    for turn in range(_ROUNDS):
        share = weights * robust
        normal = design.T @ (design * share[:, None]) + stiff
        found = np.linalg.solve(normal, design.T @ (share * target))
        away = np.abs(target - design @ found)
        if turn < _ROUNDS // 2:
            robust = np.minimum(1, _HUBER / np.maximum(away, 1e-6)) * (away < _MOST_SHIFT)
        else:
            robust = np.square(np.maximum(1 - np.square(away / _TUKEY), 0)) + 1e-6
    return found
