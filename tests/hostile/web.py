"""Groups 3, 39, 69 and 74 to 79: a web server that answers as real ones do on a bad day."""

from __future__ import annotations

import contextlib
import gzip
import socket
import ssl
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .pictures import photo, saved

PICTURE = saved(photo())
OK, KIND, BAD, REFUSED = "ok", "unsupported_format", "invalid_image", "fetch_refused"
PAGE = b"<!DOCTYPE html><html><body><form>Sign in</form></body></html>"
STOP_AFTER = 20.0  # seconds; no answer here goes on for longer

Behaviour = Callable[[Any, bytes, threading.Event], None]  # (connection, request, stop)


@dataclass(frozen=True)
class Answer:
    """What comes back for one path."""

    group: int
    path: str
    raw: bytes | Behaviour
    expect: str
    patient: bool = False  # the refusal comes at a time limit


def reply(body: bytes = b"", status: int = 200, **headers: str) -> bytes:
    """A whole answer; header names have _ for -; a length of the body unless one is given."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    given.setdefault("Content-Length", str(len(body)))
    lines = [f"HTTP/1.1 {status} Words", *(f"{k}: {v}" for k, v in given.items() if v != "-")]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def answers() -> list[Answer]:
    """Every answer, by path."""
    return [*_redirects(), *_statuses(), *_lengths(), *_packed(), *_slow(), *_walls()]


def _redirects() -> Iterator[Answer]:
    for status in (301, 302, 303, 307, 308):
        yield Answer(69, f"/{status}", reply(status=status, Location="/plain"), OK)
    for hops in range(1, 5):
        to = "/plain" if hops == 1 else f"/hops-{hops - 1}"
        expect = OK if hops <= 3 else REFUSED
        yield Answer(69, f"/hops-{hops}", reply(status=302, Location=to), expect)
    for name, to in (
        ("loop", "/to-loop"),
        ("file", "file:///etc/passwd"),
        ("data", "data:image/png;base64,AAAA"),
        ("nothing", ""),
        ("bytes", "\xff\xfe"),
        ("user", "http://good@127.0.0.1/"),
        ("a-long-way", "/" + "a" * 20_000),
    ):
        yield Answer(69, f"/to-{name}", reply(status=302, Location=to), REFUSED)
    yield Answer(69, "/nowhere", reply(status=302), REFUSED)
    refresh = b'<html><meta http-equiv="refresh" content="0;url=http://127.0.0.1/"></html>'
    yield Answer(69, "/refresh", reply(refresh, Content_Type="text/html"), KIND)


def _statuses() -> Iterator[Answer]:
    yield Answer(75, "/plain", reply(PICTURE), OK)
    yield Answer(39, "/room.html", reply(PICTURE, Content_Type="text/html"), OK)
    yield Answer(3, "/page.png", reply(PAGE, Content_Type="image/png"), KIND)
    yield Answer(75, "/login", reply(PAGE, Content_Type="text/html"), KIND)
    for status in (204, 206, 304, 401, 403, 404, 410, 429, 500, 503):
        body = b"" if status in (204, 304) else PICTURE
        yield Answer(75, f"/{status}", reply(body, status), REFUSED)
    yield Answer(75, "/99", reply(PICTURE, 99), REFUSED)
    yield Answer(75, "/101", reply(PICTURE, 101), REFUSED)


def _lengths() -> Iterator[Answer]:
    yield Answer(75, "/empty", reply(b""), REFUSED)
    yield Answer(75, "/unannounced", reply(PICTURE, Content_Length="-"), OK)
    yield Answer(75, "/too-short", reply(PICTURE, Content_Length="999999"), REFUSED)
    yield Answer(75, "/too-long", reply(PICTURE, Content_Length="500"), BAD)
    for name, length in (("negative", "-5"), ("word", "many"), ("two", "5, 7"), ("huge", "9" * 30)):
        yield Answer(75, f"/length-{name}", reply(PICTURE, Content_Length=length), REFUSED)

    def chunked(body: bytes = b"") -> bytes:
        return reply(body, Content_Length="-", Transfer_Encoding="chunked")

    yield Answer(75, "/chunks", chunked(_chunked(PICTURE)), OK)
    yield Answer(75, "/chunk-garbage", chunked(b"zz\r\nabc"), REFUSED)
    yield Answer(75, "/chunk-of-all", chunked(b"f" * 20 + b"\r\nabc"), REFUSED)
    yield Answer(75, "/chunks-cut", chunked(_chunked(PICTURE)[:-9]), REFUSED)
    endless = _endless(chunked(), b"10000\r\n" + bytes(65536) + b"\r\n")
    yield Answer(75, "/endless", endless, REFUSED)


def _packed() -> Iterator[Answer]:
    bomb = gzip.compress(bytes(30_000_000), 1)
    packed = {
        "gzip": gzip.compress(PICTURE),
        "deflate": zlib.compress(PICTURE),
        "br": b"\x0b\x02\x80abc\x03",
        "zstd": b"\x28\xb5\x2f\xfd",
    }
    for coding, body in packed.items():
        yield Answer(76, f"/{coding}", reply(body, Content_Encoding=coding), REFUSED)
    yield Answer(76, "/bomb", reply(bomb, Content_Encoding="gzip"), REFUSED)
    twice = reply(gzip.compress(packed["gzip"]), Content_Encoding="gzip, gzip")
    yield Answer(76, "/twice", twice, REFUSED)
    yield Answer(76, "/unsaid-gzip", reply(packed["gzip"]), KIND)
    yield Answer(76, "/said-only", reply(PICTURE, Content_Encoding="gzip"), REFUSED)


def _slow() -> Iterator[Answer]:
    yield Answer(77, "/silent", _trickle(b"", b""), REFUSED, patient=True)
    yield Answer(77, "/slow-headers", _trickle(b"HTTP/1.1 200 OK\r\n", b"a"), REFUSED, patient=True)
    yield Answer(
        77, "/slow-body", _trickle(reply(Content_Length="100000"), b"a"), REFUSED, patient=True
    )
    yield Answer(77, "/half", _trickle(reply(Content_Length="9999"), b""), REFUSED, patient=True)


def _walls() -> Iterator[Answer]:
    wall = reply(status=302, Location="/cookie-wall", Set_Cookie="seen=1")
    yield Answer(79, "/cookie-wall", wall, REFUSED)
    yield Answer(79, "/browsers-only", _if_header(b"Mozilla"), REFUSED)
    yield Answer(79, "/referer-only", _if_header(b"Referer:"), REFUSED)
    yield Answer(79, "/http-0.9", PICTURE, REFUSED)
    yield Answer(79, "/http-9", reply(PICTURE).replace(b"HTTP/1.1", b"HTTP/9.9"), OK)
    yield Answer(79, "/nothing-at-all", b"", REFUSED)
    yield Answer(79, "/long-header", reply(PICTURE, X_Long="a" * 1_000_000), REFUSED)
    yield Answer(79, "/many-headers", _endless(b"HTTP/1.1 200 OK\r\n", b"a: b\r\n" * 99), REFUSED)
    yield Answer(
        79, "/hints", _endless(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 99), REFUSED, True
    )


def _chunked(body: bytes) -> bytes:
    half = len(body) // 2
    parts = (body[:half], body[half:], b"")
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)


def _endless(front: bytes, more: bytes) -> Behaviour:
    def send(connection: Any, request: bytes, stop: threading.Event) -> None:
        connection.sendall(front)
        while not stop.is_set():
            connection.sendall(more)

    return send


def _trickle(front: bytes, more: bytes) -> Behaviour:
    def send(connection: Any, request: bytes, stop: threading.Event) -> None:
        connection.sendall(front)
        while not stop.wait(0.05):
            connection.sendall(more)

    return send


def _if_header(needed: bytes) -> Behaviour:
    def send(connection: Any, request: bytes, stop: threading.Event) -> None:
        connection.sendall(reply(PICTURE) if needed in request else reply(PAGE, 403))

    return send


@contextlib.contextmanager
def serving(
    found: Mapping[str, bytes | Behaviour],
    *,
    address: str = "127.0.0.1",
    tls: ssl.SSLContext | None = None,
) -> Iterator[tuple[int, list[bytes]]]:
    """A server of raw answers by path; yields its port, and the requests as they come."""
    stop, seen = threading.Event(), []
    listener = socket.create_server((address, 0), backlog=64)

    def answer(connection: socket.socket) -> None:
        connection.settimeout(STOP_AFTER)
        with contextlib.suppress(OSError), contextlib.closing(_wrapped(connection, tls)) as stream:
            request = b""
            while b"\r\n\r\n" not in request and (more := stream.recv(65536)):
                request += more
            seen.append(request)
            raw = found.get(request.split(b" ")[1].decode(), reply(b"", 404))
            if callable(raw):
                raw(stream, request, stop)
            else:
                stream.sendall(raw)

    def accept() -> None:
        while not stop.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1], seen
    finally:
        stop.set()
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def _wrapped(connection: socket.socket, tls: ssl.SSLContext | None) -> socket.socket:
    if tls is None:
        return connection
    try:
        return tls.wrap_socket(connection, server_side=True)
    except OSError:  # the client did not like the certificate
        connection.close()
        raise
