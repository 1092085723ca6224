"""Several processes at once, and processes that die in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from roomstage.errors import InsufficientCredits
from roomstage.service.store import Store, ledger
from roomstage.service.store.schema import ledger as lines

from .conftest import order, with_credits

SCRIPT = """
import os, signal, sys
from pathlib import Path
from roomstage.errors import InsufficientCredits
from roomstage.service.store import Order, Result, ledger, open_store
from roomstage.service.store.jobs import Jobs
import uuid

what, database, files, account, name = sys.argv[1:]
store = open_store(database, files=Path(files), clock=lambda: 1_700_000_000.0)

def order():
    return Order(id=str(uuid.uuid4()), account=account, model="m", fields={}, price=1,
                 pictures={"main_image": b"room"})

def killed(function):
    def die(*args, **keywords):
        function(*args, **keywords)
        os.kill(os.getpid(), signal.SIGKILL)
    return die

print("ready", flush=True)
sys.stdin.readline()
if what == "submit":
    done = 0
    for _ in range(30):
        try:
            store.jobs.admit(order())
            done += 1
        except InsufficientCredits:
            pass
    print(done, flush=True)
if what == "claim":
    taken = []
    while (job := store.jobs.claim(name)) is not None:
        store.jobs.succeed(job, Result(job.id.encode(), "image/png", {}))
        taken.append(job.id)
    print(" ".join(taken), flush=True)
if what == "die at hold":
    ledger.hold = killed(ledger.hold)
    store.jobs.admit(order())
if what == "die at capture":
    ledger.capture = killed(ledger.capture)
    store.jobs.succeed(store.jobs.claim(name), Result(b"late", "image/png", {}))
if what == "die after claim":
    Jobs.succeed = killed(lambda *arguments: None)
    store.jobs.succeed(store.jobs.claim(name), Result(b"never", "image/png", {}))
"""


class Process:
    """One other process with the same store; it waits until it is told to go."""

    def __init__(self, what: str, database: str, files: Path, account: str, name: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, what, database, str(files), account, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def go(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def end(self) -> tuple[str, int]:
        told, _ = self._process.communicate(timeout=60)
        return told.strip(), self._process.returncode


Spawn = Callable[..., Process]


@pytest.fixture
def spawn(database: str, tmp_path: Path) -> Spawn:
    def start(what: str, account: str, name: str = "w") -> Process:
        return Process(what, database, tmp_path / "files", account, name)

    return start


def balanced(store: Store, account: str) -> int:
    with store.database.read() as connection:
        total = ledger.total(connection, account)
    assert store.accounts.balance(account) == total >= 0
    return total


def test_two_processes_spend_no_credit_twice(store: Store, spawn: Spawn) -> None:
    account = with_credits(store, 20)
    both = [spawn("submit", account.id) for _ in range(2)]
    for process in both:
        process.go()
    accepted = [int(process.end()[0]) for process in both]
    assert sum(accepted) == 20
    assert balanced(store, account.id) == 0
    assert store.jobs.counts() == {"queued": 20}


def test_threads_spend_no_credit_twice(store: Store) -> None:
    account = with_credits(store, 10)
    accepted: list[int] = []

    def submit() -> None:
        for _ in range(5):
            try:
                store.jobs.admit(order(account, price=1))
                accepted.append(1)
            except InsufficientCredits:
                pass

    threads = [threading.Thread(target=submit) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(accepted) == 10
    assert balanced(store, account.id) == 0


def test_two_processes_take_no_job_twice(store: Store, spawn: Spawn) -> None:
    account = with_credits(store, 60)
    wanted = {store.jobs.admit(order(account, price=1))[0].id for _ in range(60)}
    both = [spawn("claim", account.id, name) for name in ("first", "second")]
    for process in both:
        process.go()
    first, second = (process.end()[0].split() for process in both)
    assert sorted(first + second) == sorted(wanted)
    assert balanced(store, account.id) == 0
    with store.database.read() as connection:
        captures = sa.select(sa.func.count()).where(lines.c.kind == "capture")
        assert connection.execute(captures).scalar_one() == 60


def test_fifty_posts_with_one_key_are_one_job(store: Store) -> None:
    account = with_credits(store, 50)
    found: list[str] = []

    def submit() -> None:
        asked = order(account, price=1, idempotency_key="k", fingerprint="f")
        found.append(store.jobs.admit(asked)[0].id)

    threads = [threading.Thread(target=submit) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 50
    assert len(set(found)) == 1
    assert balanced(store, account.id) == 49


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("what", ["die at hold", "die at capture", "die after claim"])
def test_a_process_killed_in_the_middle_leaves_no_half_of_anything(
    store: Store, spawn: Spawn, what: str, clock: object
) -> None:
    account = with_credits(store, 5)
    if what != "die at hold":
        store.jobs.admit(order(account, price=1))
    process = spawn(what, account.id, "victim")
    process.go()
    assert process.end()[1] == -signal.SIGKILL
    if what == "die at hold":
        assert store.jobs.counts() == {}
        assert balanced(store, account.id) == 5
        return
    assert store.jobs.counts() == {"running": 1}
    assert balanced(store, account.id) == 4
    clock.now += 3600  # type: ignore[attr-defined]
    again = store.jobs.claim("heir")
    assert again is not None
    from roomstage.service.store import Result

    store.jobs.succeed(again, Result(b"picture", "image/png", {}))
    assert balanced(store, account.id) == 4
