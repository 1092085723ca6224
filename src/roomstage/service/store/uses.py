"""Which files are needed by whom, so that a file goes when nobody needs it any more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from roomstage.service.blobs import Blobs
from roomstage.service.store.database import Database
from roomstage.service.store.schema import blob_uses

_LOCK = 7_366_002
_ORPHAN_SECONDS = 3600  # a file that old and without a use was left by a crash


class Uses:
    """Joins the rows of `blob_uses` and the files of `blobs`.

    To note a use and to remove an unused file are both done under one lock of the database; so a
    file can't go between being found there and being noted.
    """

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs

    def keep(
        self, connection: Connection, owner: str, files: Mapping[str, tuple[str, bytes]]
    ) -> None:
        """Note that `owner` needs these files: (hash, bytes) by name.

        They were `put` before the transaction began, so that it is short; one that was removed
        since is put again.
        """
        if not files:
            return
        self._database.lock(connection, _LOCK)
        for blob, data in files.values():
            if not self._blobs.has(blob):
                self._blobs.put(data)
        rows = [{"owner": owner, "name": name, "hash": file[0]} for name, file in files.items()]
        connection.execute(sa.insert(blob_uses), rows)

    def drop(
        self, connection: Connection, owner: str, names: Iterable[str] | None = None
    ) -> set[str]:
        """`owner` no longer needs its files, or those named; returns hashes for `collect`."""
        own = blob_uses.c.owner == owner
        if names is not None:
            own = sa.and_(own, blob_uses.c.name.in_(list(names)))
        dropped = connection.execute(sa.select(blob_uses.c.hash).where(own)).scalars().all()
        if dropped:
            connection.execute(sa.delete(blob_uses).where(own))
        return set(dropped)

    def collect(self, hashes: Iterable[str]) -> None:
        """Remove those of the files that nobody needs; after the transaction that dropped them."""
        hashes = set(hashes)
        if not hashes:
            return
        with self._database.write() as connection:
            self._database.lock(connection, _LOCK)
            query = sa.select(blob_uses.c.hash).where(blob_uses.c.hash.in_(hashes))
            needed = set(connection.execute(query).scalars())
            for name in hashes - needed:
                self._blobs.remove(name)

    def collect_orphans(self) -> None:
        """Remove files that a crash left between their writing and the noting of their use."""
        old = list(self._blobs.older_than(_ORPHAN_SECONDS))
        for start in range(0, len(old), 500):
            self.collect(old[start : start + 500])
