"""Fills a hole in one plane: smooth light from the membrane, texture from a shift map.

    fill(p) = light(p) * texture(p + shift(p)),   texture = picture / light

So no patch brings its own light along, and the room's grain comes with the texture.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage.image import F32
from roomstage.removal.frame import Frame
from roomstage.removal.label_cost import RIM, features_of, label_cost, strain
from roomstage.removal.membrane import masked_blur, membrane
from roomstage.removal.partition import Region
from roomstage.removal.plane_view import Move, PlaneView, picked, shifted
from roomstage.removal.shift_map import shift_map

Bools = NDArray[np.bool_]

_CELLS = 38  # of the shift map along the hole's longer side
_LABELS = 44
_LIGHT = 0.22  # of the hole's larger side: what is smoother than this is light, not texture
_ROBUST = 3  # rounds in which outliers lose their weight in the light
_OUTLIER = 0.15  # log of light


@dataclass(frozen=True, eq=False, slots=True)
class PlaneFill:
    """How one plane's hole is filled; grids lie in the working copy or the plane's frame."""

    plane: Region
    light: F32  # [h, w, 3] of the working copy, levels
    tone: F32  # [h, w, 3] factors by which the fill meets its surroundings; 1 until corrected
    frames: tuple[Frame, ...]  # [n] in which a shift is a shift
    shifts: F32  # [n, 2] dx, dy in their frame's units
    weights: F32  # [n, gh, gw] share of each shift on the cell grid
    origin: tuple[float, float]  # u, v of the first cell
    cell: float  # side of a cell in the plane's own units

    def source(self, label: int, x: F32, y: F32) -> tuple[F32, F32, F32]:
        """Where label copies from, for pixels x, y of the working copy, and its share there."""
        u, v = self.plane.frame.to_plane(x, y)
        share = cv2.remap(
            self.weights[label],
            ((u - self.origin[0]) / self.cell).astype(np.float32),
            ((v - self.origin[1]) / self.cell).astype(np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        there = shifted(self.frames[label], self.shifts[label], x, y)
        return *there, np.asarray(share, np.float32)


def plan(picture: F32, plane: Region, hole: Bools, seed: int) -> PlaneFill:
    """Find light and shift map for the part of `hole` that lies in `plane`.

    Args:
        picture: the working copy [h, w, 3], levels 0..255.
        plane: its frame, pixels and sources.
        hole: what is to be filled, in any plane [h, w].
        seed: sows the random shifts.
    """
    light = _light(picture, plane, hole)
    flat = np.clip(picture / np.maximum(light, 4), 0, 4)
    to_fill = plane.domain & hole & (plane.share > 0)
    view = PlaneView.of(plane, plane.frame, flat, to_fill)
    if not view.seen.any() or not view.gap.any():
        none, one = np.zeros((1, 2), np.float32), np.ones_like(light)
        empty = np.zeros((1, 1, 1), np.float32)
        return PlaneFill(plane, light, one, (plane.frame,), none, empty, (0, 0), 1.0)
    level = plane.kind == "wall"
    most = _LABELS if plane.also is None else _LABELS // 2
    moves = [(plane.frame, shift) for shift in view.shifts(seed, level=level, most=most)]
    if plane.also is not None:
        other = PlaneView.of(plane, plane.also, flat, to_fill)
        found = other.shifts(seed, level=False, most=most)
        moves += [(plane.also, shift) for shift in found]
    moves = moves or [(plane.frame, np.zeros(2, np.float32))]
    return _mapped(view, light, moves)


def _light(picture: F32, plane: Region, hole: Bools) -> F32:
    """The plane's smooth light [h, w, 3], across the hole by the membrane."""
    known = plane.source
    if plane.kind == "mixed":  # of several materials no common light can be told
        return np.full_like(picture, 128.0)
    rows, columns = np.nonzero(hole)
    sigma = max(3.0, _LIGHT * max(int(np.ptp(rows)), int(np.ptp(columns))))
    if not known.any():
        return picture
    weight = known.astype(np.float32)
    smooth, _ = masked_blur(picture, weight, sigma)
    for _ in range(_ROBUST):
        # What stands before the plane is not its light: least squares reweighted (Cauchy).
        off = np.abs(np.log((picture + 8) / (smooth + 8))).max(axis=2)
        weight = known / (1 + np.square(off / _OUTLIER))
        smooth, _ = masked_blur(picture, weight, sigma)
    return np.maximum(membrane(smooth, known, plane.domain), 1.0)


def _mapped(view: PlaneView, light: F32, moves: list[Move]) -> PlaneFill:
    """Cells over the gap, a label for each, and soft borders between labels."""
    rows, columns = np.nonzero(view.gap)
    span = max(int(np.ptp(rows)), int(np.ptp(columns))) + 1
    cell = max(2, round(span / _CELLS))
    margin = (RIM + 1) * cell
    cx = np.arange(columns.min() - margin, columns.max() + margin + 1, cell)
    cy = np.arange(rows.min() - margin, rows.max() + margin + 1, cell)
    cells_x, cells_y = np.meshgrid(cx, cy)
    in_gap = picked(_grown(view.gap, cell // 2), cells_x, cells_y, False)
    known = picked(view.seen, cells_x, cells_y, False) & ~in_gap
    x, y = view.frame.to_picture(
        (view.left + view.step * cells_x).astype(np.float32),
        (view.top + view.step * cells_y).astype(np.float32),
    )
    there = [shifted(frame, shift, x, y) for frame, shift in moves]
    landed = [view.at(*point) for point in there]
    found = np.stack([picked(view.seen, *point, False) for point in landed], axis=2)
    features = features_of(view.texture, view.seen, cell)
    put = np.stack([picked(features, *point, 0.0) for point in landed], axis=2)
    own = picked(features, cells_x, cells_y, 0.0)
    cost = label_cost(put, found, own, known, in_gap, view.plane.kind)
    cost += strain(view.plane, moves, x, y, there)
    labels = shift_map(cost.astype(np.float32), put, in_gap)
    chosen_found = np.take_along_axis(found, labels[..., None], 2)[..., 0]
    used, dense = np.unique(labels[in_gap], return_inverse=True)
    compact = np.zeros_like(labels)
    compact[in_gap] = dense
    compact = _spread(compact, in_gap)
    weights = np.stack([(compact == k).astype(np.float32) for k in range(len(used))])
    weights *= np.where(in_gap, chosen_found, True)  # no source: the light alone is put there
    return PlaneFill(
        plane=view.plane,
        light=light,
        tone=np.ones_like(light),
        frames=tuple(moves[k][0] for k in used),
        shifts=np.array([moves[k][1] for k in used], np.float32),
        weights=weights,
        origin=(view.left + view.step * float(cx[0]), view.top + view.step * float(cy[0])),
        cell=view.step * cell,
    )


def _spread(labels: NDArray[np.int32], inside: Bools) -> NDArray[np.int32]:
    """Labels carried on to the cells around the hole, so that its rim is filled to the end."""
    outside = (~inside).astype(np.uint8)
    _, labelled = cv2.distanceTransformWithLabels(
        outside, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    nearest = np.asarray(labelled, np.int32)
    of = np.zeros(int(nearest.max()) + 1, np.int32)
    of[nearest[inside]] = labels[inside]
    return of[nearest]


def _grown(mask: Bools, by: int) -> Bools:
    kernel = np.ones((2 * by + 1, 2 * by + 1), np.uint8)
    return cv2.dilate(mask.astype(np.uint8), kernel) > 0
