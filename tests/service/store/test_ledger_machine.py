"""Whatever happens in whatever order, the books balance."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from roomstage.errors import RoomstageError
from roomstage.service.store import (
    Failure,
    Job,
    LeaseLost,
    Result,
    Store,
    Terms,
    ledger,
    open_store,
)
from roomstage.service.store.schema import jobs
from roomstage.service.store.schema import ledger as lines

from .conftest import Clock, order, with_credits

WORKERS = st.sampled_from(["a", "b"])


class Books(RuleBasedStateMachine):
    """Submits, runs, fails, crashes, cancels and retries; claims are kept to be used too late."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = Clock()
        self.store: Store = self.open()
        self.account = with_credits(self.store, 20)
        self.granted = 20
        self.claims: list[Job] = []
        self.ids: list[str] = []

    def open(self) -> Store:
        path = Path(self.folder.name) / "store.sqlite3"
        return open_store(str(path), clock=self.clock, terms=Terms(retention_seconds=50))

    @initialize()
    def begin(self) -> None:
        self.submit(3, None, False)

    @rule(price=st.integers(0, 7), key=st.sampled_from([None, "k", "l"]), waits=st.booleans())
    def submit(self, price: int, key: str | None, waits: bool) -> None:
        asked: dict[str, Any] = {"price": price, "idempotency_key": key, "waited_for": waits}
        wanted = order(self.account, fingerprint="f" if key else None, **asked)
        try:
            job, _ = self.store.jobs.admit(wanted, worker="a" if waits else None)
        except RoomstageError:
            return
        self.ids.append(job.id)
        if job.state == "running":
            self.claims.append(job)

    @rule(worker=WORKERS)
    def claim(self, worker: str) -> None:
        job = self.store.jobs.claim(worker)
        if job is not None:
            self.claims.append(job)

    @rule(data=st.data(), well=st.booleans())
    def end(self, data: st.DataObject, well: bool) -> None:
        if not self.claims:
            return
        job = data.draw(st.sampled_from(self.claims))
        try:
            if well:
                self.store.jobs.succeed(job, Result(b"x", "image/png", {}))
            else:
                self.store.jobs.fail(job, Failure(500, "x", "x"))
        except LeaseLost:
            pass

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        if not self.ids:
            return
        with contextlib.suppress(RoomstageError):
            self.store.jobs.cancel(self.account.id, data.draw(st.sampled_from(self.ids)))

    @rule(seconds=st.sampled_from([1, 20, 60, -40]), worker=WORKERS)
    def wait(self, seconds: int, worker: str) -> None:
        self.clock.now += seconds
        self.store.jobs.beat(worker)
        self.store.jobs.sweep(worker)
        self.store.retention.expire()

    @rule(worker=WORKERS)
    def hand_back(self, worker: str) -> None:
        self.store.jobs.hand_back(worker)

    @rule(amount=st.integers(1, 9))
    def grant(self, amount: int) -> None:
        self.store.accounts.grant("anna", amount)
        self.granted += amount

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = self.open()

    @invariant()
    def the_books_balance(self) -> None:
        balance = self.store.accounts.balance(self.account.id)
        with self.store.database.read() as connection:
            assert balance == ledger.total(connection, self.account.id) >= 0
            states = connection.execute(sa.select(jobs.c.id, jobs.c.state, jobs.c.price)).all()
            written = connection.execute(sa.select(lines.c.job, lines.c.kind)).all()
        kinds: dict[str | None, set[str]] = {}
        for job, kind in written:
            kinds.setdefault(job, set()).add(kind)
        ends = {"succeeded": {"capture"}, "failed": {"release"}, "cancelled": {"release"}}
        for job, state, _ in states:
            assert kinds[job] == {"hold"} | ends.get(state, set())
        held = sum(price for _, state, price in states if state in ("queued", "running"))
        spent = sum(price for _, state, price in states if state == "succeeded")
        assert balance == self.granted - held - spent

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()


TestBooks = Books.TestCase
TestBooks.settings = settings(
    max_examples=25,
    stateful_step_count=30,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
