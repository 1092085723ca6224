"""What else could paste one picture into another, from bytes to bytes, and the floor under all.

The peers get the product's mask, since none of them can key, and the same place.
"""

from __future__ import annotations

import io

import cv2
import numpy as np
from PIL import Image as PILImage

from roomstage import encode, inputs
from roomstage.bench.subject import Request
from roomstage.errors import InvalidInput
from roomstage.image import Box

_QUALITY = 95


def pillow_paste(request: Request) -> bytes:
    """Decode, resize, paste and save by Pillow alone, with Pillow's default settings for PNG."""
    room = PILImage.open(io.BytesIO(request.room)).convert("RGB")
    spot = PILImage.open(io.BytesIO(request.mask)).convert("L")
    product = PILImage.open(io.BytesIO(request.product)).convert("RGB")
    cover = PILImage.open(io.BytesIO(request.product_mask)).convert("L")
    inner = _box(cover.getbbox())
    place = fitted(inner, _box(spot.getbbox()))
    crop, size = (inner.x0, inner.y0, inner.x1, inner.y1), (place.width, place.height)
    room.paste(product.crop(crop).resize(size), (place.x0, place.y0), cover.crop(crop).resize(size))
    out = io.BytesIO()
    settings = {"quality": _QUALITY} if request.image_format == "jpeg" else {}
    room.save(out, request.image_format.upper(), **settings)
    return out.getvalue()


def seamless_clone(request: Request) -> bytes:
    """Decode, resize, Poisson-blend (`cv2.seamlessClone`) and encode by OpenCV alone."""
    room = _decoded(request.room, cv2.IMREAD_COLOR)
    product = _decoded(request.product, cv2.IMREAD_COLOR)
    cover = _decoded(request.product_mask, cv2.IMREAD_GRAYSCALE)
    inner = _rectangle(cover)
    place = fitted(inner, _rectangle(_decoded(request.mask, cv2.IMREAD_GRAYSCALE)))
    size = place.width, place.height
    source = cv2.resize(product[inner.slices], size, interpolation=cv2.INTER_AREA)
    shape = cv2.resize(cover[inner.slices], size, interpolation=cv2.INTER_AREA)
    # seamlessClone centres the mask's own rectangle, so the blend lies where the paste does.
    shape = np.where(shape > 127, np.uint8(255), np.uint8(0))
    shape[[0, -1]] = shape[:, [0, -1]] = 0
    rectangle = _rectangle(shape)
    middle = (
        place.x0 + rectangle.x0 + rectangle.width // 2,
        place.y0 + rectangle.y0 + rectangle.height // 2,
    )
    blended = cv2.seamlessClone(source, room, shape, middle, cv2.NORMAL_CLONE)
    suffix = ".png" if request.image_format == "png" else ".jpg"
    settings = [] if suffix == ".png" else [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
    return cv2.imencode(suffix, blended, settings)[1].tobytes()


def decode_and_encode(request: Request) -> bytes:
    """What no staging can undercut: every picture read and the room written, by our own codecs."""
    room = inputs.decode_image(request.room, field="main_image")
    product = inputs.decode_image(request.product, field="overlay_image")
    inputs.decode_mask(request.mask, of=room, field="main_image_mask")
    inputs.decode_mask(request.product_mask, of=product, field="overlay_image_mask")
    return encode.encode(room, request.image_format, _QUALITY)


def fitted(product: Box, place: Box) -> Box:
    """The largest box of the product's aspect in a place, standing on its lower edge."""
    scale = min(place.width / product.width, place.height / product.height)
    width, height = max(3, round(product.width * scale)), max(3, round(product.height * scale))
    left = (place.x0 + place.x1 - width) // 2
    return Box(left, place.y1 - height, left + width, place.y1)


def _decoded(data: bytes, flags: int) -> np.ndarray:
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), flags))


def _rectangle(mask: np.ndarray) -> Box:
    x, y, width, height = cv2.boundingRect(mask)
    return Box(x, y, x + width, y + height)


def _box(corners: tuple[int, int, int, int] | None) -> Box:
    if corners is None:
        raise InvalidInput("a mask is empty: give masks that mark something")
    return Box(*corners)
