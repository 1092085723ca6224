"""How sharp a photo is, so that what is put into it is no sharper."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from roomstage.image import F32, U8

_TILE = 96  # side of the squares that edges are sought in
_TILES = 6  # squares along each axis
_SCALES = 0.7, 1.4, 2.8  # blurs that an edge's slope is compared under, pixels
# Slopes at the finest scale, levels a pixel: weaker edges drown in the noise.
_LEAST_SLOPE, _LEAST_CHROMA_SLOPE = 12.0, 5.0
_ALIKE = 0.25  # pixels by which the blur of a lone step may differ between two pairs of scales
_FEWEST = 40  # edge pixels that tell a photo's blur
_SHARPEST = 30  # percentile: penumbrae, round forms and what is out of focus are softer
_USUAL = 0.55  # of photos that show no edge strong enough
_MOST = 4.0


@dataclass(frozen=True, slots=True)
class Sharpness:
    """Blur of a photo as the standard deviation of a Gaussian, in its own pixels."""

    luma: float
    chroma: float  # at least `luma`; twice-subsampled JPEGs and mosaic sensors have more


def sharpness(rgb: U8) -> Sharpness:
    """Blur of a photo [H, W, 3], with the pixel's own aperture in it (0.29 for a perfect lens).

    Looked at in evenly spread squares, so the cost does not grow with the photo.
    """
    luma: list[F32] = []
    chroma: list[F32] = []
    for tile in _tiles(rgb):
        ycc = np.asarray(cv2.cvtColor(tile, cv2.COLOR_RGB2YCrCb), np.uint8)
        luma.append(_edge_blurs(ycc[..., 0], _LEAST_SLOPE))
        strongest = max((1, 2), key=lambda channel: float(np.ptp(ycc[..., channel])))
        chroma.append(_edge_blurs(ycc[..., strongest], _LEAST_CHROMA_SLOPE))
    of_luma = _typical(np.concatenate(luma), _USUAL)
    return Sharpness(of_luma, max(of_luma, _typical(np.concatenate(chroma), of_luma)))


def _tiles(rgb: U8) -> list[U8]:
    height, width = rgb.shape[:2]
    rows = np.unique(np.linspace(0, max(0, height - _TILE), _TILES).astype(int))
    columns = np.unique(np.linspace(0, max(0, width - _TILE), _TILES).astype(int))
    return [rgb[y : y + _TILE, x : x + _TILE] for y in rows for x in columns]


def _edge_blurs(channel: U8, least_slope: float) -> F32:
    """Blur [n] at the n pixels of `channel` [h, w] that lie on a strong, lone edge.

    The slope of a step of blur b, smoothed by s, is proportional to (b^2 + s^2)^-1/2, so the ratio
    of its slopes under two known blurs tells b (Elder and Zucker, "Local scale control for edge
    detection and blur estimation", PAMI 1998; the ratio after Zhuo and Sim, "Defocus map
    estimation from a single image", Pattern Recognition 44, 2011).
    """
    if float(np.ptp(channel)) < 4 * least_slope:
        return np.empty(0, np.float32)
    across, down, fine = _slopes(channel, _SCALES[0])
    peak = np.nonzero(_ridges(fine, across, down) & (fine > least_slope))
    if len(peak[0]) == 0:
        return np.empty(0, np.float32)
    slopes = [fine[peak], *(_slopes(channel, scale)[2][peak] for scale in _SCALES[1:])]
    near = _squared_blur(slopes[0], slopes[1], *_SCALES[:2])
    far = _squared_blur(slopes[1], slopes[2], *_SCALES[1:])
    # Where they disagree, or tell less than no blur, another edge is near: a line, a texture.
    root = [np.sqrt(np.maximum(square, 0)) for square in (near, far)]
    lone = (np.abs(root[0] - root[1]) < _ALIKE) & (np.minimum(near, far) > -(_ALIKE**2))
    return root[0][lone]


def _squared_blur(fine: F32, coarse: F32, s: float, t: float) -> F32:
    """Square of the blur [n], below 0 for lines.

    Of steps with slopes `fine` under blur s and `coarse` under blur t > s.
    """
    ratio = np.maximum(np.square(fine / np.maximum(coarse, 1e-3)), 1.01)
    # The central difference is itself a blur, of variance 1/3.
    of_s, of_t = s * s + 1 / 3, t * t + 1 / 3
    return ((of_t - ratio * of_s) / (ratio - 1)).astype(np.float32)


def _slopes(channel: U8, sigma: float) -> tuple[F32, F32, F32]:
    smooth = cv2.GaussianBlur(channel.astype(np.float32), (0, 0), sigma)
    across = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, ksize=1, scale=0.5)
    down = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, ksize=1, scale=0.5)
    slope = np.asarray(cv2.magnitude(across, down), np.float32)
    return np.asarray(across, np.float32), np.asarray(down, np.float32), slope


def _ridges(slope: F32, across: F32, down: F32) -> np.ndarray:
    """Where the slope is greatest across its edge, away from the border."""
    flat = np.abs(across) >= np.abs(down)
    wide = (slope >= np.roll(slope, 1, 1)) & (slope >= np.roll(slope, -1, 1))
    tall = (slope >= np.roll(slope, 1, 0)) & (slope >= np.roll(slope, -1, 0))
    ridge = np.where(flat, wide, tall)
    ridge[:5], ridge[-5:], ridge[:, :5], ridge[:, -5:] = False, False, False, False
    return ridge


def _typical(blurs: F32, otherwise: float) -> float:
    if len(blurs) < _FEWEST:
        return otherwise
    return float(min(_MOST, np.percentile(blurs, _SHARPEST)))
