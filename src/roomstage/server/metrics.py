"""`/metrics`: what the server did and is doing, for Prometheus."""

from __future__ import annotations

import hmac
import math
from collections.abc import Iterator

from fastapi import APIRouter, Request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Scope

from roomstage.errors import StoreUnavailable
from roomstage.server.probe import Probe
from roomstage.server.work import Work
from roomstage.service.store import STATES, Store
from roomstage.service.workers import Done

_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_NO_KEY = "give ROOMSTAGE_METRICS_KEY as Authorization: Bearer"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class Metrics:
    """The figures of one application."""

    def __init__(self, work: Work, store: Store) -> None:
        jobs = store.jobs
        self._figures = Probe(lambda: (jobs.counts(), jobs.open_holds()))
        self._registry = CollectorRegistry()
        self._registry.register(_Present(work))
        self._requests = Counter(
            "roomstage_requests",
            "Requests answered",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._stages = Histogram(
            "roomstage_stage_seconds",
            "Seconds by stage: wait for a worker, the model's steps, run in all",
            ("stage",),
            registry=self._registry,
            buckets=_SECONDS,
        )
        self._jobs = Gauge(
            "roomstage_jobs", "Jobs in the database", ("status",), registry=self._registry
        )
        self._holds = Gauge(
            "roomstage_holds_open",
            "Prices held and neither captured nor released: the jobs queued and running",
            registry=self._registry,
        )
        work.on_done = self.computed

    def computed(self, done: Done) -> None:
        """Count a finished computation."""
        for step, milliseconds in done.report.get("timings_ms", {}).items():
            self._stages.labels(step).observe(milliseconds / 1000)
        self._stages.labels("wait").observe(done.waited)
        self._stages.labels("run").observe(done.seconds)

    def answered(self, scope: Scope, status: int) -> None:
        """Count an answer; labels are from closed lists, whatever strangers ask for."""
        route = getattr(scope.get("route"), "path", None) or "none"
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._requests.labels(method, route, str(status)).inc()

    def routes(self, key: str = "") -> APIRouter:
        """`GET /metrics`, for whoever has the key if there is one.

        The figures name no account and no content; the key is for servers without a proxy that
        keeps strangers out.
        """
        router = APIRouter(include_in_schema=False, redirect_slashes=False)

        async def metrics(request: Request) -> Response:
            given = request.headers.get("authorization", "")
            if key and not hmac.compare_digest(given.encode(), f"Bearer {key}".encode()):
                raise HTTPException(401, _NO_KEY, {"WWW-Authenticate": "Bearer"})
            await self._look_into_the_store()
            return Response(
                generate_latest(self._registry), headers={"content-type": _CONTENT_TYPE}
            )

        router.add_api_route("/metrics", metrics, methods=["GET", "HEAD"])
        return router

    async def _look_into_the_store(self) -> None:
        try:
            counts, held = await self._figures.answer()
        except (StoreUnavailable, TimeoutError):  # no figures are better than old ones
            self._jobs.clear()
            self._holds.set(math.nan)
            return
        for state in STATES:
            self._jobs.labels(state).set(counts.get(state, 0))
        self._holds.set(held)


class _Present(Collector):
    """What is so at the moment of asking."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def collect(self) -> Iterator[Metric]:
        """The present state of queue and workers."""
        work, pool = self._work, self._work.pool
        gauges = {
            "roomstage_underway": ("Requests admitted and not answered", work.underway),
            "roomstage_queue_waiting": ("Jobs that wait for a worker", pool.waiting),
            "roomstage_running": ("Jobs that run", pool.running),
            "roomstage_slots": ("Jobs that can run at once", pool.size),
            "roomstage_ready": ("1 if /health/ready says so", work.trouble() is None),
        }
        for name, (text, value) in gauges.items():
            yield GaugeMetricFamily(name, text, float(value))
        yield CounterMetricFamily(
            "roomstage_rejected", "Requests refused: queue full", work.rejected
        )
        restarts = CounterMetricFamily(
            "roomstage_worker_restarts", "Workers replaced, by reason", labels=("reason",)
        )
        for reason, count in pool.restarts.items():
            restarts.add_metric((reason,), count)
        yield restarts
