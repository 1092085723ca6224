"""What can be called here, for machines and for language models; and what can't."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse, Response

from roomstage.models import Model, lack_of
from roomstage.server.links import Links

_NOT_HERE = (  # of the hosted API, on the same root
    "/workflows/{rest:path}",
    "/webhook/{rest:path}",
    "/finetune/{rest:path}",
)


def routes(
    models: Callable[[], Mapping[str, Model]], prices: Mapping[str, int], links: Links
) -> APIRouter:
    """The list of models as JSON and as text, and a plain 501 for the rest of the hosted API."""
    router = APIRouter(include_in_schema=False, redirect_slashes=False)

    async def listing(request: Request) -> Response:
        base = links.base(request)
        listed = [_listed(model, prices, base) for model in models().values()]
        return JSONResponse({"models": listed})

    async def text(request: Request) -> Response:
        base = links.base(request)
        lines = [
            "# roomstage",
            "",
            "> Put the product of one photo into the room of another. Calls are those of the "
            "hosted API of Segmind: POST JSON to /v1/{model} for the picture's bytes, or to "
            "/v2/{model} and poll.",
            "",
            "## Models",
            "",
            *(
                f"- [{model.slug}]({base}/models/{model.slug}/llms.txt): {model.summary}"
                for model in models().values()
            ),
            "",
            f"OpenAPI: {base}/openapi.json",
        ]
        return PlainTextResponse("\n".join(lines) + "\n")

    async def model_text(request: Request, slug: str) -> Response:
        model = models().get(slug)
        if model is None:
            raise HTTPException(404)
        return PlainTextResponse(_described(model, prices, links.base(request)))

    async def not_here(rest: str) -> Response:
        raise HTTPException(
            501, "this part of the hosted API does not exist here: see /llms.txt for what does"
        )

    def add(path: str, handler: Callable[..., object], methods: list[str]) -> None:
        router.add_api_route(path, handler, methods=methods)

    for path in ("/inference-model-information/list", "/inference-model-information/list/"):
        add(path, listing, ["GET", "HEAD"])
    add("/llms.txt", text, ["GET", "HEAD"])
    add("/models/{slug}/llms.txt", model_text, ["GET", "HEAD"])
    for path in _NOT_HERE:
        add(path, not_here, ["GET", "POST", "PUT", "DELETE"])
    return router


def _listed(model: Model, prices: Mapping[str, int], base: str) -> dict[str, object]:
    lacking = lack_of(model)
    return {
        "slug": model.slug,
        "model_name": model.slug,
        "summary": model.summary,
        "url": f"{base}/v1/{model.slug}",
        "credits": prices[model.slug],
        "available": lacking is None,
        "reason": lacking,
        "schema": model.schema.model_json_schema(),
    }


def _described(model: Model, prices: Mapping[str, int], base: str) -> str:
    schema = model.schema.model_json_schema()
    required = set(schema.get("required", ()))
    fields = [
        f"- {name}{' (required)' if name in required else ''}: {field.get('description', '')}"
        for name, field in schema["properties"].items()
    ]
    head = [
        f"# {model.slug}",
        "",
        f"> {model.summary}. Costs {prices[model.slug]} credits a picture.",
        "",
        f"POST {base}/v1/{model.slug} answers the picture's bytes.",
        f"POST {base}/v2/{model.slug} answers a request_id and URLs to poll.",
        "Header x-api-key: your key.",
        "",
        "## Fields",
        "",
    ]
    return "\n".join(head + fields) + "\n"
