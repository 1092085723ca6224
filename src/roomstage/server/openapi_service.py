"""The OpenAPI description of all that is no model: jobs, accounts, uploads, results."""

from __future__ import annotations

from typing import Any

_STRING = {"type": "string"}
_JOB = {
    "name": "job_id",
    "in": "path",
    "required": True,
    "schema": _STRING,
    "description": "The request_id of a submission",
}
_SIGNED = [
    {"name": "name", "in": "path", "required": True, "schema": _STRING},
    {"name": "expires", "in": "query", "required": True, "schema": _STRING},
    {"name": "signature", "in": "query", "required": True, "schema": _STRING},
]
_URL = {"type": "string", "format": "uri"}
_METRICS = {
    "type": "object",
    "properties": {
        "cost": {"type": "integer"},
        "remaining_credits": {"type": "integer"},
        "inference_time": {"type": "number"},
        "queue_time": {"type": "number"},
        "total_time": {"type": "number"},
        "retry_count": {"type": "integer"},
    },
}
_STATES = {"type": "string", "enum": ["QUEUED", "PROCESSING", "COMPLETED", "FAILED"]}
SCHEMAS: dict[str, Any] = {
    "Submitted": {
        "type": "object",
        "required": ["request_id", "status", "poll_url", "status_url", "response_url"],
        "properties": {
            "request_id": _STRING,
            "status": _STATES,
            "poll_url": _URL,
            "status_url": _URL,
            "response_url": _URL,
        },
    },
    "Job": {
        "type": "object",
        "required": ["request_id", "status", "metrics"],
        "properties": {
            "request_id": _STRING,
            "status": _STATES,
            "metrics": _METRICS,
            "error": {"type": "string", "description": "Why it failed"},
            "code": _STRING,
            "field": {"type": ["string", "null"]},
            "output": {"type": ["string", "null"], "description": "Link to the picture"},
            "images": {"type": "array", "items": {"type": "object"}},
            "metadata": {
                "type": ["object", "null"],
                "description": "What x-output-metadata tells of a synchronous answer",
            },
            "warnings": {"type": "array", "items": _STRING},
            "seed": {"type": ["integer", "null"]},
            "prompt": {"type": ["string", "null"]},
        },
    },
    "Uploaded": {
        "type": "object",
        "required": ["file_urls", "urls", "message"],
        "properties": {
            "file_urls": {"type": "array", "items": _URL},
            "urls": {"type": "array", "items": _URL},
            "message": _STRING,
        },
    },
}
SECURITY: dict[str, Any] = {
    "key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
    "bearer": {"type": "http", "scheme": "bearer"},
}
IDEMPOTENCY_KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "The same key and request again give the first answer, and cost nothing more",
}
WEBHOOK: dict[str, Any] = {
    "type": "string",
    "maxLength": 8192,
    "description": "A public http or https URL that is told the job's end by a signed message "
    "(Standard Webhooks 1.0.0)",
}
WEBHOOK_HEADER: dict[str, Any] = {
    "name": "x-webhook-url",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": 8192},
    "description": "webhook_url, for requests that have none in the body",
}
_SIGNATURE = {
    "webhook-id": "The message's id, the same at every try",
    "webhook-timestamp": "Seconds since 1970 at which this try was signed",
    "webhook-signature": "v1,<base64 HMAC-SHA256 over id.timestamp.body>; the key is "
    "GET /v1/webhook-secret",
}


def webhooks() -> dict[str, Any]:
    """What is posted to a webhook_url."""
    event = {
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {
                "type": "string",
                "enum": ["request.completed", "request.failed", "request.cancelled"],
            },
            "timestamp": {"type": "string", "format": "date-time"},
            "data": {"$ref": "#/components/schemas/Job"},
        },
    }
    return {
        "ended": {
            "post": {
                "operationId": "job_ended",
                "summary": "A job has ended",
                "tags": ["service"],
                "parameters": [
                    {
                        "name": name,
                        "in": "header",
                        "required": True,
                        "schema": _STRING,
                        "description": text,
                    }
                    for name, text in _SIGNATURE.items()
                ],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": event}},
                },
                "responses": {
                    "2XX": {"description": "Heard; anything else is tried again for three days"}
                },
            }
        }
    }


