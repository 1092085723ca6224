"""Bytes of a mask file to a `Mask` of its picture's size, whatever way the mask was painted."""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image as PILImage

from roomstage.errors import InvalidMask
from roomstage.image import U8, Image, Mask
from roomstage.inputs.colours import scaled_16_bit
from roomstage.inputs.limits import Limits
from roomstage.inputs.orient import upright
from roomstage.inputs.raster import decoding, read_raster

_DEFAULT = Limits()
BLACK, WHITE = 16, 239  # levels that lossy files ring up to around black and down to around white
_FLAT = 8  # levels by which a painted colour may vary and still be one colour
_ASPECT = 0.02
_TARGET = {
    "main_image_mask": "where the product goes",
    "overlay_image_mask": "over the product",
}


def decode_mask(
    data: bytes, *, of: Image, field: str, marks: str | None = None, limits: Limits = _DEFAULT
) -> Mask:
    """Decode a mask and fit it to the picture `of`; soft values are kept.

    `marks` says in words what is to be white, where the field's name does not.

    Raises:
        UnsupportedFormat, ImageTooLarge, InvalidImage: as `decode_image`.
        InvalidMask: it marks nothing.
    """
    raster = read_raster(data, field=field, limits=limits)
    with decoding(raster.header.format, field):
        colours = painted_levels(raster.picture) if raster.plain is None else raster.plain
    return fit_mask(
        colours,
        of=of,
        field=field,
        marks=marks,
        orientation=raster.orientation,
        lossy=raster.header.is_lossy,
        warnings=raster.warnings,
    )


def fit_mask(
    colours: U8,
    *,
    of: Image,
    field: str,
    marks: str | None = None,
    orientation: int = 1,
    lossy: bool = False,
    warnings: tuple[str, ...] = (),
) -> Mask:
    """Make the mask of `of` from levels [h, w], [h, w, 3] or [h, w, 4] as painted.

    Raises:
        InvalidMask: it marks nothing.
    """
    white = marks or _TARGET.get(field, "where the object is")
    notes = [*warnings, *_photo_note(colours, field, white)]
    levels = _levels(colours)
    levels = _stretched(levels, lossy, field, notes)
    if orientation == 1 and of.orientation >= 5 and _fits_only_on_its_side(levels, of.size):
        orientation = of.orientation
        notes.append(f"{field} was turned upright together with its photo")
    levels = _resized(upright(levels, orientation), of.size, field, notes)
    if not levels.any():
        raise InvalidMask(f"{field} is empty: paint white {white}", field=field)
    notes += _inverted_note(levels, field, white)
    return Mask(np.ascontiguousarray(levels), tuple(notes))


def painted_levels(picture: PILImage.Image) -> U8:
    """Levels as stored: [H, W], or [H, W, 3 or 4]."""
    if picture.mode in ("L", "RGB", "RGBA") and "transparency" not in picture.info:
        return np.array(picture)
    if picture.mode.startswith("I"):
        values = np.asarray(picture)
        # 8-bit levels in a 16-bit file are no near-black mask.
        return values.astype(np.uint8) if values.max() <= 255 else scaled_16_bit(values)
    if picture.mode == "1":
        return np.asarray(picture.convert("L"))
    clear = "transparency" in picture.info or picture.mode in ("LA", "PA")
    return np.asarray(picture.convert("RGBA" if clear else "RGB"))


def _levels(colours: U8) -> U8:
    """Grey levels [H, W] of a mask in any paint: the brightest channel, or the alpha."""
    if colours.ndim == 2:
        return colours
    value = np.maximum(np.maximum(colours[..., 0], colours[..., 1]), colours[..., 2])
    if colours.shape[2] == 3:
        return value
    alpha = colours[..., 3]
    if alpha.min() == 255:
        return value
    painted = colours[alpha > alpha.max() // 2][:, :3]  # edges may hold any colour
    if painted.size == 0 or int(np.ptp(painted, axis=0).max()) <= _FLAT:
        return np.ascontiguousarray(alpha)
    return (value.astype(np.uint16) * alpha // 255).astype(np.uint8)


def _stretched(levels: U8, lossy: bool, field: str, notes: list[str]) -> U8:
    """Scale so that the brightest level is white, and snap what lossy files ring."""
    top = int(levels.max(initial=0))
    if top == 0 or (lossy and top <= BLACK):
        return np.zeros_like(levels)
    if top < WHITE:
        notes.append(f"{field} has {top} of 255 as its brightest level: it was read as white")
        levels = _through(np.minimum(np.arange(256) * 255 // top, 255), levels)
    if lossy:
        table = np.arange(256)
        table[: BLACK + 1], table[WHITE:] = 0, 255
        levels = _through(table, levels)
    return levels


def _through(table: np.ndarray, levels: U8) -> U8:
    return np.asarray(cv2.LUT(levels, table.astype(np.uint8)), np.uint8)


def _fits_only_on_its_side(levels: U8, size: tuple[int, int]) -> bool:
    """True for a mask of the photo as stored, whose painting program dropped the EXIF note."""
    return not _fits(levels, size) and _fits(levels, size[::-1])


def _fits(levels: U8, size: tuple[int, ...]) -> bool:
    ratio = (levels.shape[1] * size[1]) / (levels.shape[0] * size[0])
    return abs(ratio - 1) <= _ASPECT


def _resized(levels: U8, size: tuple[int, int], field: str, notes: list[str]) -> U8:
    height, width = levels.shape
    if (width, height) == size:
        return levels
    said = f"{field} is {width} x {height} pixels, its photo {size[0]} x {size[1]}: "
    distorted = "it was stretched out of shape, give one of the photo's size"
    notes.append(said + ("it was resized" if _fits(levels, size) else distorted))
    shrinks = width * height > size[0] * size[1]
    way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(levels, size, interpolation=way), np.uint8)


def _photo_note(colours: U8, field: str, white_is: str) -> list[str]:
    if colours.ndim == 2:
        return []
    some = colours[:: max(1, colours.shape[0] // 256), :: max(1, colours.shape[1] // 256), :3]
    value = some.max(axis=2)
    middle = (value > BLACK) & (value < WHITE)
    spread = value.astype(np.int16) - some.min(axis=2)
    if middle.mean() > 0.5 and spread.mean() > _FLAT:
        return [f"{field} looks like a photo, not a mask: white should be {white_is}"]
    return []


def _inverted_note(levels: U8, field: str, white_is: str) -> list[str]:
    border = np.concatenate([levels[0], levels[-1], levels[:, 0], levels[:, -1]])
    if (border >= WHITE).mean() > 0.98 and (levels <= BLACK).mean() > 0.002:
        return [
            f"{field} is white all around and black inside: if it is inverted, "
            f"swap it, white is {white_is}"
        ]
    return []
