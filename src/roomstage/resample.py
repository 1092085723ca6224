"""Sub-pixel scaling of linear-light pictures by area, band by band.

Each output pixel gathers the input under a tent as wide as its own footprint, so nothing aliases
when a product is reduced; enlarging interpolates linearly. Rows and columns are separate sparse
matrices, which makes any sub-pixel shift exact and any band of rows cheap.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from roomstage.image import F32


def weights(start: int, stop: int, origin: float, scale: float, length: int) -> csr_array:
    """Matrix [stop - start, length] from input samples to the outputs start..stop-1.

    Args:
        start: first output pixel.
        stop: one past the last output pixel.
        origin: output coordinate of the input's first edge.
        scale: output pixels per input pixel.
        length: number of input pixels; outside of them there is nothing (zero).
    """
    radius = max(1.0, 1.0 / scale)  # in input pixels
    centre = (np.arange(start, stop) + 0.5 - origin) / scale - 0.5
    taps = np.arange(int(np.ceil(2 * radius)) + 1)
    index = np.ceil(centre - radius).astype(np.int64)[:, None] + taps
    weight = np.maximum(0.0, 1.0 - np.abs(index - centre[:, None]) / radius)
    weight /= weight.sum(axis=1, keepdims=True)
    inside = (index >= 0) & (index < length) & (weight > 0)
    rows = np.broadcast_to(np.arange(stop - start)[:, None], index.shape)
    matrix = (weight[inside].astype(np.float32), (rows[inside], index[inside]))
    return csr_array(matrix, shape=(stop - start, length), dtype=np.float32)


def scaled(source: F32, down: csr_array, across: csr_array) -> F32:
    """The source [H, W, C] resampled to [down rows, across rows, C]."""
    height, width, channels = source.shape
    part = down @ source.reshape(height, width * channels)
    rows = part.shape[0]
    turned = part.reshape(rows, width, channels).transpose(1, 0, 2).reshape(width, rows * channels)
    result = across @ np.ascontiguousarray(turned)
    return np.ascontiguousarray(result.reshape(-1, rows, channels).transpose(1, 0, 2))
