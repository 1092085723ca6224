"""How a database of an earlier version becomes one of this version (alembic)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from roomstage.errors import StoreUnavailable
from roomstage.service.store.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0001"  # a test holds this to the newest file in versions/
_LOCK = 7_366_001


def migrate(database: Database) -> None:
    """Bring the tables to this version; several processes may start at once.

    Raises:
        StoreUnavailable: it is no database, or a newer version of roomstage has changed it.
    """
    with database.write() as connection:
        database.lock(connection, _LOCK)
        current = _revision(connection)
        if current == HEAD:
            return
        _upgrade(connection, current)


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: sa.Connection, current: str | None) -> None:
    from alembic import command  # slow to import, and seldom needed
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    config = configuration()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if current is not None and current not in known:
        raise StoreUnavailable(
            f"the database is of a newer roomstage (its version is {current}, ours is {HEAD}): "
            "install that one, or give another database with ROOMSTAGE_DATABASE"
        )
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StoreUnavailable(f"the database can't be brought to this version: {error}") from error


def configuration() -> Config:
    """Alembic's configuration; no file, since it ships inside the package."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config
