"""One worker: its process, the socket to it, and the certainty that it is gone."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import IO, Any

from roomstage import errors
from roomstage.errors import MemoryExceeded
from roomstage.service.workers import wire
from roomstage.service.workers.job import Done, Job, Progress, WorkerDied, WorkerFault

_KIN = 32  # rooms that a worker is taken to remember
_MAX_LINE = 2000
_THREADS = ("OPENCV_FOR_THREADS_NUM", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

_log = logging.getLogger("roomstage.worker")


@dataclass(frozen=True, slots=True)
class Settings:
    """How workers work.

    Attributes:
        engine: the engine's name.
        count: workers; 0 = one for each CPU.
        threads: threads of the numerical libraries in each; 0 = CPUs shared out among workers.
        memory_mb: address space of each; 0 = no limit.
        room_cache_mb: analysed rooms that all workers together keep.
        job_seconds: a job that runs longer is stopped.
        start_seconds: a worker that is not ready by then is replaced.
        canary_seconds: a worker that did nothing for so long stages the canary.
    """

    engine: str = "cpu"
    count: int = 0
    threads: int = 0
    memory_mb: int = 4096
    room_cache_mb: int = 512
    job_seconds: float = 60
    start_seconds: float = 60
    canary_seconds: float = 30

    @property
    def workers(self) -> int:
        """How many workers that makes on this machine."""
        return self.count or cpus()

    def environment(self) -> dict[str, str]:
        """The environment of a worker's process."""
        threads = self.threads or max(1, cpus() // self.workers)
        return dict(os.environ) | {name: str(threads) for name in _THREADS}

    def for_child(self) -> dict[str, Any]:
        """What the worker's process is told at its start."""
        return {
            "engine": self.engine,
            "memory_mb": self.memory_mb,
            "room_cache_mb": self.room_cache_mb // self.workers,
            "parent": os.getpid(),
        }


def cpus() -> int:
    """The CPUs that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Worker:
    """A process that runs one job at a time; started here, ready when `ready` returns."""

    def __init__(self, settings: Settings) -> None:
        self._end, theirs = wire.pair()
        self.proved_at: float | None = None  # when it last did something whole
        self._kin: OrderedDict[Hashable, None] = OrderedDict()
        self._gone = threading.Event()
        self._waiters: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []
        self._lock = threading.Lock()
        with theirs:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "roomstage.service.workers.child",
                    str(theirs.fileno()),
                    json.dumps(settings.for_child()),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env=settings.environment(),
                pass_fds=(theirs.fileno(),),
            )
        assert self._process.stderr is not None
        for task, *given in ((self._tell, self._process.stderr), (self._reap,)):
            threading.Thread(target=task, args=given, name="roomstage-watch", daemon=True).start()

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """False when the process is gone and reaped."""
        return not self._gone.is_set()

    def knows(self, kinship: Hashable) -> bool:
        """Whether a job of that kinship was done here lately."""
        return kinship is not None and kinship in self._kin

    async def ready(self) -> None:
        """Return when the worker has imported everything and staged its canary.

        Raises:
            RoomstageError: its engine can't work here.
            WorkerFault: it could not start for a fault of ours.
            WorkerDied: it died.
        """
        head, _ = await self._receive()
        if head["kind"] != "ready":
            raise _error(head)
        self.proved_at = time.monotonic()

    async def run(
        self,
        number: int,
        job: Job,
        *,
        begun: Callable[[], None],
        progress: Progress | None = None,
    ) -> Done | None:
        """Run a job; None when it was cancelled in time. `begun` is called when it has it whole.

        Raises:
            RoomstageError: the job can't be done; the worker lives on.
            MemoryExceeded: it needed too much memory; the worker should be replaced.
            WorkerFault: it met a fault of ours; the worker lives on.
            WorkerDied: the process died.
        """
        head = {
            "kind": "job",
            "job": number,
            "slug": job.slug,
            "fields": dict(job.fields),
            "pictures": list(job.pictures),
            "watched": progress is not None,
        }
        if job.kinship is not None:
            self._remember(job.kinship)
        await self._send(head, list(job.pictures.values()))
        while True:
            reply, blobs = await self._receive()
            if reply["kind"] == "begun":
                begun()
            elif reply["kind"] != "progress":
                break
            elif progress is not None:
                progress(reply["step"], reply["fraction"], blobs[0] if blobs else None)
        self._proved(reply)
        if reply["kind"] == "cancelled":
            return None
        if reply["kind"] != "done":
            raise _error(reply)
        return Done(
            data=blobs[0],
            content_type=reply["content_type"],
            seed=reply["seed"],
            size=(reply["size"][0], reply["size"][1]),
            report=reply["report"],
            seconds=reply["seconds"],
        )

    async def cancel(self, number: int) -> None:
        """Ask that a running job stop at its next step; `run` then returns None."""
        await self._send({"kind": "cancel", "job": number})

    async def prove(self) -> None:
        """Stage the canary; raises as `run` does."""
        await self._send({"kind": "canary", "job": -1})
        reply, _ = await self._receive()
        self._proved(reply)
        if reply["kind"] != "proved":
            raise _error(reply)

    def kill(self) -> None:
        """End the process at once: it holds nothing that would have to be put in order."""
        if self.alive:
            self._process.kill()

    async def gone(self) -> int:
        """Wait until the process is gone and reaped; its exit status."""
        arrived, loop = asyncio.Event(), asyncio.get_running_loop()
        with self._lock:
            if self.alive:
                self._waiters.append((loop, arrived))
            else:
                arrived.set()
        await arrived.wait()
        return self._process.returncode

    def close(self) -> None:
        """Let go of the socket, when nothing waits on it any more."""
        self._end.close()

    def _tell(self, stderr: IO[bytes]) -> None:
        with stderr:
            for line in iter(lambda: stderr.readline(_MAX_LINE), b""):
                _log.warning("worker %d: %s", self.pid, line.decode("utf-8", "replace").rstrip())

    def _reap(self) -> None:
        self._process.wait()
        with self._lock:
            self._gone.set()
            for loop, arrived in self._waiters:
                if not loop.is_closed():
                    loop.call_soon_threadsafe(arrived.set)

    async def _send(self, head: dict[str, Any], blobs: list[bytes] | None = None) -> None:
        try:
            await wire.send(self._end, head, blobs or [])
        except OSError as error:
            raise WorkerDied(f"its end is closed: {error.strerror}") from None

    async def _receive(self) -> wire.Frame:
        return await wire.receive(self._end)

    def _proved(self, reply: dict[str, Any]) -> None:
        if reply["kind"] in ("done", "proved", "refused", "cancelled"):
            self.proved_at = time.monotonic()

    def _remember(self, kinship: Hashable) -> None:
        self._kin[kinship] = None
        self._kin.move_to_end(kinship)
        if len(self._kin) > _KIN:
            self._kin.popitem(last=False)


def _error(reply: dict[str, Any]) -> Exception:
    kind = reply["kind"]
    if kind == "refused":
        by_caller = bool(reply["by_caller"])
        return errors.revived(reply["code"], reply["message"], reply["field"], by_caller=by_caller)
    if kind == "out_of_memory":
        return MemoryExceeded(
            "this takes more memory than the service gives to one request: send smaller pictures"
        )
    if kind == "fault":
        return WorkerFault(reply["trace"])
    return WorkerDied(f"it answered with {kind!r}")
