"""Numpy arrays as callers have them, to 8-bit levels."""

from __future__ import annotations

import numpy as np

from roomstage.errors import InvalidImage
from roomstage.image import U8
from roomstage.inputs.colours import scaled_16_bit
from roomstage.inputs.limits import Limits
from roomstage.inputs.sniff import check_size

_SHAPES = "[H, W], [H, W, 3] or [H, W, 4]"


def levels_from_array(array: np.ndarray, *, field: str, limits: Limits) -> U8:
    """A copy as contiguous uint8 of shape [H, W], [H, W, 3] or [H, W, 4].

    uint8 is taken as it is, uint16 as 0..65535, floats as 0..1, bool as black and white.

    Raises:
        InvalidImage: another shape or type, too small, or floats out of range.
        ImageTooLarge: more pixels than `limits` allow.
    """
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)):
        shape = "x".join(str(side) for side in array.shape)
        first = array.ndim == 3 and array.shape[0] in (1, 3, 4)
        hint = "channels go last, use array.transpose(1, 2, 0)" if first else f"give {_SHAPES}"
        raise InvalidImage(f"{field} is an array of shape {shape}: {hint}", field=field)
    check_size((array.shape[1], array.shape[0]), field=field, limits=limits)
    if array.dtype == np.uint8:
        return np.array(array, order="C")
    if array.dtype == np.bool_:
        return np.where(array, np.uint8(255), np.uint8(0))
    if array.dtype == np.uint16:
        return scaled_16_bit(array)
    if array.dtype.kind == "f":
        return _from_floats(array, field)
    raise InvalidImage(
        f"{field} is an array of {array.dtype}: give uint8, uint16, bool or floats 0..1",
        field=field,
    )


def _from_floats(array: np.ndarray, field: str) -> U8:
    if not np.isfinite(array).all():
        raise InvalidImage(f"{field} has NaN or infinite values: give floats 0..1", field=field)
    low, high = float(array.min(initial=0)), float(array.max(initial=0))
    if low < -1e-3 or high > 1 + 1e-3:
        raise InvalidImage(
            f"{field} has floats from {low:.4g} to {high:.4g}: divide by 255 or use uint8",
            field=field,
        )
    return np.rint(np.clip(array, 0, 1) * 255).astype(np.uint8)
