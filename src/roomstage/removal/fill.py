"""Takes out what a mask marks: its shadow is divided out, its place filled plane by plane."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage.removal.cast_shadow import shadow
from roomstage.removal.membrane import masked_blur, membrane
from roomstage.removal.partition import partition
from roomstage.removal.plane_fill import PlaneFill, plan
from roomstage.removal.workplace import Workplace, workplace
from roomstage.image import F32, U8, Box, Image, Mask
from roomstage.scene import Scene

Bools = NDArray[np.bool_]

_BAND = 96  # rows of the photo filled at a time
_RIM = 0.006  # of the hole's larger side: the mask is grown by it, and the edge softened
_FOOT = 0.12  # of the mask's height, from below, ...
_CONTACT = 0.05  # ... is grown by so much more: the dark line of touch is filled, not divided out
_VISIBLE = 0.004  # log of light: a weaker shadow is below one level
_GAMMA = 2.2  # of levels, near enough for ratios of light
_SAME_MATERIAL = 0.25  # log of levels
_BAND_WIDTH = 7  # pixels around the hole by which the fill's tone is corrected
_SEEN_SHARE = 0.02


@dataclass(frozen=True, eq=False, slots=True)
class Filled:
    """A photo from which something was taken out."""

    image: Image
    changed: Mask  # 255 where a pixel was written; elsewhere every byte is the photo's
    box: Box  # where the grid below lies in the photo
    floor: F32  # [h, w] share of floor in the box, the hole's included


def fill(image: Image, scene: Scene, hole: Mask, seed: int) -> Filled:
    """The photo without what `hole` marks and without its shadow.

    Args:
        image: the room.
        scene: what is known of it.
        hole: 255 where something is to be taken out; it must mark something.
        seed: sows the search for sources.
    """
    marked = Box.around(hole.values > 127)
    if marked is None:
        return Filled(image, Mask(np.zeros_like(hole.values)), Box(0, 0, 1, 1), scene.floor[:1, :1])
    rim = max(2, round(_RIM * max(marked.width, marked.height)))
    grown = _grown(hole, marked, rim, image.size)
    written = Box.around(grown.values > 0) or marked
    place = workplace(image, scene, grown, written)
    planes = partition(place)
    dark = np.zeros_like(place.floor)
    for plane in planes if planes[0].kind != "mixed" else ():
        dark += shadow(place.rgb, plane.source, plane.share > 0.5, place.hole)
    gain = np.exp(-dark / _GAMMA).astype(np.float32)
    lit = place.rgb * gain[..., None]
    fills = [plan(lit, plane, place.hole, seed) for plane in planes]
    fills = [_in_tone(image, place, lit, gain, part) for part in fills]
    rgb, changed = _rendered(image, grown, place, gain, fills)
    floor = place.floor.copy()
    floor[place.hole] = sum(plane.floor_share[place.hole] for plane in planes)
    return Filled(Image(rgb, image.alpha, image.orientation), Mask(changed), place.box, floor)


def _grown(hole: Mask, marked: Box, rim: int, size: tuple[int, int]) -> Mask:
    """The mask [H, W] with its rim and the line where its foot touches, soft at the edge."""
    values = np.zeros_like(hole.values)
    margin = round(2 * _CONTACT * max(marked.width, marked.height)) + 3 * rim + 3
    box = marked.grown(margin, size)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * rim + 1, 2 * rim + 1))
    wide = cv2.dilate(hole.values[box.slices], kernel)
    foot = wide.copy()
    foot[: marked.y1 - box.y0 - max(1, round(_FOOT * marked.height))] = 0
    across, down = round(_CONTACT * max(marked.width, marked.height)), rim
    touch = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * across + 1, across + 2 * down + 1))
    wide = cv2.max(wide, cv2.dilate(foot, touch))
    values[box.slices] = cv2.GaussianBlur(cv2.dilate(wide, kernel), (0, 0), rim / 2.5)
    return Mask(np.where(values > 4, values, 0).astype(np.uint8))


def _rendered(
    image: Image,
    hole: Mask,
    place: Workplace,
    gain: F32,
    fills: list[PlaneFill],
) -> tuple[U8, U8]:
    """The photo with its hole filled, and where it was written (255); band by band."""
    rgb = image.rgb.copy()
    changed = np.zeros(rgb.shape[:2], np.uint8)
    crop = np.ascontiguousarray(image.rgb[place.box.slices])
    for y0 in range(0, place.box.height, _BAND):
        rows = slice(y0, min(place.box.height, y0 + _BAND))
        x, y = np.meshgrid(
            np.arange(place.box.width, dtype=np.float32),
            np.arange(rows.start, rows.stop, dtype=np.float32),
        )
        x, y = place.to_copy(x, y)
        lifted = _sampled(gain, x, y)
        part = crop[rows]
        bright = part * lifted[..., None]
        alpha = hole.values[place.box.slices][rows].astype(np.float32) / 255
        filled = _filled(crop, gain, place, fills, x, y, alpha > 0)
        mixed = bright + (filled - bright) * alpha[..., None]
        written = (alpha > 0) | (lifted > 1 + _VISIBLE)
        out = rgb[place.box.slices][rows]
        out[written] = np.clip(np.rint(mixed[written]), 0, 255).astype(np.uint8)
        changed[place.box.slices][rows][written] = 255
    return rgb, changed


def _in_tone(image: Image, place: Workplace, lit: F32, gain: F32, plane: PlaneFill) -> PlaneFill:
    """The plane's fill with a smooth factor that makes it meet what is around the hole.

    The membrane of Perez et al. 2003, equation 2, over the ratio of picture and fill at the rim.
    """
    hole = place.hole
    kernel = np.ones((2 * _BAND_WIDTH + 1, 2 * _BAND_WIDTH + 1), np.uint8)
    ring = (cv2.dilate(hole.astype(np.uint8), kernel) > 0) & plane.plane.source
    if not ring.any():
        return plane
    rows, columns = np.nonzero(ring)
    crop = image.rgb[place.box.slices]
    put = _of_plane(crop, gain, place, plane, columns.astype(np.float32), rows.astype(np.float32))
    filled, seen = np.ones_like(lit), ring.astype(np.float32)
    filled[ring] = put
    sigma = _BAND_WIDTH / 2
    given, _ = masked_blur(lit, seen, sigma)
    taken, _ = masked_blur(filled, seen, sigma)
    ratio = np.clip((given + 4) / (taken + 4), 0.6, 1.6)
    near = cv2.dilate(hole.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    # Where the two differ as materials do, not as light does, the fill keeps its tone.
    rim = ring & near & (np.abs(np.log(ratio)).max(axis=2) < _SAME_MATERIAL)
    return replace(plane, tone=membrane(ratio, rim, plane.plane.domain & near))


def _filled(
    crop: U8,
    gain: F32,
    place: Workplace,
    fills: list[PlaneFill],
    x: F32,
    y: F32,
    wanted: Bools,
) -> F32:
    """What stands in the hole at working coordinates x, y [h, w, 3], levels; 0 elsewhere."""
    out = np.zeros((*x.shape, 3), np.float32)
    for plane in fills:
        share = _sampled(plane.plane.share, x, y)
        there = wanted & (share > 0)
        if there.any():
            part = _of_plane(crop, gain, place, plane, x[there], y[there])
            out[there] += part * share[there][:, None]
    return out


def _of_plane(crop: U8, gain: F32, place: Workplace, plane: PlaneFill, x: F32, y: F32) -> F32:
    """The plane's fill [n, 3] at a list of working coordinates."""
    count = len(x)
    wide = 1024
    tall = -(-count // wide)
    pad = tall * wide - count
    x, y = (np.pad(values, (0, pad), mode="edge").reshape(tall, wide) for values in (x, y))
    light = _sampled(plane.light, x, y)
    total = np.zeros((tall, wide, 3), np.float32)
    weight = np.zeros((tall, wide), np.float32)
    for label in range(len(plane.shifts)):
        from_x, from_y, share = plane.source(label, x, y)
        if not (share > _SEEN_SHARE).any():
            continue
        crop_x, crop_y = place.to_crop(from_x, from_y)
        copied = cv2.remap(
            crop,
            crop_x.astype(np.float32),
            crop_y.astype(np.float32),
            cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REFLECT_101,
        ).astype(np.float32)
        copied *= _sampled(gain, from_x, from_y)[..., None]
        copied /= np.maximum(_sampled(plane.light, from_x, from_y), 1.0)
        share = np.square(share)  # a narrower seam shows less of two things at once
        total += np.minimum(copied, 4.0) * share[..., None]
        weight += share
    # Where nothing could be copied the light alone is left.
    rest = np.maximum(1e-3, 0.25 - weight) * (weight < 0.25)
    texture = (total + rest[..., None]) / np.maximum(weight + rest, 1e-6)[..., None]
    return (texture * light * _sampled(plane.tone, x, y)).reshape(-1, 3)[:count]


def _sampled(values: F32, x: F32, y: F32) -> F32:
    sampled = cv2.remap(
        values,
        np.asarray(x, np.float32),
        np.asarray(y, np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(sampled, np.float32)
