"""Requests that offer HTTP/2, as Java's client does by default, are answered in HTTP/1.1."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from roomstage.server.app import build_app
from roomstage.server.config import Config

from . import live
from .conftest import PAINTED, FakeModel, InThreads

OFFER = {
    "Connection": "Upgrade, HTTP2-Settings",
    "Upgrade": "h2c",
    "HTTP2-Settings": "AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
}


@pytest.fixture
def address(fake: FakeModel) -> Iterator[tuple[str, int]]:
    with live.running(build_app(Config(), InThreads({fake.slug: fake}))) as root:
        parts = urlsplit(root)
        yield str(parts.hostname), int(parts.port or 0)


@pytest.mark.parametrize("pieces", [1, 7])
def test_the_body_arrives(
    address: tuple[str, int], fake: FakeModel, fields: dict[str, Any], pieces: int
) -> None:
    """Whole, or in chunks; and the connection serves the next request."""
    body = json.dumps(fields).encode()
    size = -(-len(body) // pieces)
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    connection = http.client.HTTPConnection(*address, timeout=20)
    for headers in (OFFER, {}, OFFER):
        connection.request(
            "POST",
            "/v1/furniture-staging",
            body=body if pieces == 1 else iter(parts),
            headers={"Content-Type": "application/json", **headers},
            encode_chunked=pieces > 1,
        )
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, PAINTED)
    assert len(fake.calls) == 3
    connection.request("GET", "/health/live", headers=OFFER)
    assert connection.getresponse().status == 200
    connection.close()


def test_a_body_that_comes_after_its_head_is_waited_for(
    address: tuple[str, int], fields: dict[str, Any]
) -> None:
    body = json.dumps(fields).encode()
    lines = ["POST /v1/furniture-staging HTTP/1.1", "Host: x", "Content-Type: application/json"]
    lines += [f"{name}: {value}" for name, value in OFFER.items()]
    head = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode()
    with socket.create_connection(address, timeout=20) as sock:
        for part in (head[:40], head[40:], body[:9], body[9:]):
            sock.sendall(part)
        answer = http.client.HTTPResponse(sock)
        answer.begin()
        assert (answer.status, answer.read()) == (200, PAINTED)
