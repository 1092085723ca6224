"""The room of a request, analysed now or known from before."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from roomstage.models.base import RoomStore

if TYPE_CHECKING:
    from roomstage.pipeline import AnalysedRoom, Progress


def analysed_room(
    data: bytes, rooms: RoomStore | None, engine: str, progress: Progress | None
) -> tuple[AnalysedRoom, bool]:
    """The analysed room of `main_image`, and whether it was known before.

    Raises:
        InvalidImage: the bytes are no readable picture.
        EngineUnavailable: the engine can't run on this machine.
    """
    from roomstage import inputs
    from roomstage.pipeline import analyse

    def make() -> AnalysedRoom:
        image = inputs.decode_image(data, field="main_image")
        return analyse(image, engine=engine, progress=progress)

    if rooms is None:
        return make(), False
    return rooms.room(_key(data, engine), make)


def draft_of(room: AnalysedRoom, data: bytes, rooms: RoomStore | None, engine: str) -> AnalysedRoom:
    """The room's smaller copy, kept as long as the room: a hand that moves asks for many."""
    if rooms is None:
        return room.draft()
    return rooms.room(f"{_key(data, engine)}:draft", room.draft)[0]


def _key(data: bytes, engine: str) -> str:
    return f"{engine}:{hashlib.sha256(data).hexdigest()}"
