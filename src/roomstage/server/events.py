"""A job's progress as server-sent events."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from roomstage.server import told
from roomstage.server.jobs import Desk
from roomstage.service.store import Job

_LOOK_SECONDS = 1.0  # jobs of other processes show only in the store
_SILENCE_SECONDS = 15.0  # proxies close what is silent
_LONGEST_SECONDS = 3600.0
_JPEG = "data:image/jpeg;base64,"
_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}


def routes(desk: Desk) -> APIRouter:
    """GET /v2/requests/{id}/events."""
    router = APIRouter(include_in_schema=False, redirect_slashes=False)

    async def events(request: Request, job_id: str) -> Response:
        payer, job = await desk.job(request, job_id)
        base = desk.links.base(request)

        async def stream() -> AsyncIterator[str]:
            async for event in _events(desk, job, base):
                yield event

        headers = _HEADERS | {"x-remaining-credits": str(payer.credits)}
        return StreamingResponse(stream(), 200, headers, "text/event-stream")

    for path in ("/v2/requests/{job_id}/events", "/v2/requests/{job_id}/events/"):
        router.add_api_route(path, events, methods=["GET"])
    return router


async def _events(desk: Desk, job: Job, base: str) -> AsyncIterator[str]:
    """`status` when the state changes, `progress` at each step, `end` with the whole job.

    A `progress` has a preview when there is a new one.
    """
    begun = heard = time.monotonic()
    state, step = None, None
    while time.monotonic() - begun < _LONGEST_SECONDS and not desk.runner.leaving:
        found = await run_in_threadpool(desk.store.jobs.get, job.account, job.id)
        if found is None:
            return
        credits = await desk.credits_of(found)
        if found.ended:
            yield _event("end", told.whole(found, credits, time.time(), base, desk.links))
            return
        news = []
        if found.state != state:
            state = found.state
            news.append(_event("status", told.status(found, credits, time.time())))
        now = desk.progress.of(job.id)
        if now is not None and now != step:
            told_of = {"request_id": job.id, "step": now.step, "fraction": now.fraction}
            if now.preview is not None and (step is None or now.preview != step.preview):
                told_of["preview"] = _JPEG + base64.b64encode(now.preview).decode("ascii")
            step = now
            news.append(_event("progress", told_of))
        if not news and time.monotonic() - heard > _SILENCE_SECONDS:
            news.append(": still there\n\n")
        for event in news:
            heard = time.monotonic()
            yield event
        await desk.progress.change(_LOOK_SECONDS)


def _event(name: str, data: Mapping[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"
