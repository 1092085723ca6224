"""Wires settings, service and routes into one application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from fastapi import FastAPI
from starlette.responses import JSONResponse, Response

from roomstage.server import errors, health, models, openapi
from roomstage.server.calls import Caller
from roomstage.server.config import Config
from roomstage.server.envelope import Envelope
from roomstage.server.metrics import Metrics
from roomstage.server.work import Computes, Work
from roomstage.service.fetch import Fetcher, Limits
from roomstage.service.sources import Fetches, NoFetching
from roomstage.service.workers import Pool
from roomstage.version import __version__

_ABOUT = "The photo of a room and the photo of a product in, the room with that very product out."


def build_app(config: Config | None = None, pool: Computes | None = None) -> FastAPI:
    """The application with `config`, by default with the environment's settings.

    Args:
        config: the settings.
        pool: what computes, by default worker processes as `config` has them. It is started and
            closed with the application.

    Raises:
        InvalidParameter: a setting is wrong; `field` names its variable.
    """
    config = config or Config.from_env()
    config.validate()
    computes = pool or Pool(config.for_workers())
    work = Work(computes, config.max_waiting)
    caller = Caller(fetcher=_fetcher(config), remaining_credits=config.remaining_credits)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        computes.start()
        try:
            yield
        finally:
            work.close()
            await computes.close()

    app = FastAPI(
        title="roomstage",
        version=__version__,
        description=_ABOUT,
        lifespan=lifespan,
        redirect_slashes=False,
    )
    app.state.work = work
    app.openapi = partial[dict[str, Any]](openapi.describe, app)
    metrics = Metrics(work)
    app.add_middleware(Envelope, cors_origin=config.cors_origin, answered=metrics.answered)
    errors.install(app)
    app.add_api_route("/", _root, methods=["GET", "HEAD"], include_in_schema=False)
    app.include_router(health.routes(work, config.engine))
    if config.metrics:
        app.include_router(metrics.routes())
    app.include_router(models.routes(config, work, caller))
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
