"""Small copies for the page, since rooms and products may lie anywhere."""

from __future__ import annotations

import contextlib
from pathlib import Path

import cv2
import numpy as np

from roomstage import encode
from roomstage.batch.journal import write_whole
from roomstage.errors import RoomstageError
from roomstage.image import Image
from roomstage.inputs import decode_image

FOLDER = "thumbnails"
_RESULT_SIDE, _PRODUCT_SIDE = 1000, 320  # pixels; a room is as large as its result, to compare
_QUALITY = 82


class Thumbnails:
    """The thumbnails of a batch's folder, by the hash of what they show; each is made once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER

    def of_result(self, key: str, data: bytes) -> None:
        """Make the thumbnail of a row's result."""
        self._make(self._name(key, "staged"), data, _RESULT_SIDE)

    def result(self, key: str, output: Path) -> str | None:
        """Where the thumbnail of a row's result is, below the folder; None if there is none."""
        return self._found(self._name(key, "staged"), output, _RESULT_SIDE)

    def room(self, digest: str, picture: str) -> str | None:
        """The same of a room."""
        return self._found(self._name(digest, "room"), Path(picture), _RESULT_SIDE)

    def product(self, digest: str, picture: str) -> str | None:
        """The same of a product."""
        return self._found(self._name(digest, "product"), Path(picture), _PRODUCT_SIDE)

    def _found(self, name: str, picture: Path, side: int) -> str | None:
        path = self._folder / name
        if not path.exists():
            with contextlib.suppress(OSError):
                self._make(name, picture.read_bytes(), side)
        return f"{FOLDER}/{name}" if path.exists() else None

    def _make(self, name: str, data: bytes, side: int) -> None:
        """Make one; what is no picture has none."""
        with contextlib.suppress(RoomstageError, OSError):
            image = _reduced(decode_image(data, field="picture"), side)
            self._folder.mkdir(exist_ok=True)
            write_whole(self._folder / name, encode.encode(image, "jpeg", _QUALITY))

    @staticmethod
    def _name(digest: str, kind: str) -> str:
        return f"{digest[:20]}_{kind}.jpg"


def _reduced(image: Image, side: int) -> Image:
    """The picture with its longer side at most `side`; what is clear is laid on white."""
    width, height = image.size
    share = side / max(width, height)
    rgb = image.rgb
    if image.alpha is not None:
        alpha = image.alpha[..., None].astype(np.float32) / 255
        rgb = np.rint(rgb * alpha + 255 * (1 - alpha)).astype(np.uint8)
    if share >= 1:
        return Image(rgb)
    size = max(1, round(width * share)), max(1, round(height * share))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    return Image(np.ascontiguousarray(small, np.uint8))
