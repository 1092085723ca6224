"""Running requests off the event loop, a bounded number at once and a bounded number waiting."""

from __future__ import annotations

import asyncio
import math
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from starlette.exceptions import HTTPException

Prepared = TypeVar("Prepared")
Result = TypeVar("Result")


class Work:
    """Two pools of threads: one waits for the network, one computes.

    A computing thread is free again when its work has really ended, even if nobody waits for the
    result any more; so the bound holds whatever clients do.

    Args:
        running: how many requests compute at once; 0 = one per CPU.
        waiting: how many more may be underway before newcomers are turned away.
    """

    def __init__(self, running: int, waiting: int) -> None:
        self._running = running or os.cpu_count() or 1
        self._limit = self._running + waiting
        self._underway = 0
        self._seconds = 1.0  # moving average of a computation
        self._read = ThreadPoolExecutor(self._limit, "roomstage-read")
        self._compute = ThreadPoolExecutor(self._running, "roomstage-compute")

    @property
    def full(self) -> bool:
        """True when the next request would be turned away."""
        return self._underway >= self._limit

    def check(self) -> None:
        """Turn the caller away if there is no room, before its body is read.

        Raises:
            HTTPException: 429, with the seconds after which to come back.
        """
        if self.full:
            wait = math.ceil(self._seconds * self._limit / self._running)
            raise HTTPException(
                429,
                "too many requests are waiting: come back after the seconds in Retry-After",
                {"Retry-After": str(max(1, wait))},
            )

    async def run(
        self, prepare: Callable[[], Prepared], compute: Callable[[Prepared], Result]
    ) -> Result:
        """`prepare` in a reading thread, then `compute` of its result in a computing one.

        Raises:
            HTTPException: 429, see `check`; besides whatever the two raise.
        """
        self.check()
        self._underway += 1
        loop = asyncio.get_running_loop()
        try:
            prepared = await loop.run_in_executor(self._read, prepare)
            return await loop.run_in_executor(self._compute, self._timed, compute, prepared)
        finally:
            self._underway -= 1

    def close(self) -> None:
        """Take no more work; what runs, runs to its end."""
        self._read.shutdown(wait=False, cancel_futures=True)
        self._compute.shutdown(wait=False, cancel_futures=True)

    def _timed(self, compute: Callable[[Prepared], Result], prepared: Prepared) -> Result:
        start = time.perf_counter()
        try:
            return compute(prepared)
        finally:
            self._seconds += 0.2 * (time.perf_counter() - start - self._seconds)
