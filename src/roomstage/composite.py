"""Puts the product and its shadow into the room; every byte outside survives.

Works band by band inside the box of what changes, so memory does not grow with the room.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np

from roomstage import colour
from roomstage.image import F32, U8, Box, Cutout, Image, Mask
from roomstage.light import Shading
from roomstage.light.reflection import Reflection
from roomstage.light.sun import Sunlight
from roomstage.placement import Placement
from roomstage.scene.grain import Grain
from roomstage.warp import InPlane, Upright, missing_blur

_BAND = 128  # rows at a time
_KNEE = 0.8  # linear light from which highlights are compressed
_SEEN_GRAIN = 0.4  # levels; less is lost in rounding
# Share of the noise that is seen at each 8-bit level.
_NOISY = np.clip(np.minimum(np.arange(256) / 16, (255 - np.arange(256)) / 16), 0, 1).astype(
    np.float32
)
_WHITE = 250  # levels; from here up a photo's grain is clipped
_INVISIBLE = 0.5 / 255  # alpha below half a level shows nothing
_LEAST_CHROMA_BLUR = 0.3  # pixels; less is not seen
# Premultiplied RGB and alpha to their colour without its luminance, and alpha.
_LESS_LUMINANCE = np.eye(4, dtype=np.float32)
_LESS_LUMINANCE[:3, :3] -= colour.LUMINANCE
_LEAST_LEFT = 0.35  # of a floor's light where the product hides what it mirrored
_UNTOUCHED = 1 - 1 / 512  # a factor on the room from here up is no shadow


def composite(
    room: Image, cutout: Cutout, placement: Placement, shading: Shading
) -> tuple[Image, Mask]:
    """The staged picture, and the mask of the pixels that were written (255).

    In linear light: ``out = (1 - a) * (room * shadow + mirrored) + a * (product * gain + veil)``.
    """
    staged = room.rgb.copy()
    changed = np.zeros(room.rgb.shape[:2], np.uint8)
    layers = _ProductLayer(cutout, placement, shading, room.size)
    noise = np.random.default_rng(shading.seed)
    for band in _bands(_changing(layers.box, shading)):
        shadow = _stretched(shading.shadow, shading.shadow_box, band)
        _add_sun(shadow, shading.sunlight, band)
        product, alpha = layers.band(band)
        hidden = placement.hidden(band)
        if hidden is not None:
            shadow += (1 - shadow) * hidden[..., None]
        touched = _touched(alpha, shadow)
        mirror = _mirror_band(shading.reflection, hidden, band)
        if mirror is not None:
            touched[mirror[1] > _INVISIBLE] = 255
        changed[band.slices] = touched
        x, y, width, height = cv2.boundingRect(touched)
        if width == 0:
            continue
        part = np.s_[y : y + height, x : x + width]
        before = room.rgb[band.slices][part]
        mirrored = None if mirror is None else tuple(grid[part].copy() for grid in mirror)
        mixed = _mixed(before, shadow[part], product[part], alpha[part], mirrored)
        if shading.grain.deviation > _SEEN_GRAIN:
            bare = alpha[part]
            if shading.sunlight is not None:
                bare = np.maximum(bare, _burnt(before) * (1 - shadow[part][..., 1]))
            mixed = _grained(mixed, bare, shading.grain, noise)
        cv2.copyTo(mixed, touched[part], staged[band.slices][part])
    return Image(staged, room.alpha, room.orientation), Mask(changed)


def coverage(room: Image, cutout: Cutout, placement: Placement, shading: Shading) -> U8:
    """The product's alpha in the room [H, W], as `composite` lays it."""
    layers = _ProductLayer(cutout, placement, shading, room.size)
    whole = np.zeros(room.rgb.shape[:2], np.uint8)
    for band in _bands(layers.box):
        whole[band.slices] = np.rint(np.clip(layers.band(band)[1], 0, 1) * 255)
    return whole


def with_front(
    before: Image, cleared: Image, written: Mask, placement: Placement
) -> tuple[Image, Mask]:
    """The cleared room with what stands before the product as it was, and where it is written.

    What is taken out is told by its colours, so what stands before it may have gone along.
    """
    box = Box.around(written.values > 0)
    hidden = None if box is None else placement.hidden(box)
    if box is None or hidden is None:
        return cleared, written
    was, now = before.rgb[box.slices], cleared.rgb[box.slices].astype(np.float32)
    kept = np.rint(now + (was - now) * hidden[..., None]).astype(np.uint8)
    rgb, still = cleared.rgb.copy(), written.values.copy()
    rgb[box.slices] = kept
    still[box.slices][(kept == was).all(axis=2) & (hidden == 1)] = 0
    return replace(cleared, rgb=rgb), Mask(still)


