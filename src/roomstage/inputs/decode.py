"""Bytes of a picture file to an upright sRGB `Image`."""

from __future__ import annotations

from roomstage.image import Image
from roomstage.inputs.colours import split_colours, split_levels
from roomstage.inputs.limits import Limits
from roomstage.inputs.orient import upright
from roomstage.inputs.raster import decoding, read_raster

_DEFAULT = Limits()


def decode_image(data: bytes, *, field: str, limits: Limits = _DEFAULT) -> Image:
    """Decode a picture: first frame, upright, sRGB, 8 bit; metadata is dropped.

    Raises:
        UnsupportedFormat: the bytes are of no accepted format.
        ImageTooLarge: more bytes or pixels than `limits` allow; nothing was decoded.
        InvalidImage: broken, cut, empty or too small.
    """
    raster = read_raster(data, field=field, limits=limits)
    orientation, plain = raster.orientation, raster.plain
    with decoding(raster.header.format, field):
        rgb, alpha = split_colours(raster.picture) if plain is None else split_levels(plain)
    return Image(
        rgb=upright(rgb, orientation),
        alpha=None if alpha is None else upright(alpha, orientation),
        orientation=orientation,
        warnings=raster.warnings,
    )
