"""The conversations about the account and the server: credits, history, models, uploads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from roomstage.client import answers, fields
from roomstage.client.again import Patience, answered
from roomstage.client.errors import ClientError, object_of
from roomstage.client.exchange import Ask, Talk

Value = TypeVar("Value")
_HISTORY = "/inference-request/request-history"


def credits(patience: Patience) -> Talk[float]:
    """What the account has left."""
    ask = Ask("GET", "/v1/get-user-credits")
    return (yield from _read(ask, patience, lambda told: float(told["credits"])))


def models(patience: Patience) -> Talk[list[answers.Model]]:
    """What can be called."""
    ask = Ask("GET", "/inference-model-information/list")
    return (yield from _read(ask, patience, lambda told: list(map(answers.model, told["models"]))))


def history(query: Mapping[str, object], patience: Patience) -> Talk[list[answers.PastCall]]:
    """A page of what was called; None in `query` is left out."""
    named = {name: str(value) for name, value in query.items() if value is not None}
    ask = Ask("GET", _HISTORY, query=named)
    return (
        yield from _read(ask, patience, lambda told: list(map(answers.past_call, told["data"])))
    )


def uploaded(picture: fields.Picture, field: str, patience: Patience) -> Talk[str]:
    """Hand in a picture beforehand; returns the link that stands for it in requests."""
    ask = Ask("POST", "/upload-asset", files={field: fields.read(picture, field)})
    return (yield from _read(ask, patience, lambda told: str(told["file_urls"][0])))


def _read(ask: Ask, patience: Patience, understand: Callable[[Any], Value]) -> Talk[Value]:
    reply = yield from answered(ask, patience)
    try:
        return understand(object_of(reply))
    except (KeyError, IndexError, TypeError, ValueError):
        raise ClientError(
            f"the answer of {ask.path} is none of roomstage: is base_url the root of its server?",
            status=reply.status,
            request_id=reply.headers.get("x-request-id"),
        ) from None
