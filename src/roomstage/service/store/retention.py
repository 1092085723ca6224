"""How long things are kept: as long as the owner says, and not at all if the owner says zero."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from roomstage.service.store.clock import Clock
from roomstage.service.store.database import Database
from roomstage.service.store.job import Job
from roomstage.service.store.schema import deliveries, jobs, uploads
from roomstage.service.store.uses import Uses

GONE_SECONDS = 86_400.0  # for that long an expired job is told apart from one that never was
_AT_ONCE = 500  # rows in one transaction, so that others get their turn


class Retention:
    """Removes what has been kept long enough."""

    def __init__(self, database: Database, uses: Uses, clock: Clock) -> None:
        self._database = database
        self._uses = uses
        self._clock = clock

    def expire(self) -> int:
        """Remove the files and the words of what has expired; returns how many expired.

        Of a job its row stays for a day, so that its caller is told that it is gone; of its money
        the ledger stays for good.
        """
        now = self._clock()
        with self._database.write() as connection:
            due = sa.select(jobs.c.id).where(jobs.c.expires_at <= now, jobs.c.expired == 0)
            ended = list(connection.execute(due.limit(_AT_ONCE)).scalars())
            unneeded = self._forget(connection, ended)
            old = sa.select(uploads.c.id).where(uploads.c.expires_at <= now).limit(_AT_ONCE)
            given = list(connection.execute(old).scalars())
            for upload in given:
                unneeded |= self._uses.drop(connection, upload)
            connection.execute(sa.delete(uploads).where(uploads.c.id.in_(given)))
            self._delete(connection, now - GONE_SECONDS)
        self._uses.collect(unneeded)
        return len(ended) + len(given)

    def delivered(self, job: Job) -> None:
        """The result was fetched, and nothing is to be kept after that."""
        with self._database.write() as connection:
            unneeded = self._forget(connection, [job.id])
        self._uses.collect(unneeded)

    def _forget(self, connection: Connection, ended: list[str]) -> set[str]:
        unneeded: set[str] = set()
        for job in ended:
            unneeded |= self._uses.drop(connection, job)
        connection.execute(
            sa.update(jobs)
            .where(jobs.c.id.in_(ended))
            .values(
                expired=1,
                request="{}",
                idempotency_key=None,
                expires_at=sa.func.min(jobs.c.expires_at, self._clock())
                if self._database.is_sqlite
                else sa.func.least(jobs.c.expires_at, self._clock()),
            )
        )
        return unneeded

    def _delete(self, connection: Connection, before: float) -> None:
        gone = sa.select(jobs.c.id).where(jobs.c.expired == 1, jobs.c.expires_at <= before)
        ids = list(connection.execute(gone.limit(_AT_ONCE)).scalars())
        told = sa.and_(deliveries.c.job.in_(ids), deliveries.c.state != "waiting")
        connection.execute(sa.delete(deliveries).where(told))
        connection.execute(sa.delete(jobs).where(jobs.c.id.in_(ids)))
