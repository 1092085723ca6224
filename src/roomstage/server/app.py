"""Wires settings, service and routes into one application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from fastapi import FastAPI

from roomstage.server import errors, health, models, openapi, pages
from roomstage.server.config import Config
from roomstage.server.envelope import Envelope
from roomstage.server.metrics import Metrics
from roomstage.server.service import build_service
from roomstage.server.work import Computes
from roomstage.service.fetch import Fetcher, Limits
from roomstage.service.sources import Fetches, NoFetching
from roomstage.service.workers import Pool
from roomstage.version import __version__


def build_app(config: Config | None = None, pool: Computes | None = None) -> FastAPI:
    """The application with `config`, by default with the environment's settings.

    Args:
        config: the settings.
        pool: what computes, by default worker processes as `config` has them. It is started and
            closed with the application.

    Raises:
        InvalidParameter: a setting is wrong; `field` names its variable.
        StoreUnavailable: the database can't be used.
    """
    config = config or Config.from_env()
    config.validate()
    computes = pool or Pool(config.for_workers())
    service = build_service(config, _fetcher(config), computes)
    work = service.work

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        computes.start()
        service.runner.start()
        service.messenger.start()
        try:
            yield
        finally:
            await service.runner.stop()
            await service.messenger.stop()
            work.close()
            await computes.close()
            service.store.close()

    app = FastAPI(
        title="roomstage",
        version=__version__,
        description=openapi.ABOUT,
        lifespan=lifespan,
        redirect_slashes=False,
        docs_url=None,  # the page of our own, which needs nothing from elsewhere
        redoc_url=None,
    )
    app.state.work = work
    app.openapi = partial[dict[str, Any]](openapi.describe, app, config)
    metrics = Metrics(work, service.store)
    app.add_middleware(Envelope, cors_origin=config.cors_origin, answered=metrics.answered)
    errors.install(app)
    app.include_router(pages.routes(models.registry))
    app.include_router(health.routes(work, service.store, config.engine))
    if config.metrics:
        app.include_router(metrics.routes(config.metrics_key))
    for router in service.routers():
        app.include_router(router)
    return app


def _fetcher(config: Config) -> Fetches:
    if not config.fetch:
        return NoFetching()
    limits = Limits(max_bytes=config.fetch_max_mb * 1_000_000)
    return Fetcher(limits, allow_private=config.fetch_allow_private)
