"""How grainy a photo is, so that what is put into it can be as grainy."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import cv2
import numpy as np

from roomstage.image import F32, U8

_PATCH = 32  # side of the patches looked at
_PATCHES = 12  # along each axis
_SMOOTHEST = 20  # percentile over the patches: those show noise and little else
_MOST = 6.0
_WIDEST = 1.0  # blur of the noise, pixels: what is coarser is the wall's plaster
# The kernel is blind to slopes; its response to white noise is 6 times the noise.
_KERNEL = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)


@dataclass(frozen=True, slots=True)
class Grain:
    """Noise of a photo: white noise smoothed by a Gaussian."""

    deviation: float  # standard deviation, 8-bit levels
    blur: float = 0.0  # of the Gaussian, pixels: demosaicking, denoising and JPEG smooth the noise


def grain(rgb: U8) -> Grain:
    """The noise of [H, W, 3].

    Immerkaer, "Fast noise variance estimation", Computer Vision and Image Understanding 64, 1996,
    on the smoothest of evenly spread patches; burnt and black ones have lost theirs. In the same
    patches the correlation of the noise with its neighbour tells how smooth it is.
    """
    height, width = rgb.shape[:2]
    found, ratios = [], []
    for y in np.linspace(0, max(0, height - _PATCH), _PATCHES).astype(int):
        for x in np.linspace(0, max(0, width - _PATCH), _PATCHES).astype(int):
            grey = cv2.cvtColor(rgb[y : y + _PATCH, x : x + _PATCH], cv2.COLOR_RGB2GRAY)
            if 12 < grey.mean() < 243:
                patch = grey.astype(np.float32)
                response = cv2.filter2D(patch, -1, _KERNEL)[1:-1, 1:-1]
                found.append(float(np.abs(response).mean()) * np.sqrt(np.pi / 2) / 6)
                ratios.append(_double_step(patch))
    if not found:
        return Grain(0.0)
    blurs, doubles, responses = _smoothed_noise()
    told = np.array(ratios) < 1.05 * doubles[-1]  # plaster and folds look like smoother noise yet
    if not told.any():
        return Grain(float(min(_MOST, np.percentile(found, _SMOOTHEST))))
    nearest = np.argmin(np.abs(doubles - np.array(ratios)[told, None]), axis=1)
    deviations = np.array(found)[told] / responses[nearest]
    smoothest = np.percentile(deviations, _SMOOTHEST)
    blur = np.median(blurs[nearest][deviations <= smoothest])
    return Grain(float(min(_MOST, smoothest)), float(blur))


def _double_step(patch: F32) -> float:
    """Mean square of second differences over two pixels against those over one, of [h, w].

    They see no slope, and differ by how alike neighbours are: 1 for white noise.
    """
    one = np.square(patch[:, 2:] - 2 * patch[:, 1:-1] + patch[:, :-2]).mean()
    two = np.square(patch[:, 4:] - 2 * patch[:, 2:-2] + patch[:, :-4]).mean()
    return float(two / max(float(one), 1e-6))


@functools.cache
def _smoothed_noise() -> tuple[F32, F32, F32]:
    """For Gaussian blurs [n]: the double step's ratio and the kernel's response to such noise.

    The response is the share of the noise's deviation that Immerkaer's kernel tells.
    """
    blurs = np.concatenate([[1e-3], np.linspace(0.25, _WIDEST, 31)])
    doubles, responses = [], []
    for blur in blurs:
        taps = cv2.getGaussianKernel(11, float(blur))[:, 0]
        alike = np.correlate(taps, taps, "full")[10:] / np.square(taps).sum()
        one = 6 - 8 * alike[1] + 2 * alike[2]  # variance of a second difference
        doubles.append((6 - 8 * alike[2] + 2 * alike[4]) / one)
        responses.append(one / 6)
    return blurs, np.array(doubles), np.array(responses)
