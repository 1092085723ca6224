"""Wires settings, service and routes into one application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from fastapi import FastAPI
from starlette.responses import JSONResponse, Response

from roomstage.server import errors, health, openapi
from roomstage.server.config import Config
from roomstage.server.envelope import Envelope
from roomstage.server.service import build_service
from roomstage.service.fetch import Fetcher, Limits
from roomstage.service.sources import Fetches, NoFetching
from roomstage.version import __version__

_ABOUT = "The photo of a room and the photo of a product in, the room with that very product out."


def build_app(config: Config | None = None) -> FastAPI:
    """The application with `config`, by default with the environment's settings.

    Raises:
        InvalidParameter: a setting is wrong; `field` names its variable.
        StoreUnavailable: the database can't be used.
    """
    config = config or Config.from_env()
    config.validate()
    service = build_service(config, _fetcher(config))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        service.runner.start()
        service.messenger.start()
        try:
            yield
        finally:
            await service.runner.stop()
            await service.messenger.stop()
            service.work.close()
            service.store.close()

    app = FastAPI(
        title="roomstage",
        version=__version__,
        description=_ABOUT,
        lifespan=lifespan,
        redirect_slashes=False,
    )
    app.openapi = partial[dict[str, Any]](openapi.describe, app)
    app.add_middleware(Envelope, cors_origin=config.cors_origin)
    errors.install(app)
    app.add_api_route("/", _root, methods=["GET", "HEAD"], include_in_schema=False)
    app.include_router(health.routes(service.work, config.engine))
    for router in service.routers():
        app.include_router(router)
    return app


def _fetcher(config: Config) -> Fetches:
    if not config.fetch:
        return NoFetching()
    limits = Limits(max_bytes=config.fetch_max_mb * 1_000_000)
    return Fetcher(limits, allow_private=config.fetch_allow_private)


async def _root() -> Response:
    return JSONResponse(
        {
            "name": "roomstage",
            "version": __version__,
            "docs": "/docs",
            "openapi": "/openapi.json",
            "models": "/v1/models",
        }
    )
