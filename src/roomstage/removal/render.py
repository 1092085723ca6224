"""Carries the plan of a fill out at the photo's own size, band by band."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage.image import F32, U8, Image, Mask
from roomstage.removal.membrane import masked_blur, membrane
from roomstage.removal.plane_fill import PlaneFill
from roomstage.removal.workplace import Workplace

Bools = NDArray[np.bool_]

_BAND = 96  # rows of the photo filled at a time
_VISIBLE = 0.004  # a factor on levels that is nearer to 1 changes nothing
_SAME_MATERIAL = 0.25  # log of levels
_RING = 7  # pixels around the hole by which the fill's tone is corrected
_SEEN_SHARE = 0.02


def rendered(
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


def in_tone(image: Image, place: Workplace, lit: F32, gain: F32, plane: PlaneFill) -> PlaneFill:
    """The plane's fill with a smooth factor that makes it meet what is around the hole.

    The membrane of Perez et al. 2003, equation 2, over the ratio of picture and fill at the rim.
    """
    hole = place.hole
    kernel = np.ones((2 * _RING + 1, 2 * _RING + 1), np.uint8)
    ring = (cv2.dilate(hole.astype(np.uint8), kernel) > 0) & plane.plane.source
    if not ring.any():
        return plane
    rows, columns = np.nonzero(ring)
    crop = image.rgb[place.box.slices]
    put = _of_plane(crop, gain, place, plane, columns.astype(np.float32), rows.astype(np.float32))
    filled, seen = np.ones_like(lit), ring.astype(np.float32)
    filled[ring] = put
    sigma = _RING / 2
    given, _ = masked_blur(lit, seen, sigma)
    taken, _ = masked_blur(filled, seen, sigma)
    ratio = np.clip((given + 4) / (taken + 4), 0.6, 1.6)
    near = cv2.dilate(hole.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
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
