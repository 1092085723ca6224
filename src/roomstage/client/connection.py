"""What the blocking and the asynchronous connection have in common: everything but the waiting."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx2

from roomstage.client.again import Patience
from roomstage.client.exchange import Ask, Listen, Reply, Unanswered
from roomstage.errors import InvalidParameter
from roomstage.version import __version__

KEY_VARIABLE = "ROOMSTAGE_API_KEY"
DEFAULT_URL = "http://127.0.0.1:8000"
_LOCAL = ("127.0.0.1", "localhost", "::1")
_VERSIONS = ("/v1", "/v2")

__all__ = ["BROKEN", "DEFAULT_URL", "arguments", "patience", "reply", "settings", "unanswered"]

# What may be another time better. `InvalidURL` and the like are faults of the program.
BROKEN = (httpx2.TransportError, httpx2.DecodingError)


def settings(base_url: str, api_key: str | None, timeout: float) -> dict[str, Any]:
    """Arguments of the client of httpx2.

    Raises:
        InvalidParameter: `base_url` is no http or https URL, or `api_key` no key.
    """
    root = base_url.strip().rstrip("/")
    for version in _VERSIONS:  # clients of the hosted API have it in their base URL
        root = root.removesuffix(version)
    host = _host(root)
    if host is None:
        raise InvalidParameter(
            f"base_url is {base_url[:80]!r}: give the server's root, as in {DEFAULT_URL}",
            field="base_url",
        )
    key = (api_key if api_key is not None else os.environ.get(KEY_VARIABLE, "")).strip()
    if not all("!" <= character <= "~" for character in key):
        raise InvalidParameter(
            "api_key is no key: give it as `roomstage keys create` printed it", field="api_key"
        )
    headers = {"User-Agent": f"roomstage-client/{__version__}", "Accept": "*/*"}
    return {
        "base_url": root,
        "headers": headers | ({"x-api-key": key} if key else {}),
        "timeout": timeout,
        "trust_env": host not in _LOCAL,  # no proxy leads to this machine
        "limits": httpx2.Limits(max_connections=None, max_keepalive_connections=20),
    }


def _host(root: str) -> str | None:
    try:
        parts = urlsplit(root)
    except ValueError:
        return None
    return parts.hostname if parts.scheme in ("http", "https") else None


def patience(retries: int) -> Patience:
    """How often a request is sent again."""
    return Patience(retries=max(0, retries))


def arguments(ask: Ask | Listen) -> dict[str, Any]:
    """Arguments of httpx2's `request`, or of `sse`."""
    if isinstance(ask, Listen):
        return {"url": ask.path, "timeout": httpx2.Timeout(ask.silence)}
    given: dict[str, Any] = {"method": ask.method, "url": ask.path, "headers": dict(ask.headers)}
    if ask.files:
        given["files"] = {name: (file.name, file.data) for name, file in ask.files.items()}
    if ask.fields:
        given["data"] = dict(ask.fields)
    if ask.query:
        given["params"] = dict(ask.query)
    if ask.seconds is not None:
        given["timeout"] = ask.seconds
    return given


def reply(answer: httpx2.Response, content: bytes | None = None) -> Reply:
    """An answer as conversations know it."""
    headers: Mapping[str, str] = {name.lower(): value for name, value in answer.headers.items()}
    return Reply(answer.status_code, headers, answer.content if content is None else content)


def unanswered(error: Exception) -> Unanswered:
    """What a conversation is told of a broken connection."""
    return Unanswered(str(error) or type(error).__name__)
