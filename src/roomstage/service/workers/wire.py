"""Frames on the socket between service and worker: a JSON head, then blobs of bytes.

JSON and bytes, not pickle: a decoder that was taken over inside a worker must not be able to run
code in the service. Blobs go over the socket as they are: encoded pictures are small, and a memory
file has to be filled, mapped and copied as well.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Iterator, Sequence
from typing import Any

from roomstage.service.workers.job import WorkerDied

_PREFIX = struct.Struct("!I")
_MAX_HEAD = 4_000_000
_MAX_BLOBS = 2_000_000_000
_BUFFER = 1 << 20  # asked of the kernel, which may give less

Frame = tuple[dict[str, Any], list[bytes]]


def pair() -> tuple[socket.socket, socket.socket]:
    """Two connected sockets: the service's, which does not block, and the worker's."""
    ours, theirs = socket.socketpair()
    for end in (ours, theirs):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
    ours.setblocking(False)
    return ours, theirs


async def send(end: socket.socket, head: dict[str, Any], blobs: Sequence[bytes] = ()) -> None:
    """Write a frame from the event loop."""
    loop = asyncio.get_running_loop()
    for part in _parts(head, blobs):
        await loop.sock_sendall(end, part)


async def receive(end: socket.socket) -> Frame:
    """Read a frame on the event loop.

    Raises:
        WorkerDied: the other end is gone, or wrote what is no frame.
    """
    loop = asyncio.get_running_loop()

    async def exactly(size: int) -> bytes:
        buffer = bytearray(size)
        view = memoryview(buffer)
        while view:
            count = await loop.sock_recv_into(end, view)
            if count == 0:
                raise WorkerDied("it closed its end")
            view = view[count:]
        return bytes(buffer)

    try:
        head = _head(await exactly(_head_size(await exactly(_PREFIX.size))))
        return head, [await exactly(size) for size in _sizes(head)]
    except (OSError, ValueError) as error:
        raise WorkerDied(f"it could not be understood: {error}") from None


def send_now(end: socket.socket, head: dict[str, Any], blobs: Sequence[bytes] = ()) -> None:
    """Write a frame, blocking; for the worker's side."""
    for part in _parts(head, blobs):
        end.sendall(part)


def receive_now(end: socket.socket) -> Frame:
    """Read a frame, blocking; for the worker's side.

    Raises:
        EOFError: the service is gone.
    """

    def exactly(size: int) -> bytes:
        buffer = bytearray(size)
        view = memoryview(buffer)
        while view:
            count = end.recv_into(view)
            if count == 0:
                raise EOFError
            view = view[count:]
        return bytes(buffer)

    head = _head(exactly(_head_size(exactly(_PREFIX.size))))
    return head, [exactly(size) for size in _sizes(head)]


def _parts(head: dict[str, Any], blobs: Sequence[bytes]) -> Iterator[bytes]:
    text = json.dumps(head | {"blobs": [len(blob) for blob in blobs]}).encode("ascii")
    yield _PREFIX.pack(len(text)) + text
    yield from (blob for blob in blobs if blob)


def _head_size(prefix: bytes) -> int:
    (size,) = _PREFIX.unpack(prefix)
    if not 2 <= size <= _MAX_HEAD:
        raise ValueError(f"a head of {size} bytes")
    return size


def _head(text: bytes) -> dict[str, Any]:
    head = json.loads(text)
    if not isinstance(head, dict) or not isinstance(head.get("kind"), str):
        raise ValueError("a head that is no object with a kind")
    return head


def _sizes(head: dict[str, Any]) -> list[int]:
    sizes = head.get("blobs", [])
    if not all(isinstance(size, int) and size >= 0 for size in sizes) or sum(sizes) > _MAX_BLOBS:
        raise ValueError("blobs of impossible sizes")
    return sizes
