"""What a call over HTTP can end with, beside its picture.

    ClientError                 status, request_id; code, field and message as everywhere
    ├── RequestRefused          the request has to be mended; also an `errors.InvalidInput`
    ├── KeyRefused              no API key, or a wrong one
    ├── CreditsMissing          the balance is too low; also an `errors.InsufficientCredits`
    ├── NotFound                no such model, job or picture, or none any more
    ├── ServerBusy              too much to do, or stopping, in every attempt
    ├── ServerUnreachable       no answer in any attempt
    ├── WaitTimeout             the job had not ended in time; also a `TimeoutError`
    └── JobFailed               the server began the job and could not end it
        └── JobCancelled        somebody cancelled it

Who catches `errors.InvalidInput` around a local call catches the same mistake of a remote one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from roomstage import errors
from roomstage.client.exchange import Reply
from roomstage.errors import InsufficientCredits, InvalidInput, RoomstageError

_SHOWN = 200  # characters of an answer that is not ours


class ClientError(RoomstageError):
    """Base of the client's errors.

    Attributes:
        status: HTTP status of the answer; None where there was none.
        request_id: under which the server's log has it; of a job's error, the job.
    """

    code = "client_error"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        field: str | None = None,
        status: int | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, field=field)
        if code is not None:
            self.code = code
        self.status = status
        self.request_id = request_id


class RequestRefused(ClientError, InvalidInput):
    """Something in the request that the caller can mend; `field` names it."""

    code = "request_refused"


class KeyRefused(ClientError):
    """The server wants an API key, and this is none of its keys."""

    code = "unauthorized"


class CreditsMissing(ClientError, InsufficientCredits):
    """The account's balance is below the price."""

    code = "credits_missing"


class NotFound(ClientError):
    """There is no such model, job or picture, or it is kept no more."""

    code = "not_found"


class ServerBusy(ClientError):
    """The server takes nothing on now, in the last attempt too."""

    code = "server_busy"


class ServerUnreachable(ClientError):
    """Nobody answered, in the last attempt too."""

    code = "server_unreachable"


class WaitTimeout(ClientError, TimeoutError):
    """The job had not ended within the time that the caller gave it."""

    code = "wait_timeout"


class JobFailed(ClientError):
    """A job that was taken on and came to nothing, by no fault of the request."""

    code = "job_failed"


class JobCancelled(JobFailed):
    """A job that was cancelled."""

    code = "cancelled"


_BY_STATUS: dict[int, type[ClientError]] = {
    **dict.fromkeys((400, 409, 413, 415, 422), RequestRefused),
    **dict.fromkeys((401, 403), KeyRefused),
    **dict.fromkeys((402, 406), CreditsMissing),
    **dict.fromkeys((404, 410), NotFound),
    **dict.fromkeys((429, 502, 503, 504), ServerBusy),
}


def of_reply(reply: Reply) -> ClientError:
    """The error that an answer tells which is not 200."""
    told = object_of(reply)
    kind = _BY_STATUS.get(reply.status, ClientError)
    return kind(
        _message(reply, told),
        code=_text(told.get("code")),
        field=_text(told.get("field")),
        status=reply.status,
        request_id=_text(told.get("request_id")) or reply.headers.get("x-request-id"),
    )


def of_job(told: Mapping[str, Any], status: int = 422) -> ClientError:
    """The error of a job that ended as FAILED."""
    code = _text(told.get("code")) or JobFailed.code
    return _kind_of_failure(code)(
        _text(told.get("error")) or "the job failed and the server does not say why",
        code=code,
        field=_text(told.get("field")),
        status=status,
        request_id=_text(told.get("request_id")),
    )


def object_of(reply: Reply) -> dict[str, Any]:
    """The JSON object that an answer is; an empty one if it is none."""
    try:
        told = json.loads(reply.content)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _kind_of_failure(code: str) -> type[ClientError]:
    if code == JobCancelled.code:
        return JobCancelled
    by_caller = isinstance(errors.revived(code, "", None, by_caller=False), InvalidInput)
    return RequestRefused if by_caller else JobFailed


def _message(reply: Reply, told: Mapping[str, Any]) -> str:
    said = _text(told.get("error"))
    if said:
        return said
    if 300 <= reply.status < 400:
        where = reply.headers.get("location", "another address")
        return f"the server sends on to {where[:_SHOWN]}: give that one's root as base_url"
    shown = reply.content[:_SHOWN].decode("utf-8", "replace").strip()
    return f"the answer has status {reply.status} and is none of roomstage: {shown!r}"


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
