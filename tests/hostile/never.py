"""What no answer to anything may do."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

# A reply takes less than a second; machines of others may need more.
SECONDS = float(os.environ.get("ROOMSTAGE_REPLY_SECONDS", "1"))
# Rows with so much honest work that a second is enough only where nothing else runs, and why.
SLOW = {
    "product of 24 megapixels": "72 MB of pixels are read and cut out",
    "jpeg of the most bytes": "27 MB of base64 are sent, parsed and handed to a worker",
    "jpeg of a byte too many": "27 MB of base64 are sent and parsed",
    "data uri of 48 MB": "48 MB of base64 are sent and parsed",
    "a million unknown fields": "a million members are parsed",
}
SLOW_SECONDS = 10 * SECONDS
TRIES = 3  # the quickest counts: others work on the machine, too
MOST = 4096
LONGEST_ECHO = 60  # a number or word out of range is named; anything longer is not repeated
STATUS = {"ok": 200, "image_too_large": 413}
_OURS = ("Traceback", 'File "', "site-packages", "/src/roomstage", "/tmp/", "/etc/passwd")


Result = TypeVar("Result")


def timed(call: Callable[[], Result], most: float = SECONDS) -> tuple[Result, float]:
    """What a call gives, and the seconds that it took; it is called again where they are many."""
    tries = []
    while True:
        start = time.perf_counter()
        result = call()
        tries.append(time.perf_counter() - start)
        if tries[-1] < most or len(tries) == TRIES:
            return result, min(tries)


def check(
    answer: Any, seconds: float, sent: Iterable[object] = (), *, most: float = SECONDS
) -> None:
    """No fault of ours, no hang, no long refusal, nothing of the input or of us in it."""
    assert answer.status_code < 500, answer.text
    assert seconds < most
    assert answer.headers["x-content-type-options"] == "nosniff"
    if answer.status_code in (200, 204):
        return
    assert len(answer.content) < MOST
    for word in _OURS:
        assert word not in answer.text
    for value in sent:
        if isinstance(value, str) and len(value) > LONGEST_ECHO:
            assert value[:40] not in answer.text
            assert value[-40:] not in answer.text
    if answer.request.method != "HEAD":
        check_shape(answer)


def check_shape(answer: Any) -> None:
    """Every refusal is a JSON object with a string `error`."""
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert set(body) >= {"error", "code", "field", "request_id"}
    assert isinstance(body["error"], str)
    assert body["error"]
    assert body["request_id"] == answer.headers["x-request-id"]


def outcome(answer: Any) -> tuple[int, str, str | None]:
    """Status, code ("ok" for 200) and the field at fault."""
    if answer.status_code == 200:
        return 200, "ok", None
    body = json.loads(answer.text)
    return answer.status_code, body["code"], body["field"]
