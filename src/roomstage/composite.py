"""Puts the product and its shadow into the room; every byte outside survives.

Works band by band inside the box of what changes, so memory does not grow with the room.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from roomstage import colour
from roomstage.image import F32, U8, Box, Cutout, Image, Mask
from roomstage.light import Shading
from roomstage.placement import Placement
from roomstage.warp import InPlane, Upright

_BAND = 128  # rows at a time
_KNEE = 0.8  # linear light from which highlights are compressed
_GOES_ON = 0.6  # of the product's box: how far beyond it what hides it is taken to reach
_SEEN_GRAIN = 0.4  # levels; less is lost in rounding
_INVISIBLE = 0.5 / 255  # alpha below half a level shows nothing
_UNTOUCHED = 1 - 1 / 512  # a factor on the room from here up is no shadow


def composite(
    room: Image, cutout: Cutout, placement: Placement, shading: Shading
) -> tuple[Image, Mask]:
    """The staged picture, and the mask of the pixels that were written (255).

    In linear light: ``out = (1 - a) * room * shadow + a * product * gain``.
    """
    staged = room.rgb.copy()
    changed = np.zeros(room.rgb.shape[:2], np.uint8)
    layers = _ProductLayer(cutout, placement, shading.gain)
    noise = np.random.default_rng(shading.seed)
    for band in _bands(_union(placement.box, shading.shadow_box)):
        shadow = _stretched(shading.shadow, shading.shadow_box, band)
        product, alpha = layers.band(band)
        _clear_hidden(shadow, placement, band)
        touched = _touched(alpha, shadow)
        changed[band.slices] = touched
        x, y, width, height = cv2.boundingRect(touched)
        if width == 0:
            continue
        part = np.s_[y : y + height, x : x + width]
        before = room.rgb[band.slices][part]
        mixed = _mixed(before, shadow[part], product[part], alpha[part])
        if shading.grain > _SEEN_GRAIN:
            mixed = _grained(mixed, alpha[part] * shading.grain, noise)
        cv2.copyTo(mixed, touched[part], staged[band.slices][part])
    return Image(staged, room.alpha, room.orientation), Mask(changed)


def _clear_hidden(shadow: F32, placement: Placement, band: Box) -> None:
    """Take the shadow [h, w, 3] of a band off what stands before the product, in place.

    What stands there goes on beyond the product's box: the box's rim is carried on, and fades.
    """
    if placement.visible is None:
        return
    box = placement.box
    x, y = np.arange(band.x0, band.x1) - box.x0, np.arange(band.y0, band.y1) - box.y0
    inside_x, inside_y = np.clip(x, 0, box.width - 1), np.clip(y, 0, box.height - 1)
    hidden = 1 - placement.visible[np.ix_(inside_y, inside_x)].astype(np.float32) / 255
    fade = _GOES_ON * max(box.width, box.height)
    away = np.hypot((x - inside_x)[None], (y - inside_y)[:, None]) / fade
    hidden *= np.maximum(1 - away, 0).astype(np.float32)
    shadow += (1 - shadow) * hidden[..., None]


def _touched(alpha: F32, shadow: F32) -> U8:
    """255 where the product shows or its shadow falls, else 0 [h, w]."""
    shadowless = cv2.inRange(shadow, (_UNTOUCHED,) * 3, (np.inf,) * 3)
    bare = cv2.inRange(alpha, (-np.inf,), (_INVISIBLE,))
    return np.asarray(cv2.bitwise_not(cv2.bitwise_and(shadowless, bare)), np.uint8)


def _mixed(before: U8, shadow: F32, product: F32, alpha: F32) -> U8:
    """The product over the shadowed room, 8 bit [h, w, 3]."""
    # Alpha gets a colour axis of its own: numpy multiplies slowly along an axis that is repeated.
    mixed = np.asarray(cv2.cvtColor(1 - alpha, cv2.COLOR_GRAY2RGB), np.float32)
    mixed *= shadow
    mixed *= colour.decode(before)
    mixed += product
    return colour.encode(mixed)


def _grained(rgb: U8, deviation: F32, noise: np.random.Generator) -> U8:
    """Grain of the room's strength where the product shows; the room has its own."""
    grain = noise.standard_normal(deviation.shape, np.float32) * deviation
    grained = rgb.astype(np.int16) + np.rint(grain).astype(np.int16)[..., None]
    return np.clip(grained, 0, 255).astype(np.uint8)


