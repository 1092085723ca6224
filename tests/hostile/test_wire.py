"""Group 113: requests that two servers might read in two ways, byte by byte."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

import pytest

from .bodies import PATH
from .conftest import Server

SMUGGLED = b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n"
BYE = b"Content-Length: 0\r\nConnection: close"
SHORT = b'{"steps": 1}'
END = b"0\r\n\r\n" + SMUGGLED  # of a chunked body, and what an attacker has behind it


@dataclass(frozen=True)
class Wire:
    """Bytes on a connection; the one answer has one of `statuses`, or there is none if none is."""

    group: int
    name: str
    raw: bytes
    statuses: tuple[int, ...]
    close: bool = False  # the client then says that no more will come


def post(*headers: bytes, body: bytes = b"") -> bytes:
    lines = [b"POST " + PATH.encode() + b" HTTP/1.1", b"Host: a", *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def length(number: int) -> bytes:
    return b"Content-Length: %d" % number


CHUNKED = b"Transfer-Encoding: chunked"
TYPE = b"Content-Type: application/json"
WIRES = [
    Wire(113, "a body shorter than said", post(TYPE, length(500), body=SHORT), (), True),
    Wire(113, "a length below zero", post(length(-5), body=SHORT), (400,)),
    Wire(113, "a length that is a word", post(b"Content-Length: many", body=SHORT), (400,)),
    Wire(113, "a length with a sign", post(b"Content-Length: +12", body=SHORT), (400,)),
    Wire(113, "a length of 5,000 digits", post(b"Content-Length: " + b"9" * 5000), (400, 413)),
    Wire(113, "a length of 20 digits", post(length(10**19), body=SHORT), (400, 413)),
    Wire(113, "two lengths", post(length(5), length(12), body=SHORT), (400,)),
    Wire(113, "two lengths in one", post(b"Content-Length: 5, 12", body=SHORT), (400,)),
    Wire(113, "both ways", post(length(4), CHUNKED, body=END), (400,)),
    Wire(113, "both ways, length last", post(CHUNKED, length(4), body=END), (400,)),
    Wire(113, "chunked twice", post(CHUNKED, CHUNKED, body=END), (400, 501)),
    Wire(
        113, "chunked under another", post(b"Transfer-Encoding: x, chunked", body=END), (400, 501)
    ),
    Wire(113, "chunked in disguise", post(b"Transfer-Encoding: \x0bchunked", body=END), (400,)),
    Wire(113, "a chunk of no size", post(CHUNKED, body=b"zz\r\nabc"), (400,)),
    Wire(113, "a chunk of a negative size", post(CHUNKED, body=b"-5\r\nabc"), (400,)),
    Wire(113, "a chunk of all bytes", post(CHUNKED, body=b"f" * 20 + b"\r\nabc"), (400,), True),
    Wire(113, "a space before the colon", post(b"Content-Length : 12", body=SHORT), (400,)),
    Wire(113, "a folded header", post(b"X: a\r\n b", BYE), (400,)),
    Wire(113, "bare line feeds", post(BYE).replace(b"\r\n", b"\n"), (400,)),
    Wire(113, "a NUL in a header", post(b"X: a\0b", BYE), (400,)),
    Wire(113, "no host", b"POST " + PATH.encode() + b" HTTP/1.1\r\n\r\n", (400,)),
    Wire(113, "another version", SMUGGLED.replace(b"1.1", b"3.7"), (200, 400, 505), True),
    Wire(113, "no http at all", b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03" + bytes(99), (400,)),
    Wire(115, "a key of 1 MB", post(b"x-api-key: " + b"a" * 1_000_000, length(0)), (400, 431)),
    Wire(
        120, "a path of 1 MB", b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\n\r\n", (400, 414, 431)
    ),
]


@pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.name)
def test_gets_one_answer_and_then_the_end(wire: Wire, open_server: Server) -> None:
    answers = open_server.exchange(wire.raw, close=wire.close)
    if not wire.statuses:
        assert answers == b""  # who would read it?
        return
    assert answers.count(b"HTTP/1.1 ") == 1, answers[:600]
    head, _, body = answers.partition(b"\r\n\r\n")
    assert int(head.split(b" ")[1]) in wire.statuses, answers[:600]
    assert len(body) < 4096
    assert b"Traceback" not in body


def test_a_hundred_thousand_chunks_are_read_in_time(open_server: Server) -> None:
    count = 100_000
    body = SHORT + b" " * (count - len(SHORT))
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
    start = time.perf_counter()
    answers = open_server.exchange(post(TYPE, CHUNKED, b"Connection: close", body=chunks))
    assert time.perf_counter() - start < 20
    assert answers.startswith(b"HTTP/1.1 400")
    assert json.loads(answers.partition(b"\r\n\r\n")[2])["field"] == "prompt"
