"""Puts what a model painted back into the room: soft inside a band, nothing beyond it."""

from __future__ import annotations

import cv2
import numpy as np

from roomstage.image import F32, U8, Box


def feathered(marked: U8, radius: float) -> F32:
    """Weight [h, w]: 1 on what is marked (>127), falling to exactly 0 at `radius` pixels from it.

    A blurred mask would have no end; this one is smooth at both of its own.
    """
    outside = np.asarray(marked <= 127, np.uint8)
    if radius <= 0 or not outside.any():
        return np.asarray(1 - outside, np.float32)
    if outside.all():
        return np.zeros(marked.shape, np.float32)
    away = np.asarray(cv2.distanceTransform(outside, cv2.DIST_L2, 5), np.float32)
    share = np.clip(1 - away / np.float32(radius), 0, 1)
    return np.asarray(share * share * (3 - 2 * share), np.float32)


def stitched(room: U8, painted: U8, box: Box, weight: F32) -> tuple[U8, U8]:
    """The room [H, W, 3] with `painted` [h, w, 3] laid over `box` by `weight` [h, w].

    Returns:
        The picture, and a mask [H, W] of the pixels that were written (255). Where the weight is
        0 every byte is the room's.
    """
    out, changed = room.copy(), np.zeros(room.shape[:2], np.uint8)
    under = room[box.slices].astype(np.float32)
    mixed = under + (painted.astype(np.float32) - under) * weight[..., None]
    written = weight > 0
    target = out[box.slices]
    target[written] = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)[written]
    changed[box.slices][written] = 255
    return out, changed
