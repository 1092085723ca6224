"""The OpenAPI description of every model, generated from its schema."""

from __future__ import annotations

import json
from typing import Any

from fastapi import FastAPI

from roomstage.engines import choices
from roomstage.models import Model, lack_of, registry
from roomstage.server import openapi_errors, openapi_service
from roomstage.server.config import Config
from roomstage.server.offers import offered
from roomstage.version import __version__

ABOUT = "The photo of a room and the photo of a product in, the room with that very product out."
_HEADERS = {
    "x-request-id": "Id of the request, also in the log",
    "x-remaining-credits": "Credits left",
    "x-cost": "Credits that this call took",
    "x-roomstage-job": "Id of the call in the history",
    "x-generation-time": "Seconds of work",
    "x-seed-value": "The seed that was used",
    "x-output-metadata": "JSON: width, height, placement, pixels changed, box of each variant",
    "x-roomstage-warnings": "JSON list of what was repaired or guessed, if anything was",
}

# Clients write numbers and words in known ways; `params` takes them.
_CONSTRAINTS = ("type", "enum", "format", "minimum", "maximum", "minLength", "maxLength")
_NUMBER = {"type": "string", "maxLength": 40, "pattern": r"^\s*[+-]?[0-9.]+([eE][+-]?[0-9]+)?\s*$"}
_YES, _NO = "[tT]([rR][uU][eE])?|[yY]([eE][sS])?|[oO][nN]|1", "[fF]([aA][lL][sS][eE])?|[nN][oO]?"
_TRUTH = f"^({_YES}|{_NO}|[oO][fF][fF]|0)$"
_LOOSE: dict[str, tuple[dict[str, Any], ...]] = {
    "integer": (_NUMBER,),
    "number": (_NUMBER,),
    "boolean": ({"type": "string", "pattern": _TRUTH}, {"type": "number", "enum": [0, 1]}),
}


def describe(app: FastAPI, config: Config) -> dict[str, Any]:
    """The whole document; FastAPI serves what this returns at /openapi.json."""
    if app.openapi_schema is None:
        app.openapi_schema = document(config)
    return app.openapi_schema


def document(config: Config, *, anywhere: bool = False) -> dict[str, Any]:
    """The description of a server with these settings; `x-limits` tells what they allow.

    Args:
        config: the settings.
        anywhere: leave out what depends on the machine: which models and engines can run on it.
    """
    models = registry().values()
    engines = frozenset(choices()) if anywhere else offered(config)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "roomstage",
            "version": __version__,
            "description": ABOUT,
            "x-limits": _limits(config),
        },
        "paths": {
            f"/v1/{model.slug}": {"post": _operation(model, engines, here=not anywhere)}
            for model in models
        }
        | {
            f"/v2/{model.slug}": {"post": _submission(model, engines, here=not anywhere)}
            for model in models
        }
        | openapi_service.paths()
        | _plain_paths(),
        "webhooks": openapi_service.webhooks(),
        "components": {
            "schemas": {"Error": openapi_errors.SCHEMA, **openapi_service.SCHEMAS},
            "securitySchemes": openapi_service.SECURITY,
        },
    }


def _limits(config: Config) -> dict[str, int | str | bool]:
    return {
        "body_megabytes": config.max_body_mb,
        "sync_seconds": config.sync_seconds,
        "job_seconds": round(config.for_workers().job_seconds),
        "retention_seconds": config.retention,
        "calls_per_account": config.account_rate,
        "jobs_per_account": config.account_jobs,
        "waiting_requests": config.max_waiting,
        "pictures_by_url": config.fetch,
    }


def _operation(model: Model, engines: frozenset[str], *, here: bool) -> dict[str, Any]:
    schema = model.schema.model_json_schema()
    named = schema["properties"].get("engine")
    if named is not None:
        named["enum"] = [name for name in named["enum"] if name in engines]
    return {
        "operationId": model.slug.replace("-", "_"),
        "summary": model.summary,
        **(_not_installed(model) if here else {}),
        "tags": ["models"],
        "security": [{}, {"key": []}, {"bearer": []}],
        "parameters": [openapi_service.IDEMPOTENCY_KEY],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": _in_json(schema)},
                "multipart/form-data": {"schema": _with_files(schema, model)},
            },
        },
        "responses": {"200": _success()} | openapi_errors.responses(),
    }


