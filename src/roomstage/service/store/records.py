"""How jobs stand: the reading half of the table of jobs."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from roomstage.service.blobs import Blobs
from roomstage.service.store import ledger
from roomstage.service.store.database import Database
from roomstage.service.store.job import Job, from_row
from roomstage.service.store.schema import jobs

RESULT = "result"  # in blob_uses, beside the names of the request's fields


class Records:
    """Jobs as they were written down."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs

    def get(self, account: str, job_id: str) -> Job | None:
        """The account's job of that id."""
        query = sa.select(jobs).where(jobs.c.account == account, jobs.c.id == job_id)
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else from_row(row)

    def find(self, job_id: str) -> Job | None:
        """The job of that id, whosever it is: for those who hold a signed link."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(jobs).where(jobs.c.id == job_id)).one_or_none()
        return None if row is None else from_row(row)

    def counts(self) -> dict[str, int]:
        """How many jobs there are in each state."""
        query = sa.select(jobs.c.state, sa.func.count()).group_by(jobs.c.state)
        with self._database.read() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def open_holds(self) -> int:
        """Prices that are held, by the ledger alone: as many as there are jobs underway."""
        with self._database.read() as connection:
            return ledger.open_holds(connection)

    def data_of(self, job: Job) -> dict[str, bytes]:
        """The encoded pictures that came with the request, by field.

        Raises:
            KeyError: a file is gone, which only somebody outside can have done.
        """
        found: dict[str, bytes] = {}
        for name, blob in job.pictures.items():
            data = self._blobs.get(blob)
            if data is None:
                raise KeyError(name)
            found[name] = data
        return found

    def result_of(self, job: Job) -> bytes | None:
        """The bytes of the result, or None if they are not kept (any more)."""
        if job.expired or job.result is None or job.result.hash is None:
            return None
        return self._blobs.get(job.result.hash)

    def _read(self, connection: Connection, job_id: str) -> Job:
        return from_row(connection.execute(sa.select(jobs).where(jobs.c.id == job_id)).one())
