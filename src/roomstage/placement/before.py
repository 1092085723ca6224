"""What stands before the product, where its mask is a plain place that says nothing of it.

A box that reaches over a coffee table means a chair behind the table, not one that stands on it: a
thing of the room hides what it does if it stands on the floor nearer to the camera than the
product does. What stands, and how far off it is, the surfaces net says; how far off the product
stands, the ground about it. Depth has no scale there, so only what is nearer is told, not by how
much: on a plane the reciprocal of depth grows evenly with the rows of the picture, which carries
the ground's depth on to the product's foot, even under a thing that covers it.

Nothing is hidden on a doubt: see `_hides`.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage.image import F32, U8, Box, Image
from roomstage.placement.placement import Placement
from roomstage.resample import seen_in
from roomstage.scene import Scene
from roomstage.scene.learned import Surfaces

_ON_TABLES_TOO = frozenset({"plant", "tree", "fern", "palm", "pot", "lamp"})
_GROUND, _LEAST_GROUND = 0.8, 0.01  # share from which a pixel is ground; of the picture, to tell
_NEARER = 0.03  # of log depth: as much nearer a thing must be, as a whole
_REACHES = 0.06  # of the product's height: so far a thing goes on below the product's foot
_FROM_FOOT = 0.5  # share of its columns that a thing covers from the product's foot up
_SURE = 0.8  # mean share of what stands
_LEAST, _MOST = 0.005, 0.5  # of the product: hidden less is nothing, more is another meaning
_NEXT_TO_IT = 0.2  # most that the share of what stands counts there, see `_cut`
_CUT_SIDE = 360  # long side of the copy that the thing's edge is sought in
_MARGIN = 0.15  # of the product's box, that is looked at round it
_SURELY, _SURELY_NOT = 0.95, 0.05  # shares that leave no choice to the edge
_AGREES = 0.6  # intersection over union of what the net and the photo's edges tell
_SOFT = 0.8  # pixels: blur of the edge, about a photo's own
_CRISP = 3.0  # slope of the edge where it was enlarged


def visible_behind(scene: Scene, room: Image, placed: Placement, outline: U8) -> U8 | None:
    """How far the product shows [h, w] over its box, 255 = fully; None: everywhere.

    Args:
        scene: the room.
        room: its photo.
        placed: where the product goes.
        outline: [h, w] its alpha over `placed.box`.
    """
    told = scene.surfaces
    known = placed.kind is not None and placed.kind not in _ON_TABLES_TOO
    if told is None or not known or placed.surface != "floor" or placed.homography is not None:
        return None
    grid = told.standing.shape[1] / scene.size[0], told.standing.shape[0] / scene.size[1]
    covered = _on_grid(outline, placed.box, grid, told.standing.shape)
    foot = min(placed.contact * grid[1], told.standing.shape[0] - 1.0)
    there = _at_foot(told, foot)
    if there is None or covered.sum() < 4:
        return None
    nearer = (told.standing > 0.5) & (told.depth < there)
    count, things = cv2.connectedComponents(nearer.astype(np.uint8))
    before = np.zeros(nearer.shape, bool)
    for k in range(1, count):
        if _hides(things == k, covered, told, foot, there):
            before |= things == k
    share = float((covered * before).sum() / covered.sum())
    if not _LEAST < share < _MOST:
        return None
    # Next to a thing the net is unsure where it ends; the photo's edges tell.
    rim = cv2.dilate(before.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    unsure = np.where(rim, np.minimum(told.standing, _NEXT_TO_IT), 0)
    likely = np.where(before, told.standing, unsure).astype(np.float32)
    return np.asarray(255 - _cut(room, placed.box, likely, grid), np.uint8)


def _on_grid(outline: U8, box: Box, grid: tuple[float, float], shape: tuple[int, ...]) -> F32:
    """The product's coverage [h, w] on the grid."""
    onto = np.array([[grid[0], 0, box.x0 * grid[0]], [0, grid[1], box.y0 * grid[1]]])
    onto[:, 2] += 0.5 * np.array(grid) - 0.5  # between the middles of pixels
    reduced = max(1.0, 1 / max(grid))
    soft = cv2.blur(outline, (round(reduced) | 1,) * 2)
    found = cv2.warpAffine(soft, onto, (shape[1], shape[0]), flags=cv2.INTER_LINEAR)
    return np.asarray(found, np.float32) / 255


