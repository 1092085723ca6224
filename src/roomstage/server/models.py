"""The routes by which models are called and listed."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from roomstage.models import Model, lack_of, registry
from roomstage.server.sync import SyncCalls

# The hosted API answers under all three; a redirect would lose bodies, so slashes are routes too.
_CALL_PATHS = ("/v1/{slug}", "/v1/models/{slug}", "/{slug}")
# Paths of their own that lie under those that are for every name, and what they answer to.
_NOT_MODELS = {"models": "GET, HEAD", "get-user-credits": "GET", "webhook-secret": "GET"}


def routes(sync: SyncCalls) -> APIRouter:
    """Routes for every model of the registry."""
    router = APIRouter(include_in_schema=False, redirect_slashes=False)

    async def call(request: Request, slug: str) -> Response:
        return await sync.answer(request, find(slug))

    async def listing() -> Response:
        return JSONResponse({"models": [_described(model) for model in registry().values()]})

    for path in ("/v1/models", "/v1/models/"):
        router.add_api_route(path, listing, methods=["GET", "HEAD"])
    for path in _CALL_PATHS:
        router.add_api_route(path, call, methods=["POST"])
        router.add_api_route(path + "/", call, methods=["POST"])
    return router


def find(slug: str) -> Model:
    """The model of that name.

    Raises:
        HTTPException: 404, there is none; 405, the path is another thing's.
    """
    if slug in _NOT_MODELS:
        raise HTTPException(405, headers={"Allow": _NOT_MODELS[slug]})
    model = registry().get(slug)
    if model is None:
        raise HTTPException(404)
    return model


def _described(model: Model) -> dict[str, object]:
    return {
        "slug": model.slug,
        "summary": model.summary,
        "url": f"/v1/{model.slug}",
        "lacks": lack_of(model),
        "schema": model.schema.model_json_schema(),
    }
