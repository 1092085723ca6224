"""The web pages and the sample pictures they offer: files of the package, served as they are.

`web/` is built into the folder `pages` beside this file when the package is installed
(hatch_build.py); a server without it answers everything else.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Container, Mapping
from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, JSONResponse, Response

from roomstage.server import samples
from roomstage.version import __version__

_BUILT = Path(str(files("roomstage.server"))) / "pages"
_FOREVER = {  # names of built files hold their content's hash
    "cache-control": "public, max-age=31536000, immutable",
    "vary": "accept-encoding",
}
_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' blob: data:",
        "style-src 'self' 'unsafe-inline'",  # the canvas sets styles of its elements
        "connect-src 'self' blob: data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
    )
)
_PAGE_HEADERS = {
    "cache-control": "no-cache",
    "content-security-policy": _POLICY,
    "referrer-policy": "no-referrer",
    "vary": "accept, accept-encoding",
}
_NOT_BUILT = (
    "the pages are not built into this package: install it without ROOMSTAGE_NO_PAGES, "
    "or use the API, which /openapi.json describes"
)


def routes(models: Callable[[], Container[str]]) -> APIRouter:
    """The studio, the API page, and what they are made of.

    Args:
        models: tells the names that have a page under `/models/`.
    """
    router = APIRouter(include_in_schema=False, redirect_slashes=False)

    def front(request: Request) -> Response:
        """The studio for people, a few facts for programs."""
        if "text/html" in request.headers.get("accept", ""):
            return _page(request, "studio.html")
        return JSONResponse(
            {
                "name": "roomstage",
                "version": __version__,
                "docs": "/docs",
                "openapi": "/openapi.json",
                "models": "/v1/models",
            },
            headers={"vary": "accept"},
        )

    def api_page(request: Request) -> Response:
        return _page(request, "api.html")

    def model_page(request: Request, slug: str) -> Response:
        """The same page; it says so where there is no such model, and so does the status."""
        return _page(request, "api.html", 200 if slug in models() else 404)

    def built(request: Request, path: str) -> Response:
        return _file(request, _BUILT / "static", path, _FOREVER)

    def sample(request: Request, path: str) -> Response:
        return _file(request, samples.folder(), path, {"cache-control": "public, max-age=3600"})

    def get(path: str, handler: Callable[..., object]) -> None:
        router.add_api_route(path, handler, methods=["GET", "HEAD"])

    get("/", front)
    for path in ("/docs", "/models"):
        get(path, api_page)
    get("/models/{slug}", model_page)
    get("/static/{path:path}", built)
    get("/samples/{path:path}", sample)
    return router


def _page(request: Request, name: str, status: int = 200) -> Response:
    if not (_BUILT / name).is_file():
        raise HTTPException(404, _NOT_BUILT)
    return _file(request, _BUILT, name, _PAGE_HEADERS, status)


def _file(
    request: Request, folder: Path, path: str, headers: Mapping[str, str], status: int = 200
) -> Response:
    """A file of a folder, in the compressed form made with it where there is one."""
    found = _within(folder, path)
    if found is None:
        raise HTTPException(404)
    kind = mimetypes.guess_type(found.name)[0] or "application/octet-stream"
    told = {"x-content-type-options": "nosniff", **headers}
    small = found.with_name(found.name + ".gz")
    if "gzip" in request.headers.get("accept-encoding", "") and small.is_file():
        found, told["content-encoding"] = small, "gzip"
    return FileResponse(found, status, told, kind)


def _within(folder: Path, path: str) -> Path | None:
    """The file of that path in a folder, or None if there is none."""
    try:
        found = (folder / path).resolve()
        return found if found.is_relative_to(folder.resolve()) and found.is_file() else None
    except (OSError, ValueError):  # too long, or no path at all
        return None
