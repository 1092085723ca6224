"""Jobs: a row before they are work, and money that moves in the same transaction as the row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from roomstage.errors import (
    AlreadyEnded,
    IdempotencyInFlight,
    IdempotencyMismatch,
    TooManyJobs,
)
from roomstage.service.blobs import Blobs
from roomstage.service.store import ledger
from roomstage.service.store.accounts import OPEN
from roomstage.service.store.clock import Clock
from roomstage.service.store.database import Database
from roomstage.service.store.job import (
    CANCELLED,
    INTERRUPTED,
    LEFT,
    POISON,
    UNDERWAY,
    Failure,
    Job,
    Order,
    Result,
    State,
    failure_text,
    from_row,
    request_text,
    result_text,
)
from roomstage.service.store.records import RESULT, Records
from roomstage.service.store.schema import jobs
from roomstage.service.store.uses import Uses

OnEnd = Callable[[Connection, Job], None]  # called in the transaction that ends a job


class LeaseLost(Exception):
    """The job was cancelled, or another worker has it: what this one did is not wanted."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for all jobs."""

    lease_seconds: float = 15.0
    max_attempts: int = 2
    max_queued: int = 1000  # of all accounts
    max_per_account: int = 100  # queued and running
    retention_seconds: float = 86_400.0
    unclaimed_seconds: float = 3600.0  # what nobody has fetched is kept at least that long


