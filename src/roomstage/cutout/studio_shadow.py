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

from roomstage.cutout import faces
from roomstage.cutout.background import Background, largest
from roomstage.cutout.continuation import continued
from roomstage.image import F32

Marks = NDArray[np.bool_]
_RADIUS = 6  # of the ball, in pixels of the picture that is analysed
_NEAR = np.ones((7, 7), np.uint8)
_STEEP = np.float32(0.12)  # detail as a share of the height around it from which an edge is sharp
_NARROW = np.ones((3, 3), np.uint8)
_SHADED = 0.95  # share of the full light below which ground counts as shadowed
_LARGE = 150  # pixels
_SLIVER = 1200  # pixels; more is no sliver
_SHADE_HUE = 0.05  # how far shadow in an opening may be off the lit ground's hue
_SPREAD = 1.5  # times an opening's lit part that its shadow may cover
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))


def reach(levels: F32, edges: Marks, background: Background) -> tuple[Marks, faces.Faces]:
    """The ground connected to the border of a picture [H, W, 3] in sRGB levels, and the rest.

    `edges` [H, W] are what `sharp` found; the rest comes as the patches between them.
    """
    ground_like = background.shadow_like
    passable = ground_like & ~edges
    roomy = distance_inside(passable) > _RADIUS
    ball = flood(roomy, background.ring & passable)
    reached = (distance_inside(~ball) <= _RADIUS) & passable
    reached |= _slivers(reached, passable & (background.hue < _SHADE_HUE), background)
    # Growing may not squeeze through a gap in the edges round a large face of the product.
    patches = faces.find(~reached, edges)
    free = ground_like & ~patches.of(_LARGE)
    reached = _grown(reached, _near(levels, background, reached) & free, 2 * _RADIUS)
    return reached, patches


def _slivers(reached: Marks, passable: Marks, background: Background) -> Marks:
    """Shadowed ground next to `reached` that is too narrow for the ball, as under a foot."""
    narrow = passable & ~reached & (background.light < _SHADED)
    count, spots, stats, _ = cv2.connectedComponentsWithStats(
        cv2.morphologyEx(narrow.view(np.uint8), cv2.MORPH_OPEN, _NARROW), connectivity=4
    )
    labels = np.asarray(spots, np.intp)
    touching = np.unique(labels[cv2.dilate(reached.view(np.uint8), _NARROW).astype(bool)])
    chosen = np.zeros(count, bool)
    chosen[touching] = True
    chosen &= stats[:, cv2.CC_STAT_AREA] < _SLIVER
    chosen[0] = False
    thick = labels[distance_inside(chosen[labels]) > _RADIUS + 2]
    chosen[thick] = False
    return chosen[labels]


def widened(
    levels: F32, opened: Marks, within: Marks, edges: Marks, background: Background
) -> Marks:
    """`opened` ground and the shadow that it passes into softly `within` the product [H, W]."""
    passable = background.shadow_like & (background.hue < _SHADE_HUE) & within & ~edges
    roomy = distance_inside(passable) > _RADIUS
    if not (opened & roomy).any():
        return opened
    more = (distance_inside(~flood(roomy, opened)) <= _RADIUS) & passable & ~opened
    if not 0 < np.count_nonzero(more) <= _SPREAD * np.count_nonzero(opened):
        return opened  # nothing more, or it has leaked into the product
    alike = _near(levels, background, opened | more) & background.shadow_like & within
    return _grown(opened | more, alike, 2 * _RADIUS)


def ringing(distance: F32) -> F32:
    """How far a lossy file may depart from the ground near an edge: a share of its height.

    `distance` [H, W] is how far pixels are from the ground, in levels.
    """
    height = cv2.dilate(distance, np.ones((21, 21), np.uint8))
    return np.minimum(0.04 * height, 8).astype(np.float32)


def distance_inside(marks: Marks) -> F32:
    """How far each marked pixel [H, W] is from the nearest that is not, in pixels."""
    return np.asarray(cv2.distanceTransform(marks.view(np.uint8), cv2.DIST_L2, 3), np.float32)


def flood(passable: Marks, seeds: Marks) -> Marks:
    """The 4-connected components of `passable` that hold a seed."""
    count, found = cv2.connectedComponents(passable.view(np.uint8), connectivity=4)
    labels = np.asarray(found, np.intp)
    touched = np.zeros(count, bool)
    touched[labels[seeds & passable]] = True
    touched[0] = False
    return touched[labels]


def sharp(levels: F32, background: Background) -> Marks:
    """The edges of things [H, W]: detail that neither noise nor a soft shadow explains."""
    # Grain shows where the ground is not clipped to white; on white the faintest edge counts.
    clipped = background.light * background.lit[..., 1] > 250
    floor = np.where(clipped, np.float32(0.42), np.float32(max(0.42, 3.5 * background.grain)))
    floor = np.maximum(floor, np.float32(3.5 * background.noise))
    # A step shows two fifths of its height as detail, a shadow's slope of some pixels far less.
    # Against clipped white too many outlines are nearly lost to ask that of them.
    rgb = cv2.convertScaleAbs(levels)
    top = cv2.dilate(rgb, _NEAR)
    height = largest(cv2.subtract(top, cv2.erode(rgb, _NEAR)))
    height[largest(top) > 250] = 0
    beyond = background.detail > np.maximum(floor, _STEEP * height)
    return np.asarray(cv2.medianBlur(beyond.view(np.uint8), 3), bool)  # not grain's single pixels


def _near(levels: F32, background: Background, reached: Marks) -> Marks:
    """Pixels that look like the ground next to them."""
    distance = largest(cv2.absdiff(levels, continued(levels, reached)))
    return distance < 1.5 + 3 * background.noise + ringing(distance)


def _grown(seeds: Marks, passable: Marks, steps: int) -> Marks:
    """`seeds` grown into `passable` by at most `steps` pixels."""
    allowed = (passable | seeds).view(np.uint8)
    grown = seeds.view(np.uint8)
    for _ in range(steps):
        grown = cv2.bitwise_and(cv2.dilate(grown, _CROSS), allowed)
    return np.asarray(grown, bool)
