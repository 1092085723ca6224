"""Where the database and its files lie."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from roomstage.service.store.database import parse_url


def default_database() -> str:
    """ROOMSTAGE_DATABASE, or a file in the user's data folder."""
    return os.environ.get("ROOMSTAGE_DATABASE") or str(data_folder() / "roomstage.sqlite3")


def data_folder() -> Path:
    """ROOMSTAGE_DATA, or the user's data folder as the system has it."""
    from platformdirs import user_data_path

    given = os.environ.get("ROOMSTAGE_DATA")
    return Path(given) if given else user_data_path("roomstage", appauthor=False)


def files_of(database: str) -> Path:
    """The folder of the files that belong to a database, and to no other.

    Beside the file of SQLite; for PostgreSQL in the data folder, under the database's name.
    """
    url = parse_url(database)
    if url.get_backend_name() == "sqlite":
        return Path(f"{url.database}-files")
    place = hashlib.sha256(f"{url.host}:{url.port}/{url.database}".encode()).hexdigest()[:8]
    return data_folder() / f"{url.database}-{place}-files"
