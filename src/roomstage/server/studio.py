"""What the studio's page asks while somebody works in it: nothing is charged, nothing is kept."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from roomstage.models.studio import instruments
from roomstage.server import body
from roomstage.server.access import Access
from roomstage.server.config import Config
from roomstage.server.departure import unless_gone
from roomstage.server.execution import Execution


def routes(config: Config, access: Access, execution: Execution) -> APIRouter:
    """POST /studio/room, /studio/cutout and /studio/preview."""
    router = APIRouter(include_in_schema=False, redirect_slashes=False)

    async def use(request: Request, tool: str) -> Response:
        model = instruments().get(f"studio-{tool}")
        if model is None:
            raise HTTPException(404)
        payer = await access.payer(request)
        access.glance(payer)
        execution.work.check()
        content = await body.read(
            request, max_bytes=config.max_body_mb * 1_000_000, seconds=config.body_seconds
        )
        content_type = request.headers.get("content-type")
        prepare = execution.caller.prepare
        run = execution.run(model, lambda: prepare(model, content, content_type))
        try:
            async with asyncio.timeout(config.sync_seconds):
                response = await unless_gone(request, run)
        except TimeoutError:
            raise HTTPException(
                504, f"this took longer than {config.sync_seconds} s: try a smaller picture"
            ) from None
        response.headers["x-remaining-credits"] = str(await access.credits(payer))
        response.headers["x-cost"] = "0"
        return response

    for path in ("/studio/{tool}", "/studio/{tool}/"):
        router.add_api_route(path, use, methods=["POST"])
    return router
