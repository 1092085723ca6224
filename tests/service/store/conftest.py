"""The store on both databases, with a clock that tests move."""

from __future__ import annotations

import contextlib
import itertools
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from roomstage.service.store import Account, Order, Store, Terms, open_store

from . import postgresql

_numbers = itertools.count()


class Clock:
    """Stands still unless it is moved."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def postgresql_socket() -> Iterator[str]:
    with contextlib.ExitStack() as stack:
        try:
            folder = stack.enter_context(postgresql.cluster())
        except postgresql.Unavailable as reason:
            pytest.skip(str(reason))
        yield folder


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database."""
    if request.param == "sqlite":
        yield str(tmp_path / "store.sqlite3")
        return
    folder = request.getfixturevalue("postgresql_socket")
    name = f"test{next(_numbers)}"
    server = sa.create_engine(
        f"postgresql+psycopg://postgres@/postgres?host={folder}", isolation_level="AUTOCOMMIT"
    )
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield f"postgresql+psycopg://postgres@/{name}?host={folder}"
    server.dispose()


@pytest.fixture
def opened(database: str, tmp_path: Path, clock: Clock) -> Iterator[Callable[..., Store]]:
    """Open the same database and files, as one process after the other would."""
    stores: list[Store] = []

    def build(**terms: Any) -> Store:
        store = open_store(database, files=tmp_path / "files", terms=Terms(**terms), clock=clock)
        stores.append(store)
        return store

    yield build
    for store in stores:
        store.close()


@pytest.fixture
def store(opened: Callable[..., Store]) -> Store:
    return opened()


@pytest.fixture
def account(store: Store) -> Account:
    """An account with 10 credits."""
    return with_credits(store, 10)


def with_credits(store: Store, credits: int, name: str = "anna") -> Account:
    _, key = store.accounts.create_key(name)
    if credits:
        store.accounts.grant(name, credits)
    found = store.accounts.of_key(key)
    assert found is not None
    return found


def order(account: Account, **other: Any) -> Order:
    """A job of price 3, unless told otherwise."""
    return Order(
        **{
            "id": str(uuid.uuid4()),
            "account": account.id,
            "model": "furniture-staging",
            "fields": {"prompt": "a sofa"},
            "price": 3,
        }
        | other
    )
