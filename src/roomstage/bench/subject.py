"""What is staged in a measurement: pictures from files or drawn, at any size, as encoded bytes."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as PILImage

from roomstage import inputs
from roomstage.bench import drawn
from roomstage.cutout import cut
from roomstage.image import U8, Image

PROMPT = "a lounge chair"
PRODUCT_SIDE = 1000  # pixels of the product photo's longer side, as shops have them
_SAMPLES = Path(__file__).parents[3] / "samples"  # there in a checkout, not in a wheel


@dataclass(frozen=True, eq=False, slots=True)
class Subject:
    """Pictures as arrays, before they are brought to a size."""

    room: U8  # [H, W, 3]
    product: U8  # [h, w, 3]
    mask: U8  # [H, W] white where the product goes
    product_mask: U8  # [h, w] white = product
    origin: str  # in words: where the pictures are from

    def request(self, megapixels: float, image_format: str, product_side: int) -> Request:
        """The pictures as files: the room at `megapixels`, the product at `product_side`."""
        size = room_size(self.room, megapixels)
        scale = product_side / max(self.product.shape[:2])
        product = round(self.product.shape[1] * scale), round(self.product.shape[0] * scale)
        return Request(
            room=encoded(resized(self.room, size), image_format),
            product=encoded(resized(self.product, product), image_format),
            mask=encoded(resized(self.mask, size), "png"),
            product_mask=encoded(resized(self.product_mask, product), "png"),
            image_format=image_format,
            size=size,
            product_size=product,
        )


@dataclass(frozen=True, eq=False, slots=True)
class Request:
    """The encoded pictures of one staging; masks are grey PNGs."""

    room: bytes
    product: bytes
    mask: bytes
    product_mask: bytes
    image_format: str  # of room, product and answer: "png" or "jpeg"
    size: tuple[int, int]  # (width, height) of the room
    product_size: tuple[int, int]  # (width, height) of the product photo


def load(
    room: Path | None = None,
    product: Path | None = None,
    mask: Path | None = None,
    product_mask: Path | None = None,
) -> Subject:
    """The given pictures; those not given are the bundled samples, or drawn where those lack.

    Without its mask, a room of the caller's gets a box in the middle of its floor, and a product
    is cut out once by roomstage, so that the peers, which can't key, have a mask to paste with.

    Raises:
        InvalidInput: a file is no readable picture or mask, or the product can't be cut out.
    """
    room_file = room or _sample("rooms/living_room.jpg")
    product_file = product or _sample("products/lounge_chair.jpg")
    mask_file = mask or (_sample("masks/living_room_stage.png") if room is None else None)
    photo = _photo(room_file, "room") or Image(drawn.room())
    shop = _photo(product_file, "product") or Image(drawn.product())
    if mask_file is None or room_file is None:
        spot = box_mask(photo.size, 0.12)
    else:
        spot = inputs.read_mask(mask_file, of=photo, field="mask").values
    if product_mask is None:
        cover = cut_out(shop)
    else:
        cover = inputs.read_mask(product_mask, of=shop, field="product-mask").values
    names = (_name(room_file, "a drawn room"), _name(product_file, "a drawn product"))
    return Subject(photo.rgb, shop.rgb, spot, cover, " and ".join(names))


def room_size(room: U8, megapixels: float) -> tuple[int, int]:
    """(width, height) with the room's aspect and `megapixels` million pixels."""
    height, width = room.shape[:2]
    wide = round((megapixels * 1e6 * width / height) ** 0.5)
    return wide, round(megapixels * 1e6 / wide)


def resized(picture: U8, size: tuple[int, int]) -> U8:
    """A picture [H, W] or [H, W, 3] at another size (width, height)."""
    smaller = size[0] < picture.shape[1]
    way = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, size, interpolation=way), np.uint8)


def box_mask(size: tuple[int, int], share: float) -> U8:
    """A mask [H, W] with a white box over `share` of a picture of `size` (width, height)."""
    width, height = size
    wide, tall = round(width * share**0.5), round(height * share**0.5)
    left, top = (width - wide) // 2, min(height - tall, round(0.95 * height) - tall)
    mask = np.zeros((height, width), np.uint8)
    mask[max(0, top) : max(0, top) + tall, left : left + wide] = 255
    return mask


def encoded(picture: U8, image_format: str) -> bytes:
    """The file that Pillow writes: what callers send was not written by roomstage."""
    out = io.BytesIO()
    settings = {"quality": 95, "subsampling": 0} if image_format == "jpeg" else {}
    PILImage.fromarray(picture).save(out, image_format.upper(), **settings)
    return out.getvalue()


def cut_out(photo: Image) -> U8:
    """Mask [H, W] of the product as roomstage keys it."""
    found = cut(photo)
    mask = np.zeros(photo.rgb.shape[:2], np.uint8)
    mask[found.box.slices] = resized(found.alpha, (found.box.width, found.box.height))
    return mask


def _sample(name: str) -> Path | None:
    path = _SAMPLES / name
    return path if path.is_file() else None


def _photo(path: Path | None, field: str) -> Image | None:
    return None if path is None else inputs.read_image(path, field=field)


def _name(path: Path | None, otherwise: str) -> str:
    return otherwise if path is None else f"`{path.name}`"
