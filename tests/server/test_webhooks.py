"""Receivers are told, signed, and a dead one delays nobody."""

from __future__ import annotations

import http.server
import json
import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from standardwebhooks import Webhook, WebhookVerificationError

from roomstage.errors import InvalidMask

from .conftest import PAINTED

PATH = "/v2/furniture-staging"
Heard = queue.Queue[tuple[str, dict[str, str], bytes]]


@pytest.fixture
def receiver() -> Iterator[tuple[str, Heard]]:
    heard: Heard = queue.Queue()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            heard.put((self.path, headers, body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", heard
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def sending(start: Callable[..., TestClient], database: str) -> TestClient:
    return start(database=database, fetch_allow_private=True)


@pytest.mark.parametrize("by_header", [False, True])
def test_the_end_of_a_job_is_told_and_signed_by_the_standard(
    sending: TestClient, fields: dict[str, Any], receiver: tuple[str, Heard], by_header: bool
) -> None:
    url, heard = receiver
    given = {} if by_header else {"webhook_url": f"{url}/hook"}
    headers = {"x-webhook-url": f"{url}/hook"} if by_header else {}
    submitted = sending.post(PATH, json=fields | given, headers=headers).json()
    path, headers, body = heard.get(timeout=20)
    secret = sending.get("/v1/webhook-secret").json()["secret"]
    told = Webhook(secret).verify(body, headers)
    assert told == json.loads(body)
    assert (path, told["type"]) == ("/hook", "request.completed")
    data = told["data"]
    assert (data["request_id"], data["status"]) == (submitted["request_id"], "COMPLETED")
    assert sending.get(data["output"]).content == PAINTED
    assert len(body) < 20_000
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body.replace(b"COMPLETED", b"FAILED"), headers)


def test_a_failure_is_told_too(
    sending: TestClient, fake: Any, fields: dict[str, Any], receiver: tuple[str, Heard]
) -> None:
    def fail() -> None:
        raise InvalidMask("main_image_mask is empty: paint white", field="main_image_mask")

    fake.act = fail
    url, heard = receiver
    sending.post(PATH, json=fields | {"webhook_url": url})
    told = json.loads(heard.get(timeout=20)[2])
    assert told["type"] == "request.failed"
    assert told["data"]["error"].startswith("main_image_mask is empty")


def test_a_receiver_that_never_answers_delays_no_job(
    sending: TestClient, fields: dict[str, Any], ended: Callable[..., dict[str, Any]]
) -> None:
    for _ in range(3):
        asked = fields | {"webhook_url": "http://127.0.0.1:9/"}
        submitted = sending.post(PATH, json=asked).json()
        assert ended(sending, submitted)["status"] == "COMPLETED"


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://a@b/", 5, ["http://a.example"]])
def test_an_address_that_is_none_is_refused_before_there_is_a_job(
    sending: TestClient, fields: dict[str, Any], url: object
) -> None:
    answer = sending.post(PATH, json=fields | {"webhook_url": url})
    assert (answer.status_code, answer.json()["field"]) == (400, "webhook_url")


def test_a_service_that_opens_no_connections_says_so(
    start: Callable[..., TestClient], fields: dict[str, Any]
) -> None:
    answer = start(fetch=False).post(PATH, json=fields | {"webhook_url": "https://a.example"})
    assert answer.status_code == 400
    assert "poll instead" in answer.json()["error"]
