"""What a conversation with the server is made of, without any I/O.

A conversation is a generator. It yields what it wants of the connection, and is sent what came of
it; where nothing came, `Unanswered` is thrown into it. So it is written once, and `sync` and
`aio` hold it over blocking sockets and on an event loop.

    Ask     -> Reply             one request, one answer
    Listen  -> Reply             opens the stream of events; the reply has no content if it is 200
    Hear    -> Event or None     the next event of that stream; None: it was closed
    Pause   -> None              some seconds
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar


@dataclass(frozen=True, slots=True)
class File:
    """A file part of a form."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Ask:
    """One request. A form if there are fields or files."""

    method: str
    path: str  # below the server's root
    fields: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, File] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float | None = None  # for each read and write; None: the client's


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer; the names of headers are small."""

    status: int
    headers: Mapping[str, str]
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class Listen:
    """Open a stream of server-sent events; one that was open is closed."""

    path: str
    silence: float  # seconds after which a stream without a byte counts as broken


@dataclass(frozen=True, slots=True)
class Hear:
    """Wait for the next event."""


@dataclass(frozen=True, slots=True)
class Event:
    """One server-sent event."""

    name: str
    data: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Do nothing for some seconds."""

    seconds: float


class Unanswered(Exception):
    """A connection that could not be made, broke, or stayed silent; the text says how."""


Effect: TypeAlias = Ask | Listen | Hear | Pause
Value = TypeVar("Value")
Talk: TypeAlias = Generator[Effect, Any, Value]
