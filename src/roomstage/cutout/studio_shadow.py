"""The ground that reaches the picture's border, in light and in shadow.

A shadow on the ground darkens it softly, a product's outline is sharp. So the ground is what can
be reached from the border without stepping over sharp detail, or onto colours that the ground
can't have in less light. A ball that does not fit through small gaps in a faint outline keeps
the flood out of white products (trapped-ball segmentation: S.-H. Zhang et al., "Vectorizing
cartoon animations", IEEE TVCG 15(4), 2009).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage.cutout.background import Background, largest, shadow_like
from roomstage.cutout.pushpull import push_pull
from roomstage.image import F32

Marks = NDArray[np.bool_]
_RADIUS = 6  # of the ball, in pixels of the picture that is analysed
_BALL = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _RADIUS + 1, 2 * _RADIUS + 1))
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))


def sharp(background: Background) -> Marks:
    """Where detail exceeds what the ground's noise explains [H, W]."""
    beyond = (background.detail > max(0.42, 3.5 * background.noise)).astype(np.uint8)
    return np.asarray(cv2.medianBlur(beyond, 3), bool)  # single pixels of grain are no outline


def reach(levels: F32, background: Background) -> Marks:
    """The ground connected to the border of a picture [H, W, 3] in sRGB levels."""
    open_ground = shadow_like(levels, background.levels) & ~sharp(background)
    roomy = cv2.erode(open_ground.astype(np.uint8), _BALL, borderValue=1).astype(bool)
    ball = flood(roomy, background.ring & open_ground)
    reached = cv2.dilate(ball.astype(np.uint8), _BALL).astype(bool) & open_ground
    return grow(reached, _near(levels, background, reached), 2 * _RADIUS)


def _near(levels: F32, background: Background, reached: Marks) -> Marks:
    """Pixels that look like the ground next to them.

    A lossy file rings round an edge by a few per cent of its height, so there a departure of
    that size is still ground.
    """
    local = push_pull(levels, reached.astype(np.float32))
    distance = largest(cv2.absdiff(levels, local))
    height = cv2.dilate(distance, np.ones((21, 21), np.uint8))
    faint = distance < 1.5 + 3 * background.noise + np.minimum(0.04 * height, 8)
    return faint & shadow_like(levels, background.levels)


def grow(seeds: Marks, passable: Marks, steps: int) -> Marks:
    """`seeds` grown into `passable` by at most `steps` pixels."""
    allowed = (passable | seeds).astype(np.uint8)
    grown = seeds.astype(np.uint8)
    for _ in range(steps):
        grown = cv2.bitwise_and(cv2.dilate(grown, _CROSS), allowed)
    return grown.astype(bool)


def flood(passable: Marks, seeds: Marks) -> Marks:
    """The 4-connected components of `passable` that hold a seed."""
    count, labels = cv2.connectedComponents(passable.astype(np.uint8), connectivity=4)
    touched = np.zeros(count, bool)
    touched[labels[seeds & passable]] = True
    touched[0] = False
    return touched[labels]
