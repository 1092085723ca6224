"""Smooth light across a gap: the membrane, and averages that know what they may look at."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage.image import F32

Bools = NDArray[np.bool_]

_ENOUGH = 4.0  # pixels: a wider blur is done on a smaller copy
_SIDE = 96  # the equation is solved on a grid of this long side: what it gives is smooth


def masked_blur(values: F32, weight: F32, sigma: float) -> tuple[F32, F32]:
    """Weighted average around each pixel [h, w, ...], and the weight that was there [h, w].

    Normalised convolution: Knutsson and Westin, "Normalized and differential convolution", 1993.
    """
    kept = values * (weight if values.ndim == 2 else weight[..., None])
    total = _blur(weight, sigma)
    mean = _blur(kept, sigma).reshape(values.shape)  # OpenCV drops an axis of one
    safe = np.maximum(total, 1e-6)
    return np.asarray(mean / (safe if values.ndim == 2 else safe[..., None]), np.float32), total


def membrane(values: F32, known: Bools, domain: Bools) -> F32:
    """`values` [h, w, c], and where they are not known the smoothest surface through the known.

    The Laplace equation with the known pixels as boundary and a free edge where `domain` ends:
    Perez, Gangnet, Blake, "Poisson image editing", SIGGRAPH 2003, equation 2. What lies outside
    the domain, or knows nothing, gets the mean of the known.
    """
    height, width = known.shape
    known = known & domain
    if not known.any() or (known | ~domain).all():
        return values
    scale = min(1.0, _SIDE / max(height, width))
    size = max(2, round(width * scale)), max(2, round(height * scale))
    weight = cv2.resize(known.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    inside = cv2.resize(domain.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0
    given = values * known[..., None].astype(np.float32)
    small = cv2.resize(given, size, interpolation=cv2.INTER_AREA).reshape(*size[::-1], -1)
    small = small / np.maximum(weight, 1e-4)[..., None]
    solved = _solved(small, weight > 0.1, inside, values[known].mean(axis=0))
    wide = cv2.resize(solved, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.where(known[..., None], values, wide.reshape(values.shape)).astype(np.float32)


def _solved(values: F32, known: Bools, domain: Bools, otherwise: F32) -> F32:
    """The Laplace equation on the unknown cells of the domain, five-point stencil."""
    from scipy import sparse  # here: a staging seldom takes anything out
    from scipy.sparse.linalg import spsolve

    domain = domain | known
    number = np.full(known.shape, -1)
    unknown = domain & ~known
    count = int(unknown.sum())
    filled = np.where(domain[..., None], values, otherwise).astype(np.float32)
    if count == 0:
        return filled
    number[unknown] = np.arange(count)
    # A trace of the mean holds islands that touch nothing known.
    diagonal = np.full(count, 1e-5)
    right = np.tile(otherwise * 1e-5, (count, 1)).astype(np.float64)
    rows, columns = [], []
    for axis, step in ((0, 1), (0, -1), (1, 1), (1, -1)):
        there = np.roll(number, step, axis)
        inside, known_there = np.roll(domain, step, axis), np.roll(known, step, axis)
        edge = [slice(None), slice(None)]
        edge[axis] = slice(0, 1) if step == 1 else slice(-1, None)
        inside[tuple(edge)] = False
        joined = unknown & inside
        diagonal[number[joined]] += 1
        given = joined & known_there
        right[number[given]] += np.roll(values, step, axis)[given]
        free = joined & ~known_there
        rows.append(number[free])
        columns.append(there[free])
    row, column = np.concatenate(rows), np.concatenate(columns)
    laplace = sparse.diags_array(diagonal) - sparse.coo_array(
        (np.ones(len(row)), (row, column)), shape=(count, count)
    )
    solution = spsolve(laplace.tocsc(), right)
    filled[unknown] = np.asarray(solution).reshape(count, -1)
    return filled


def _blur(values: F32, sigma: float) -> F32:
    height, width = values.shape[:2]
    scale = min(1.0, _ENOUGH / sigma)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = values if scale == 1.0 else cv2.resize(values, size, interpolation=cv2.INTER_AREA)
    border = cv2.BORDER_REFLECT_101
    blurred = cv2.GaussianBlur(small, (0, 0), sigma * scale, borderType=border)
    if scale < 1.0:
        blurred = cv2.resize(blurred, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(blurred, np.float32)
