"""The errors of a call as OpenAPI tells them: by status, with the codes that come under it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from roomstage.errors import InvalidInput, Refused, RoomstageError
from roomstage.server.errors import code_of, status_of

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["error", "code", "request_id"],
    "properties": {
        "error": {"type": "string", "description": "What is wrong and what to give instead"},
        "code": {"type": "string", "description": "The same for programs"},
        "field": {"type": ["string", "null"], "description": "The field at fault"},
        "request_id": {"type": "string", "description": "Finds the request in the server's log"},
        "type": {"type": "string", "description": "Of RFC 9457, as are the next three"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
}
_WHEN = {
    400: "A field is missing or wrong; `field` names it",
    401: "There are API keys, and this request has none of them",
    404: "No such model",
    406: "Insufficient credits",
    409: "The first request with this Idempotency-Key has not ended",
    410: "The answer to this Idempotency-Key is kept no more",
    413: "The body or a picture is too large",
    415: "The body is neither JSON nor a form",
    422: "This Idempotency-Key came with another request; what a model painted can't be used",
    429: "Too many requests are waiting; see Retry-After",
    500: "A fault of the server",
    503: "The engine can't run, or nothing can be kept",
    504: "It took longer than a synchronous call may",
}
_UNSAID = (RoomstageError, InvalidInput, Refused)  # only their kinds are raised
_NOT_OF_CALLS = ("already_ended", "weights_trouble")


def responses() -> dict[str, Any]:
    """Every error of a model's call by status; `x-codes` lists `code` and what it means."""
    return {
        str(status): failure(text) | {"x-codes": list(_codes(status))}
        for status, text in _WHEN.items()
    }


def failure(text: str) -> dict[str, Any]:
    """An answer in the shape of all errors."""
    reference = {"$ref": "#/components/schemas/Error"}
    return {"description": text, "content": {"application/json": {"schema": reference}}}


def _codes(status: int) -> Iterator[dict[str, str]]:
    """The framework's own code of a status first, where it has one, then those of our tree."""
    general = code_of(status)
    if general is not None:
        yield {"code": general, "meaning": _WHEN[status]}
    for kind in _kinds(RoomstageError):
        if kind not in _UNSAID and kind.code not in _NOT_OF_CALLS and _status_of(kind) == status:
            yield {"code": kind.code, "meaning": (kind.__doc__ or "").split("\n")[0]}


def _status_of(kind: type[RoomstageError]) -> int:
    return status_of(kind(""))


def _kinds(kind: type[RoomstageError]) -> Iterator[type[RoomstageError]]:
    if kind.__module__ == RoomstageError.__module__:  # what a plug-in raises is its own matter
        yield kind
    for narrower in kind.__subclasses__():
        yield from _kinds(narrower)
