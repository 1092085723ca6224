"""Resolving a name once, and connecting to the very addresses that were checked.

This, `fetch` and `post` are the only modules of roomstage that open outgoing sockets.
"""

from __future__ import annotations

import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Sequence

from httpcore2 import (
    SOCKET_OPTION,
    ConnectError,
    ConnectTimeout,
    NetworkBackend,
    NetworkStream,
    ReadTimeout,
    SyncBackend,
    WriteTimeout,
)

Resolver = Callable[[str, int], Sequence[str]]  # (host, port) -> numeric addresses
_MAX_ADDRESSES = 4
_lookups = threading.BoundedSemaphore(32)  # a stuck name server must not eat threads without end


class Deadline:
    """A point on the monotonic clock by which all of a fetch has to be done."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds left; 0 when it has passed."""
        return max(0.0, self._end - time.monotonic())


def lookup(host: str, port: int) -> list[str]:
    """The numeric addresses of `host` from the system's resolver.

    Raises:
        OSError: there are none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def resolve(resolver: Resolver, host: str, port: int, seconds: float) -> list[str]:
    """The addresses of `host`, or [] when there are none within `seconds`.

    The system's resolver has no time limit of its own, hence the thread.
    """
    answer: queue.SimpleQueue[list[str]] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answer.put(list(resolver(host, port)))
        except (OSError, UnicodeError):
            answer.put([])
        finally:
            _lookups.release()

    if not _lookups.acquire(timeout=seconds):
        return []
    threading.Thread(target=ask, name="roomstage-lookup", daemon=True).start()
    try:
        return answer.get(timeout=seconds)
    except queue.Empty:
        return []


class PinnedBackend(NetworkBackend):
    """Connects to given addresses whatever the host is called, within a deadline."""

    def __init__(self, addresses: Sequence[str], deadline: Deadline) -> None:
        self._addresses = addresses[:_MAX_ADDRESSES]
        self._deadline = deadline
        self._sockets = SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> NetworkStream:
        """A stream to the first address that answers."""
        trial = Deadline(min(timeout or self._deadline.left(), self._deadline.left()))
        error: Exception = ConnectError("no address")
        for address in self._addresses:
            if trial.left() <= 0:
                raise ConnectTimeout("no address answered in time")
            try:
                stream = self._sockets.connect_tcp(address, port, trial.left(), socket_options=())
            except (ConnectError, ConnectTimeout) as refused:
                error = refused
            else:
                return _TimedStream(stream, self._deadline)
        raise error


class _TimedStream(NetworkStream):
    """A stream whose every wait ends at the deadline, so that a trickle of bytes ends too."""

    def __init__(self, stream: NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._deadline.left() <= 0:
            raise ReadTimeout("too slow")
        return self._stream.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._deadline.left() <= 0:
            raise WriteTimeout("too slow")
        self._stream.write(buffer, self._deadline.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> NetworkStream:
        left = max(self._deadline.left(), 0.001)
        return _TimedStream(
            self._stream.start_tls(ssl_context, server_hostname, left), self._deadline
        )

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)
