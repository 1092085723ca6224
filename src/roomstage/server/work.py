"""The way of a request through the server: so many at once, so many waiting, the rest refused."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

from starlette.exceptions import HTTPException

from roomstage.service.workers import Done, Job, Progress


class Computes(Protocol):
    """What does the imaging: `roomstage.service.workers.Pool`."""

    @property
    def size(self) -> int:
        """Jobs that can run at once."""
        ...

    @property
    def running(self) -> int:
        """Jobs that run now."""
        ...

    @property
    def waiting(self) -> int:
        """Jobs that wait for their turn."""
        ...

    @property
    def restarts(self) -> Mapping[str, int]:
        """How often workers were replaced, by reason."""
        ...

    def start(self) -> None:
        """Begin; called on the event loop."""
        ...

    def trouble(self) -> str | None:
        """Why no job can be done now, or None."""
        ...

    async def run(self, job: Job, progress: Progress | None = None) -> Done:
        """Run a job when its turn comes; cancelling the call cancels the job."""
        ...

    async def close(self) -> None:
        """End, without waiting for jobs."""
        ...


class Preparation(Protocol):
    """A request that is read and checked."""

    def job(self, slug: str) -> Job:
        """What is to be computed for it."""
        ...


Prepared = TypeVar("Prepared", bound=Preparation)


class Work:
    """Threads that wait for the network, and the pool that computes.

    Args:
        pool: what computes.
        waiting: how many more than the pool can run may be underway before newcomers are turned
            away.
    """

    def __init__(self, pool: Computes, waiting: int) -> None:
        self.pool = pool
        self.leaving = False  # set once, when the server is about to stop: nobody should send more
        self.refusing = False  # set a while later: nobody may
        self.on_done: Callable[[Done], None] = lambda _: None
        self.rejected = 0
        self._limit = pool.size + waiting
        self._underway = 0
        self._seconds = 1.0  # moving average of a computation
        self._read = ThreadPoolExecutor(self._limit, "roomstage-read")

    @property
    def underway(self) -> int:
        """Requests that were admitted and have no answer yet."""
        return self._underway

    @property
    def full(self) -> bool:
        """True when the next request would be turned away."""
        return self._underway >= self._limit

    def trouble(self) -> str | None:
        """Why a request should not be sent here now, or None."""
        if self.leaving:
            return "the server is stopping"
        return "the queue is full" if self.full else self.pool.trouble()

    def check(self) -> None:
        """Turn the caller away if there is no room, before its body is read.

        Raises:
            HTTPException: 429, with the seconds after which to come back; 503 at the end.
        """
        if self.refusing:
            raise HTTPException(
                503,
                "the server is stopping: send the request again, to its successor",
                {"Retry-After": "5", "Connection": "close"},
            )
        if self.full:
            self.rejected += 1
            wait = math.ceil(self._seconds * self._limit / self.pool.size)
            raise HTTPException(
                429,
                "too many requests are waiting: come back after the seconds in Retry-After",
                {"Retry-After": str(max(1, wait))},
            )

    async def run(
        self, prepare: Callable[[], Prepared], slug: str, progress: Progress | None = None
    ) -> tuple[Prepared, Done]:
        """`prepare` in a reading thread, then its job for the model `slug` in the pool.

        Cancelling the call cancels the job. `progress` is called on the event loop.

        Raises:
            HTTPException: see `check`; besides whatever the two raise.
        """
        self.check()
        self._underway += 1
        try:
            loop = asyncio.get_running_loop()
            prepared = await loop.run_in_executor(self._read, prepare)
            done = await self.pool.run(prepared.job(slug), progress)
        finally:
            self._underway -= 1
        self.on_done(done)
        self._seconds += 0.2 * (done.seconds - self._seconds)
        return prepared, done

    def close(self) -> None:
        """Take no more work."""
        self._read.shutdown(wait=False, cancel_futures=True)
