"""Workers kept alive, and jobs handed to them in turn.

A slot is one place for a worker. It is filled anew only when the worker before is gone and reaped,
so however many jobs hang or crash, no more run at once than there are slots.

Each worker keeps rooms of its own: an analysed room is arrays of many megabytes that the service
could neither hold nor send without knowing pixels. A job goes to an idle worker that knows its
room, else to the one idle longest, which then knows it too: nobody waits for a room.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import signal
import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from roomstage.errors import (
    DeadlineExceeded,
    MemoryExceeded,
    RoomstageError,
    WorkerCrashed,
    WorkLost,
)
from roomstage.service.workers.job import Done, Job, Progress, WorkerDied, WorkerFault
from roomstage.service.workers.process import Settings, Worker

_ATTEMPTS = 2  # a job that kills its worker twice does it a third time
_MOST_TRIES = 8  # with those that ended before the worker had begun
_CANCEL_SECONDS = 2.0  # a step of the pipeline takes less
_LAST_WORDS_SECONDS = 0.5
# Seconds before a worker that died at its start is renewed.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 30.0

_log = logging.getLogger("roomstage.workers")


@dataclass(eq=False, slots=True)
class _Ticket:
    """A job on its way."""

    number: int
    job: Job
    progress: Progress | None
    done: asyncio.Future[Done]
    unwanted: asyncio.Future[None]
    arrived: float = field(default_factory=time.monotonic)
    tries: int = 0
    attempts: int = 0  # tries that a worker began

    def begin(self) -> None:
        self.attempts += 1

    def fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)


class _Replace(Exception):
    """The worker has to be replaced; the text is the reason in one word."""


class Pool:
    """A fixed number of workers and one queue.

    Everything but `spawn_early` belongs to one event loop.

    Args:
        settings: see there.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._restarts: Counter[str] = Counter()
        self._early: list[Worker] = []
        self._workers: set[Worker] = set()
        self._idle: dict[Worker, asyncio.Future[_Ticket]] = {}  # the longest idle first
        self._waiting: deque[_Ticket] = deque()
        self._open: set[_Ticket] = set()
        self._slots: list[asyncio.Task[None]] = []
        self._numbers = itertools.count()
        self._running = 0
        self._ailment: str | None = None  # why the last worker could not start

    @property
    def size(self) -> int:
        """Jobs that can run at once."""
        return self.settings.workers

    @property
    def running(self) -> int:
        """Jobs that run now."""
        return self._running

    @property
    def waiting(self) -> int:
        """Jobs that wait for a worker."""
        return len(self._waiting)

    @property
    def restarts(self) -> Mapping[str, int]:
        """Workers replaced, by reason: start, idle, crash, deadline, memory, cancel, canary."""
        return self._restarts

    def spawn_early(self) -> None:
        """Start one process before there is an event loop, so that it imports meanwhile.

        One, not all: they would take the CPUs from each other and from the caller's own imports.
        """
        self._early = [Worker(self.settings)]

    def start(self) -> None:
        """Start the workers; jobs are taken at once and wait until one is ready."""
        if not self._slots:
            self._slots = [asyncio.create_task(self._keep_slot()) for _ in range(self.size)]

    def trouble(self) -> str | None:
        """Why no job can be done now, or None: a worker has lately shown that it can."""
        proofs = [w.proved_at for w in self._workers if w.alive and w.proved_at is not None]
        if not proofs:
            return self._ailment or "no worker is ready yet"
        age = time.monotonic() - max(proofs)
        if age > 2 * self.settings.canary_seconds:
            return f"no picture came out of the workers for {age:.0f} s"
        return None

    async def run(self, job: Job, progress: Progress | None = None) -> Done:
        """Run a job. Cancelling this call cancels the job, in the queue or at its next step.

        Raises:
            RoomstageError: the job can't be done.
            DeadlineExceeded: it took too long.
            MemoryExceeded: it took too much memory.
            WorkerCrashed: its worker died, twice.
            WorkerFault: a fault of ours; the text is for the log.
        """
        loop = asyncio.get_running_loop()
        number = next(self._numbers)
        ticket = _Ticket(number, job, progress, loop.create_future(), loop.create_future())
        self._open.add(ticket)
        self._give(ticket)
        try:
            return await ticket.done
        except asyncio.CancelledError:
            self._withdraw(ticket)
            raise
        finally:
            self._open.discard(ticket)

    async def close(self) -> None:
        """End all workers, whatever they do, and wait until they are gone."""
        for slot in self._slots:
            slot.cancel()
        await asyncio.gather(*self._slots, return_exceptions=True)
        for worker in [*self._early, *self._workers]:
            await _ended(worker)
        self._slots, self._early, self._workers = [], [], set()
        for ticket in self._open:
            ticket.fail(WorkLost("the service is stopping: send the request again"))
        self._waiting.clear()

    def _give(self, ticket: _Ticket, *, first: bool = False) -> None:
        """Hand a ticket to an idle worker, or queue it."""
        kin = (worker for worker in self._idle if worker.knows(ticket.job.kinship))
        worker = next(kin, None) or next(iter(self._idle), None)
        if worker is not None:
            self._idle.pop(worker).set_result(ticket)
        elif first:
            self._waiting.appendleft(ticket)
        else:
            self._waiting.append(ticket)

    def _withdraw(self, ticket: _Ticket) -> None:
        if ticket in self._waiting:
            self._waiting.remove(ticket)
        elif not ticket.unwanted.done():
            ticket.unwanted.set_result(None)

    async def _keep_slot(self) -> None:
        """Fill one slot with worker after worker."""
        pause = 0.0
        while True:
            worker = self._early.pop() if self._early else Worker(self.settings)
            self._workers.add(worker)
            try:
                reason = await self._employ(worker)
            finally:
                await _ended(worker)
                self._workers.discard(worker)
            self._restarts[reason] += 1
            stillborn = reason in ("start", "idle")
            pause = min(max(2 * pause, _FIRST_PAUSE), _LONGEST_PAUSE) if stillborn else 0.0
            await asyncio.sleep(pause)

    async def _employ(self, worker: Worker) -> str:
        """Give work to a worker until it has to be replaced; returns why."""
        death = asyncio.create_task(worker.gone())
        try:
            await self._await_ready(worker)
            while True:
                ticket = await self._next(worker, death)
                if ticket is None:
                    await self._prove(worker)
                elif not ticket.done.done():
                    with self._counted():
                        await self._perform(worker, ticket, death)
        except _Replace as ended:
            return str(ended)
        finally:
            death.cancel()

    async def _await_ready(self, worker: Worker) -> None:
        try:
            async with asyncio.timeout(self.settings.start_seconds):
                await worker.ready()
        except Exception as error:
            self._ailment = _told(error)
            _log.error("worker %d did not start: %s", worker.pid, error)
            raise _Replace("start") from None
        self._ailment = None
        _log.info("worker %d is ready", worker.pid)

    async def _next(self, worker: Worker, death: asyncio.Task[int]) -> _Ticket | None:
        """The next ticket for an idle worker; None when its canary is due."""
        if self._waiting:
            return self._waiting.popleft()
        given = asyncio.get_running_loop().create_future()
        self._idle[worker] = given
        try:
            await asyncio.wait(
                {given, death},
                timeout=self.settings.canary_seconds,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            self._idle.pop(worker, None)
        if given.done():
            return given.result()
        if death.done():
            _log.error("worker %d %s while idle", worker.pid, _ending(death.result()))
            raise _Replace("idle")
        return None

    async def _prove(self, worker: Worker) -> None:
        try:
            async with asyncio.timeout(self.settings.job_seconds):
                await worker.prove()
        except Exception as error:
            _log.error("worker %d failed its canary: %s", worker.pid, error)
            raise _Replace("canary") from None

    async def _perform(self, worker: Worker, ticket: _Ticket, death: asyncio.Task[int]) -> None:
        """Run a ticket's job and settle it, or queue it again when the worker died."""
        ticket.tries += 1
        waited = time.monotonic() - ticket.arrived
        reply = asyncio.create_task(
            worker.run(ticket.number, ticket.job, begun=ticket.begin, progress=ticket.progress)
        )
        try:
            done = await self._reply(worker, ticket, reply, death)
        except MemoryExceeded as error:
            ticket.fail(error)
            raise _Replace("memory") from None
        except (RoomstageError, WorkerFault) as error:
            ticket.fail(error)
        except _Replace:
            raise
        except Exception as error:  # WorkerDied, or words that make no sense
            await self._mourn(worker, ticket, death, error)
            raise _Replace("crash") from None
        else:
            if done is not None and not ticket.done.done():
                ticket.done.set_result(replace(done, waited=waited))
        finally:
            if not reply.done():
                reply.cancel()
                await asyncio.gather(reply, return_exceptions=True)  # nothing reads any more

    async def _reply(
        self,
        worker: Worker,
        ticket: _Ticket,
        reply: asyncio.Task[Done | None],
        death: asyncio.Task[int],
    ) -> Done | None:
        """The worker's reply, within the deadline and as long as somebody wants it."""
        ends = {reply, death, ticket.unwanted}
        seconds = self.settings.job_seconds
        await asyncio.wait(ends, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if ticket.unwanted.done() and not reply.done():
            await worker.cancel(ticket.number)
            await asyncio.wait({reply}, timeout=_CANCEL_SECONDS)
            if not reply.done():
                raise _Replace("cancel")
        if death.done():  # what it said before is still on its way
            await asyncio.wait({reply}, timeout=_LAST_WORDS_SECONDS)
        elif not reply.done():
            _log.error("worker %d is stopped: its job took over %g s", worker.pid, seconds)
            ticket.fail(
                DeadlineExceeded(
                    f"this took longer than {seconds:g} s and was stopped: send smaller pictures"
                )
            )
            raise _Replace("deadline")
        if not reply.done():
            raise WorkerDied("its process ended")
        return reply.result()

    async def _mourn(
        self, worker: Worker, ticket: _Ticket, death: asyncio.Task[int], error: Exception
    ) -> None:
        """Log the end of a worker amid a job, and give that job its second attempt."""
        worker.kill()  # what talks nonsense is not to be trusted any further
        _log.error(
            "worker %d %s amid a job (attempt %d): %s",
            worker.pid, _ending(await death), max(1, ticket.attempts), error,
        )  # fmt: skip
        if ticket.attempts < _ATTEMPTS and ticket.tries < _MOST_TRIES:
            self._give(ticket, first=True)
        else:
            ticket.fail(
                WorkerCrashed(
                    f"the process that worked on this died {_ATTEMPTS} times: "
                    "send other pictures, or tell the service's owner"
                )
            )

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1


async def _ended(worker: Worker) -> None:
    """Kill a worker, and return when it is gone."""
    worker.kill()
    await worker.gone()
    worker.close()


def _ending(status: int) -> str:
    """How a process ended, in words."""
    if status >= 0:
        return f"left with status {status}"
    try:
        return f"was ended by {signal.Signals(-status).name}"
    except ValueError:
        return f"was ended by signal {-status}"


def _told(error: Exception) -> str:
    """Why a worker could not start, in words for strangers."""
    return error.message if isinstance(error, RoomstageError) else "the workers do not start"
