"""Jobs as the hosted API tells them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from roomstage.server.links import Links
from roomstage.service.store import Job

_STATUS = {"queued": "QUEUED", "running": "PROCESSING", "succeeded": "COMPLETED"}
_SUFFIXES = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}


def status_word(job: Job) -> str:
    """The hosted API's word. A cancelled job is FAILED, since its client stops at that alone."""
    return _STATUS.get(job.state, "FAILED")


def submitted(job: Job, base: str) -> dict[str, Any]:
    """The answer to a submission."""
    return {
        "request_id": job.id,
        "status": status_word(job),
        "poll_url": f"{base}/v1/requests/{job.id}",
        "status_url": f"{base}/v2/requests/{job.id}/status",
        "response_url": f"{base}/v2/requests/{job.id}",
    }


def status(job: Job, credits: int, now: float) -> dict[str, Any]:
    """How far a job is."""
    told: dict[str, Any] = {
        "status": status_word(job),
        "request_id": job.id,
        "metrics": _metrics(job, credits, now),
    }
    if job.error is not None:
        told |= {"error": job.error.message, "code": job.error.code, "field": job.error.field}
    return told


def whole(job: Job, credits: int, now: float, base: str, links: Links) -> dict[str, Any]:
    """A job with what came of it."""
    told = status(job, credits, now)
    if job.state != "succeeded" or job.result is None:
        return told
    url = result_url(job, base, links)
    image = {
        "url": url,
        "content_type": job.result.content_type,
        "file_name": file_name(job),
        "file_size": job.result.size,
    }
    told |= {
        "output": url,
        "images": [] if url is None else [image],
        "seed": _number(job.result.headers.get("x-seed-value")),
        "prompt": job.fields.get("prompt"),
        "metadata": _json(job.result.headers.get("x-output-metadata")),
        "warnings": _json(job.result.headers.get("x-roomstage-warnings")) or [],
    }
    return told


def past(job: Job, base: str, links: Links) -> dict[str, Any]:
    """A row of the history."""
    state = "PENDING" if not job.ended else status_word(job)
    kept = job.result is not None and job.result.hash is not None and not job.expired
    ended = None if job.finished_at is None else job.finished_at - job.created_at
    return {
        "request_id": job.id,
        "model_name": job.model,
        "model_status": state,
        "status": state,
        "credits_deduction": job.cost,
        "request_body": {**job.fields, **job.urls},
        "parameters": dict(job.fields),
        "prompt": job.fields.get("prompt"),
        "generation_url": result_url(job, base, links) if kept else None,
        "latency_ms": None if ended is None else round(ended * 1000),
        "error": None if job.error is None else job.error.message,
        "model_created": _iso(job.created_at),
        "created_at": _iso(job.created_at),
        "finished_at": _iso(job.finished_at),
    }


def result_url(job: Job, base: str, links: Links) -> str | None:
    """A link to the picture, good until it is removed; None if there is none."""
    if job.result is None or job.result.hash is None or job.expires_at is None:
        return None
    return links.make(base, f"/results/{file_name(job)}", job.expires_at)


def file_name(job: Job) -> str:
    """What the picture is called in its link."""
    kind = "" if job.result is None else job.result.content_type
    return f"{job.id}.{_SUFFIXES.get(kind, 'json')}"


def _metrics(job: Job, credits: int, now: float) -> dict[str, Any]:
    begun = job.started_at or job.finished_at or now
    end = job.finished_at or now
    inference = None if job.result is None else job.result.headers.get("x-generation-time")
    return {
        "cost": job.cost,
        "remaining_credits": credits,
        "inference_time": 0.0 if inference is None else float(inference),
        "queue_time": round(max(0.0, begun - job.created_at), 3),
        "total_time": round(max(0.0, end - job.created_at), 3),
        "retry_count": max(0, job.attempt - 1),
    }


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)


def _json(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def _iso(at: float | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat()
