"""Pictures handed in beforehand: their links are taken as inputs without a fetch."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from roomstage import inputs
from roomstage.errors import InvalidParameter
from roomstage.server import body
from roomstage.server.access import Access
from roomstage.server.asking import Asked
from roomstage.server.config import Config
from roomstage.server.links import Links, gone
from roomstage.server.samples import Samples
from roomstage.service.sources import Fetches
from roomstage.service.store import Store

_PATH = re.compile(r"/(assets|results)/([0-9a-f-]{32,36})\.[a-z]{3,4}")
_MOST = 16  # pictures in one request
_SUFFIXES = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp", "GIF": "gif", "BMP": "bmp"}
_LEAST_SECONDS = 3600.0  # even where nothing is kept, an upload waits for its request


@dataclass(frozen=True, slots=True)
class Assets:
    """Finds the files behind the service's own links."""

    store: Store
    links: Links

    def data(self, url: str) -> bytes | None:
        """The file that a good link of ours names, or None if it is none or the file is gone."""
        path = self.links.own_path(url)
        match = None if path is None else _PATH.fullmatch(path)
        if match is None:
            return None
        if match[1] == "assets":
            found = self.store.uploads.get(match[2])
            return None if found is None else found[1]
        job = self.store.jobs.find(match[2])
        return None if job is None else self.store.jobs.result_of(job)

    def resolved(self, asked: Asked) -> Asked:
        """The request with the pictures behind our own links in it, which may expire before it."""
        found = {name: data for name, url in asked.urls.items() if (data := self.data(url))}
        return replace(
            asked,
            pictures=asked.pictures | found,
            urls={name: url for name, url in asked.urls.items() if name not in found},
        )


@dataclass(frozen=True, slots=True)
class AssetsFirst:
    """A fetcher that looks at home before it goes out."""

    assets: Assets
    samples: Samples
    outside: Fetches

    def fetch(self, url: str, *, field: str) -> bytes:
        """The body behind `url`; raises FetchRefused."""
        here = self.assets.data(url) or self.samples.data(url)
        return here or self.outside.fetch(url, field=field)


def routes(config: Config, access: Access, store: Store, links: Links) -> APIRouter:
    """Uploading, and the files by their links."""
    router = APIRouter(include_in_schema=False, redirect_slashes=False)

    async def upload(request: Request) -> Response:
        payer = await access.payer(request)
        limits = access.begin(payer)
        content = await body.read(
            request, max_bytes=config.max_body_mb * 1_000_000, seconds=config.body_seconds
        )
        content_type = request.headers.get("content-type")
        base = links.base(request)

        def keep() -> list[str]:
            pictures = _pictures(body.fields(content, content_type))
            kinds = [inputs.kind_of_file(data, field=name) for name, data in pictures]
            seconds = max(float(config.retention), _LEAST_SECONDS)
            urls = []
            for (_, data), kind in zip(pictures, kinds, strict=True):
                kept = store.uploads.keep(payer.id, data, f"image/{kind.lower()}", seconds=seconds)
                path = f"/assets/{kept.id}.{_SUFFIXES.get(kind, kind.lower())}"
                urls.append(links.make(base, path, kept.expires_at))
            return urls

        urls = await run_in_threadpool(keep)
        headers = limits | {"x-remaining-credits": str(await access.credits(payer))}
        told = {"file_urls": urls, "urls": urls, "message": "uploaded"}
        return JSONResponse(told, headers=headers)

    async def asset(request: Request, name: str) -> Response:
        query = request.query_params
        links.check(f"/assets/{name}", query.get("expires", ""), query.get("signature", ""))
        found = await run_in_threadpool(store.uploads.get, name.partition(".")[0])
        if found is None:
            raise gone()
        headers = {"cache-control": "private, max-age=300"}
        return Response(found[1], 200, headers, found[0].content_type)

    for path in ("/upload-asset", "/inference-request/input-upload"):
        for each in (path, f"{path}/"):
            router.add_api_route(each, upload, methods=["POST"])
    router.add_api_route("/assets/{name}", asset, methods=["GET", "HEAD"])
    return router


def _pictures(given: dict[str, Any]) -> list[tuple[str, bytes]]:
    """The files of a request by what they are called in errors."""
    listed = given.get("data_urls")
    if listed is None:
        files = [(name, value) for name, value in given.items() if isinstance(value, bytes)]
    elif isinstance(listed, list) and all(isinstance(each, str) for each in listed):
        files = [
            (f"data_urls[{n}]", _decoded(each, n)) for n, each in enumerate(listed[: _MOST + 1])
        ]
    else:
        raise _wrong()
    if not files:
        raise _wrong()
    if len(files) > _MOST:
        raise HTTPException(413, f"more than {_MOST} pictures: send them in several requests")
    return files


def _decoded(text: str, number: int) -> bytes:
    return inputs.bytes_from_text(text, field=f"data_urls[{number}]")


def _wrong() -> InvalidParameter:
    return InvalidParameter(
        'data_urls is missing: give {"data_urls": ["data:image/png;base64,..."]} or a form with '
        "files",
        field="data_urls",
    )
