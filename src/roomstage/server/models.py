"""The routes by which models are called and listed."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from roomstage.models import Model, registry
from roomstage.server import body
from roomstage.server.calls import Caller
from roomstage.server.config import Config
from roomstage.server.departure import unless_gone
from roomstage.server.work import Work

# The hosted API answers under all three; a redirect would lose bodies, so slashes are routes too.
_CALL_PATHS = ("/v1/{slug}", "/v1/models/{slug}", "/{slug}")


def routes(config: Config, work: Work, caller: Caller) -> APIRouter:
    """Routes for every model of the registry."""
    router = APIRouter(include_in_schema=False, redirect_slashes=False)

    async def call(request: Request, slug: str) -> Response:
        model = _model(slug)
        work.check()
        content = await body.read(
            request, max_bytes=config.max_body_mb * 1_000_000, seconds=config.body_seconds
        )
        content_type = request.headers.get("content-type")
        prepare = partial(caller.prepare, model, content, content_type)
        return caller.answer(*await unless_gone(request, work.run(prepare, slug)))

    async def listing() -> Response:
        return JSONResponse({"models": [_described(model) for model in registry().values()]})

    for path in ("/v1/models", "/v1/models/"):
        router.add_api_route(path, listing, methods=["GET", "HEAD"])
    for path in _CALL_PATHS:
        router.add_api_route(path, call, methods=["POST"])
        router.add_api_route(path + "/", call, methods=["POST"])
    return router


def _model(slug: str) -> Model:
    if slug == "models":  # the list's own path, under one of those that are for every name
        raise HTTPException(405, headers={"Allow": "GET, HEAD"})
    model = registry().get(slug)
    if model is None:
        raise HTTPException(404)
    return model


def _described(model: Model) -> dict[str, object]:
    return {
        "slug": model.slug,
        "summary": model.summary,
        "url": f"/v1/{model.slug}",
        "schema": model.schema.model_json_schema(),
    }
