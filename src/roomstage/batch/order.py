"""Room by room: each is analysed once, and what knows it gets the rest of its rows."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

Item = TypeVar("Item")


class RoomByRoom(Generic[Item]):
    """Hands out items to several takers.

    A taker stays in its room while there are items left for it, then takes a room that nobody is
    in, and only then helps where most is left.

    Args:
        items: (room, item), in the order in which rooms shall begin.
    """

    def __init__(self, items: Iterable[tuple[Hashable, Item]]) -> None:
        self._left: OrderedDict[Hashable, deque[Item]] = OrderedDict()
        for room, item in items:
            self._left.setdefault(room, deque()).append(item)
        self._fresh = deque(self._left)  # rooms that nobody was in yet
        self._where: dict[Hashable, Hashable] = {}  # rooms by their takers

    def take(self, taker: Hashable) -> Item | None:
        """The next item for a taker; None when there is none."""
        room = self._where.get(taker)
        if room not in self._left:
            room = self._next_room()
            if room is None:
                return None
            self._where[taker] = room
        items = self._left[room]
        item = items.popleft()
        if not items:
            del self._left[room]
        return item

    def _next_room(self) -> Hashable | None:
        if self._fresh:
            return self._fresh.popleft()
        return max(self._left, key=lambda room: len(self._left[room]), default=None)
