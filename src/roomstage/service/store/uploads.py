"""Pictures that were handed in to be named by later requests."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import sqlalchemy as sa

from roomstage.service.blobs import Blobs
from roomstage.service.store.clock import Clock
from roomstage.service.store.database import Database
from roomstage.service.store.schema import uploads
from roomstage.service.store.uses import Uses


@dataclass(frozen=True, slots=True)
class Upload:
    """A picture that is kept here for a while."""

    id: str
    content_type: str
    expires_at: float


class Uploads:
    """Keeps and finds them."""

    def __init__(self, database: Database, blobs: Blobs, clock: Clock) -> None:
        self._database = database
        self._blobs = blobs
        self._clock = clock
        self._uses = Uses(database, blobs)

    def keep(self, account: str, data: bytes, content_type: str, *, seconds: float) -> Upload:
        """Keep a picture for an account.

        Raises:
            StoreUnavailable: the database or the disk does not take it.
        """
        now = self._clock()
        upload = Upload(uuid.uuid4().hex, content_type, now + seconds)
        blob = self._blobs.put(data)
        with self._database.write() as connection:
            self._uses.keep(connection, upload.id, {"upload": (blob, data)})
            connection.execute(
                sa.insert(uploads).values(
                    id=upload.id,
                    account=account,
                    hash=blob,
                    content_type=content_type,
                    created_at=now,
                    expires_at=upload.expires_at,
                )
            )
        return upload

    def get(self, upload_id: str) -> tuple[Upload, bytes] | None:
        """An upload and its bytes, or None if there is none or it has expired."""
        query = sa.select(uploads).where(
            uploads.c.id == upload_id, uploads.c.expires_at > self._clock()
        )
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        data = None if row is None else self._blobs.get(row.hash)
        if row is None or data is None:
            return None
        return Upload(row.id, row.content_type, row.expires_at), data
