"""Deadlines for connections: for heads, bodies and readers that never come to an end.

uvicorn has a limit for idle kept-alive connections only. Here its protocol is watched over: a
clock looks at every connection once a second. Where a connection stands is told by `_phase`:

    head -> body -> work -> idle -> head ...

head: a request's head is to come, or is coming; body: its body is coming; work: it is being
answered; idle: it is answered, and nothing of the next one has come.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from roomstage.server.upgrades import NoUpgrades

_TICK = 1.0  # seconds between two looks
_MAX_HEAD = 65_536  # bytes
_SLOWEST_READER = 1000  # bytes a second; who takes an answer more slowly is cut off
_ANSWERS = {
    408: b"Request Timeout",
    431: b"Request Header Fields Too Large",
}

Phase = Literal["head", "body", "work", "idle"]


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long a client may take, in seconds, and how many may be connected.

    Attributes:
        head: until a request's head is complete.
        body: until its body is complete.
        leaving_body: the same once the server is stopping.
        read: over which a client must read at least 1 kB a second of its answer.
        connections: beyond so many, the one that has sent nothing for longest makes room.
    """

    head: float = 10
    body: float = 65
    leaving_body: float = 3
    read: float = 30
    connections: int = 1000


class Watch:
    """The clock over all connections of one server."""

    def __init__(self, deadlines: Deadlines) -> None:
        self.deadlines = deadlines
        self._all: set[Watched] = set()
        self._silent: OrderedDict[Watched, None] = OrderedDict()  # in head or idle, longest first
        self._clock: asyncio.TimerHandle | None = None

    def protocol(self) -> type[asyncio.Protocol]:
        """The class to give to uvicorn as `http`."""
        return type("WatchedProtocol", (NoUpgrades, Watched), {"watch": self})

    def add(self, connection: Watched) -> None:
        """Watch a new connection; another makes room for it where they are too many."""
        self._all.add(connection)
        if len(self._all) > self.deadlines.connections:
            (next(iter(self._silent), None) or connection).abort()
        if self._clock is None:
            self._tick_later()

    def discard(self, connection: Watched) -> None:
        """Forget a connection that is gone."""
        self._all.discard(connection)
        self._silent.pop(connection, None)

    def moved(self, connection: Watched, phase: Phase) -> None:
        """Take note that a connection entered a phase."""
        self._silent.pop(connection, None)
        if phase in ("head", "idle"):
            self._silent[connection] = None

    def _tick_later(self) -> None:
        self._clock = asyncio.get_running_loop().call_later(_TICK, self._tick)

    def _tick(self) -> None:
        self._clock = None
        now = time.monotonic()
        for connection in list(self._all):
            connection.check(now)
        if self._all:
            self._tick_later()


class Watched(HttpToolsProtocol):
    """One connection under a `Watch`."""

    watch: ClassVar[Watch]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._phase: Phase = "head"
        self._end = 0.0  # of the phase, on the monotonic clock
        self._head_bytes = 0
        self._half_head = False  # a head has begun and is not whole
        self._unread: tuple[float, int] | None = None  # since when, how many bytes

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has connected."""
        super().connection_made(transport)
        self._enter("head")
        self.watch.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        super().connection_lost(exc)
        self.watch.discard(self)

    def data_received(self, data: bytes) -> None:
        """It sent something."""
        if self._phase == "idle":
            self._enter("head")
        super().data_received(data)
        if self._phase == "head":
            self._head_bytes += len(data)
            if self._head_bytes > _MAX_HEAD:
                self._refuse(431)

    def on_message_begin(self) -> None:
        """A head begins; the parser calls this."""
        super().on_message_begin()
        self._half_head = True

    def on_headers_complete(self) -> None:
        """A head is whole; the parser calls this."""
        super().on_headers_complete()
        self._head_bytes, self._half_head = 0, False
        if self._phase in ("head", "idle"):
            self._enter("body")

    def on_message_complete(self) -> None:
        """A body is whole; the parser calls this."""
        super().on_message_complete()
        if self._phase == "body":
            self._enter("idle" if self.cycle.response_complete else "work")

    def on_response_complete(self) -> None:
        """An answer is written."""
        super().on_response_complete()
        if not self.cycle.response_complete:  # the next one was sent ahead, and begins
            self._enter("body" if self.cycle.more_body else "work")
        elif self._phase == "work":
            self._enter("head" if self._half_head else "idle")

    def shutdown(self) -> None:
        """The server stops; whoever is still sending has little time left."""
        super().shutdown()
        if self._phase == "body":
            soon = time.monotonic() + self.watch.deadlines.leaving_body
            self._end = min(self._end, soon)

    def check(self, now: float) -> None:
        """Cut the connection off if one of its deadlines has passed."""
        if self.transport.is_closing():
            self.abort()  # it had a second to take what was written
        elif self._phase == "head" and now > self._end:
            if self._head_bytes:
                self._refuse(408)
            else:
                self.transport.close()
        elif (self._phase == "body" and now > self._end) or self._reads_too_slowly(now):
            self.abort()

    def abort(self) -> None:
        """Cut the connection off, whatever is still to be written."""
        self.watch.discard(self)
        self.transport.abort()

    def _enter(self, phase: Phase) -> None:
        self._phase = phase
        deadlines = self.watch.deadlines
        self._end = time.monotonic() + (deadlines.head if phase == "head" else deadlines.body)
        self.watch.moved(self, phase)

    def _reads_too_slowly(self, now: float) -> bool:
        size = self.transport.get_write_buffer_size()
        if size == 0:
            self._unread = None
            return False
        if self._unread is None:
            self._unread = now, size
        since, before = self._unread
        if now - since < self.watch.deadlines.read:
            return False
        self._unread = now, size
        return before - size < _SLOWEST_READER * (now - since)

    def _refuse(self, status: int) -> None:
        if not self.transport.is_closing():
            words = _ANSWERS[status]
            self.transport.write(
                b"HTTP/1.1 %d %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                % (status, words)
            )
            self.transport.close()
