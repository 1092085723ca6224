"""The room's light: its sources in the picture, its colour, and where it mainly comes from."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage import colour
from roomstage.image import F32
from roomstage.scene.trim import Trim

Bools = NDArray[np.bool_]

GLOWING = 0.88  # linear luminance from which a surface is taken for a window or lamp
_MOST_SOURCES = 6


@dataclass(frozen=True, slots=True)
class Source:
    """A window, lamp or sun patch, on the analysis grid."""

    x: float  # column of its middle
    y: float  # row of it
    area: float  # share of the picture
    on_floor: bool  # a sun patch rather than a source


@dataclass(frozen=True, eq=False, slots=True)
class RoomLight:
    """Light as seen in the picture."""

    sources: tuple[Source, ...]
    illuminant: F32  # [3] colour of the room's light, luminance 1
    gradient: float  # of log luminance from the left edge of the picture to the right


def room_light(linear: F32, floor: F32, board: Trim | None = None) -> RoomLight:
    """Light of a room from its small linear picture [h, w, 3], floor map [h, w] and white trim."""
    luminance = colour.luminance(linear)
    sources = _sources(luminance, floor)
    lit = luminance < GLOWING
    illuminant = _illuminant(linear, lit)
    if board is not None:
        illuminant = _told_by(board, illuminant)
    return RoomLight(sources, illuminant, _gradient(luminance, lit))


def _sources(luminance: F32, floor: F32) -> tuple[Source, ...]:
    glowing = (luminance > GLOWING).astype(np.uint8)
    count, labels, stats, centres = cv2.connectedComponentsWithStats(glowing)
    total = luminance.size
    found = []
    for label in range(1, count):
        area = stats[label, cv2.CC_STAT_AREA] / total
        if area < 4e-4:
            continue
        inside = labels == label
        found.append(
            Source(
                float(centres[label, 0]),
                float(centres[label, 1]),
                float(area),
                bool(floor[inside].mean() > 0.5),
            )
        )
    return tuple(sorted(found, key=lambda source: -source.area)[:_MOST_SOURCES])


def _illuminant(linear: F32, lit: Bools) -> F32:
    """Colour [3] of the light, luminance 1, from what is bright for its saturation.

    White paint, curtains, skirting and paper show the light's own colour; a painted wall shows its
    paint. A weighted white patch (Land and McCann, "Lightness and retinex theory", JOSA 1971):
    each pixel counts by luminance and lack of saturation, squared.
    """
    pixels = linear[lit] if lit.any() else linear.reshape(-1, 3)
    highest, lowest = pixels.max(axis=1), pixels.min(axis=1)
    neutral = np.square(lowest / np.maximum(highest, 1e-3))
    weight = np.square(colour.luminance(pixels) * neutral)
    mean = (pixels * weight[:, None]).sum(axis=0) / max(float(weight.sum()), 1e-9) + 1e-6
    return (mean / float(mean @ colour.LUMINANCE)).astype(np.float32)


def _told_by(board: Trim, patch: F32) -> F32:
    """Colour [3] of the light by a white board, and by the white patch as far as that is unsure."""
    white = np.exp(np.log(board.linear + 1e-3).mean(axis=0))
    trust = board.confidence
    mean = np.exp(trust * np.log(white / (white @ colour.LUMINANCE)) + (1 - trust) * np.log(patch))
    return (mean / float(mean @ colour.LUMINANCE)).astype(np.float32)


def _gradient(luminance: F32, lit: Bools) -> float:
    """Slope of log luminance across the picture: which side the light comes from.

    Fitted together with a slope down the picture, which says more of the floor than of the light.
    """
    height, width = luminance.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    design = np.c_[x[lit] / width - 0.5, y[lit] / height - 0.5, np.ones(int(lit.sum()))]
    if len(design) < 10:
        return 0.0
    slope, *_ = np.linalg.lstsq(design, np.log(luminance[lit] + 0.01), rcond=None)
    return float(slope[0])
