from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, cast

import pytest

from roomstage.errors import InvalidImage
from roomstage.service.rooms import RoomCache


@dataclass(eq=False)
class FakeRoom:
    nbytes: int


def room(nbytes: int) -> Any:
    return cast("Any", FakeRoom(nbytes))


def test_a_known_room_is_not_analysed_again() -> None:
    cache = RoomCache(100)
    first, known = cache.room("a", lambda: room(10))
    assert not known
    again, known = cache.room("a", lambda: pytest.fail("analysed twice"))
    assert known
    assert again is first


def test_the_least_recently_used_room_goes_first() -> None:
    cache = RoomCache(100)
    for key in "ab":
        cache.room(key, lambda: room(40))
    cache.room("a", lambda: room(40))
    cache.room("c", lambda: room(40))
    assert cache.nbytes == 80
    assert cache.room("a", lambda: room(40))[1]
    assert not cache.room("b", lambda: room(40))[1]


def test_a_room_larger_than_the_cache_is_handed_on_but_not_kept() -> None:
    cache = RoomCache(100)
    cache.room("small", lambda: room(60))
    assert cache.room("large", lambda: room(101))[0].nbytes == 101
    assert cache.nbytes == 60
    assert not cache.room("large", lambda: room(101))[1]


def test_requests_for_one_room_share_one_analysis() -> None:
    cache, begun, go = RoomCache(100), threading.Event(), threading.Event()
    analyses = []

    def slow() -> Any:
        analyses.append(1)
        begun.set()
        assert go.wait(10)
        return room(50)

    with ThreadPoolExecutor(8) as threads:
        first = threads.submit(cache.room, "a", slow)
        assert begun.wait(10)
        others = [threads.submit(cache.room, "a", slow) for _ in range(7)]
        go.set()
        rooms = [done.result(10)[0] for done in [first, *others]]
    assert len(analyses) == 1
    assert all(one is rooms[0] for one in rooms)


def test_a_failed_analysis_is_forgotten() -> None:
    cache = RoomCache(100)

    def broken() -> Any:
        raise InvalidImage("main_image is broken", field="main_image")

    with pytest.raises(InvalidImage):
        cache.room("a", broken)
    assert cache.room("a", lambda: room(10))[0].nbytes == 10
