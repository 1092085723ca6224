"""The room of a request, analysed now or known from before."""

from __future__ import annotations

import hashlib

from roomstage import inputs
from roomstage.models.base import RoomStore
from roomstage.pipeline import AnalysedRoom, Progress, analyse


def analysed_room(
    data: bytes, rooms: RoomStore | None, engine: str, progress: Progress | None
) -> tuple[AnalysedRoom, bool]:
    """The analysed room of `main_image`, and whether it was known before.

    Raises:
        InvalidImage: the bytes are no readable picture.
        EngineUnavailable: the engine can't run on this machine.
    """

    def make() -> AnalysedRoom:
        image = inputs.decode_image(data, field="main_image")
        return analyse(image, engine=engine, progress=progress)

    if rooms is None:
        return make(), False
    return rooms.room(f"{engine}:{hashlib.sha256(data).hexdigest()}", make)
