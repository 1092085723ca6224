"""What outlives a request: accounts, keys, credits, jobs, uploads, and the files they need.

After `fetch`, before the server and the command line. One SQLite file and a folder of files by
default; the same code runs on PostgreSQL.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from roomstage.service.blobs import Blobs
from roomstage.service.store.accounts import Account, Accounts
from roomstage.service.store.clock import Clock
from roomstage.service.store.database import Database
from roomstage.service.store.deliveries import Deliveries
from roomstage.service.store.history import History
from roomstage.service.store.job import LEFT, STATES, Failure, Job, Order, Result
from roomstage.service.store.jobs import Jobs, LeaseLost, Terms
from roomstage.service.store.location import default_database, files_of
from roomstage.service.store.migrations import migrate
from roomstage.service.store.retention import Retention
from roomstage.service.store.secret import secret
from roomstage.service.store.uploads import Uploads
from roomstage.service.store.uses import Uses

__all__ = [
    "LEFT",
    "STATES",
    "Account",
    "Clock",
    "Failure",
    "Job",
    "LeaseLost",
    "Order",
    "Result",
    "Store",
    "Terms",
    "open_store",
]


@dataclass(frozen=True, slots=True)
class Store:
    """An open database and its files."""

    database: Database
    blobs: Blobs
    accounts: Accounts
    jobs: Jobs
    uploads: Uploads
    history: History
    retention: Retention
    deliveries: Deliveries
    uses: Uses
    clock: Clock

    def secret(self, name: str) -> bytes:
        """32 random bytes that stay the same under this name."""
        return secret(self.database, name)

    def close(self) -> None:
        """Close the database; what was written is safe without it too."""
        self.database.close()


def open_store(
    database: str = "",
    *,
    files: Path | None = None,
    terms: Terms | None = None,
    clock: Clock = time.time,
) -> Store:
    """Open the store and bring its tables to this version.

    Args:
        database: path of a SQLite file, or URL; by default `default_database()`.
        files: folder of the files; by default the one that belongs to the database.
        terms: leases, bounds and retention of jobs.
        clock: the time of day.

    Raises:
        InvalidParameter: the database's name is none that is supported.
        StoreUnavailable: the database or the folder can't be used.
    """
    name = database or default_database()
    opened = Database(name)
    try:
        opened.refuse_damage()
        migrate(opened)
        blobs = Blobs(files or files_of(name))
    except BaseException:
        opened.close()
        raise
    uses = Uses(opened, blobs)
    deliveries = Deliveries(opened, clock)
    return Store(
        database=opened,
        blobs=blobs,
        accounts=Accounts(opened, clock),
        jobs=Jobs(opened, blobs, clock, terms, on_end=deliveries.announce),
        uploads=Uploads(opened, blobs, clock),
        history=History(opened),
        retention=Retention(opened, uses, clock),
        deliveries=deliveries,
        uses=uses,
        clock=clock,
    )