def _touched(alpha: F32, shadow: F32) -> U8:
    """255 where the product shows or its shadow falls, else 0 [h, w]."""
    shadowless = cv2.inRange(shadow, (_UNTOUCHED,) * 3, (np.inf,) * 3)
    bare = cv2.inRange(alpha, (-np.inf,), (_INVISIBLE,))
    return np.asarray(cv2.bitwise_not(cv2.bitwise_and(shadowless, bare)), np.uint8)


def _mixed(before: U8, shadow: F32, product: F32, alpha: F32, mirror: tuple[F32, ...] | None) -> U8:
    """The product over the shadowed room, 8 bit [h, w, 3]."""
    # Alpha gets a colour axis of its own: numpy multiplies slowly along an axis that is repeated.
    uncovered = np.asarray(cv2.cvtColor(1 - alpha, cv2.COLOR_GRAY2RGB), np.float32)
    room = colour.decode(before)
    if mirror is not None:
        room = _with_mirror_image(room, shadow, *mirror)
    else:
        room *= shadow
    room *= uncovered
    room += product
    return colour.encode(room)


def _with_mirror_image(room: F32, shadow: F32, added: F32, cover: F32, level: F32) -> F32:
    """The floor under its shadow with what it mirrors now, linear [h, w, 3].

    What it mirrored before is an estimate, so no more of it is taken than leaves a third of the
    floor's light, and the floor keeps its own hue where it gets darker.
    """
    plain = room * shadow
    over = np.maximum(room - level, 0) * cover[..., None]
    mirrored = (room - over) * shadow + added
    ratio = colour.luminance(mirrored) / np.maximum(colour.luminance(plain), 1e-5)
    darker = np.clip(ratio, _LEAST_LEFT, 1)[..., None]
    return np.where(ratio[..., None] < 1, plain * darker, mirrored).astype(np.float32)


def _add_sun(shadow: F32, sunlight: Sunlight | None, band: Box) -> None:
    """Let the soft shadow take from the ambient light only, and the product from the sun.

    In place, on the factor [h, w, 3] over a band.
    """
    part = None if sunlight is None else _common(sunlight.box, band)
    if sunlight is not None and part is not None:
        here = shadow[_within(part, band)]
        here *= _stretched(sunlight.ambient, sunlight.box, part)
        here += _stretched(sunlight.direct, sunlight.box, part)


def _mirror_band(
    reflection: Reflection | None, hidden: F32 | None, band: Box
) -> tuple[F32, ...] | None:
    """What a glossy floor mirrors over a band: added light, cover and level; None beside it.

    Nothing of it where something stands before it, by the share `hidden` [h, w].
    """
    part = None if reflection is None else _common(reflection.box, band)
    if reflection is None or part is None:
        return None
    grids = []
    for grid in (reflection.added, reflection.cover, reflection.level):
        whole = np.zeros((band.height, band.width, *grid.shape[2:]), np.float32)
        whole[_within(part, band)] = _stretched(grid, reflection.box, part)
        grids.append(whole)
    if hidden is not None:
        grids[0] *= 1 - hidden[..., None]
        grids[1] *= 1 - hidden
    return tuple(grids)


def _common(one: Box, other: Box) -> Box | None:
    box = Box(
        max(one.x0, other.x0), max(one.y0, other.y0), min(one.x1, other.x1), min(one.y1, other.y1)
    )
    return box if box.x0 < box.x1 and box.y0 < box.y1 else None


def _within(part: Box, band: Box) -> tuple[slice, slice]:
    """Index of a part of a band in the band's arrays."""
    return (
        slice(part.y0 - band.y0, part.y1 - band.y0),
        slice(part.x0 - band.x0, part.x1 - band.x0),
    )


def _burnt(rgb: U8) -> F32:
    """1 where the room is burnt out [h, w]: what comes to light there has no grain of its own."""
    return np.asarray(cv2.inRange(rgb, (_WHITE,) * 3, (255,) * 3), np.float32) / 255


def _grained(rgb: U8, bare: F32, grain: Grain, noise: np.random.Generator) -> U8:
    """Grain like the room's where what shows has none, by the share `bare` [h, w]."""
    white = noise.standard_normal(bare.shape, np.float32)
    if grain.blur > 0:
        taps = 2 * math.ceil(3 * grain.blur) + 1
        white = cv2.GaussianBlur(white, (taps, taps), grain.blur)
        white *= 1 / np.square(cv2.getGaussianKernel(taps, grain.blur)).sum()
    # Neither black nor burnt pixels show noise: both ends of the scale are clipped.
    bright = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    visible = np.asarray(cv2.LUT(bright, _NOISY), np.float32)
    levels = np.rint(white * visible * bare * grain.deviation).astype(np.int16)
    return np.clip(rgb.astype(np.int16) + levels[..., None], 0, 255).astype(np.uint8)


