"""The synchronous call: a client holds the line until the picture is there.

It has a row and a hold like any job, so that its money is as safe; but nobody would fetch what a
restarted server made of it, so it isn't resumed, and its picture is kept only for those who can
ask again: callers that gave an Idempotency-Key.
"""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from roomstage.models import Model
from roomstage.server import body
from roomstage.server.access import Access, Payer
from roomstage.server.asking import idempotency_key, take_apart
from roomstage.server.calls import Prepared
from roomstage.server.config import Config
from roomstage.server.debts import Debts
from roomstage.server.departure import unless_gone
from roomstage.server.errors import CLIENT_LEFT, error_response
from roomstage.server.execution import Execution, failure_of, result_of
from roomstage.server.links import gone
from roomstage.service.store import LEFT, Failure, Job, LeaseLost, Order, Store


class _Replay(Exception):
    """The request came before: answer with what came of it then."""

    def __init__(self, job: Job) -> None:
        super().__init__(job.id)
        self.job = job


class _Admission:
    """The row of one call, made in a thread while the event loop may have given up already."""

    def __init__(self, store: Store, debts: Debts, worker: str) -> None:
        self._store = store
        self._debts = debts
        self._worker = worker
        self._lock = threading.Lock()
        self._failure: Failure | None = None
        self.job: Job | None = None

    def admit(self, order: Order) -> None:
        job, earlier = self._store.jobs.admit(order, worker=self._worker)
        if earlier:
            raise _Replay(job)
        with self._lock:
            self.job = job
            failure = self._failure
        if failure is not None:
            self._debts.fail(job, failure)

    def end(self, failure: Failure) -> None:
        """Release what is held, now or as soon as it is."""
        with self._lock:
            self._failure = failure
            job = self.job
        if job is not None:
            self._debts.fail(job, failure)


@dataclass(frozen=True, slots=True)
class SyncCalls:
    """Answers synchronous calls.

    Args:
        worker: this process's name in the table of jobs.
    """

    config: Config
    store: Store
    access: Access
    execution: Execution
    prices: Mapping[str, int]
    debts: Debts
    worker: str

    async def answer(self, request: Request, model: Model) -> Response:
        """Take the call on, run it, and answer with its picture."""
        payer = await self.access.payer(request)
        told = self.access.begin(payer)
        key = idempotency_key(request.headers.get("idempotency-key"))
        self.execution.work.check()
        content = await body.read(
            request,
            max_bytes=self.config.max_body_mb * 1_000_000,
            seconds=self.config.body_seconds,
        )
        content_type = request.headers.get("content-type")
        admission = _Admission(self.store, self.debts, self.worker)

        def prepare() -> Prepared:
            prepared = self.execution.caller.prepare(model, content, content_type)
            given = body.fields(content, content_type) if key is not None else {}
            admission.admit(self._order(request, payer, model, prepared, key, given))
            return prepared

        try:
            async with asyncio.timeout(self.config.sync_seconds):
                response = await unless_gone(request, self.execution.run(model, prepare))
        except _Replay as replay:
            response, cost = await self._replayed(request, replay.job), 0
        except BaseException as error:
            late = isinstance(error, TimeoutError)
            failure = self._too_late() if late else _failure_of(error)
            if isinstance(error, Exception):
                await run_in_threadpool(admission.end, failure)
            else:
                admission.end(failure)  # the server is stopping: there is no more loop to wait on
            if late:
                raise HTTPException(failure.status, failure.message) from None
            raise
        else:
            cost = await self._record(response, admission, keep=key is not None)
        if admission.job is not None:
            response.headers["x-roomstage-job"] = admission.job.id
        response.headers["x-remaining-credits"] = str(await self.access.credits(payer))
        response.headers["x-cost"] = str(cost)
        response.headers.update(told)
        return response

    async def _record(self, response: Response, admission: _Admission, *, keep: bool) -> int:
        """Capture the price and record the result in one transaction; returns the cost."""
        job = admission.job
        assert job is not None
        result = result_of(response, keep=keep)
        try:
            ended = await run_in_threadpool(self.store.jobs.succeed, job, result)
        except LeaseLost:
            raise HTTPException(409, "the job was cancelled: nothing was charged") from None
        except BaseException as error:
            await run_in_threadpool(admission.end, failure_of(error))
            raise
        return ended.cost

    def _order(
        self,
        request: Request,
        payer: Payer,
        model: Model,
        prepared: Prepared,
        key: str | None,
        given: Mapping[str, Any],
    ) -> Order:
        roles = set(prepared.params.image_roles())
        return Order(
            id=_job_id(request),
            account=payer.id,
            model=model.slug,
            fields=prepared.params.model_dump(mode="json", exclude=roles),
            price=0 if payer.is_open else self.prices[model.slug] * prepared.params.count,
            waited_for=True,
            idempotency_key=key,
            fingerprint=None
            if key is None
            else take_apart(model, given).fingerprint("v1", model.slug),
        )

    async def _replayed(self, request: Request, job: Job) -> Response:
        replayed = {"idempotent-replayed": "true", "x-roomstage-job": job.id}
        if job.error is not None:
            return error_response(
                job.error.status,
                job.error.message,
                code=job.error.code,
                field=job.error.field,
                request_id=request.state.request_id,
                headers=replayed,
            )
        data = await run_in_threadpool(self.store.jobs.result_of, job)
        if data is None or job.result is None:
            raise gone()
        headers = {**job.result.headers, "cache-control": "no-store", **replayed}
        return Response(data, 200, headers, job.result.content_type)

    def _too_late(self) -> Failure:
        return Failure(
            504,
            "too_slow",
            f"the picture was not there after {self.config.sync_seconds} s: nothing was charged; "
            "submit it by POST /v2/{model} and poll, which has no such limit",
        )


def _failure_of(error: BaseException) -> Failure:
    left = isinstance(error, HTTPException) and error.status_code == CLIENT_LEFT
    return LEFT if left else failure_of(error)


def _job_id(request: Request) -> str:
    """The request's id if it is ours, since clients of the hosted API look calls up by it."""
    if "x-request-id" in request.headers:
        return str(uuid.uuid4())
    return request.state.request_id
