from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from roomstage.service.post import Poster

HEARD: list[tuple[str, dict[str, str], bytes]] = []


@pytest.fixture
def receiver() -> Iterator[str]:
    """Answers with the status that the path names; remembers what it was told."""
    HEARD.clear()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            HEARD.append((self.path, dict(self.headers), body))
            self.send_response(int(self.path.strip("/")))
            self.send_header("Location", "/200")
            self.send_header("Retry-After", "77")
            self.end_headers()
            if self.path == "/299":
                try:
                    while True:
                        self.wfile.write(b"x" * 65_536)
                except OSError:
                    pass

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_message_arrives_as_it_was_sent(receiver: str) -> None:
    answer = Poster(allow_private=True).post(f"{receiver}/200", b'{"a": 1}', {"webhook-id": "m"})
    assert (answer.status, answer.retry_after) == (200, 77)
    ((_, headers, body),) = HEARD
    assert (headers["webhook-id"], body) == ("m", b'{"a": 1}')
    assert headers["Content-Type"] == "application/json"


def test_redirects_are_not_followed_and_endless_answers_not_read(receiver: str) -> None:
    poster = Poster(allow_private=True)
    assert poster.post(f"{receiver}/302", b"{}", {}).status == 302
    assert poster.post(f"{receiver}/299", b"{}", {}).status == 299
    assert [path for path, _, _ in HEARD] == ["/302", "/299"]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000/",
        "http://localhost:8000/",
        "http://169.254.169.254/",
        "http://[::1]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://10.0.0.1/",
        "file:///etc/passwd",
        "http://a@b/",
        "not a url",
    ],
)
def test_private_addresses_are_not_told_anything(url: str) -> None:
    answer = Poster().post(url, b"{}", {})
    assert answer.status == 0


def test_a_name_with_one_private_address_among_public_ones_is_refused(receiver: str) -> None:
    port = receiver.rpartition(":")[2]
    poster = Poster(resolver=lambda host, port: ["93.184.216.34", "127.0.0.1"])
    assert poster.post(f"http://mixed.example:{port}/200", b"{}", {}).status == 0
    assert HEARD == []


def test_nobody_there_is_an_answer_too() -> None:
    assert Poster(allow_private=True).post("http://127.0.0.1:9/", b"{}", {}).status == 0