def _union(one: Box, other: Box) -> Box:
    return Box(
        min(one.x0, other.x0), min(one.y0, other.y0), max(one.x1, other.x1), max(one.y1, other.y1)
    )


def _bands(box: Box) -> Iterator[Box]:
    for y0 in range(box.y0, box.y1, _BAND):
        yield Box(box.x0, y0, box.x1, min(y0 + _BAND, box.y1))


class _ProductLayer:
    """The lit product in room pixels: premultiplied colour and alpha, band by band."""

    def __init__(self, cutout: Cutout, placement: Placement, gain: F32) -> None:
        source = _lit(cutout, gain)
        self._box, self._visible = placement.box, placement.visible
        self._warped = (
            Upright(source, placement)
            if placement.homography is None
            else InPlane(source, placement.homography, placement.corners)
        )

    def band(self, band: Box) -> tuple[F32, F32]:
        """Premultiplied colour [h, w, 3] and alpha [h, w] over `band`."""
        layer = np.zeros((band.height, band.width, 4), np.float32)
        box = self._box
        part = Box(box.x0, max(band.y0, box.y0), box.x1, min(band.y1, box.y1))
        if part.height > 0:
            rows = slice(part.y0 - band.y0, part.y1 - band.y0)
            columns = slice(part.x0 - band.x0, part.x1 - band.x0)
            layer[rows, columns] = self._warped.part(part)
            if self._visible is not None:
                shown = self._visible[part.y0 - box.y0 : part.y1 - box.y0, :, None]
                layer[rows, columns] *= shown.astype(np.float32) / 255
        return layer[..., :3], layer[..., 3]


def _lit(cutout: Cutout, gain: F32) -> F32:
    """The cut-out under its `gain`: premultiplied linear colours and alpha [h, w, 4].

    Made in bands: the temporaries of a whole product would be larger than the room.
    """
    width, height = cutout.size
    lit = np.empty((height, width, 4), np.float32)
    wide = np.asarray(cv2.resize(gain, (width, gain.shape[0])), np.float32)
    brightest = float(gain.max())
    row = (np.arange(height, dtype=np.float32) + 0.5) * (len(gain) / height) - 0.5
    row = np.clip(row, 0, len(gain) - 1)[:, None, None]
    above = row.astype(np.int16).ravel()
    below = np.minimum(above + 1, len(gain) - 1)
    for start in range(0, height, _BAND):
        part = slice(start, start + _BAND)
        share = row[part] - above[part, None, None]
        alpha = cutout.alpha[part].astype(np.float32) / 255
        colours = wide[above[part]] * (1 - share) + wide[below[part]] * share
        colours *= colour.decode(cutout.rgb[part])
        _bend(colours, brightest)
        colours *= cv2.cvtColor(alpha, cv2.COLOR_GRAY2RGB)
        lit[part] = cv2.merge([*cv2.split(colours), alpha])
    return lit


def _bend(linear: F32, brightest: float) -> None:
    """Bend light beyond the knee so that `brightest` becomes 1, as a developed photo does.

    In place. Nothing is done where no light passes 1; the bend leaves the knee at its slope.
    """
    if brightest <= 1:
        return
    headroom = 1 - _KNEE
    over = np.maximum(linear - _KNEE, 0)
    bent = over / (1 + over * (1 / headroom - 1 / (brightest - _KNEE)))
    np.minimum(linear, _KNEE, out=linear)
    linear += bent


def _stretched(grid: F32, over: Box, band: Box) -> F32:
    """The shadow grid [h, w, 3] that lies over its box, sampled linearly at the pixels of a band.

    Outside its box the grid is 1: no shadow.
    """
    to_grid = np.array(
        [
            [grid.shape[1] / over.width, 0, 0],
            [0, grid.shape[0] / over.height, 0],
        ],
        np.float64,
    )
    # Pixel centres: grid = (pixel + 0.5 - edge) * ratio - 0.5
    to_grid[0, 2] = (band.x0 + 0.5 - over.x0) * to_grid[0, 0] - 0.5
    to_grid[1, 2] = (band.y0 + 0.5 - over.y0) * to_grid[1, 1] - 0.5
    sampled = cv2.warpAffine(
        grid,
        to_grid,
        (band.width, band.height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    columns, rows = np.arange(band.x0, band.x1), np.arange(band.y0, band.y1)
    sampled[:, (columns < over.x0) | (columns >= over.x1)] = 1
    sampled[(rows < over.y0) | (rows >= over.y1)] = 1
    return np.asarray(sampled, np.float32)
