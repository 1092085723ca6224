"""Waiting for what another process does."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(condition: Callable[[], object], seconds: float = 20) -> float:
    """Return when the condition holds: the seconds that it took."""
    start = time.monotonic()
    end = start + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.01)
    return time.monotonic() - start