def _changing(product: Box, shading: Shading) -> Box:
    """The box of all that may change."""
    box = _union(product, shading.shadow_box)
    for more in (shading.reflection, shading.sunlight):
        box = box if more is None else _union(box, more.box)
    return box


def _union(one: Box, other: Box) -> Box:
    return Box(
        min(one.x0, other.x0), min(one.y0, other.y0), max(one.x1, other.x1), max(one.y1, other.y1)
    )


def _bands(box: Box) -> Iterator[Box]:
    for y0 in range(box.y0, box.y1, _BAND):
        yield Box(box.x0, y0, box.x1, min(y0 + _BAND, box.y1))


class _ProductLayer:
    """The lit product in room pixels: premultiplied colour and alpha, band by band."""

    def __init__(
        self, cutout: Cutout, placement: Placement, shading: Shading, size: tuple[int, int]
    ) -> None:
        source = _lit(cutout, shading.gain, shading.veil)
        sharpness = shading.sharpness
        scale = math.sqrt(placement.scale_x * placement.scale_y)
        blur = missing_blur(sharpness.luma, scale, size)
        self._chroma = missing_blur(sharpness.chroma, scale, size)
        self._chroma = math.sqrt(max(0.0, self._chroma**2 - blur**2))
        # The room pixels that it may touch.
        self.box = placement.box.grown(math.ceil(2 * blur), size)
        self._placement = placement
        self._warped = (
            Upright(source, placement, self.box, blur)
            if placement.homography is None
            else InPlane(source, placement.homography, placement.corners, blur)
        )

    def band(self, band: Box) -> tuple[F32, F32]:
        """Premultiplied colour [h, w, 3] and alpha [h, w] over `band`."""
        layer = np.zeros((band.height, band.width, 4), np.float32)
        part = _common(self.box, band)
        if part is not None:
            here = layer[_within(part, band)]
            here[:] = self._softened(part)
            hidden = self._placement.hidden(part)
            if hidden is not None:
                here *= 1 - hidden[..., None]
        return layer[..., :3], layer[..., 3]

    def _softened(self, part: Box) -> F32:
        if self._chroma < _LEAST_CHROMA_BLUR:
            return self._warped.part(part)
        margin = math.ceil(3 * self._chroma)  # of rows, so that no band shows
        wide = Box(part.x0, part.y0 - margin, part.x1, part.y1 + margin)
        soft = _chroma_softened(self._warped.part(wide), self._chroma)
        return soft[margin:-margin]


def _chroma_softened(layer: F32, sigma: float) -> F32:
    """A premultiplied layer [h, w, 4] with its colour, not its luminance, blurred by `sigma`.

    Sensors and JPEG keep colour at half the resolution. The blur is weighted by alpha, so no
    colour leaves the product and no fringe comes up beside it.
    """
    colours = np.asarray(cv2.transform(layer, _LESS_LUMINANCE), np.float32)
    soft = cv2.GaussianBlur(colours, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    share = layer[..., 3] / np.maximum(soft[..., 3], 1e-3)
    soft *= cv2.merge([share] * 4)
    layer -= colours  # alpha goes with it, and comes back with the soft colours
    layer += soft
    return np.maximum(layer, 0, out=layer)


def _lit(cutout: Cutout, gain: F32, veil: F32 | None) -> F32:
    """The cut-out under its `gain` and `veil`: premultiplied linear colours and alpha [h, w, 4].

    Made in bands: the temporaries of a whole product would be larger than the room.
    """
    width, height = cutout.size
    lit = np.empty((height, width, 4), np.float32)
    factor = np.asarray(cv2.resize(gain, (width, gain.shape[0])), np.float32)
    over = None
    brightest = float(gain.max())
    if veil is not None:
        over = np.asarray(cv2.resize(veil, (width, gain.shape[0])), np.float32)
        brightest += float(veil.max())
    row = (np.arange(height, dtype=np.float32) + 0.5) * (len(gain) / height) - 0.5
    row = np.clip(row, 0, len(gain) - 1)[:, None, None]
    above = row.astype(np.int16).ravel()
    below = np.minimum(above + 1, len(gain) - 1)
    for start in range(0, height, _BAND):
        part = slice(start, start + _BAND)
        share = row[part] - above[part, None, None]
        alpha = cutout.alpha[part].astype(np.float32) / 255
        colours = factor[above[part]] * (1 - share) + factor[below[part]] * share
        colours *= colour.decode(cutout.rgb[part])
        if over is not None:
            colours += over[above[part]] * (1 - share) + over[below[part]] * share
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
    """A grid [h, w, ...] that lies over its box, sampled linearly at the pixels of a band.

    Outside its box it is 1: no shadow.
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
