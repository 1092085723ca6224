from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from roomstage.errors import InvalidParameter, StoreUnavailable
from roomstage.service.store import Store, migrations, open_store
from roomstage.service.store.database import parse_url
from roomstage.service.store.location import files_of
from roomstage.service.store.schema import metadata


def test_the_migrations_make_the_tables_that_the_code_knows(store: Store) -> None:
    with store.database.write() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_newest_migration_is_the_one_that_is_asked_for() -> None:
    files = Path(migrations.__file__).parent.glob("versions/v*.py")
    numbers = [found[1] for file in files if (found := re.match(r"v(\d{4})_", file.name))]
    assert max(numbers) == migrations.HEAD


def test_many_may_start_at_once(opened: Callable[..., Store]) -> None:
    failures: list[BaseException] = []

    def start() -> None:
        try:
            opened()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_database_of_a_newer_version_is_left_alone(opened: Callable[..., Store]) -> None:
    store = opened()
    with store.database.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreUnavailable, match="newer roomstage"):
        opened()


def test_a_file_that_is_no_database_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "broken.sqlite3"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreUnavailable, match="not a database"):
        open_store(str(path))


def test_a_folder_that_can_not_be_made_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable, match="can't be made"):
        open_store(str(tmp_path / "file" / "store.sqlite3"))


def test_a_lock_held_by_somebody_else_ends_as_unavailable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from roomstage.service.store import database

    monkeypatch.setattr(database, "_BUSY_SECONDS", 0.05)
    path = tmp_path / "store.sqlite3"
    store = open_store(str(path))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE").close()
    with pytest.raises(StoreUnavailable, match="locked"):
        store.accounts.create_key("anna")
    other.execute("ROLLBACK").close()
    other.close()
    store.accounts.create_key("anna")
    store.close()


@pytest.mark.parametrize(
    "url", ["mysql://x/y", "sqlite://", "sqlite:///:memory:", "://", "oracle+x://"]
)
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(InvalidParameter, match="ROOMSTAGE_DATABASE"):
        parse_url(url)


def test_urls_and_paths_name_databases(tmp_path: Path) -> None:
    assert parse_url(f"{tmp_path}/a.sqlite3") == parse_url(f"sqlite:///{tmp_path}/a.sqlite3")
    for url in ("postgresql://u:p@h/d", "postgresql+psycopg://u:p@h/d"):
        assert parse_url(url).drivername == "postgresql+psycopg"


def test_each_database_has_files_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROOMSTAGE_DATA", str(tmp_path))
    names = [
        str(tmp_path / "a"),
        str(tmp_path / "b"),
        "postgresql://h/d",
        "postgresql://h2/d",
        "postgresql://h/e",
    ]
    assert len({files_of(name) for name in names}) == len(names)
    assert all(folder.parent == tmp_path for folder in map(files_of, names))
