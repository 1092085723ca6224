"""Rows staged by a server, through the client."""

from __future__ import annotations

import asyncio
import time
from types import TracebackType
from typing import Any, Self

from roomstage.batch.rows import is_url
from roomstage.batch.stager import Progress, Staged, Stopped, Task
from roomstage.client import (
    AsyncClient,
    CreditsMissing,
    JobCancelled,
    KeyRefused,
    NotFound,
    Result,
    ServerBusy,
    ServerUnreachable,
)
from roomstage.models import Model

_RENEW_SECONDS = 1800.0  # a server keeps an upload for an hour at least
_NEW_KEYS = 3


class RemoteStager:
    """Stages by a model of a server.

    A picture that many rows share is uploaded once. The Idempotency-Key is the row's, so that a
    batch that was killed after it handed in a row finds its job again and pays once.

    Args:
        model: which model is called.
        client: of the server; closed at the end.
        batch: the id of the batch, which tells its rows from those of another.
        jobs: rows at once.
    """

    cancels = True

    def __init__(self, model: Model, client: AsyncClient, batch: str, *, jobs: int = 4) -> None:
        self.slots = jobs
        self._model = model
        self._client = client
        self._batch = batch
        self._uploads: dict[str, tuple[float, asyncio.Task[str]]] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for _, upload in self._uploads.values():
            upload.cancel()
        await asyncio.gather(*(t for _, t in self._uploads.values()), return_exceptions=True)
        await self._client.close()

    async def stage(self, task: Task, progress: Progress) -> Staged:
        """Stage a row; see `Stager.stage`."""
        try:
            links = {f: await self._link(p, f) for f, p in task.row.pictures.items()}
            result = await self._run(task, {**task.row.fields, **links}, progress)
        except (KeyRefused, CreditsMissing, ServerUnreachable, ServerBusy) as error:
            raise Stopped(error.message) from error
        return Staged(result.content, result.seed, result.warnings, result.cost)

    async def _run(self, task: Task, fields: dict[str, Any], progress: Progress) -> Result:
        for again in range(_NEW_KEYS):
            key = f"{self._batch}-{task.key[:40]}-{task.failures + again}"
            try:
                return await self._client.run(
                    self._model.slug,
                    on_progress=lambda _, share: progress(share),
                    idempotency_key=key,
                    **fields,
                )
            except (JobCancelled, NotFound) as error:
                # An earlier run's job under this key: cancelled by it, or its picture has gone.
                known = isinstance(error, JobCancelled) or error.code == "gone"
                if not known or again == _NEW_KEYS - 1:
                    raise
        raise AssertionError("the last attempt returns or raises")

    async def _link(self, picture: str, field: str) -> str:
        if is_url(picture):
            return picture
        begun, upload = self._uploads.get(picture, (0.0, None))
        if upload is None or time.monotonic() - begun > _RENEW_SECONDS or _failed(upload):
            upload = asyncio.create_task(self._client.upload(picture, field=field))
            self._uploads[picture] = time.monotonic(), upload
        return await asyncio.shield(upload)  # others wait for it too


def _failed(upload: asyncio.Task[str]) -> bool:
    return upload.done() and (upload.cancelled() or upload.exception() is not None)