class Jobs(Records):
    """The queue, and what ends a job; how jobs stand is told by the records."""

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        clock: Clock,
        terms: Terms | None = None,
        on_end: OnEnd = lambda connection, job: None,
    ) -> None:
        self.terms = terms or Terms()
        super().__init__(database, blobs)
        self._clock = clock
        self._uses = Uses(database, blobs)
        self._on_end = on_end

    # Admission

    def admit(self, order: Order, *, worker: str | None = None) -> tuple[Job, bool]:
        """Write the row and hold its price; or find the job that this key has made before.

        Args:
            order: what is asked for.
            worker: who runs it at once; None leaves it queued.

        Returns:
            The job, and True if it is an earlier one.

        Raises:
            InsufficientCredits: the balance is below the price.
            TooManyJobs: a bound on jobs underway is reached.
            IdempotencyInFlight: the first request with the key still runs and is waited for.
            IdempotencyMismatch: the key came before with another request.
            StoreUnavailable: the database or the disk does not take it.
        """
        files = {name: (self._blobs.put(data), data) for name, data in order.pictures.items()}
        # After a power cut nobody waits any more, and a hold that is gone is as good as released.
        with self._database.write(survives_power_cut=not order.waited_for) as connection:
            balance = ledger.lock(connection, order.account)
            earlier = self._earlier(connection, order)
            if earlier is not None:
                return earlier, True
            self._check_room(connection, order)
            now = self._clock()
            ledger.hold(connection, order.account, order.id, order.price, balance, at=now)
            self._uses.keep(connection, order.id, files)
            hashes = {name: blob for name, (blob, _) in files.items()}
            row = self._row(order, hashes, worker, now)
            connection.execute(sa.insert(jobs), row)
            return from_row(SimpleNamespace(**row)), False

    def _earlier(self, connection: Connection, order: Order) -> Job | None:
        if order.idempotency_key is None:
            return None
        query = sa.select(jobs).where(
            jobs.c.account == order.account, jobs.c.idempotency_key == order.idempotency_key
        )
        row = connection.execute(query).one_or_none()
        if row is None:
            return None
        job = from_row(row)
        if job.fingerprint != order.fingerprint:
            raise IdempotencyMismatch(
                "this Idempotency-Key came before with another request: give each request its "
                "own key",
                field="Idempotency-Key",
            )
        if order.waited_for and not job.ended:
            raise IdempotencyInFlight(
                "the first request with this Idempotency-Key has not ended yet: ask again after "
                "the seconds in Retry-After",
                field="Idempotency-Key",
            )
        return job

    def _check_room(self, connection: Connection, order: Order) -> None:
        count = sa.select(sa.func.count()).select_from(jobs)
        own = count.where(jobs.c.account == order.account, jobs.c.state.in_(UNDERWAY))
        most = self.terms.max_per_account
        if order.account != OPEN and connection.execute(own).scalar_one() >= most:
            raise TooManyJobs(
                f"this account has {most} jobs underway: come back when some have ended"
            )
        waiting = count.where(jobs.c.state == "queued")
        if not order.waited_for and (
            connection.execute(waiting).scalar_one() >= self.terms.max_queued
        ):
            raise TooManyJobs("too many jobs are waiting: come back later")

    def _row(
        self, order: Order, hashes: dict[str, str], worker: str | None, now: float
    ) -> dict[str, Any]:
        runs = worker is not None
        return {
            "id": order.id,
            "account": order.account,
            "model": order.model,
            "waited_for": int(order.waited_for),
            "state": "running" if runs else "queued",
            "price": order.price,
            "request": request_text(order, hashes),
            "attempt": int(runs),
            "worker": worker,
            "lease_until": now + self.terms.lease_seconds if runs else None,
            "idempotency_key": order.idempotency_key,
            "fingerprint": order.fingerprint,
            "result": None,
            "error": None,
            "webhook_url": order.webhook_url,
            "base_url": order.base_url,
            "created_at": now,
            "started_at": now if runs else None,
            "finished_at": None,
            "expires_at": None,
            "expired": 0,
        }

    # Running

    def claim(self, worker: str) -> Job | None:
        """Take the next job to run: one that waits, or whose worker has gone silent.

        Accounts take turns: whoever has least running is served first.
        """
        now = self._clock()
        lost = sa.and_(
            jobs.c.state == "running",
            jobs.c.waited_for == 0,
            jobs.c.lease_until < now,
            jobs.c.worker != worker,  # its own are alive, whatever the clock has done
            jobs.c.attempt < self.terms.max_attempts,
        )
        other = jobs.alias("other")
        running = (
            sa.select(sa.func.count())
            .where(other.c.account == jobs.c.account, other.c.state == "running")
            .scalar_subquery()
        )
        query = (
            sa.select(jobs.c.id)
            .where(sa.or_(jobs.c.state == "queued", lost))
            .order_by(running, jobs.c.created_at)
            .limit(1)
        )
        with self._database.read() as connection:  # most of the time there is nothing to take
            if connection.execute(query).first() is None:
                return None
        with self._database.write() as connection:
            found = connection.execute(query.with_for_update(of=jobs, skip_locked=True)).scalar()
            if found is None:
                return None
            connection.execute(
                sa.update(jobs)
                .where(jobs.c.id == found)
                .values(
                    state="running",
                    worker=worker,
                    attempt=jobs.c.attempt + 1,
                    lease_until=now + self.terms.lease_seconds,
                    started_at=now,
                )
            )
            return self._read(connection, found)

    def beat(self, worker: str) -> None:
        """Say that `worker` lives: the leases of all that it runs begin anew."""
        with self._database.write() as connection:
            connection.execute(
                sa.update(jobs)
                .where(jobs.c.worker == worker, jobs.c.state == "running")
                .values(lease_until=self._clock() + self.terms.lease_seconds)
            )

    def hand_back(self, worker: str, job: Job | None = None) -> None:
        """Put what `worker` runs, or one job of it, back into the queue; no attempt is lost."""
        mine = [jobs.c.worker == worker, jobs.c.state == "running", jobs.c.waited_for == 0]
        if job is not None:
            mine.append(jobs.c.id == job.id)
        self._requeue(*mine, attempt=jobs.c.attempt - 1)

    def retry(self, job: Job) -> bool:
        """Queue a job again that ended without an answer; False if it had its last attempt."""
        if job.attempt >= self.terms.max_attempts:
            return False
        own = (jobs.c.id == job.id, jobs.c.worker == job.worker, jobs.c.attempt == job.attempt)
        self._requeue(*own, jobs.c.state == "running", attempt=jobs.c.attempt)
        return True

    def _requeue(self, *which: sa.ColumnElement[bool], attempt: sa.ColumnElement[int]) -> None:
        with self._database.write() as connection:
            connection.execute(
                sa.update(jobs)
                .where(*which)
                .values(state="queued", worker=None, lease_until=None, attempt=attempt)
            )

    # Ends

    def succeed(self, job: Job, result: Result) -> Job:
        """Record the result and capture the price, in one transaction.

        Raises:
            LeaseLost: the job is no longer this worker's; nothing was written.
            StoreUnavailable: the database or the disk does not take it.
        """
        blob: str | None = None
        files: dict[str, tuple[str, bytes]] = {}
        if result.data is not None and not self._keeps_nothing(job):
            blob = self._blobs.put(result.data)
            files = {RESULT: (blob, result.data)}
        lasting = not job.waited_for or job.price > 0 or blob is not None
        with self._database.write(survives_power_cut=lasting) as connection:
            now = self._clock()
            values = {"result": result_text(result, blob)}
            ended = self._end(connection, job, "succeeded", now, values, own=True)
            if ended is None:
                raise LeaseLost(job.id)
            self._uses.keep(connection, job.id, files)
            ledger.capture(connection, job.account, job.id, at=now)
            unneeded = self._uses.drop(connection, job.id, job.pictures) if job.pictures else set()
            self._on_end(connection, ended)
        self._uses.collect(unneeded)
        return ended

    def fail(self, job: Job, failure: Failure) -> Job:
        """Record why there is no result and release the price, in one transaction.

        Raises:
            LeaseLost: the job is no longer this worker's; nothing was written.
        """
        with self._database.write() as connection:
            ended, unneeded = self._undo(connection, job, "failed", failure, own=True)
        self._uses.collect(unneeded)
        return ended

    def cancel(self, account: str, job_id: str) -> Job | None:
        """End a job that has not ended; a second time changes nothing.

        Returns:
            The job, or None if the account has none of that id.

        Raises:
            AlreadyEnded: it has succeeded or failed.
        """
        unneeded: set[str] = set()
        with self._database.write() as connection:
            query = sa.select(jobs).where(jobs.c.account == account, jobs.c.id == job_id)
            row = connection.execute(query.with_for_update()).one_or_none()
            if row is None:
                return None
            job = from_row(row)
            if job.state in UNDERWAY:
                job, unneeded = self._undo(connection, job, "cancelled", CANCELLED)
            elif job.state != "cancelled":
                raise AlreadyEnded("the job has ended: there is nothing left to cancel")
        self._uses.collect(unneeded)
        return job

    def sweep(self, worker: str) -> int:
        """End what nobody will: jobs whose worker has gone silent once too often, or whose client.

        Returns:
            How many were ended.
        """
        silent = sa.and_(
            jobs.c.state == "running",
            jobs.c.lease_until < self._clock(),
            jobs.c.worker != worker,
            sa.or_(jobs.c.waited_for == 1, jobs.c.attempt >= self.terms.max_attempts),
        )
        with self._database.read() as connection:
            if connection.execute(sa.select(jobs.c.id).where(silent).limit(1)).first() is None:
                return 0
        unneeded: set[str] = set()
        with self._database.write() as connection:
            query = sa.select(jobs).where(silent).with_for_update(skip_locked=True)
            lost = [from_row(row) for row in connection.execute(query).all()]
            for job in lost:
                why = INTERRUPTED if job.waited_for else POISON
                unneeded |= self._undo(connection, job, "failed", why)[1]
        self._uses.collect(unneeded)
        return len(lost)

    def _end(
        self,
        connection: Connection,
        job: Job,
        state: State,
        now: float,
        values: dict[str, Any],
        *,
        own: bool = False,
    ) -> Job | None:
        """The job in its last state; None if it has one already or, if `own`, another worker."""
        query = sa.update(jobs).where(jobs.c.id == job.id, jobs.c.state.in_(UNDERWAY))
        if own:
            query = query.where(jobs.c.worker == job.worker, jobs.c.attempt == job.attempt)
        keep = self.terms.retention_seconds
        if keep == 0 and not job.waited_for:
            keep = self.terms.unclaimed_seconds
        if self._keeps_nothing(job):
            values = values | {"request": "{}", "expired": 1}
        last = {"state": state, "finished_at": now, "expires_at": now + keep, "lease_until": None}
        row = connection.execute(query.returning(jobs), last | values).one_or_none()
        return None if row is None else from_row(row)

    def _undo(
        self,
        connection: Connection,
        job: Job,
        state: State,
        failure: Failure,
        *,
        own: bool = False,
    ) -> tuple[Job, set[str]]:
        """End a job without a result and release its price.

        Its Idempotency-Key is free again if the failure was not the request's: a client that
        tries again then gets another run.

        Raises:
            LeaseLost: it has ended already or, if `own`, is another worker's.
        """
        now = self._clock()
        values: dict[str, Any] = {"error": failure_text(failure)}
        if failure.status >= 500 or failure in (CANCELLED, LEFT):
            values["idempotency_key"] = None
        ended = self._end(connection, job, state, now, values, own=own)
        if ended is None:
            raise LeaseLost(job.id)
        ledger.release(connection, job.account, job.id, at=now)
        unneeded = self._uses.drop(connection, job.id)
        self._on_end(connection, ended)
        return ended, unneeded

    def _keeps_nothing(self, job: Job) -> bool:
        return job.waited_for and self.terms.retention_seconds == 0
