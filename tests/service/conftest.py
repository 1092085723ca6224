"""Loopback web servers that behave and misbehave, and a guard that no other socket is opened."""

from __future__ import annotations

import http.server
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4
_PATHS: dict[str, tuple[int, dict[str, str], bytes]] = {
    "/picture": (200, {"Content-Length": str(len(PICTURE))}, PICTURE),
    "/unannounced": (200, {}, PICTURE),
    "/empty": (200, {"Content-Length": "0"}, b""),
    "/gzip": (200, {"Content-Encoding": "gzip", "Content-Length": "3"}, b"abc"),
    "/part": (206, {"Content-Length": "3"}, b"abc"),
    "/gone": (404, {"Content-Length": "3"}, b"abc"),
    "/nothing": (204, {}, b""),
    "/loop": (302, {"Location": "/loop", "Content-Length": "0"}, b""),
    "/nowhere": (302, {"Content-Length": "0"}, b""),
    "/to-picture": (301, {"Location": "picture", "Content-Length": "0"}, b""),
    "/to-file": (302, {"Location": "file:///etc/passwd", "Content-Length": "0"}, b""),
    "/short": (200, {"Content-Length": "5000"}, b"abc"),
    "/announces-much": (200, {"Content-Length": "999999999"}, b"abc"),
    "/garbage-chunks": (200, {"Transfer-Encoding": "chunked"}, b"zz\r\nabc"),
}


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server: Any = self.server
        server.seen.append((self.path, dict(self.headers)))
        if self.path == "/slow":
            self._trickle()
            return
        if self.path.startswith("/go?"):
            status, headers, body = 307, {"Location": self.path[4:], "Content-Length": "0"}, b""
        else:
            status, headers, body = _PATHS[self.path]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _trickle(self) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            while True:
                self.wfile.write(b"x")
                time.sleep(0.02)
        except OSError:
            return

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture
def serve() -> Iterator[Callable[[str], Any]]:
    """Start a web server on a loopback address; `.url` and `.seen` tell where and what came."""
    servers: list[Any] = []

    def start(address: str = "127.0.0.1") -> Any:
        server: Any = http.server.ThreadingHTTPServer((address, 0), _Handler)
        server.seen = []
        server.url = f"http://{address}:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Refuses every outgoing connection and lists the attempts."""
    attempts: list[Any] = []

    def refuse(_: socket.socket, address: Any) -> None:
        attempts.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", refuse)
    return attempts
