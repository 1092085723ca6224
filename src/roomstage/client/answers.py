"""What comes back, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as member
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from roomstage.client.exchange import Reply

if TYPE_CHECKING:
    from PIL.Image import Image

State = Literal["QUEUED", "PROCESSING", "COMPLETED", "FAILED"]


@dataclass(frozen=True, slots=True)
class Variant:
    """One of the pictures that lie side by side in a result."""

    seed: int  # that makes it alone
    box: tuple[int, int, int, int]  # x0, y0, x1, y1 in the result's picture
    warnings: tuple[str, ...]  # what should be looked at in this one and not in all


@dataclass(frozen=True, slots=True)
class Result:
    """A finished picture and what the server tells of it."""

    content: bytes = member(repr=False)
    content_type: str  # such as "image/png"
    request_id: str  # the job's
    seed: int | None  # the seed that was used
    cost: float  # credits that it took
    remaining_credits: float | None  # of the account, by the end of the job
    seconds: float | None  # that the server computed
    warnings: tuple[str, ...]  # what should be looked at
    metadata: dict[str, Any]  # size, engine, placement, removal, pixels changed and identical

    def save(self, path: str | Path) -> Path:
        """Write the picture; returns where. Its format is the one asked for, whatever the name."""
        path = Path(path)
        path.write_bytes(self.content)
        return path

    @property
    def variants(self) -> tuple[Variant, ...]:
        """What lies where in the picture, if `variants` were asked for; else nothing."""
        return tuple(
            Variant(each["seed"], tuple(each["box"]), tuple(map(str, each.get("warnings") or ())))
            for each in self.metadata.get("variants") or ()
        )

    def pictures(self) -> list[Image]:
        """The picture, or each of its variants, decoded.

        Raises:
            ImportError: Pillow is not installed.
        """
        import io

        from PIL import Image as Pillow

        whole = Pillow.open(io.BytesIO(self.content))
        whole.load()
        return [whole.crop(each.box) for each in self.variants] or [whole]


@dataclass(frozen=True, slots=True)
class JobStatus:
    """How a job stands."""

    request_id: str
    state: State
    error: str | None = None  # why it failed
    code: str | None = None  # "cancelled" if somebody did
    field: str | None = None  # at fault
    metrics: Mapping[str, Any] = member(default_factory=dict)  # cost, times in seconds

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in ("COMPLETED", "FAILED")


@dataclass(frozen=True, slots=True)
class Model:
    """A model that can be called."""

    slug: str
    summary: str
    credits: float  # what a call costs
    schema: dict[str, Any] = member(repr=False)  # JSON Schema of its fields


@dataclass(frozen=True, slots=True)
class PastCall:
    """A row of the account's history."""

    request_id: str
    model: str
    status: str  # COMPLETED, FAILED or PENDING
    cost: float
    prompt: str | None
    created_at: datetime | None
    milliseconds: int | None  # from submission to end
    url: str | None  # of the picture, as long as it is kept
    error: str | None
    fields: dict[str, Any] = member(repr=False)  # all but the pictures


def result(whole: Mapping[str, Any], picture: Reply) -> Result:
    """A result from a completed job as it was told, and its picture."""
    metrics = _mapping(whole.get("metrics"))
    return Result(
        content=picture.content,
        content_type=picture.headers.get("content-type", "application/octet-stream"),
        request_id=str(whole.get("request_id", "")),
        seed=whole.get("seed"),
        cost=metrics.get("cost", 0),
        remaining_credits=metrics.get("remaining_credits"),
        seconds=metrics.get("inference_time"),
        warnings=tuple(map(str, whole.get("warnings") or ())),
        metadata=dict(_mapping(whole.get("metadata"))),
    )


def status(told: Mapping[str, Any]) -> JobStatus:
    """How a job stands, as it was told."""
    return JobStatus(
        request_id=str(told.get("request_id", "")),
        state=told["status"],
        error=told.get("error"),
        code=told.get("code"),
        field=told.get("field"),
        metrics=_mapping(told.get("metrics")),
    )


def model(told: Mapping[str, Any]) -> Model:
    """One of the list of models."""
    return Model(told["slug"], told["summary"], told["credits"], dict(told["schema"]))


def past_call(told: Mapping[str, Any]) -> PastCall:
    """One of the rows of the history."""
    at = told.get("created_at")
    return PastCall(
        request_id=told["request_id"],
        model=told["model_name"],
        status=told["status"],
        cost=told["credits_deduction"],
        prompt=told.get("prompt"),
        created_at=datetime.fromisoformat(at) if at else None,
        milliseconds=told.get("latency_ms"),
        url=told.get("generation_url"),
        error=told.get("error"),
        fields=dict(_mapping(told.get("parameters"))),
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
