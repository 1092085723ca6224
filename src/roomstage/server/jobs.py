"""Submit and poll: the asynchronous half of the hosted API, and cancelling, which it lacks."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from fastapi import APIRouter, Request
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from roomstage.models import Model
from roomstage.server import body, offers, told
from roomstage.server.access import Access, Payer
from roomstage.server.asking import Asked, idempotency_key, refuse_no_pictures, take_apart
from roomstage.server.config import Config
from roomstage.server.links import Links, gone
from roomstage.server.progress import Progress
from roomstage.server.runner import Runner
from roomstage.server.uploads import Assets
from roomstage.server.webhooks import Messenger
from roomstage.service.store import Job, Order, Store

_NO_STORE = {"cache-control": "no-store"}


@dataclass(frozen=True, slots=True)
class Desk:
    """Takes jobs on and tells how they stand."""

    config: Config
    store: Store
    access: Access
    links: Links
    assets: Assets
    runner: Runner
    progress: Progress
    messenger: Messenger
    prices: Mapping[str, int]
    find: Callable[[str], Model]

    async def submit(self, request: Request, slug: str) -> Response:
        """POST /v2/{slug}: the job is a row, and its price held, when this answers."""
        model = self.find(slug)
        payer = await self.access.payer(request)
        limits = self.access.begin(payer)
        key = idempotency_key(request.headers.get("idempotency-key"))
        content = await body.read(
            request,
            max_bytes=self.config.max_body_mb * 1_000_000,
            seconds=self.config.body_seconds,
        )
        content_type = request.headers.get("content-type")
        base = self.links.base(request)

        def admit() -> tuple[Job, bool]:
            given = body.fields(content, content_type)
            asked = self.assets.resolved(take_apart(model, given))
            refuse_no_pictures(asked.pictures)
            offers.check(model, asked.params, offers.offered(self.config))
            in_header = self.messenger.checked(request.headers.get("x-webhook-url"))
            hook = self.messenger.checked(given.get("webhook_url")) or in_header
            order = replace(self._order(payer, model, asked, key, base), webhook_url=hook)
            return self.store.jobs.admit(order)

        job, earlier = await run_in_threadpool(admit)
        self.runner.wake()
        headers = limits | {"x-remaining-credits": str(await self.access.credits(payer))}
        if earlier:
            headers["idempotent-replayed"] = "true"
        return _answer(payer, told.submitted(job, base), headers=headers)

    async def status(self, request: Request, job_id: str) -> Response:
        """GET /v2/requests/{id}/status."""
        payer, job = await self.job(request, job_id)
        return _answer(payer, told.status(job, payer.credits, time.time()), job)

    async def one(self, request: Request, job_id: str) -> Response:
        """A job by its id: one route, so that a wrong method is told both."""
        answer = self.cancel if request.method == "DELETE" else self.whole
        return await answer(request, job_id)

    async def whole(self, request: Request, job_id: str) -> Response:
        """GET /v2/requests/{id}: how it stands and, at the end, where the picture is."""
        payer, job = await self.job(request, job_id)
        if job.expired and job.state == "succeeded":
            raise gone()
        base = self.links.base(request)
        text = told.whole(job, payer.credits, time.time(), base, self.links)
        return _answer(payer, text, job)

    async def cancel(self, request: Request, job_id: str) -> Response:
        """DELETE /v2/requests/{id}: give the credits back, and stop it if it runs."""
        payer = await self.access.payer(request)
        job = await run_in_threadpool(self.store.jobs.cancel, payer.id, job_id)
        if job is None:
            raise _no_such(job_id)
        self.runner.cancelled(job.id)
        self.progress.stir()
        headers = {"x-remaining-credits": str(await self.access.credits(payer))}
        return _answer(payer, {"request_id": job.id, "status": "CANCELLED"}, headers=headers)

    async def result(self, request: Request, name: str) -> Response:
        """GET /results/{name}: the picture, for whoever has the link."""
        query = request.query_params
        path = f"/results/{name}"
        self.links.check(path, query.get("expires", ""), query.get("signature", ""))
        job = await run_in_threadpool(self.store.jobs.find, name.partition(".")[0])
        if job is None:  # forgotten, a day after its end
            raise HTTPException(404)
        data = await run_in_threadpool(self.store.jobs.result_of, job)
        if data is None or job.result is None:
            raise gone()
        once = self.config.retention == 0 and request.method == "GET"
        after = BackgroundTask(self.store.retention.delivered, job) if once else None
        headers = {**job.result.headers, **_private(job)}
        return Response(data, 200, headers, job.result.content_type, background=after)

    async def job(self, request: Request, job_id: str) -> tuple[Payer, Job]:
        """Who asks, and the job of that id if it is theirs.

        Raises:
            HTTPException: 401, no key; 404, no such job.
        """
        payer = await self.access.payer(request)
        job = await run_in_threadpool(self.store.jobs.get, payer.id, job_id)
        if job is None:
            raise _no_such(job_id)
        return payer, job

    async def credits_of(self, job: Job) -> int:
        """What the job's account has left by now."""
        return await self.access.credits_of(job.account)

    def _order(self, payer: Payer, model: Model, asked: Asked, key: str | None, base: str) -> Order:
        return Order(
            id=str(uuid.uuid4()),
            account=payer.id,
            model=model.slug,
            fields=asked.fields,
            pictures=asked.pictures,
            urls=asked.urls,
            price=0 if payer.is_open else self.prices[model.slug] * asked.params.count,
            idempotency_key=key,
            fingerprint=asked.fingerprint("v2", model.slug),
            base_url=base,
        )


def routes(desk: Desk) -> APIRouter:
    """The routes, each with and without a slash at its end, since a redirect would lose bodies."""
    router = APIRouter(include_in_schema=False, redirect_slashes=False)

    def add(path: str, answer: Callable[..., Any], *methods: str) -> None:
        for each in (path, f"{path}/"):
            router.add_api_route(each, answer, methods=list(methods))

    for version in ("/v2", "/v1/v2"):  # the hosted client makes the second of a relative URL
        add(f"{version}/requests/{{job_id}}/status", desk.status, "GET")
        add(f"{version}/requests/{{job_id}}", desk.one, "GET", "DELETE")
    add("/v1/requests/{job_id}", desk.one, "GET", "DELETE")
    add("/v2/{slug}", desk.submit, "POST")
    router.add_api_route("/results/{name}", desk.result, methods=["GET", "HEAD"])
    return router


def _answer(
    payer: Payer,
    text: Mapping[str, Any],
    job: Job | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    failed = job is not None and told.status_word(job) == "FAILED"
    own = {"x-remaining-credits": str(payer.credits), **_NO_STORE}
    return JSONResponse(text, 422 if failed else 200, {**own, **(headers or {})})


def _no_such(job_id: str) -> HTTPException:
    shown = job_id if len(job_id) <= 36 and job_id.isascii() and job_id.isprintable() else "id"
    return HTTPException(404, f"Request {shown} not found")


def _private(job: Job) -> dict[str, str]:
    return {
        "cache-control": "private, max-age=300",
        "content-disposition": f'inline; filename="{told.file_name(job)}"',
    }
