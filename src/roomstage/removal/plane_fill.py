"""Fills a hole in one plane: smooth light from the membrane, texture from a shift map.

    fill(p) = light(p) * texture(p + shift(p)),   texture = picture / light

So no patch brings its own light along, and the room's grain comes with the texture.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage.removal.frame import Frame
from roomstage.removal.membrane import masked_blur, membrane
from roomstage.removal.partition import Plane
from roomstage.removal.shift_map import IMPOSSIBLE, shift_map
from roomstage.removal.shifts import candidates
from roomstage.image import F32

Bools = NDArray[np.bool_]
Move = tuple[Frame, F32]  # a shift [2] and the frame in which it is one

_LARGEST = 420  # side of the plane's own picture, in its pixels
_CELLS = 44  # of the shift map along the hole's longer side
_LABELS = 52
_LIGHT = 0.22  # of the hole's larger side: what is smoother than this is light, not texture
_ROBUST = 3  # rounds in which outliers lose their weight in the light
_OUTLIER = 0.15  # log of light
_RIM = 2  # cells around the hole that a label has to agree with
_UNLIKE = 2.0  # weight of colours that are not found around the hole
_OTHER_PLANE = 0.6  # weight of taking floor for wall or wall for floor
_LARGEST_STEP = 0.8  # log of size: what is copied would be blurred or too fine
_ALIKE = {"wall": 1, "floor": None, "mixed": 4}  # rows up and down that look alike
_USUAL = 0.12  # share of the surroundings that has to look like it
_STRANGE_SIZE = 0.6  # weight of copying what appears larger or smaller there


@dataclass(frozen=True, eq=False, slots=True)
class PlaneFill:
    """How one plane's hole is filled; grids lie in the working copy or the plane's frame."""

    plane: Plane
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


def shifted(frame: Frame, shift: F32, x: F32, y: F32) -> tuple[F32, F32]:
    """Pixels x, y of the working copy moved by dx, dy in a plane."""
    u, v = frame.to_plane(x, y)
    return frame.to_picture(u + shift[0], v + shift[1])


def plan(picture: F32, plane: Plane, hole: Bools, seed: int) -> PlaneFill:
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
    view = _View.of(plane, plane.frame, flat, to_fill)
    if not view.seen.any() or not view.gap.any():
        none, one = np.zeros((1, 2), np.float32), np.ones_like(light)
        empty = np.zeros((1, 1, 1), np.float32)
        return PlaneFill(plane, light, one, (plane.frame,), none, empty, (0, 0), 1.0)
    level = plane.kind == "wall"
    most = _LABELS if plane.also is None else _LABELS // 2
    moves = [(plane.frame, shift) for shift in view.shifts(seed, level=level, most=most)]
    if plane.also is not None:
        other = _View.of(plane, plane.also, flat, to_fill)
        found = other.shifts(seed, level=False, most=most)
        moves += [(plane.also, shift) for shift in found]
    moves = moves or [(plane.frame, np.zeros(2, np.float32))]
    return _mapped(view, light, moves)


def _light(picture: F32, plane: Plane, hole: Bools) -> F32:
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


@dataclass(frozen=True, eq=False, slots=True)
class _View:
    """The plane's own picture: u = left + step * column, v = top + step * row."""

    plane: Plane
    frame: Frame
    left: float
    top: float
    step: float
    texture: F32  # [h, w, 3]
    seen: Bools  # [h, w] what may be copied
    gap: Bools  # [h, w] what is to be filled

    @classmethod
    def of(cls, plane: Plane, frame: Frame, flat: F32, to_fill: Bools) -> _View:
        """All of the plane that is near the gap in the plane's own measure."""
        rows, columns = np.nonzero(to_fill)
        u, v = frame.to_plane(columns.astype(np.float32), rows.astype(np.float32))
        rows, columns = np.nonzero(plane.domain)
        all_u, all_v = frame.to_plane(columns.astype(np.float32), rows.astype(np.float32))
        reach = 1.5 * max(float(np.ptp(u)), float(np.ptp(v)), 16.0)
        left, right = max(all_u.min(), u.min() - reach), min(all_u.max(), u.max() + reach)
        top, bottom = max(all_v.min(), v.min() - reach), min(all_v.max(), v.max() + reach)
        step = float(max(1.0, (right - left) / _LARGEST, (bottom - top) / _LARGEST))
        across = np.arange(left, right + step / 2, step, dtype=np.float32)
        down = np.arange(top, bottom + step / 2, step, dtype=np.float32)
        x, y = (np.asarray(a, np.float32) for a in frame.to_picture(*np.meshgrid(across, down)))
        edge = cv2.BORDER_REPLICATE
        texture = np.asarray(cv2.remap(flat, x, y, cv2.INTER_LINEAR, borderMode=edge), np.float32)
        seen = cv2.remap(plane.source.astype(np.float32), x, y, cv2.INTER_LINEAR) > 0.99
        gap = cv2.remap(to_fill.astype(np.float32), x, y, cv2.INTER_LINEAR) > 0.01
        texture[~seen] = 1.0
        return cls(plane, frame, float(left), float(top), step, texture, seen, gap)

    def shifts(self, seed: int, *, level: bool, most: int) -> F32:
        """Candidates [n, 2] in the frame's units, the most useful first."""
        if not self.seen.any() or not self.gap.any():
            return np.zeros((0, 2), np.float32)
        found = candidates(100 * self.texture, self.seen, self.gap, seed, level=level, most=most)
        return (found * self.step).astype(np.float32)

    def at(self, x: F32, y: F32) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
        """Column and row of pixels x, y of the working copy."""
        u, v = self.frame.to_plane(x, y)
        column, row = (u - self.left) / self.step, (v - self.top) / self.step
        return np.rint(column).astype(int), np.rint(row).astype(int)


