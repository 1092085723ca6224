"""What is to be told to webhooks: a queue of its own, so that a dead one delays no job."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from roomstage.service.store.clock import Clock
from roomstage.service.store.database import Database
from roomstage.service.store.job import Job
from roomstage.service.store.schema import deliveries

# Seconds after the failed attempts, as Standard Webhooks 1.0.0 recommends.
WAITS = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
Compose = Callable[[Job], Mapping[str, Any]]
_MINUTE = 60.0  # a delivery that is under way is not begun again before that


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one address."""

    id: str
    account: str
    job: str
    url: str
    body: str
    attempt: int  # begun so far, this one included


class Deliveries:
    """Messages that wait, and what came of them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self.compose: Compose = _bare  # the server sets what its messages hold

    def announce(self, connection: Connection, job: Job) -> None:
        """Queue the message that a job has ended, in the transaction that ends it."""
        if job.webhook_url is None:
            return
        now = self._clock()
        connection.execute(
            sa.insert(deliveries).values(
                id="msg_" + uuid.uuid4().hex,
                account=job.account,
                job=job.id,
                url=job.webhook_url,
                body=json.dumps(self.compose(job)),
                state="waiting",
                attempt=0,
                next_at=now,
                created_at=now,
            )
        )

    def take(self) -> Delivery | None:
        """The next message that is due; it is not given out again for a minute."""
        due = sa.and_(deliveries.c.state == "waiting", deliveries.c.next_at <= self._clock())
        query = sa.select(deliveries).where(due).order_by(deliveries.c.next_at).limit(1)
        with self._database.read() as connection:
            if connection.execute(query).first() is None:
                return None
        with self._database.write() as connection:
            row = connection.execute(query.with_for_update(skip_locked=True)).one_or_none()
            if row is None:
                return None
            connection.execute(
                sa.update(deliveries)
                .where(deliveries.c.id == row.id)
                .values(attempt=row.attempt + 1, next_at=self._clock() + _MINUTE)
            )
        return Delivery(row.id, row.account, row.job, row.url, row.body, row.attempt + 1)

    def delivered(self, delivery: Delivery, answer: str) -> None:
        """It arrived."""
        self._note(delivery, "delivered", answer)

    def failed(
        self, delivery: Delivery, answer: str, *, wait: float = 0.0, for_good: bool = False
    ) -> None:
        """It did not arrive; it is tried again later, unless that is pointless.

        Args:
            delivery: the message.
            answer: what came back, in a few words.
            wait: seconds that the receiver asked to wait at least.
            for_good: True if the receiver never wants it again.
        """
        if for_good or delivery.attempt > len(WAITS):
            self._note(delivery, "given_up", answer)
            return
        pause = max(WAITS[delivery.attempt - 1], min(wait, WAITS[-1]))
        self._note(delivery, "waiting", answer, self._clock() + pause)

    def log(self, account: str, *, last: int = 50) -> list[tuple[str, str, str, int, str | None]]:
        """The newest messages of an account: (job, url, state, attempts, last answer)."""
        query = sa.select(deliveries).where(deliveries.c.account == account)
        query = query.order_by(deliveries.c.created_at.desc()).limit(last)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return [(r.job, r.url, r.state, r.attempt, r.last_answer) for r in rows]

    def _note(
        self, delivery: Delivery, state: str, answer: str, next_at: float | None = None
    ) -> None:
        values: dict[str, str | float] = {"state": state, "last_answer": answer[:40]}
        if next_at is not None:
            values["next_at"] = next_at
        with self._database.write() as connection:
            connection.execute(
                sa.update(deliveries).where(deliveries.c.id == delivery.id).values(**values)
            )


def _bare(job: Job) -> Mapping[str, Any]:
    return {"request_id": job.id, "state": job.state}
