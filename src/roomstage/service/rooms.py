"""Analysed rooms kept between requests: many products are staged into one room."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from roomstage.pipeline import AnalysedRoom


@dataclass(slots=True)
class _Pending:
    done: threading.Event = field(default_factory=threading.Event)
    room: AnalysedRoom | None = None  # None after `done`: the analysis failed


class RoomCache:
    """Rooms by key, least recently used out first, bounded by the bytes they hold.

    Safe for threads. Requests that arrive while their room is being analysed wait for it; when
    that analysis fails, each does its own and meets its own error. See `models.base.RoomStore`.

    Args:
        max_bytes: the bound; 0 keeps nothing. A room larger than it is handed on but not kept.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._rooms: OrderedDict[str, AnalysedRoom] = OrderedDict()
        self._pending: dict[str, _Pending] = {}
        self._lock = threading.Lock()

    @property
    def nbytes(self) -> int:
        """Bytes held now."""
        with self._lock:
            return self._held()

    def room(self, key: str, analyse: Callable[[], AnalysedRoom]) -> tuple[AnalysedRoom, bool]:
        """The room kept under `key`, or the one that `analyse` makes; True if it was known."""
        while True:
            with self._lock:
                if key in self._rooms:
                    self._rooms.move_to_end(key)
                    return self._rooms[key], True
                pending = self._pending.get(key)
                if pending is None:
                    mine = self._pending[key] = _Pending()
                    break
            pending.done.wait()
            if pending.room is not None:
                return pending.room, True
        return self._analyse(key, mine, analyse), False

    def _analyse(
        self, key: str, pending: _Pending, analyse: Callable[[], AnalysedRoom]
    ) -> AnalysedRoom:
        try:
            room = pending.room = analyse()
            with self._lock:
                self._keep(key, room)
        finally:
            with self._lock:
                del self._pending[key]
            pending.done.set()
        return room

    def _keep(self, key: str, room: AnalysedRoom) -> None:
        if room.nbytes > self._max_bytes:
            return
        self._rooms[key] = room
        while self._held() > self._max_bytes:
            self._rooms.popitem(last=False)

    def _held(self) -> int:
        return sum(room.nbytes for room in self._rooms.values())
