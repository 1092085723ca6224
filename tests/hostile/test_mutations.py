"""Good files and requests with a few bytes changed: a picture, an answer or a refusal, no more."""

from __future__ import annotations

import numpy as np
import pytest

from roomstage.errors import RoomstageError
from roomstage.image import Image, Mask
from roomstage.inputs import decode_image, decode_mask

from .bodies import PATH
from .conftest import Server
from .corpus import cases
from .pictures import photo

SEEDS = [c for c in cases() if c.expect == "ok" and not c.heavy and not callable(c.content)]
FILES, REQUESTS = 8, 150  # of each seed; of the request


def changed(data: bytes, random: np.random.Generator) -> bytes:
    """One to eight bytes set to anything, or a stretch taken out or said twice."""
    out = bytearray(data)
    for at in random.integers(0, len(out), random.integers(1, 9)):
        out[at] = random.integers(256)
    start, length = random.integers(0, len(out)), random.integers(1, 200)
    way = random.integers(4)
    if way == 0:
        del out[start : start + length]
    elif way == 1:
        out[start:start] = out[start : start + length]
    return bytes(out)


@pytest.mark.parametrize("number", range(len(SEEDS)), ids=lambda number: SEEDS[number].name)
def test_changed_files_are_pictures_or_refused(number: int) -> None:
    seed, random = SEEDS[number], np.random.default_rng(number)
    for _ in range(FILES):
        outcome = _read(changed(seed.data, random), seed.field)
        assert isinstance(outcome, Image | Mask) or outcome.field == seed.field


def _read(data: bytes, field: str) -> Image | Mask | RoomstageError:
    try:
        if field.endswith("mask"):
            return decode_mask(data, of=Image(photo()), field=field)
        return decode_image(data, field=field)
    except RoomstageError as error:
        return error


def test_changed_requests_leave_the_server_alive(open_server: Server) -> None:
    body = b'{"prompt": "a box", "main_image": "iVBORw0KGgo=", "steps": 10, "seed": -1}'
    head = f"POST {PATH} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    whole = head.encode() + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    random = np.random.default_rng(113)
    for _ in range(REQUESTS):
        answer = open_server.exchange(changed(whole, random), close=True)
        assert not answer.startswith(b"HTTP/1.1 5"), answer
        assert b"Traceback" not in answer
    assert open_server.send("GET", "/health/live").status_code == 200