def _not_installed(model: Model) -> dict[str, str]:
    reason = lack_of(model)
    return {} if reason is None else {"description": f"**Not installed here:** {reason}"}


def _submission(model: Model, engines: frozenset[str], *, here: bool) -> dict[str, Any]:
    """The same request, answered by a job."""
    operation = _operation(model, engines, here=here)
    reference = {"$ref": "#/components/schemas/Submitted"}
    taken = {
        "description": "Taken on: poll status_url",
        "content": {"application/json": {"schema": reference}},
    }
    unlike = {"200", "409", "410", "504"}
    errors = {s: text for s, text in operation["responses"].items() if s not in unlike}
    return operation | {
        "parameters": [*operation["parameters"], openapi_service.WEBHOOK_HEADER],
        "requestBody": {
            "required": True,
            "content": {
                kind: {"schema": _with_webhook(body["schema"], kind)}
                for kind, body in operation["requestBody"]["content"].items()
            },
        },
        "operationId": "submit_" + operation["operationId"],
        "summary": f"{model.summary}: submit, to poll later",
        "responses": {"200": taken, **errors},
    }


def _with_webhook(schema: dict[str, Any], kind: str) -> dict[str, Any]:
    field = openapi_service.WEBHOOK
    if kind == "application/json":
        field = field | {"type": ["string", "null"]}
    return schema | {"properties": schema["properties"] | {"webhook_url": field}}


def _in_json(schema: dict[str, Any]) -> dict[str, Any]:
    """With the ways in which clients write numbers and words, which are taken too."""
    required = schema.get("required", ())
    return schema | {
        "properties": {
            name: _loosely(field, nullable=name not in required)
            for name, field in schema["properties"].items()
        }
    }


def _loosely(field: dict[str, Any], *, nullable: bool) -> dict[str, Any]:
    plain = _without_null(field)
    kind = "choice" if "enum" in plain else plain.get("type", "")
    loose = (_in_any_case(plain["enum"]),) if kind == "choice" else _LOOSE.get(kind, ())
    forms = [{key: plain[key] for key in _CONSTRAINTS if key in plain}, *loose]
    if nullable:
        forms.append({"type": "null"})
    if len(forms) == 1:
        return field
    return {key: value for key, value in field.items() if key not in (*_CONSTRAINTS, "anyOf")} | {
        "anyOf": forms
    }


def _in_any_case(words: list[str]) -> dict[str, Any]:
    """Text that is one of `words` in capitals or not, with blanks around it; jpg is jpeg."""
    known = [*words, "jpg"] if "jpeg" in words else words

    def letter(one: str) -> str:
        return f"[{one.lower()}{one.upper()}]" if one.isalpha() else one

    spelt = "|".join("".join(letter(one) for one in word) for word in known)
    return {"type": "string", "pattern": rf"^\s*({spelt})\s*$"}


def _with_files(schema: dict[str, Any], model: Model) -> dict[str, Any]:
    pictures = {
        name: {
            "type": "string",
            "format": "binary",
            "description": schema["properties"][name].get("description", ""),
        }
        for name in model.schema.image_roles()
    }
    words = {name: _without_null(field) for name, field in schema["properties"].items()}
    return schema | {"properties": words | pictures}


def _without_null(field: dict[str, Any]) -> dict[str, Any]:
    """A form has no null: what is not given is left out."""
    kinds = [kind for kind in field.get("anyOf", []) if kind != {"type": "null"}]
    if len(kinds) != 1:
        return field
    rest = {name: value for name, value in field.items() if name not in ("anyOf", "default")}
    return rest | kinds[0]


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
                    "503": openapi_errors.failure("Not now"),
                },
            }
        }
        for path, text in summaries.items()
    }


if __name__ == "__main__":  # > web/api/openapi.json, from which the pages' code samples are made
    print(json.dumps(document(Config(), anywhere=True), indent=1))
