"""Alpha on the edge band where the ground is not known: closed-form matting.

A. Levin, D. Lischinski, Y. Weiss, "A closed-form solution to natural image matting", IEEE TPAMI
30(2), 2008. Within a window of 3 x 3 pixels alpha is taken as an affine function of colour.
That makes the sum of squared departures a quadratic form with the matting Laplacian (their
equation 12), over pixels i, j of the windows w_k that hold both:

    L_ij = sum_k [ delta_ij - (1 + (I_i - mu_k)^T (S_k + (eps / 9) U)^-1 (I_j - mu_k)) / 9 ]

where mu_k and S_k are the window's mean and covariance and U is the unit matrix. Alpha solves
(L + D) alpha = D d with d the alpha that is known or drawn and D how firmly it holds.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array, diags_array
from scipy.sparse.linalg import cg

from roomstage.image import F32

_EPSILON = 1e-4  # eps: how even a window's colours may be before alpha may not follow them
_FIRM = 100.0  # D where alpha is known
_DRAWN = 0.02  # D where alpha is only drawn
_TILE = 512  # pixels; a large picture is solved in tiles, with 8 pixels of overlap
_ROUNDS = 60  # of the solver; more do not show in 8 bits


def solve(light: F32, drawn: F32, band: NDArray[np.bool_]) -> F32:
    """Alpha [H, W]: `drawn` outside of `band`, solved within.

    Args:
        light: the picture [H, W, 3], 0..1.
        drawn: the alpha that is known or was drawn [H, W], 0..1.
        band: which pixels to solve.
    """
    alpha = drawn.copy()
    height, width = band.shape
    for y in range(0, height, _TILE):
        for x in range(0, width, _TILE):
            if band[y : y + _TILE, x : x + _TILE].any():
                tile = np.s_[max(0, y - 8) : y + _TILE + 8, max(0, x - 8) : x + _TILE + 8]
                inner = np.s_[min(y, 8) :, min(x, 8) :]
                found = _solved(light[tile], drawn[tile], band[tile])[inner]
                alpha[y : y + _TILE, x : x + _TILE] = found[:_TILE, :_TILE]
    return alpha


def _solved(light: F32, drawn: F32, band: NDArray[np.bool_]) -> F32:
    """One tile, solved."""
    windows = _windows(band)
    if windows.size == 0:
        return drawn
    pixels, where = np.unique(windows, return_inverse=True)
    laplacian = _laplacian(light.reshape(-1, 3)[windows], where.reshape(windows.shape))
    inner = band.reshape(-1)[pixels]
    firm = np.where(inner, _DRAWN, _FIRM)
    start = drawn.reshape(-1)[pixels].astype(np.float64)
    system = laplacian + diags_array(firm)
    scale = diags_array(1 / system.diagonal())
    found, _ = cg(system, firm * start, x0=start, M=scale, rtol=1e-4, maxiter=_ROUNDS)
    alpha = drawn.copy()
    alpha.reshape(-1)[pixels[inner]] = np.clip(found[inner], 0, 1)
    return alpha


def _windows(band: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Flat indices [K, 9] of the 3 x 3 windows that lie in the picture and touch the band."""
    height, width = band.shape
    if min(height, width) < 3:
        return np.zeros((0, 9), np.intp)
    touching = np.zeros((height - 2, width - 2), bool)
    for dy in range(3):
        for dx in range(3):
            touching |= band[dy : dy + height - 2, dx : dx + width - 2]
    y, x = np.nonzero(touching)
    corner = y * width + x
    offsets = (np.arange(3)[:, None] * width + np.arange(3)).ravel()
    return corner[:, None] + offsets


def _laplacian(colours: F32, where: NDArray[np.intp]) -> csr_array:
    """The matting Laplacian from windows' colours [K, 9, 3] and their unknowns' numbers [K, 9]."""
    centred = colours.astype(np.float64)
    centred -= centred.mean(axis=1, keepdims=True)
    covariance = np.einsum("kni,knj->kij", centred, centred) / 9
    inverse = np.linalg.inv(covariance + np.eye(3) * (_EPSILON / 9))
    affinity = (1 + centred @ inverse @ centred.transpose(0, 2, 1)) / 9
    values = np.eye(9) - affinity
    rows = np.repeat(where, 9, axis=1).ravel()
    columns = np.tile(where, (1, 9)).ravel()
    size = int(where.max()) + 1
    return coo_array((values.ravel(), (rows, columns)), shape=(size, size)).tocsr()
