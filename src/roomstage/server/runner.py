"""Runs the queue: claims jobs, has them computed, records their ends; and keeps the store tidy."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import time
from collections.abc import Callable
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response

from roomstage.errors import RoomstageError, StoreUnavailable
from roomstage.models import Model
from roomstage.server.calls import Prepared
from roomstage.server.debts import Debts
from roomstage.server.execution import Execution, failure_of, result_of
from roomstage.server.progress import Progress
from roomstage.service.store import Job, LeaseLost, Store

_log = logging.getLogger("roomstage.server")
_POLL_SECONDS = 1.0  # so often other processes' submissions are looked for
# What a job ends with after the pool of workers has tried it as often as anything is tried.
_TRIED = frozenset({"worker_crashed", "deadline_exceeded"})
_PATIENCE_SECONDS = 5.0  # for running jobs, when the server stops


class Runner:
    """The part of a server that nobody waits for.

    Args:
        store: the jobs.
        execution: what runs them.
        find: the model of a slug; raises if there is none.
        slots: how many jobs run at once.
        progress: is told how far they are.
        debts: takes what could not be recorded.
    """

    def __init__(
        self,
        store: Store,
        execution: Execution,
        find: Callable[[str], Model],
        slots: int,
        progress: Progress,
        debts: Debts,
    ) -> None:
        self.name = f"{os.getpid()}-{secrets.token_hex(8)}"
        self._store = store
        self._execution = execution
        self._find = find
        self._slots = slots
        self._progress = progress
        self._debts = debts
        self._wake = asyncio.Event()
        self._running: dict[str, asyncio.Task[None]] = {}
        self._loops: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin; called on the event loop."""
        self._loops = [asyncio.create_task(loop()) for loop in (self._work, self._tidy)]

    @property
    def leaving(self) -> bool:
        """True once nobody new is served: whoever watches should go and watch elsewhere."""
        return self._execution.work.refusing

    def wake(self) -> None:
        """There is a new job: look at once."""
        self._wake.set()

    def cancelled(self, job_id: str) -> None:
        """A job was cancelled: if it runs here, stop it."""
        task = self._running.get(job_id)
        if task is not None:
            task.cancel()

    async def stop(self) -> None:
        """Take no more jobs, wait a little for those that run, and hand the others back."""
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        if self._running:
            await asyncio.wait(self._running.values(), timeout=_PATIENCE_SECONDS)
        left = list(self._running.values())
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        try:
            await run_in_threadpool(self._store.jobs.hand_back, self.name)
        except StoreUnavailable as error:
            _log.error("jobs stay claimed until their lease ends: %s", error)

    async def _work(self) -> None:
        while True:
            self._wake.clear()
            job = await self._claim()
            if job is None:
                await self._nap()
                continue
            task = asyncio.create_task(self._execute(job))
            self._running[job.id] = task
            task.add_done_callback(partial(self._done, job.id))

    async def _claim(self) -> Job | None:
        work = self._execution.work
        if work.leaving or work.full or len(self._running) >= self._slots:
            return None
        try:
            return await run_in_threadpool(self._store.jobs.claim, self.name)
        except StoreUnavailable as error:
            _log.error("no job can be claimed: %s", error)
            return None

    async def _nap(self) -> None:
        try:
            async with asyncio.timeout(_POLL_SECONDS):
                await self._wake.wait()
        except TimeoutError:
            pass

    def _done(self, job_id: str, task: asyncio.Task[None]) -> None:
        del self._running[job_id]
        self._progress.forget(job_id)
        self._wake.set()
        if not task.cancelled() and task.exception() is not None:
            _log.error("job %s stays claimed", job_id, exc_info=task.exception())

    async def _execute(self, job: Job) -> None:
        start = time.perf_counter()
        try:
            model = self._find(job.model)
            response = await self._execution.run(
                model, partial(self._prepare, model, job), partial(self._progress.note, job.id)
            )
        except HTTPException as error:
            if error.status_code in (429, 503):  # no room, or none any more: another time
                await run_in_threadpool(self._store.jobs.hand_back, self.name, job)
                await asyncio.sleep(_POLL_SECONDS)
                return
            await self._fail(job, error)
        except Exception as error:
            await self._fail(job, error)
        else:
            await self._succeed(job, response)
        seconds = time.perf_counter() - start
        _log.info("job %s %s attempt %d %.0f ms", job.id, job.model, job.attempt, seconds * 1000)

    def _prepare(self, model: Model, job: Job) -> Prepared:
        given = {**job.fields, **job.urls, **self._store.jobs.data_of(job)}
        return self._execution.caller.prepare_fields(model, given | {"base64": False})

    async def _succeed(self, job: Job, response: Response) -> None:
        result = result_of(response, keep=True)
        try:
            await run_in_threadpool(self._store.jobs.succeed, job, result)
        except LeaseLost:
            _log.warning("the result of job %s is not wanted any more", job.id)
        except StoreUnavailable as error:
            await self._fail(job, error)

    async def _fail(self, job: Job, error: Exception) -> None:
        failure = failure_of(error)
        if failure.code == "internal_error":
            _log.error("job %s attempt %d failed", job.id, job.attempt, exc_info=error)
        try:
            again = failure.status >= 500 and failure.code not in _TRIED
            if again and await run_in_threadpool(self._store.jobs.retry, job):
                return
        except StoreUnavailable as unavailable:
            _log.error("job %s can't be tried again: %s", job.id, unavailable)
        await run_in_threadpool(self._debts.fail, job, failure)

    async def _tidy(self) -> None:
        await self._quietly(self._store.uses.collect_orphans)
        while True:
            await self._quietly(partial(self._store.jobs.beat, self.name))
            await self._quietly(self._debts.settle)
            await self._quietly(partial(self._store.jobs.sweep, self.name))
            await self._quietly(self._store.retention.expire)
            await asyncio.sleep(self._store.jobs.terms.lease_seconds / 3)

    async def _quietly(self, chore: Callable[[], object]) -> None:
        try:
            await run_in_threadpool(chore)
        except RoomstageError as error:
            _log.error("the store is not tidied: %s", error)
