"""Credits, kept as a ledger that only grows: granted, held for a job, captured or released.

Each function works within the caller's transaction, so that a job's row and its money are written
together or not at all. A balance is never negative and a hold ends once: the schema says so too.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from roomstage.errors import InsufficientCredits
from roomstage.service.store.schema import accounts, ledger


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger."""

    kind: str  # grant, hold, capture, release
    amount: int  # what it did to the balance
    job: str | None
    note: str
    at: float


def lock(connection: Connection, account: str) -> int:
    """The account's balance; nobody else changes the account before the transaction ends."""
    query = sa.select(accounts.c.balance).where(accounts.c.id == account).with_for_update()
    return connection.execute(query).scalar_one()


def grant(connection: Connection, account: str, amount: int, *, note: str, at: float) -> None:
    """Give credits to an account."""
    _move(connection, account, amount)
    _write(connection, account, None, "grant", amount, at, note)


def hold(
    connection: Connection, account: str, job: str, price: int, balance: int, *, at: float
) -> None:
    """Take a job's price out of the balance, which `lock` has told.

    Raises:
        InsufficientCredits: the balance is below the price; nothing was held.
    """
    if balance < price:
        raise InsufficientCredits(
            f"Insufficient credits: the balance is {balance}, and this call needs {price}. "
            "The owner of this server grants more with: roomstage credits grant"
        )
    if price:
        _move(connection, account, -price)
    _write(connection, account, job, "hold", -price, at)


def capture(connection: Connection, account: str, job: str, *, at: float) -> None:
    """Keep what was held: the job has its result."""
    _write(connection, account, job, "capture", 0, at)


def release(connection: Connection, account: str, job: str, *, at: float) -> None:
    """Give back what was held: the job has no result."""
    held = connection.execute(
        sa.select(ledger.c.amount).where(ledger.c.job == job, ledger.c.kind == "hold")
    ).scalar_one()
    _move(connection, account, -held)
    _write(connection, account, job, "release", -held, at)


def entries(connection: Connection, account: str, *, last: int) -> list[Entry]:
    """The newest `last` lines of an account, oldest of them first."""
    query = sa.select(ledger).where(ledger.c.account == account).order_by(ledger.c.id.desc())
    rows = connection.execute(query.limit(last)).all()
    return [Entry(row.kind, row.amount, row.job, row.note, row.at) for row in reversed(rows)]


def total(connection: Connection, account: str) -> int:
    """The sum of all lines, which the balance has to equal."""
    query = sa.select(sa.func.coalesce(sa.func.sum(ledger.c.amount), 0))
    return int(connection.execute(query.where(ledger.c.account == account)).scalar_one())


def open_holds(connection: Connection) -> int:
    """Holds of all accounts that are neither captured nor released."""
    holds = sa.func.sum(sa.case((ledger.c.kind == "hold", 1), else_=-1))
    query = sa.select(sa.func.coalesce(holds, 0)).where(ledger.c.kind != "grant")
    return int(connection.execute(query).scalar_one())


def _move(connection: Connection, account: str, amount: int) -> None:
    connection.execute(
        sa.update(accounts)
        .where(accounts.c.id == account)
        .values(balance=accounts.c.balance + amount)
    )


def _write(
    connection: Connection,
    account: str,
    job: str | None,
    kind: str,
    amount: int,
    at: float,
    note: str = "",
) -> None:
    connection.execute(
        sa.insert(ledger),
        {
            "account": account,
            "job": job,
            "kind": kind,
            "amount": amount,
            "note": note[:200],
            "at": at,
        },
    )
