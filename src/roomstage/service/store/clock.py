"""The time of day, handed in so that tests can move it."""

from __future__ import annotations

from collections.abc import Callable

Clock = Callable[[], float]  # seconds since 1970
