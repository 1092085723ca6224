"""The database: one SQLite file by default, PostgreSQL on request, the same code on both."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.engine import URL, Connection, make_url

from roomstage.errors import InvalidParameter, StoreUnavailable

_BUSY_SECONDS = 5  # how long a transaction waits for another process to end its own
_POOL = 64  # more threads than ever ask at once
_POSTGRESQL = "postgresql+psycopg"
_SYNCHRONOUS = "roomstage_synchronous"  # option of a connection that writes
_FULL, _NORMAL = "FULL", "NORMAL"


class Database:
    """Connections in transactions; every write is whole or did not happen.

    Args:
        url: a path of a SQLite file, ``sqlite:///path`` or ``postgresql+psycopg://...``.

    Raises:
        InvalidParameter: the URL names no database that is supported, or its driver is missing.
    """

    def __init__(self, url: str) -> None:
        self.url = parse_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        # Threads of one process queue here, in order, rather than in SQLite's polling wait.
        self._writing = threading.Lock() if self.is_sqlite else contextlib.nullcontext()
        self._engine = self._sqlite() if self.is_sqlite else self._postgresql()

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one moment.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        with _translated(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextlib.contextmanager
    def write(self, *, survives_power_cut: bool = True) -> Iterator[Connection]:
        """A transaction that is durable when the block has ended, and undone if it raises.

        Args:
            survives_power_cut: False where losing it loses nobody anything, and waiting for the
                disk would only cost time. A crash of the process loses nothing either way.

        Raises:
            StoreUnavailable: the database does not answer or does not take it.
        """
        with _translated(), self._writing, self._engine.connect() as plain:
            level = _FULL if survives_power_cut else _NORMAL
            connection = plain.execution_options(**{_SYNCHRONOUS: level})
            with connection.begin():
                if not (self.is_sqlite or survives_power_cut):
                    connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
                yield connection

    def check(self) -> None:
        """Ask something cheap.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        with self.read() as connection:
            connection.execute(sa.text("SELECT version_num FROM alembic_version")).first()

    def refuse_damage(self) -> None:
        """Look through a SQLite file before anything relies on it; PostgreSQL does that itself.

        Raises:
            StoreUnavailable: it is damaged, no database at all, or can't be opened.
        """
        if not self.is_sqlite:
            return
        try:
            with self._engine.connect() as connection:
                found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
        except exc.OperationalError as error:
            if "locked" in str(error.orig):
                return  # somebody works with it: it is not for us to judge now
            raise StoreUnavailable(
                f"the database {self.url.database} can't be used ({_first_line(str(error.orig))}): "
                "let this user write it and its folder, or give another with ROOMSTAGE_DATABASE",
                field="ROOMSTAGE_DATABASE",
            ) from None
        except exc.DatabaseError as error:
            found = str(error.orig)
        if found != "ok":
            raise StoreUnavailable(
                f"the database {self.url.database} is damaged ({_first_line(found)}): put back a "
                "copy of it, or move it away to begin with an empty one; "
                f"`sqlite3 {self.url.database} .recover` shows what can still be read",
                field="ROOMSTAGE_DATABASE",
            )

    def lock(self, connection: Connection, number: int) -> None:
        """Keep other processes out of what `number` stands for until the transaction ends.

        On SQLite every write transaction keeps all others out anyway.
        """
        if not self.is_sqlite:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def _sqlite(self) -> sa.Engine:
        path = Path(self.url.database or "")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnavailable(
                f"the folder of the database {path} can't be made ({error.strerror}): "
                "give another with ROOMSTAGE_DATABASE",
                field="ROOMSTAGE_DATABASE",
            ) from None
        engine = sa.create_engine(
            self.url,
            connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False},
            pool_size=_POOL,
            max_overflow=0,
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    def _postgresql(self) -> sa.Engine:
        try:
            return sa.create_engine(self.url, pool_size=8, max_overflow=24, pool_pre_ping=True)
        except ImportError:
            raise InvalidParameter(
                "PostgreSQL needs its driver: install roomstage[postgres]",
                field="ROOMSTAGE_DATABASE",
            ) from None


def parse_url(url: str) -> URL:
    """The database that `url` names; a plain path is a SQLite file.

    Raises:
        InvalidParameter: it names none that is supported.
    """
    given = url if "://" in url else f"sqlite:///{Path(url).expanduser().absolute()}"
    try:
        parsed = make_url(given)
    except exc.ArgumentError:
        raise _unknown_database() from None
    if parsed.drivername == "sqlite" and parsed.database and parsed.database != ":memory:":
        return parsed
    if parsed.get_backend_name() in ("postgresql", "postgres"):
        return parsed.set(drivername=_POSTGRESQL)
    raise _unknown_database()


def _unknown_database() -> InvalidParameter:
    return InvalidParameter(
        "ROOMSTAGE_DATABASE names no database: give the path of a SQLite file or "
        "postgresql+psycopg://user:password@host/name",
        field="ROOMSTAGE_DATABASE",
    )


def _prepare_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # transactions begin where we say so
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    """Reading transactions begin when they read; writing ones at once, lest two wait in a ring."""
    level = connection.get_execution_options().get(_SYNCHRONOUS)
    if level is not None:
        connection.exec_driver_sql(f"PRAGMA synchronous={level}")
    connection.exec_driver_sql("BEGIN" if level is None else "BEGIN IMMEDIATE")


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """Errors of the driver as one of ours; a broken rule of the schema stays what it is."""
    try:
        yield
    except exc.IntegrityError:
        raise
    except (exc.DBAPIError, exc.TimeoutError) as error:
        reason = str(error.orig if isinstance(error, exc.DBAPIError) else error)
        raise StoreUnavailable(
            f"the database can't be used ({_first_line(reason)}): nothing was kept or charged, "
            "try again"
        ) from error


def _first_line(reason: str) -> str:
    return (reason.strip().splitlines() or ["no answer"])[0][:120]
