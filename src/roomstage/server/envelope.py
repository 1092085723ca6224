"""What every answer carries: request id, CORS, nosniff; and what stops every stray error."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from roomstage.server.errors import error_response, internal_error
from roomstage.server.logs import current_request

_CLEAN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_EXPOSED = ", ".join(
    (
        "x-remaining-credits",
        "x-request-id",
        "x-generation-time",
        "x-seed-value",
        "x-output-metadata",
        "x-roomstage-warnings",
        "x-cost",
        "x-roomstage-job",
        "x-rate-limit-remaining",
        "x-rate-limit-reset-at-utc",
        "idempotent-replayed",
        "server-timing",
        "retry-after",
    )
)
# Clients send these; the older npm client even sends a CORS answer's header in its requests.
_ALLOWED = (
    "content-type, x-api-key, authorization, x-request-id, x-initiator, idempotency-key, "
    "access-control-allow-origin, *"
)

_PROBLEM = "application/problem+json"  # RFC 9457

_log = logging.getLogger("roomstage.server")


class Envelope:
    """ASGI layer around the whole application.

    Args:
        app: the application.
        cors_origin: value of Access-Control-Allow-Origin.
        answered: told of every request and the status of its answer.
    """

    def __init__(
        self, app: ASGIApp, cors_origin: str, answered: Callable[[Scope, int], None]
    ) -> None:
        self._app = app
        self._cors_origin = cors_origin
        self._answered = answered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; an error that nothing else caught is logged and answered by 500."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = _request_id(headers)
        scope.setdefault("state", {})["request_id"] = request_id
        current_request.set(request_id)
        status, start = 0, time.perf_counter()

        async def sealed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                sealed_headers = MutableHeaders(scope=message)
                self._seal(sealed_headers, request_id)
                if status >= 400 and _PROBLEM in headers.get("accept", ""):
                    sealed_headers["content-type"] = _PROBLEM
            await send(message)

        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            await _preflight()(scope, receive, sealed)
            return
        unclear = _unclear(scope, headers)
        if unclear is not None:
            closing = {"Connection": "close"}
            refusal = error_response(400, unclear, request_id=request_id, headers=closing)
            await refusal(scope, receive, sealed)
            return
        try:
            await self._app(scope, receive, sealed)
        except Exception:
            _log.exception("request %s failed", request_id)
            if status:
                raise
            await internal_error(request_id)(scope, receive, sealed)
        finally:
            self._answered(scope, status)
            _log_request(scope, request_id, status, time.perf_counter() - start)

    def _seal(self, headers: MutableHeaders, request_id: str) -> None:
        headers["x-request-id"] = request_id
        headers["x-content-type-options"] = "nosniff"
        headers["access-control-allow-origin"] = self._cors_origin
        headers["access-control-expose-headers"] = _EXPOSED
        if self._cors_origin != "*":
            headers.add_vary_header("Origin")


def _log_request(scope: Scope, request_id: str, status: int, seconds: float) -> None:
    path = quote(scope["path"])[:200]  # a path may hold line breaks
    milliseconds = seconds * 1000
    told = {"method": scope["method"], "path": path, "status": status}
    _log.info(
        "%s %s %s %d %.0f ms", request_id, *told.values(), milliseconds,
        extra=told | {"milliseconds": round(milliseconds, 1)},
    )  # fmt: skip


def _request_id(headers: Headers) -> str:
    given = headers.get("x-request-id", "")
    return given if _CLEAN_ID.fullmatch(given) else str(uuid.uuid4())


def _unclear(scope: Scope, headers: Headers) -> str | None:
    """What a proxy may have read in another way, so that a stranger's request may follow."""
    if scope["http_version"] == "1.1" and "host" not in headers:
        return "the Host header is missing: send one"
    coding = headers.get("transfer-encoding", "chunked").strip().lower()
    both = "content-length" in headers and "transfer-encoding" in headers
    if coding != "chunked" or both:
        return "the body's length is unclear: give Content-Length or Transfer-Encoding: chunked"
    return None


def _preflight() -> Response:
    return Response(
        status_code=204,
        headers={
            "access-control-allow-methods": "GET, HEAD, POST, DELETE, OPTIONS",
            "access-control-allow-headers": _ALLOWED,
            "access-control-max-age": "600",
        },
    )
