"""From errors to answers: one shape for every status but 200.

{"error": "<what is wrong, what to give>", "code": "...", "field": "...", "request_id": "..."}

Clients of the hosted API read the string `error`; beside it stand the members of RFC 9457, whose
media type is given to those who ask for it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from roomstage.errors import InvalidInput, RoomstageError, StoreUnavailable, WorkLost

CLIENT_LEFT = 499  # nginx's number; only logs and the history ever tell it
_STATUS = {
    "image_too_large": 413,
    "memory_exceeded": 413,
    "engine_unavailable": 503,
    "painting_failed": 422,
    "insufficient_credits": 406,
    "too_many_jobs": 429,
    "idempotency_in_flight": 409,
    "idempotency_mismatch": 422,
    "already_ended": 409,
    "store_unavailable": 503,
    "work_lost": 503,
    "deadline_exceeded": 504,
    "worker_crashed": 500,
}
_RETRY_SECONDS = {"too_many_jobs": 5, "idempotency_in_flight": 1}  # and each 503
_CODES = {
    400: "invalid_request",
    401: "unauthorized",
    404: "not_found",
    405: "method_not_allowed",
    408: "request_timeout",
    410: "gone",
    413: "request_too_large",
    415: "unsupported_media_type",
    429: "too_many_requests",
    CLIENT_LEFT: "client_left",
    501: "not_implemented",
    503: "not_ready",
    504: "too_slow",
}
_WORDS = {
    404: "there is nothing at this path: see GET /v1/models for the models",
    405: "this path does not answer that method: models are called by POST",
}

_log = logging.getLogger("roomstage.server")


def error_response(
    status: int,
    message: str,
    *,
    request_id: str,
    code: str | None = None,
    field: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """An answer in the one shape that all errors have."""
    body = {
        "type": "about:blank",
        "title": _phrase(status),
        "status": status,
        "detail": message,
        "error": message,
        "code": code or _CODES.get(status, "error"),
        "field": field,
        "request_id": request_id,
    }
    return Response(  # ASCII, since a message may quote half a surrogate pair
        json.dumps(body), status, media_type="application/json", headers=dict(headers or {})
    )


def internal_error(request_id: str) -> Response:
    """The answer to a fault of our own; what it was stands in the log alone."""
    message = f"internal error, request id {request_id}: the server's log has the details"
    return error_response(500, message, code="internal_error", request_id=request_id)


def told(error: RoomstageError) -> str:
    """What a caller is told of an error; of the store's troubles, only that there are some."""
    if isinstance(error, StoreUnavailable):
        _log.error("%s", error.message)
        return "what is to be kept can't be kept right now: nothing was charged, try again later"
    return error.message


def status_of(error: RoomstageError) -> int:
    """The HTTP status of an error of the roomstage tree."""
    return _STATUS.get(error.code, 400 if isinstance(error, InvalidInput) else 500)


def code_of(status: int) -> str | None:
    """The `code` of errors of that status which are none of the roomstage tree."""
    return "internal_error" if status == 500 else _CODES.get(status)


def is_ours(error: RoomstageError) -> bool:
    """Whether it is a fault of ours, whose words are for the log alone."""
    return status_of(error) == 500 and not isinstance(error, WorkLost)


def install(app: FastAPI) -> None:
    """Give every error that `app` or the framework raises the one shape."""
    app.add_exception_handler(RoomstageError, _on_roomstage_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_validation_error)


def _on_roomstage_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RoomstageError)
    status = status_of(error)
    if is_ours(error):
        raise error  # no fault of the caller: logged and answered by the outermost layer
    wait = _RETRY_SECONDS.get(error.code, 5 if status == 503 else None)
    return error_response(
        status,
        told(error),
        code=error.code,
        field=error.field,
        request_id=request.state.request_id,
        headers=None if wait is None else {"Retry-After": str(wait)},
    )


def _phrase(status: int) -> str:
    return "Client Left" if status == CLIENT_LEFT else HTTPStatus(status).phrase


def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    unsaid = error.detail == _phrase(error.status_code)
    return error_response(
        error.status_code,
        _WORDS.get(error.status_code, error.detail) if unsaid else str(error.detail),
        request_id=request.state.request_id,
        headers=error.headers,
    )


def _on_validation_error(request: Request, error: Exception) -> Response:
    return error_response(
        400, "the request is not valid: see /docs#requests", request_id=request.state.request_id
    )
