"""Is the server alive, and can it do its work?"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from roomstage.errors import StoreUnavailable
from roomstage.server.errors import error_response
from roomstage.server.probe import Probe
from roomstage.server.work import Work
from roomstage.service.store import Store
from roomstage.version import __version__

_METHODS = ["GET", "HEAD"]


def routes(work: Work, store: Store, engine: str) -> APIRouter:
    """`/health/live` turns with the event loop; `/health/ready` asks all that work needs too."""
    router = APIRouter(include_in_schema=False, redirect_slashes=False)
    needed = {
        "the database does not answer": Probe(lambda: store.database.check()),
        "the disk takes no files": Probe(lambda: store.blobs.check()),
    }

    async def live() -> Response:
        return JSONResponse({"status": "ok", "version": __version__})

    async def ready(request: Request) -> Response:
        reason = work.trouble() or await _trouble(needed)
        if reason is None:
            return JSONResponse({"status": "ok", "version": __version__, "engine": engine})
        return error_response(
            503,
            f"not ready: {reason}",
            request_id=request.state.request_id,
            headers={"Retry-After": "5"},
        )

    for name, answer in (("live", live), ("ready", ready)):
        for path in (f"/health/{name}", f"/health/{name}/"):
            router.add_api_route(path, answer, methods=_METHODS)
    return router


async def _trouble(needed: Mapping[str, Probe[None]]) -> str | None:
    """The words of the first that is not to be had."""
    asked = (probe.answer() for probe in needed.values())
    answers = await asyncio.gather(*asked, return_exceptions=True)
    for words, answer in zip(needed, answers, strict=True):
        if isinstance(answer, StoreUnavailable | TimeoutError):
            return words
        if answer is not None:
            raise answer
    return None
