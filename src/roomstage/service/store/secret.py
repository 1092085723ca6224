"""Secrets of the service itself: drawn once, kept in the database, the same for all processes."""

from __future__ import annotations

import secrets as random

import sqlalchemy as sa

from roomstage.service.store.database import Database
from roomstage.service.store.schema import secrets

_LOCK = 7_366_003


def secret(database: Database, name: str) -> bytes:
    """32 random bytes that stay the same under this name."""
    query = sa.select(secrets.c.value).where(secrets.c.name == name)
    with database.read() as connection:
        found = connection.execute(query).scalar()
    if found is not None:
        return bytes(found)
    with database.write() as connection:
        database.lock(connection, _LOCK)
        found = connection.execute(query).scalar()
        if found is None:
            found = random.token_bytes(32)
            connection.execute(sa.insert(secrets).values(name=name, value=found))
    return bytes(found)
