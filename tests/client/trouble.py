"""A proxy before a real server that goes wrong on demand."""

from __future__ import annotations

import contextlib
import http.client
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import urlsplit

Kind = Literal["lose", "half", "answer", "cut events", "no events"]


@dataclass
class Fault:
    """What goes wrong with requests of a method to a path, so many times.

    lose: the server gets it, the caller no answer. half: of the answer, half. answer: `status` and
    `headers` in place of the server. cut events: the stream ends after its first event. no
    events: it ends before.
    """

    kind: Kind
    method: str
    path: str  # a regular expression
    times: int = 1
    status: int = 503
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"{}"


@dataclass
class Proxy:
    """A running proxy."""

    root: str
    target: str = ""  # host and port of the server behind it; may change
    faults: list[Fault] = field(default_factory=list)
    seen: list[tuple[str, str]] = field(default_factory=list)  # method and path, in order
    keys: list[str] = field(default_factory=list)  # Idempotency-Keys, in order
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, method: str, path: str) -> int:
        return sum(m == method and re.search(path, p) is not None for m, p in self.seen)

    def due(self, method: str, path: str) -> Fault | None:
        with self.lock:
            self.seen.append((method, path))
            for fault in self.faults:
                if fault.times > 0 and fault.method == method and re.search(fault.path, path):
                    fault.times -= 1
                    return fault
        return None


@contextlib.contextmanager
def before(server: str) -> Iterator[Proxy]:
    """A proxy before the server of that root."""

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            if key := self.headers.get("idempotency-key"):
                proxy.keys.append(key)
            fault = proxy.due(self.command, self.path)
            if fault is not None and fault.kind == "answer":
                self.tell(fault.status, fault.headers, fault.body)
                return
            connection = http.client.HTTPConnection(proxy.target, timeout=60)
            with contextlib.closing(connection), contextlib.suppress(*_SERVER_GONE):
                headers = {n: v for n, v in self.headers.items() if n.lower() != "connection"}
                connection.request(self.command, self.path, body or None, headers)
                self.pass_on(connection.getresponse(), fault)

        do_GET = do_POST = do_DELETE = handle_any

        def pass_on(self, answer: http.client.HTTPResponse, fault: Fault | None) -> None:
            headers = {n: v for n, v in answer.getheaders() if n.lower() not in _HOP}
            if fault is not None and fault.kind == "lose":
                return
            if "event-stream" in headers.get("content-type", ""):
                self.pass_events(answer, headers, fault)
                return
            content = answer.read()
            halved = fault is not None and fault.kind == "half"
            part = len(content) // 2 if halved else len(content)
            self.tell(answer.status, headers, content, part)

        def pass_events(
            self,
            answer: http.client.HTTPResponse,
            headers: Mapping[str, str],
            fault: Fault | None,
        ) -> None:
            self.send_response(answer.status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            if fault is not None and fault.kind == "no events":
                return
            for line in answer:
                self.wfile.write(line)
                if fault is not None and not line.strip():
                    return

        def tell(
            self, status: int, headers: Mapping[str, str], body: bytes, part: int | None = None
        ) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body[:part])

        def log_message(self, format: str, *args: object) -> None:
            return

    proxy = Proxy("", urlsplit(server).netloc)
    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    proxy.root = f"http://127.0.0.1:{listener.server_port}"
    thread = threading.Thread(target=listener.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield proxy
    finally:
        listener.shutdown()
        thread.join()
        listener.server_close()


_SERVER_GONE = (OSError, http.client.HTTPException)
_HOP = {"content-length", "transfer-encoding", "connection", "date", "server"}