def paths() -> dict[str, Any]:
    """Every path of the service that a client needs, aliases left out."""
    job = _json("Job")
    ended = {"422": {"description": "It failed; nothing was charged", **_content("Job")}}
    query = [
        {"name": name, "in": "query", "required": False, "schema": _STRING}
        for name in (
            "page",
            "per_page",
            "from_date",
            "to_date",
            "model_name",
            "status",
            "sort_by",
            "sort_order",
        )
    ]
    return {
        "/v2/requests/{job_id}/status": {
            "get": _keyed("How far a job is", {"200": job, **ended}, [_JOB], 401, 404)
        },
        "/v2/requests/{job_id}": {
            "get": _keyed(
                "A job and, at its end, a link to the picture",
                {"200": job, **ended},
                [_JOB],
                401,
                404,
                410,
            ),
            "delete": _keyed(
                "Cancel a job; its credits come back", {"200": _any()}, [_JOB], 401, 404, 409
            ),
        },
        "/v2/requests/{job_id}/events": {
            "get": _keyed(
                "A job's progress as server-sent events: status, progress (step, fraction, "
                "preview) and end",
                {"200": _stream()},
                [_JOB],
                401,
                404,
            )
        },
        "/v1/webhook-secret": {
            "get": _keyed("What signs the messages to a webhook_url", {"200": _any()}, [], 401)
        },
        "/results/{name}": {"get": _open_("The picture of a job, by its link", _SIGNED)},
        "/assets/{name}": {"get": _open_("An uploaded picture, by its link", _SIGNED)},
        "/upload-asset": {
            "post": _keyed(
                "Hand in pictures; their links are taken as inputs",
                {"200": _json("Uploaded")},
                [],
                400,
                401,
                413,
                429,
            )
            | {"requestBody": _data_urls()}
        },
        "/v1/get-user-credits": {"get": _keyed("Credits left", {"200": _any()}, [], 401)},
        "/inference-request/request-history": {
            "get": _keyed("Requests of the past", {"200": _any()}, query, 400, 401)
        },
        "/inference-request/request-history/{job_id}": {
            "get": _keyed("One request of the past", {"200": _any()}, [_JOB], 401, 404)
        },
    }


def _keyed(
    summary: str, answers: dict[str, Any], parameters: list[Any], *errors: int
) -> dict[str, Any]:
    return {
        "summary": summary,
        "tags": ["service"],
        "security": [{}, {"key": []}, {"bearer": []}],
        "parameters": parameters,
        "responses": answers | {str(status): _error() for status in (*errors, 503)},
    }


def _open_(summary: str, parameters: list[Any]) -> dict[str, Any]:
    picture = {"schema": {"type": "string", "format": "binary"}}
    answers = {
        "200": {"description": "The picture", "content": {"image/*": picture}},
        "404": _error(),
        "410": _error(),
        "503": _error(),
    }
    return {
        "summary": summary,
        "tags": ["service"],
        "parameters": parameters,
        "responses": answers,
    }


def _json(schema: str) -> dict[str, Any]:
    return {"description": "As asked for", **_content(schema)}


def _any() -> dict[str, Any]:
    return {
        "description": "As asked for",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }


def _stream() -> dict[str, Any]:
    return {
        "description": "Events until the job ends",
        "content": {"text/event-stream": {"schema": _STRING}},
    }


def _content(schema: str) -> dict[str, Any]:
    reference = {"$ref": f"#/components/schemas/{schema}"}
    return {"content": {"application/json": {"schema": reference}}}


def _error() -> dict[str, Any]:
    return {"description": "Not that; `error` says why", **_content("Error")}


def _data_urls() -> dict[str, Any]:
    listed = {"type": "array", "items": _STRING, "minItems": 1, "maxItems": 16}
    in_json = {"type": "object", "required": ["data_urls"], "properties": {"data_urls": listed}}
    in_form = {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
    return {
        "required": True,
        "content": {
            "application/json": {"schema": in_json},
            "multipart/form-data": {"schema": in_form},
        },
    }
