"""The contenders of the speed measurement: roomstage in four ways, and its peers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from roomstage.bench import peers
from roomstage.bench.subject import PROMPT, Request
from roomstage.models.base import RoomStore
from roomstage.models.furniture_staging import FurnitureStaging, FurnitureStagingParams
from roomstage.service.rooms import RoomCache

KNOWN = "roomstage, known room, product mask"
KNOWN_KEYED = "roomstage, known room, keyed"
COLD = "roomstage, cold room, product mask"
COLD_KEYED = "roomstage, cold room, keyed"
PILLOW = "Pillow paste and save"
CLONE = "cv2.seamlessClone"
FLOOR = "decode + encode alone"


def contenders(request: Request) -> dict[str, Callable[[], bytes]]:
    """From bytes to bytes, by name."""
    cache = RoomCache(1 << 30)
    return {
        KNOWN: partial(staged, request, keyed=False, rooms=cache),
        KNOWN_KEYED: partial(staged, request, keyed=True, rooms=cache),
        COLD: partial(staged, request, keyed=False),
        COLD_KEYED: partial(staged, request, keyed=True),
        PILLOW: partial(peers.pillow_paste, request),
        CLONE: partial(peers.seamless_clone, request),
        FLOOR: partial(peers.decode_and_encode, request),
    }


def staged(request: Request, *, keyed: bool, rooms: RoomStore | None = None) -> bytes:
    """A staging as the service does it; `keyed` leaves the product's mask out."""
    pictures = {
        "main_image": request.room,
        "overlay_image": request.product,
        "main_image_mask": request.mask,
    }
    if not keyed:
        pictures["overlay_image_mask"] = request.product_mask
    fields = {**pictures, "prompt": PROMPT, "image_format": request.image_format}
    params = FurnitureStagingParams.parse(fields)
    return FurnitureStaging().run(params, pictures, rooms=rooms).data
