"""A job as its row tells it, and what is written into the row when it is made and when it ends."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from types import SimpleNamespace
from typing import Any, Literal, get_args

import sqlalchemy as sa

State = Literal["queued", "running", "succeeded", "failed", "cancelled"]
STATES: tuple[State, ...] = get_args(State)
UNDERWAY = ("queued", "running")


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for: a job before it has a row.

    Args:
        account: id of the account that pays.
        model: slug of the model.
        fields: the request's fields, pictures left out.
        pictures: encoded pictures by field, to be kept until the job has ended.
        urls: addresses of pictures by field, fetched when the job runs.
        price: credits to hold.
        waited_for: True if a client holds the line: the job runs at once and nobody resumes it.
        idempotency_key: the client's name for this very request, if it gave one.
        fingerprint: hash of all that was asked, to tell another request under the same key.
        webhook_url: where to tell the end.
        base_url: under which the caller reached the server, for links in what is told.
        id: the job's id.
    """

    id: str
    account: str
    model: str
    fields: Mapping[str, Any]
    price: int
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    urls: Mapping[str, str] = field(default_factory=dict)
    waited_for: bool = False
    idempotency_key: str | None = None
    fingerprint: str | None = None
    webhook_url: str | None = None
    base_url: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What a job gave. `data` is None where nothing is to be kept of it."""

    data: bytes | None
    content_type: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job has no result, as its caller is to be told."""

    status: int  # of HTTP
    code: str
    message: str
    field: str | None = None


POISON = Failure(
    500,
    "job_abandoned",
    "the job ended twice without an answer, so it is not tried again: nothing was charged",
)
INTERRUPTED = Failure(
    503, "interrupted", "the server stopped while this ran: nothing was charged, send it again"
)
CANCELLED = Failure(409, "cancelled", "the job was cancelled: nothing was charged")
LEFT = Failure(499, "client_left", "the client closed the connection: nothing was charged")


@dataclass(frozen=True, slots=True)
class Kept:
    """What the row knows of a result."""

    hash: str | None
    size: int
    content_type: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Job:
    """One row."""

    id: str
    account: str
    model: str
    state: State
    price: int
    waited_for: bool
    fields: Mapping[str, Any]
    pictures: Mapping[str, str]  # hashes by field
    urls: Mapping[str, str]
    attempt: int
    worker: str | None
    fingerprint: str | None
    result: Kept | None
    error: Failure | None
    webhook_url: str | None
    base_url: str | None
    created_at: float
    started_at: float | None
    finished_at: float | None
    expires_at: float | None
    expired: bool

    @property
    def ended(self) -> bool:
        """Whether it has reached its last state."""
        return self.state not in UNDERWAY

    @property
    def cost(self) -> int:
        """Credits that it has taken."""
        return self.price if self.state == "succeeded" else 0


def from_row(row: sa.Row[Any] | SimpleNamespace) -> Job:
    """The job that a row of the table is."""
    request = json.loads(row.request)
    return Job(
        id=row.id,
        account=row.account,
        model=row.model,
        state=row.state,
        price=row.price,
        waited_for=bool(row.waited_for),
        fields=request.get("fields", {}),
        pictures=request.get("pictures", {}),
        urls=request.get("urls", {}),
        attempt=row.attempt,
        worker=row.worker,
        fingerprint=row.fingerprint,
        result=None if row.result is None else Kept(**json.loads(row.result)),
        error=None if row.error is None else Failure(**json.loads(row.error)),
        webhook_url=row.webhook_url,
        base_url=row.base_url,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        expires_at=row.expires_at,
        expired=bool(row.expired),
    )


def request_text(order: Order, hashes: Mapping[str, str]) -> str:
    """The column `request` of a new row."""
    return json.dumps(
        {"fields": dict(order.fields), "pictures": dict(hashes), "urls": dict(order.urls)}
    )


def result_text(result: Result, name: str | None) -> str:
    """The column `result` of a job that has succeeded."""
    size = len(result.data or b"")
    return json.dumps(asdict(Kept(name, size, result.content_type, dict(result.headers))))


def failure_text(failure: Failure) -> str:
    """The column `error` of a job that has failed."""
    return json.dumps(asdict(failure))
