"""Sub-pixel scaling of linear-light pictures by area, band by band.

Each output pixel gathers the input under a tent as wide as its own footprint, so nothing aliases
when a product is reduced; enlarging interpolates linearly. Rows and columns are separate sparse
matrices, which makes any sub-pixel shift exact and any band of rows cheap.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from roomstage.image import F32, Box


def weights(
    start: int, stop: int, origin: float, scale: float, length: int, blur: float = 0.0
) -> csr_array:
    """Matrix [stop - start, length] from input samples to the outputs start..stop-1.

    Args:
        start: first output pixel.
        stop: one past the last output pixel.
        origin: output coordinate of the input's first edge.
        scale: output pixels per input pixel.
        length: number of input pixels; outside of them there is nothing (zero).
        blur: standard deviation of a Gaussian on top, output pixels.
    """
    tent = max(1.0, 1.0 / scale)  # in input pixels
    sigma = blur / scale
    radius = tent + 3 * sigma
    centre = (np.arange(start, stop) + 0.5 - origin) / scale - 0.5
    taps = np.arange(int(np.ceil(2 * radius)) + 1)
    index = np.ceil(centre - radius).astype(np.int64)[:, None] + taps
    weight = _tent(index - centre[:, None], tent, sigma)
    weight /= weight.sum(axis=1, keepdims=True)
    inside = (index >= 0) & (index < length) & (weight > 0)
    rows = np.broadcast_to(np.arange(stop - start)[:, None], index.shape)
    matrix = (weight[inside].astype(np.float32), (rows[inside], index[inside]))
    return csr_array(matrix, shape=(stop - start, length), dtype=np.float32)


def _tent(x: NDArray[np.float64], radius: float, sigma: float) -> NDArray[np.float64]:
    """A tent of height 1 and half width `radius` at x, smoothed by a Gaussian of `sigma`."""
    if sigma == 0:
        return np.maximum(0.0, 1.0 - np.abs(x) / radius)
    # The tent's second derivative is three spikes, so its smoothing is three smoothed ramps.
    ramps = sum(k * _ramp(x + k_at * radius, sigma) for k, k_at in ((1, 1), (-2, 0), (1, -1)))
    return np.where(np.abs(x) < radius + 3 * sigma, np.maximum(ramps / radius, 0.0), 0.0)


def _ramp(x: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    """max(x, 0), smoothed by a Gaussian of `sigma`."""
    from scipy.special import ndtr  # here: most of what loads with it is never used

    bell = np.exp(-0.5 * np.square(x / sigma)) / np.sqrt(2 * np.pi)
    return x * ndtr(x / sigma) + sigma * bell


def scaled(source: F32, down: csr_array, across: csr_array) -> F32:
    """The source [H, W, C] resampled to [down rows, across rows, C]."""
    height, width, channels = source.shape
    part = down @ source.reshape(height, width * channels)
    rows = part.shape[0]
    turned = part.reshape(rows, width, channels).transpose(1, 0, 2).reshape(width, rows * channels)
    result = across @ np.ascontiguousarray(turned)
    return np.ascontiguousarray(result.reshape(-1, rows, channels).transpose(1, 0, 2))


def seen_in(grid: F32, over: Box, box: Box, size: tuple[int, int]) -> F32:
    """A grid that lies over the box `over`, at the centres of (w, h) cells over another box.

    Sampled linearly; beyond `over` its border goes on.
    """
    across, down = grid.shape[1] / over.width, grid.shape[0] / over.height
    x = (box.x0 - over.x0 + (np.arange(size[0]) + 0.5) * box.width / size[0]) * across - 0.5
    y = (box.y0 - over.y0 + (np.arange(size[1]) + 0.5) * box.height / size[1]) * down - 0.5
    columns, rows = np.meshgrid(x.astype(np.float32), y.astype(np.float32))
    found = cv2.remap(grid, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found, np.float32)
