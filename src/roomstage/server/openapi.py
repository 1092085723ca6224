"""The OpenAPI description of every model, generated from its schema."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from roomstage.models import Model, registry
from roomstage.server import openapi_service
from roomstage.version import __version__

_ERRORS = {
    400: "A field is missing or wrong; `field` names it",
    401: "There are API keys, and this request has none of them",
    404: "No such model",
    406: "Insufficient credits",
    409: "The first request with this Idempotency-Key has not ended",
    410: "The answer to this Idempotency-Key is kept no more",
    413: "The body or a picture is too large",
    415: "The body is neither JSON nor a form",
    422: "This Idempotency-Key came with another request",
    429: "Too many requests are waiting; see Retry-After",
    500: "A fault of the server",
    503: "The engine can't run, or nothing can be kept",
    504: "It took longer than a synchronous call may",
}
_ERROR_SCHEMA = {
    "type": "object",
    "required": ["error", "code", "request_id"],
    "properties": {
        "error": {"type": "string", "description": "What is wrong and what to give instead"},
        "code": {"type": "string"},
        "field": {"type": ["string", "null"]},
        "request_id": {"type": "string"},
        "type": {"type": "string", "description": "Of RFC 9457, as are the next three"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
}
_HEADERS = {
    "x-request-id": "Id of the request, also in the log",
    "x-remaining-credits": "Credits left",
    "x-cost": "Credits that this call took",
    "x-roomstage-job": "Id of the call in the history",
    "x-generation-time": "Seconds of work",
    "x-seed-value": "The seed that was used",
    "x-output-metadata": "JSON: width, height, placement, pixels changed",
    "x-roomstage-warnings": "JSON list of what was repaired or guessed, if anything was",
}


def describe(app: FastAPI) -> dict[str, Any]:
    """The whole document; FastAPI serves what this returns at /openapi.json."""
    if app.openapi_schema is None:
        app.openapi_schema = {
            "openapi": "3.1.0",
            "info": {"title": app.title, "version": __version__, "description": app.description},
            "paths": {
                f"/v1/{model.slug}": {"post": _operation(model)} for model in registry().values()
            }
            | {f"/v2/{model.slug}": {"post": _submission(model)} for model in registry().values()}
            | openapi_service.paths()
            | _plain_paths(),
            "components": {
                "schemas": {"Error": _ERROR_SCHEMA, **openapi_service.SCHEMAS},
                "securitySchemes": openapi_service.SECURITY,
            },
        }
    return app.openapi_schema


def _operation(model: Model) -> dict[str, Any]:
    schema = model.schema.model_json_schema()
    return {
        "operationId": model.slug.replace("-", "_"),
        "summary": model.summary,
        "tags": ["models"],
        "security": [{}, {"key": []}, {"bearer": []}],
        "parameters": [openapi_service.IDEMPOTENCY_KEY],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": schema},
                "multipart/form-data": {"schema": _with_files(schema, model)},
            },
        },
        "responses": {"200": _success()} | {str(s): _failure(t) for s, t in _ERRORS.items()},
    }


def _submission(model: Model) -> dict[str, Any]:
    """The same request, answered by a job."""
    operation = _operation(model)
    reference = {"$ref": "#/components/schemas/Submitted"}
    taken = {
        "description": "Taken on: poll status_url",
        "content": {"application/json": {"schema": reference}},
    }
    unlike = {"200", "409", "410", "504"}
    errors = {s: text for s, text in operation["responses"].items() if s not in unlike}
    return operation | {
        "operationId": "submit_" + operation["operationId"],
        "summary": f"{model.summary}: submit, to poll later",
        "responses": {"200": taken, **errors},
    }


def _with_files(schema: dict[str, Any], model: Model) -> dict[str, Any]:
    pictures = {
        name: {
            "type": "string",
            "format": "binary",
            "description": schema["properties"][name].get("description", ""),
        }
        for name in model.schema.image_roles()
    }
    return schema | {"properties": schema["properties"] | pictures}


def _success() -> dict[str, Any]:
    picture = {"schema": {"type": "string", "format": "binary"}}
    in_json = {"schema": {"type": "object", "properties": {"image": {"type": "string"}}}}
    return {
        "description": 'The picture; with "base64": true as JSON',
        "headers": {
            name: {"description": text, "schema": {"type": "string"}}
            for name, text in _HEADERS.items()
        },
        "content": {
            "image/png": picture,
            "image/jpeg": picture,
            "image/webp": picture,
            "application/json": in_json,
        },
    }


def _failure(text: str) -> dict[str, Any]:
    reference = {"$ref": "#/components/schemas/Error"}
    return {"description": text, "content": {"application/json": {"schema": reference}}}


def _plain_paths() -> dict[str, Any]:
    summaries = {
        "/v1/models": "The models and their schemas",
        "/health/live": "Is the process alive",
        "/health/ready": "Can it do its work",
    }
    return {
        path: {
            "get": {
                "summary": text,
                "tags": ["service"],
                "responses": {
                    "200": {"description": "Yes", "content": {"application/json": {}}},
                    "503": _failure("Not now"),
                },
            }
        }
        for path, text in summaries.items()
    }
