"""The conversation that hands a request in, once however often it is sent."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from roomstage.client import fields
from roomstage.client.again import Patience, answered
from roomstage.client.errors import ClientError, object_of
from roomstage.client.exchange import Ask, Talk


def submitted(
    slug: str, given: Mapping[str, Any], key: str | None, patience: Patience
) -> Talk[str]:
    """Hand in a request for a model; returns the job's id.

    The Idempotency-Key is the same in every attempt, so an attempt whose answer was lost is not
    paid twice: the server knows it again.

    Args:
        slug: the model's.
        given: its fields; pictures as `fields.Picture`.
        key: of at most 255 characters; None: one of its own.
        patience: how often it is tried.

    Raises:
        ClientError: the server refused, or could not.
        InvalidImage: a picture can't be read.
    """
    texts, files = fields.form(given)
    ask = Ask(
        "POST",
        f"/v2/{quote(slug, safe='')}",
        fields=texts,
        files=files,
        headers={"Idempotency-Key": key or str(uuid.uuid4())},
    )
    reply = yield from answered(ask, patience)
    job = object_of(reply).get("request_id")
    if not isinstance(job, str) or not job:
        raise ClientError("the answer names no request_id: is base_url the root of a roomstage?")
    return job