def _at_foot(told: Surfaces, foot: float) -> float | None:
    """Log depth of the ground at a row of the grid; None where too little of it is seen."""
    rows, columns = np.nonzero(told.ground > _GROUND)
    if len(rows) < _LEAST_GROUND * told.ground.size or np.ptp(rows) < 8:
        return None
    reciprocal = np.exp(-told.depth[rows, columns].astype(np.float64))
    trusted = np.ones(len(rows), bool)
    line = np.zeros(2)
    for _ in range(3):
        line = np.polyfit(rows[trusted], reciprocal[trusted], 1)
        off = np.abs(np.polyval(line, rows) - reciprocal)
        trusted = off <= 2.5 * np.median(off)
    at = float(np.polyval(line, foot))
    return -float(np.log(at)) if line[0] > 0 and at > 0 else None


def _hides(
    thing: NDArray[np.bool_], covered: F32, told: Surfaces, foot: float, there: float
) -> bool:
    """Whether a thing [h, w] on the grid surely stands before the product.

    It is nearer as a whole, covers the product from its foot up, as what stands before does and
    what stands behind or beside cannot, and goes on below that foot.
    """
    both = thing & (covered > 0.5)
    columns = both.any(axis=0)
    if not columns.any():
        return False
    rows = np.nonzero(thing.any(axis=1))[0]
    tall = int((covered > 0.5).any(axis=1).sum())
    last = thing.shape[0] - 1
    if rows.max() < min(foot + max(2.0, _REACHES * tall), last):
        return False
    at_foot = np.any(thing[max(0, int(foot) - 1) : int(foot) + 3], axis=0)
    if float(at_foot[columns].mean()) < _FROM_FOOT:
        return False
    sure = float(np.mean(told.standing[both])) >= _SURE
    return sure and float(np.median(told.depth[both])) < there - _NEARER


def _cut(room: Image, box: Box, likely: F32, grid: tuple[float, float]) -> U8:
    """The thing's alpha [h, w] over the product's box, its edge where the photo has one.

    A graph cut between what the net is sure of on either side (Rother et al., "GrabCut",
    SIGGRAPH 2004).
    """
    margin = round(_MARGIN * max(box.width, box.height)) + 2
    round_it = box.grown(margin, room.size)
    scale = min(1.0, _CUT_SIDE / max(round_it.width, round_it.height))
    size = max(2, round(round_it.width * scale)), max(2, round(round_it.height * scale))
    photo = cv2.resize(room.rgb[round_it.slices], size, interpolation=cv2.INTER_AREA)
    share = seen_in(likely, Box(0, 0, *room.size), round_it, size)
    labels = np.where(share > 0.5, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    cell = max(3, round(scale / max(grid))) | 1
    kernel = np.ones((cell, cell), np.uint8)
    labels[cv2.erode((share > _SURELY).astype(np.uint8), kernel) > 0] = cv2.GC_FGD
    labels[cv2.erode((share < _SURELY_NOT).astype(np.uint8), kernel) > 0] = cv2.GC_BGD
    thing = _along_edges(np.asarray(photo, np.uint8), labels)
    if _agreement(thing, share > 0.5) < _AGREES:  # the photo's edges are those of something else
        thing = share > 0.5
    soft = cv2.GaussianBlur(thing.astype(np.float32), (0, 0), _SOFT)
    alpha = cv2.resize(soft, (round_it.width, round_it.height), interpolation=cv2.INTER_CUBIC)
    if scale < 1:
        alpha = (alpha - 0.5) * min(_CRISP, 1 / scale) + 0.5
    inside = alpha[
        box.y0 - round_it.y0 : box.y1 - round_it.y0, box.x0 - round_it.x0 : box.x1 - round_it.x0
    ]
    return np.clip(np.rint(255 * inside), 0, 255).astype(np.uint8)


def _along_edges(photo: U8, labels: U8) -> NDArray[np.bool_]:
    """Where the thing is [h, w], by what is sure and by the colours on either side."""
    if (labels == cv2.GC_FGD).any() and (labels == cv2.GC_BGD).any():
        cv2.setRNGSeed(7)
        one, other = np.zeros((1, 65)), np.zeros((1, 65))
        cv2.grabCut(photo, labels, (0, 0, 1, 1), one, other, 4, cv2.GC_INIT_WITH_MASK)
    return (labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)


def _agreement(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    """Intersection over union."""
    return float((one & other).sum() / max(1, int((one | other).sum())))