def _mapped(view: _View, light: F32, moves: list[Move]) -> PlaneFill:
    """Cells over the gap, a label for each, and soft borders between labels."""
    rows, columns = np.nonzero(view.gap)
    span = max(int(np.ptp(rows)), int(np.ptp(columns))) + 1
    cell = max(2, round(span / _CELLS))
    margin = (_RIM + 1) * cell
    cx = np.arange(columns.min() - margin, columns.max() + margin + 1, cell)
    cy = np.arange(rows.min() - margin, rows.max() + margin + 1, cell)
    cells_x, cells_y = np.meshgrid(cx, cy)
    in_gap = _at(_grown(view.gap, cell // 2), cells_x, cells_y, False)
    known = _at(view.seen, cells_x, cells_y, False) & ~in_gap
    x, y = view.frame.to_picture(
        (view.left + view.step * cells_x).astype(np.float32),
        (view.top + view.step * cells_y).astype(np.float32),
    )
    there = [shifted(frame, shift, x, y) for frame, shift in moves]
    landed = [view.at(*point) for point in there]
    found = np.stack([_at(view.seen, *point, False) for point in landed], axis=2)
    features = _features(view.texture, view.seen, cell)
    put = np.stack([_at(features, *point, 0.0) for point in landed], axis=2)
    own = _at(features, cells_x, cells_y, 0.0)
    cost = _alone(put, found, own, known) + IMPOSSIBLE * ~found
    cost += _UNLIKE * _unlike(put, own, known, in_gap, _ALIKE[view.plane.kind])
    cost += _strain(view, moves, x, y, there)
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


def _strain(view: _View, moves: list[Move], x: F32, y: F32, there: list[tuple[F32, F32]]) -> F32:
    """What a move costs for itself [h, w, n].

    On a wall, to leave the row. On a floor, to come from where things look larger or smaller. In
    a mixed plane also to copy the one for the other.
    """
    plane = view.plane
    floor = cv2.remap(plane.floor_share, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    tall = float(np.ptp(y)) + 1
    total = np.zeros((*y.shape, len(moves)), np.float32)
    for label, (frame, shift) in enumerate(moves):
        if plane.kind == "wall":
            total[..., label] = 0.02 * abs(float(shift[1]))
            continue
        size = np.abs(np.log(frame.size_there(y) / frame.size_there(there[label][1])))
        total[..., label] = _STRANGE_SIZE * size + IMPOSSIBLE / 2 * (size > _LARGEST_STEP)
        if plane.kind == "mixed":
            upright = frame is plane.frame
            taken = cv2.remap(plane.floor_share, *there[label], cv2.INTER_LINEAR)
            total[..., label] += 2 * _OTHER_PLANE * np.abs(floor - taken)
            total[..., label] += _OTHER_PLANE * (floor if upright else 1 - floor)
            total[..., label] += _OTHER_PLANE * upright * np.abs(there[label][1] - y) / tall
    return total


def _features(texture: F32, seen: Bools, cell: int) -> F32:
    """What is compared at a pixel [h, w, 12]: colours at four points of the cell around it."""
    smooth, _ = masked_blur(texture, seen.astype(np.float32), max(0.5, cell / 4))
    off = max(1, cell // 3)
    parts = [np.roll(smooth, (dy, dx), (0, 1)) for dy in (-off, off) for dx in (-off, off)]
    return np.concatenate(parts, axis=2).astype(np.float32)


def _alone(put: F32, found: Bools, own: F32, known: Bools) -> F32:
    """[h, w, n] how badly a label agrees with the known cells near a cell.

    A known cell keeps its own colours, and so a seam towards it costs what the label would have
    put there instead.
    """
    off = np.linalg.norm(put - own[:, :, None], axis=3)
    off = np.where(found, off, 1.0) * known[..., None]
    side = 2 * _RIM + 1
    near = cv2.getGaussianKernel(side, _RIM / 1.5).astype(np.float32)
    kernel = near @ near.T
    total = np.empty_like(off, np.float32)
    for label in range(off.shape[2]):
        total[..., label] = cv2.filter2D(off[..., label].astype(np.float32), -1, kernel * 4)
    return total


def _unlike(put: F32, own: F32, known: Bools, wanted: Bools, reach: int | None) -> F32:
    """[h, w, n] how far what is put is from the colours seen around the hole.

    With a `reach` only those of the same height, so many rows up and down, are compared: a
    skirting stays where it is.
    """
    total = np.zeros(put.shape[:3], np.float32)
    for row in range(len(put)) if reach is not None else (None,):
        rows = (
            slice(None)
            if row is None or reach is None
            else slice(max(0, row - reach), row + reach + 1)
        )
        here = row if row is not None else slice(None)
        palette, cells = own[rows][known[rows]][:, :3], wanted[here]
        if len(palette) and cells.any():
            total[here][cells] = _unusual(put[here][cells][..., :3], palette)
    return total


def _unusual(colours: F32, palette: F32) -> F32:
    """Distance of colours [m, n, 3] to the nearest `_USUAL` of the palette [k, 3]."""
    near = palette[np.linspace(0, len(palette) - 1, min(len(palette), 160)).astype(int)]
    flat = colours.reshape(-1, 3)
    distance = (
        np.square(flat).sum(axis=1)[:, None] + np.square(near).sum(axis=1) - 2 * flat @ near.T
    )
    # Not the nearest: what is rare around the hole, a cable on the floor, is not to be copied.
    usual = round(_USUAL * (len(near) - 1))
    least = np.sqrt(np.maximum(np.partition(distance, usual, axis=1)[:, usual], 0))
    return np.maximum(least - 0.05, 0).reshape(colours.shape[:2]).astype(np.float32)


def _spread(labels: NDArray[np.int32], inside: Bools) -> NDArray[np.int32]:
    """Labels carried on to the cells around the hole, so that its rim is filled to the end."""
    outside = (~inside).astype(np.uint8)
    _, nearest = cv2.distanceTransformWithLabels(
        outside, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    of = np.zeros(int(nearest.max()) + 1, np.int32)
    of[nearest[inside]] = labels[inside]
    return of[nearest]


def _grown(mask: Bools, by: int) -> Bools:
    kernel = np.ones((2 * by + 1, 2 * by + 1), np.uint8)
    return cv2.dilate(mask.astype(np.uint8), kernel) > 0


def _at(values: np.ndarray, x: np.ndarray, y: np.ndarray, outside: float) -> np.ndarray:
    """Values at whole pixels; `outside` where there are none."""
    height, width = values.shape[:2]
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    taken = values[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)]
    return np.where(inside if values.ndim == 2 else inside[..., None], taken, outside).astype(
        values.dtype
    )
