"""Rows staged on this machine, in supervised worker processes.

They are those of the server: what dies takes one row along, what hangs is stopped, and a worker
keeps the rooms that it has analysed.
"""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from roomstage.batch.rows import Row, is_url
from roomstage.batch.stager import Progress, Staged, Stopped, Task
from roomstage.errors import InvalidImage, WorkLost
from roomstage.models import Model
from roomstage.service.sources import Fetches
from roomstage.service.workers import Job, Pool, Settings, WorkerFault

_log = logging.getLogger("roomstage.batch")
_START_SECONDS = 60.0


class LocalStager:
    """Stages by a model of this process's kind.

    Args:
        model: what is run.
        fetcher: for pictures that are addresses.
        engine: which engine does the work.
        jobs: worker processes; 0 = one for each CPU.
    """

    cancels = False

    def __init__(
        self, model: Model, fetcher: Fetches, *, engine: str = "cpu", jobs: int = 0
    ) -> None:
        self._model = model
        self._fetcher = fetcher
        self._pool = Pool(Settings(engine=engine, count=jobs))
        self.slots = self._pool.size

    async def __aenter__(self) -> Self:
        self._pool.start()
        try:
            await self._ready()
        except BaseException:
            await self._pool.close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._pool.close()

    async def stage(self, task: Task, progress: Progress) -> Staged:
        """Stage a row; see `Stager.stage`."""
        pictures = await asyncio.to_thread(self._read, task.row)
        job = Job(self._model.slug, task.row.fields, pictures, kinship=task.room)
        try:
            done = await self._pool.run(job, lambda _, share, __: progress(share))
        except WorkerFault as fault:
            _log.error("%s: %s", task.row.name, fault)
            last = str(fault).strip().rpartition("\n")[2][:200]
            raise WorkLost(f"a fault of roomstage, please report it: {last}") from None
        warnings = tuple(map(str, done.report.get("warnings", ())))
        return Staged(done.data, done.seed, warnings)

    async def _ready(self) -> None:
        """Wait for a worker, since rows would wait for ever for one that can't start."""
        end = time.monotonic() + _START_SECONDS
        while (trouble := self._pool.trouble()) is not None:
            if self._pool.restarts or time.monotonic() > end:
                raise Stopped(f"nothing can be staged on this machine: {trouble}")
            await asyncio.sleep(0.02)

    def _read(self, row: Row) -> dict[str, bytes]:
        return {field: self._one(picture, field) for field, picture in row.pictures.items()}

    def _one(self, picture: str, field: str) -> bytes:
        if is_url(picture):
            return self._fetcher.fetch(picture, field=field)
        return read_file(picture, field)


def read_file(path: str, field: str) -> bytes:
    """The bytes of a picture.

    Raises:
        InvalidImage: the file can't be read, or is empty.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise InvalidImage(f"{field}: can't read {path!r}: {error.strerror}", field=field) from None
    if not data:
        raise InvalidImage(f"{field}: {path!r} is empty: give a picture", field=field)
    return data
