"""Two processes that take jobs from one database: how quickly, and whether any is taken twice.

python -m roomstage.bench.claims DATABASE NAME
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from roomstage.service.store import Order, Result, Store, Terms, open_store

_ACCOUNT = "bench"
_PROCESSES = ("first", "second")


@dataclass(frozen=True, slots=True)
class Claims:
    """What became of the jobs."""

    jobs: int
    admitted_s: float  # until all were queued, their prices held
    ended_s: float  # from then, until all had ended, their prices captured
    taken_twice: int
    charged: int  # prices captured

    def told(self) -> str:
        """In a sentence."""
        return (
            f"Two processes that share one SQLite file: {self.jobs} jobs queued at "
            f"{self.jobs / self.admitted_s:.0f}/s, claimed and ended at "
            f"{self.jobs / self.ended_s:.0f}/s, every commit synced; {self.taken_twice} were "
            f"claimed twice, {self.charged} charged."
        )


def measure(jobs: int) -> Claims:
    """Queue so many jobs in a database of their own and let two processes empty it."""
    with tempfile.TemporaryDirectory() as folder:
        database = str(Path(folder, "store.sqlite3"))
        admitted = _fill(database, jobs)
        start = time.perf_counter()
        takers = [
            subprocess.Popen(
                [sys.executable, "-m", __name__, database, name], stdout=subprocess.PIPE, text=True
            )
            for name in _PROCESSES
        ]
        taken = Counter(line for taker in takers for line in taker.communicate()[0].split())
        ended = time.perf_counter() - start
        charged = _charged(database, jobs)
    twice = sum(count > 1 for count in taken.values())
    return Claims(jobs, admitted, ended, twice, charged)


def _fill(database: str, jobs: int) -> float:
    bounds = Terms(max_queued=jobs, max_per_account=jobs)
    with _opened(database, bounds) as store:
        store.accounts.create_key(_ACCOUNT)
        store.accounts.grant(_ACCOUNT, jobs)
        account = store.accounts.named(_ACCOUNT).id
        start = time.perf_counter()
        for _ in range(jobs):
            store.jobs.admit(Order(str(uuid.uuid4()), account, "furniture-staging", {}, price=1))
        return time.perf_counter() - start


def _charged(database: str, jobs: int) -> int:
    with _opened(database) as store:
        account = store.accounts.named(_ACCOUNT).id
        entries = store.accounts.entries(account, last=3 * jobs + 1)
        return sum(entry.kind == "capture" for entry in entries)


def _take(database: str, name: str) -> None:
    with _opened(database) as store:
        while (job := store.jobs.claim(name)) is not None:
            store.jobs.succeed(job, Result(None, "image/png", {}))
            print(job.id)


@contextlib.contextmanager
def _opened(database: str, terms: Terms | None = None) -> Iterator[Store]:
    store = open_store(database, terms=terms)
    try:
        yield store
    finally:
        store.close()


if __name__ == "__main__":
    _take(*sys.argv[1:])
