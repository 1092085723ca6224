"""Two processes that take jobs from one database: how quickly, and whether any is taken twice.

python -m roomstage.bench.claims DATABASE NAME
"""

from __future__ import annotations

import contextlib
import select
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from roomstage.errors import StoreUnavailable, TooManyJobs
from roomstage.service.store import Order, Result, Store, Terms, open_store

_T = TypeVar("_T")
_ACCOUNT = "bench"
_PROCESSES = ("first", "second")
_QUEUE = 200  # jobs that wait at most
_PAUSE = 0.005  # seconds, where there is nothing to do
_TRIES = 20  # of some seconds each


@dataclass(frozen=True, slots=True)
class Claims:
    """What became of the jobs."""

    jobs: int
    seconds: float  # from the first one queued until all had ended
    taken_twice: int
    charged: int  # prices captured

    def told(self) -> str:
        """In a sentence."""
        return (
            f"Two processes that share one SQLite file: {self.jobs} jobs queued by a third, at "
            f"most {_QUEUE} waiting, were claimed and ended at {self.jobs / self.seconds:.0f}/s, "
            f"every commit synced; {self.taken_twice} were claimed twice, {self.charged} charged."
        )


def measure(jobs: int) -> Claims:
    """Queue so many jobs in a database of their own while two processes empty it."""
    with tempfile.TemporaryDirectory() as folder:
        database = str(Path(folder, "store.sqlite3"))
        with _opened(database) as store:
            store.accounts.create_key(_ACCOUNT)
            store.accounts.grant(_ACCOUNT, jobs)
        start = time.perf_counter()
        with ExitStack() as stack:
            takers = [stack.enter_context(_taker(database, name)) for name in _PROCESSES]
            with ThreadPoolExecutor(len(takers)) as threads:  # a full pipe would stop them
                told = [threads.submit(taker.stdout.read) for taker in takers if taker.stdout]
                _fill(database, jobs)
                for taker in takers:
                    assert taker.stdin is not None
                    taker.stdin.close()  # no more will come
                taken = Counter(line for each in told for line in each.result().split())
        seconds = time.perf_counter() - start
        if any(taker.returncode for taker in takers):
            raise RuntimeError("a process that took jobs has failed: its words are above")
        charged = _charged(database, jobs)
    twice = sum(count > 1 for count in taken.values())
    return Claims(jobs, seconds, twice, charged)


def _taker(database: str, name: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", __name__, database, name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _fill(database: str, jobs: int) -> None:
    """Queue so many jobs, as room for them comes up."""
    with _opened(database, Terms(max_queued=_QUEUE, max_per_account=2 * _QUEUE)) as store:
        account = store.accounts.named(_ACCOUNT).id
        for _ in range(jobs):
            order = Order(str(uuid.uuid4()), account, "furniture-staging", {}, price=1)
            while True:
                try:
                    _until_free(lambda order=order: store.jobs.admit(order))
                    break
                except TooManyJobs:
                    time.sleep(_PAUSE)


def _charged(database: str, jobs: int) -> int:
    with _opened(database) as store:
        account = store.accounts.named(_ACCOUNT).id
        entries = store.accounts.entries(account, last=3 * jobs + 1)
        return sum(entry.kind == "capture" for entry in entries)


def _until_free(step: Callable[[], _T]) -> _T:
    """What a step makes, tried again when the others have kept the file locked for seconds."""
    for _ in range(_TRIES - 1):
        with contextlib.suppress(StoreUnavailable):
            return step()
    return step()


def _take(database: str, name: str) -> None:
    """Take and end jobs until there are none and no more will come."""
    ended = select.poll()
    ended.register(sys.stdin, select.POLLIN)
    with _opened(database) as store:
        while True:
            last = bool(ended.poll(0))  # asked before the queue is: what came until then is taken
            job = _until_free(lambda: store.jobs.claim(name))
            if job is not None:
                _until_free(lambda job=job: store.jobs.succeed(job, Result(None, "image/png", {})))
                print(job.id)
            elif last:
                return
            else:
                time.sleep(_PAUSE)


@contextlib.contextmanager
def _opened(database: str, terms: Terms | None = None) -> Iterator[Store]:
    store = open_store(database, terms=terms)
    try:
        yield store
    finally:
        store.close()


if __name__ == "__main__":
    _take(*sys.argv[1:])
