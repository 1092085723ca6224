"""What stands in a place already: is it one piece of furniture, and which pixels are it?

A piece is taken out unasked only when there can be no doubt: it differs from what lies beside the
place, fills a good share of it, lies within it on every side, and stands on the floor.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage.image import F32, U8, Box, Image, Mask
from roomstage.removal.partial import cut_in_two
from roomstage.removal.surroundings import unlikeness
from roomstage.scene import Scene

Bools = NDArray[np.bool_]

SURE = 0.5  # confidence from which a piece is taken out unasked
_COARSE, _FINE = 96, 200  # long side of the copies that are looked at
_BESIDE = 0.3  # of the box's larger side: what is looked at on its sides
_DIFFERS = 6.5  # units of Lab
_OTHER = 0.04  # share of the box that is of another hue than its surroundings, ...
_OF_PIECE = 0.2  # ... and share of the piece
_FILLS = 0.1  # share of the box's area, ...
_TALL, _WIDE = 0.45, 0.3  # ... of its height and width
_LOW = 0.3  # of the box's height: the foot is no higher above its lower edge
_CUT = 0.25  # share of the piece's width by which it may go on beyond the box
_BOX = 0.9  # a mask that fills so much of its box is a box
_BELOW_HORIZON = 0.05  # of the picture's height
_OTHER_MATERIAL = 6.0  # units of Lab, lightness counting little
_WITHIN = 0.85  # share of the piece that the mask must cover


@dataclass(frozen=True, eq=False, slots=True)
class Occupant:
    """A piece that stands in a place."""

    confidence: float  # 0..1
    mask: Mask | None  # [H, W] its pixels; None below `SURE`


def find_occupant(image: Image, scene: Scene, mask: Mask) -> Occupant:
    """The piece inside what `mask` marks, if one stands there.

    Args:
        image: the room.
        scene: what is known of it.
        mask: the place, a box, a blob or an outline; it must mark something.
    """
    place = Box.around(mask.values > 127)
    if place is None or min(place.width, place.height) < 8:
        return Occupant(0.0, None)
    if cut_in_two(scene.surfaces, place, scene.size):
        return Occupant(0.0, None)
    confidence = _confidence(_Look.at(image, mask, place, _COARSE), scene)
    if confidence < SURE:
        return Occupant(confidence, None)
    look = _Look.at(image, mask, place, _FINE)
    return Occupant(confidence, look.in_photo(_outline(look), image.size))


def is_box(mask: Mask) -> bool:
    """True for a mask that says no more than a rectangle does."""
    return mask.fill > _BOX


@dataclass(frozen=True, eq=False, slots=True)
class _Look:
    """A small copy of the place and its sides."""

    crop: Box  # in the photo
    box: Box  # the place in the copy
    rgb: U8  # [h, w, 3]
    within: Bools  # [h, w] what the mask marks
    unlike: F32  # [h, w]
    other: Bools  # [h, w] unlike in a way that light is not

    @classmethod
    def at(cls, image: Image, mask: Mask, place: Box, side: int) -> _Look:
        crop = place.grown(round(_BESIDE * max(place.width, place.height)), image.size)
        scale = min(1.0, side / max(crop.width, crop.height))
        size = max(8, round(crop.width * scale)), max(8, round(crop.height * scale))
        rgb = np.asarray(
            cv2.resize(image.rgb[crop.slices], size, interpolation=cv2.INTER_AREA), np.uint8
        )
        marked = cv2.resize(mask.values[crop.slices], size, interpolation=cv2.INTER_AREA)
        across, down = size[0] / crop.width, size[1] / crop.height
        box = Box(
            round((place.x0 - crop.x0) * across),
            round((place.y0 - crop.y0) * down),
            round((place.x1 - crop.x0) * across),
            round((place.y1 - crop.y0) * down),
        )
        return cls(crop, box, rgb, np.asarray(marked) > 127, *unlikeness(rgb, box))

    def in_photo(self, piece: Bools, size: tuple[int, int]) -> Mask:
        values = np.zeros(size[::-1], np.uint8)
        smooth = cv2.resize(
            piece.astype(np.float32),
            (self.crop.width, self.crop.height),
            interpolation=cv2.INTER_LINEAR,
        )
        values[self.crop.slices] = np.where(smooth > 0.3, 255, 0)
        return Mask(values)


def _confidence(look: _Look, scene: Scene) -> float:
    """0..1: how sure one piece stands in the place, all of it, on the floor."""
    piece = _largest(look.unlike > _DIFFERS)
    around = Box.around(piece)
    if around is None:
        return 0.0
    box = look.box
    area = float(piece.sum()) / max(1, box.width * box.height)
    other = float((piece & look.other).sum())
    covered = float((piece & look.within).sum()) / float(piece.sum())
    scores = (
        area / _FILLS,
        around.height / (_TALL * box.height),
        around.width / (_WIDE * box.width),
        1.5 - (box.y1 - around.y1) / (_LOW * box.height) / 2,
        other / (_OTHER * box.width * box.height),
        other / (_OF_PIECE * float(piece.sum())),
        1.5 - _going_on(look, piece) / _CUT / 2,
        covered / _WITHIN,
        2 * _on_floor(look, scene, around),
    )
    # Each condition is needed: the weakest decides. 1 is met, 1.5 with room to spare.
    return float(np.clip((min(scores) - 0.5) / 1.0, 0, 1))


def _largest(marked: Bools) -> Bools:
    # Rails and thin legs hang together over the gaps between them.
    closed = cv2.morphologyEx(marked.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(closed)
    if count < 2:
        return np.zeros_like(marked)
    return labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))


def _going_on(look: _Look, piece: Bools) -> float:
    """How much of the piece goes on beyond the box, as a share of its width or height."""
    lab = cv2.cvtColor(look.rgb, cv2.COLOR_RGB2LAB).astype(np.float32)
    box, around = look.box, Box.around(piece)
    if around is None:
        return 0.0
    height, width = piece.shape
    worst = 0.0
    ends = (
        (box.y0, -2, around.width, True),
        (box.y1 - 1, 2, around.width, True),
        (box.x0, -2, around.height, False),
        (box.x1 - 1, 2, around.height, False),
    )
    for line, step, span, level in ends:
        beyond = line + step
        if not 0 <= beyond < (height if level else width):
            # At the picture's own edge nobody knows how the piece goes on.
            touching = piece[line] if level else piece[:, line]
            worst = max(worst, 0.5 * float(touching.sum()) / span)
            continue
        here, there = (lab[line], lab[beyond]) if level else (lab[:, line], lab[:, beyond])
        touching = piece[line] if level else piece[:, line]
        alike = np.abs(here - there).max(axis=1) < 14
        worst = max(worst, float((touching & alike).sum()) / span)
    return worst


def _on_floor(look: _Look, scene: Scene, around: Box) -> float:
    """1 where floor lies left and right of the piece's foot, 0 where wall does.

    The scene's map tells, or that what lies beside the foot is another material than what lies
    beside the piece's top, with the foot below the horizon.
    """
    down = look.crop.height / look.rgb.shape[0]
    row = look.crop.y0 + (around.y1 - 1) * down
    grid_row = int(np.clip(row * scene.floor.shape[0] / scene.size[1], 0, len(scene.floor) - 1))
    across = scene.floor.shape[1] / scene.size[0]
    left, right = int(look.crop.x0 * across), max(1, int(look.crop.x1 * across))
    mapped = float(scene.floor[grid_row, left:right].mean()) if right > left else 0.0
    if row < scene.camera.horizon + _BELOW_HORIZON * scene.size[1]:
        return mapped
    lab = cv2.cvtColor(look.rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    beside = np.r_[0 : look.box.x0, look.box.x1 : lab.shape[1]]
    if beside.size == 0:
        return mapped
    top, foot = (
        np.median(lab[max(0, middle - 2) : middle + 3][:, beside].reshape(-1, 3), axis=0)
        for middle in (around.y0, around.y1 - 1)
    )
    apart = float(np.linalg.norm((foot - top) * (0.3, 1, 1)))
    return max(mapped, min(1.0, apart / _OTHER_MATERIAL / 2))


def _outline(look: _Look) -> Bools:
    """The piece's pixels: what differs, what a graph cut adds, and the gaps between its legs.

    Rother, Kolmogorov, Blake, "GrabCut", SIGGRAPH 2004, sown by the unlikeness.
    """
    differs = look.unlike > 0.8 * _DIFFERS
    core = _largest(look.unlike > _DIFFERS)
    labels = np.full(differs.shape, cv2.GC_BGD, np.uint8)
    labels[look.box.slices] = cv2.GC_PR_BGD
    labels[differs] = cv2.GC_PR_FGD
    labels[core & (look.unlike > 2 * _DIFFERS)] = cv2.GC_FGD
    if (labels >= 2).any() and (labels % 2 == 1).any():
        cv2.setRNGSeed(7)
        models = np.zeros((1, 65)), np.zeros((1, 65))
        cut = labels.copy()
        cv2.grabCut(look.rgb, cut, (0, 0, 1, 1), *models, 2, cv2.GC_INIT_WITH_MASK)
        differs |= (cut % 2 == 1) & (look.unlike > 0.5 * _DIFFERS)
    side = max(3, max(look.box.width, look.box.height) // 24 * 2 + 1)
    closed = cv2.morphologyEx(differs.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((side, side)))
    _, islands = cv2.connectedComponents(closed)
    keep = np.unique(islands[core])
    return _filled(np.isin(islands, keep[keep > 0]), look.box)


def _filled(piece: Bools, box: Box) -> Bools:
    """Without holes, and without the gaps between legs, where the old shadow is deepest."""
    inside = np.zeros_like(piece)
    inside[box.slices] = True
    around = Box.around(piece)
    if around is None:
        return piece
    outlines, _ = cv2.findContours(piece.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    whole = np.zeros(piece.shape, np.uint8)
    cv2.drawContours(whole, outlines, -1, 1, cv2.FILLED)
    legs = piece.copy()
    legs[: around.y1 - round(0.4 * around.height)] = False
    rows, columns = np.nonzero(legs)
    hull = cv2.convexHull(np.stack([columns, rows], axis=1).astype(np.int32))
    cv2.fillConvexPoly(whole, hull, 1)
    # One pixel more on every side: the small copy's edge pixels are half the piece's.
    return (cv2.dilate(whole, np.ones((3, 3), np.uint8)) > 0) & inside
