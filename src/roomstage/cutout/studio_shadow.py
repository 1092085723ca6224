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
    local = push_pull(levels, reached.astype(np.float32))
    near = largest(cv2.absdiff(levels, local)) < 3 + 3 * background.noise
    reached = grow(reached, open_ground & near, 2 * _RADIUS)
    return reached | _deep_shadow(levels, background, reached)


def _deep_shadow(levels: F32, background: Background, reached: Marks) -> Marks:
    """Shadow close to the contact, where it falls off steeply; it continues what is `reached`.

    Only darkened ground counts, so a product as light as the ground is not entered.
    """
    darkened = levels[..., 1] < 0.96 * background.levels[..., 1]
    # The eye of the test is relative: a step of 4 levels is faint on white, an edge on black.
    soft = background.detail < 0.5 + 4 * background.noise + 0.025 * levels[..., 1]
    passable = (darkened & soft & shadow_like(levels, background.levels)) | reached
    roomy = cv2.erode(passable.astype(np.uint8), _CROSS, iterations=2, borderValue=1).astype(bool)
    ball = flood(roomy, reached)
    return cv2.dilate(ball.astype(np.uint8), _CROSS, iterations=2).astype(bool) & passable


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
