"""A server that speaks the hub's protocol for files, and breaks off or lies when told."""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

COMMIT = "89abcdef0123456789abcdef0123456789abcdef"


@dataclass
class Hub:
    """What is served, and how."""

    files: dict[str, bytes]
    large: set[str]  # stored as LFS: told by SHA-256
    root: str = ""
    busy: int = 0  # so many files are answered 503 first
    cut_after: int | None = None  # bytes of a body, once for each file
    status: int = 200
    file_status: int = 200  # a gated repository tells what it has, and gives nothing of it
    lie: bool = False
    requests: list[tuple[str, str | None]] = field(default_factory=list)  # path, Range
    _cut: set[str] = field(default_factory=set)

    def described(self) -> dict[str, Any]:
        siblings = []
        for name, data in self.files.items():
            digest = hashlib.sha1(f"blob {len(data)}\0".encode() + data).hexdigest()
            told: dict[str, Any] = {"rfilename": name, "size": len(data), "blobId": digest}
            if name in self.large:
                sha = hashlib.sha256(data).hexdigest()
                told["lfs"] = {"size": len(data), "sha256": sha, "pointerSize": 134}
            siblings.append(told)
        return {"id": "x/y", "sha": COMMIT, "siblings": siblings, "tags": [], "private": False}


class _Handler(http.server.BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        hub = self.hub
        path = self.path.split("?")[0]
        hub.requests.append((path, self.headers.get("Range")))
        if hub.status != 200:
            self._answer(hub.status, b"{}")
        elif hub.busy and "/resolve/" in path:
            hub.busy -= 1
            self._answer(503, b"{}", "application/json")
        elif hub.file_status != 200 and "/resolve/" in path:
            self._answer(hub.file_status, b'{"error": "gated"}', "application/json")
        elif path.startswith("/api/models/"):
            self._answer(200, json.dumps(hub.described()).encode(), "application/json")
        else:
            self._file(path.split("/resolve/")[1].split("/", 1)[1])

    def _file(self, name: str) -> None:
        hub, data = self.hub, self.hub.files[name]
        if hub.lie and name in hub.large:
            data = data[:-1] + bytes([data[-1] ^ 1])
        asked = self.headers.get("Range")
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        body = data[start:]
        status = 206 if asked else 200
        if hub.cut_after is not None and name in hub.large and name not in hub._cut:
            hub._cut.add(name)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: hub.cut_after])
            self.wfile.flush()
            self.close_connection = True
            self.connection.close()
            return
        self._answer(status, body)

    def _answer(self, status: int, body: bytes, kind: str = "application/octet-stream") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextlib.contextmanager
def running(hub: Hub) -> Iterator[Hub]:
    """The hub on a port of its own."""
    kind = type("Handler", (_Handler,), {"hub": hub})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        server.daemon_threads = True
        hub.root = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield hub
        finally:
            server.shutdown()
            thread.join()
