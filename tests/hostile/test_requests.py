"""Every request of the list, to the real server."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
import requests

from . import never
from .bodies import LIMIT, Body, bodies
from .conftest import MOST_MEMORY, PATH, Server
from .pictures import saved, square
from .texts import PLAIN

MASK = base64.b64encode(saved(square())).decode()
EVERY = bodies({"main_image_mask": MASK, "overlay_image_mask": MASK})


@pytest.mark.parametrize("body", EVERY, ids=lambda body: body.name)
def test_gets_its_status_and_the_field_at_fault(body: Body, server: Server) -> None:
    headers = dict(body.headers)
    if body.kind is not None:
        headers["Content-Type"] = body.kind
    answer = server.send(
        body.method, body.path, data=body.data, headers=headers, sent={"": PLAIN}, row=body.name
    )
    assert answer.status_code == body.status, answer.text[:500]
    if body.status >= 400 and body.method != "HEAD":
        _, _, field = never.outcome(answer)
        assert field == body.blames


def test_a_drawn_seed_is_told(server: Server) -> None:
    (drawn,) = (body for body in EVERY if body.name == "seed -1")
    answer = server.send(
        "POST", PATH, data=drawn.data, headers={"Content-Type": "application/json"}
    )
    assert int(answer.headers["x-seed-value"]) >= 0


def test_lines_in_a_prompt_are_no_lines_of_the_log(server: Server) -> None:
    (forged,) = (body for body in EVERY if body.name == "prompt of log lines")
    server.send("POST", PATH, data=forged.data, headers={"Content-Type": "application/json"})
    assert not [line for line in server.log if "forged" in line]


def test_a_body_of_unknown_length_is_refused_as_it_passes_the_limit(server: Server) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while sent < 3 * LIMIT:
            sent += 1_000_000
            yield bytes(1_000_000)

    try:
        answer = server.session.post(server.root + PATH, data=endless(), timeout=60)
    except requests.ConnectionError:  # it may close before the client has sent all
        pass
    else:
        assert answer.status_code == 413
        assert answer.headers["connection"] == "close"
    assert sent < 2 * LIMIT
    assert server.most_memory() < MOST_MEMORY
