"""A request's body, read within limits, then taken apart into fields."""

from __future__ import annotations

import asyncio
import json
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field, File, FormParser, parse_options_header
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from roomstage.errors import InvalidParameter

_MAX_FORM_FIELDS = 200
_CLOSE = {"Connection": "close"}  # what is left of the body is not worth reading


async def read(request: Request, *, max_bytes: int, seconds: float) -> bytes:
    """The whole body.

    Raises:
        HTTPException: 413 when it is larger than `max_bytes`, as soon as that is known; 408 when
            it takes longer than `seconds`; 415 when it is compressed.
    """
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise HTTPException(415, "the body is compressed: send it plain", _CLOSE)
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:30]) > max_bytes:
        raise _too_large(max_bytes)
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > max_bytes:
                    raise _too_large(max_bytes)
    except TimeoutError:
        raise HTTPException(408, f"the body took longer than {seconds} s", _CLOSE) from None
    except ClientDisconnect:
        raise HTTPException(400, "the connection closed before the body was whole") from None
    return bytes(body)


def fields(body: bytes, content_type: str | None) -> dict[str, Any]:
    """The fields of a JSON object or a form, by name; of a repeated name the last counts.

    JSON is recognised by its first byte too, since many clients send it under a wrong type.

    Raises:
        InvalidParameter: the body is not what it says it is.
        HTTPException: 415 when it is neither JSON nor a form.
    """
    kind, options = parse_options_header((content_type or "").encode("latin-1", "replace"))
    if kind == b"multipart/form-data":
        return _multipart(body, options.get(b"boundary"))
    if kind == b"application/json" or kind.endswith(b"+json") or _looks_like_json(body):
        return _json(body)
    if kind == b"application/x-www-form-urlencoded":
        return _urlencoded(body)
    if not content_type or not body:
        return _json(body)
    raise HTTPException(415, "send a JSON object (application/json) or multipart/form-data")


def _too_large(max_bytes: int) -> HTTPException:
    megabytes = max_bytes // 1_000_000
    return HTTPException(413, f"the body has more than {megabytes} MB: send less", _CLOSE)


def _looks_like_json(body: bytes) -> bool:
    return body[:64].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00")[:1] in (b"{", b"[")


def _json(body: bytes) -> dict[str, Any]:
    try:
        text = body.decode(json.detect_encoding(body))
        parsed = json.loads(text.removeprefix("\ufeff"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise InvalidParameter(
            "the body is no valid JSON: send one JSON object with the model's fields"
        ) from None
    if not isinstance(parsed, dict):
        raise InvalidParameter("the body is no JSON object: send one with the model's fields")
    return parsed


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _urlencoded(body: bytes) -> dict[str, Any]:
    try:
        pairs = parse_qsl(
            body.decode("utf-8"),
            keep_blank_values=True,
            max_num_fields=_MAX_FORM_FIELDS,
            errors="strict",
        )
    except ValueError:
        raise InvalidParameter("the body is no valid form: send JSON or a form") from None
    return dict(pairs)


def _multipart(body: bytes, boundary: bytes | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    parts, whole = 0, False

    def keep(name: bytes | None, value: Any) -> None:
        nonlocal parts
        found[(name or b"").decode("utf-8", "replace")] = value
        parts += 1  # not the fields: a name may come again and again
        if parts > _MAX_FORM_FIELDS:
            raise FormParserError("too many fields")

    def on_end() -> None:
        nonlocal whole
        whole = True

    def on_field(part: Field) -> None:
        keep(part.field_name, _text_if_text(part.value or b""))

    def on_file(part: File) -> None:
        part.file_object.seek(0)
        keep(part.field_name, part.file_object.read())

    config = {"MAX_MEMORY_FILE_SIZE": float("inf")}  # the body is in memory: no temporary files
    try:
        if boundary is None:
            raise FormParserError("no boundary")
        parser = FormParser(
            "multipart/form-data", on_field, on_file, on_end, boundary, config=config
        )
        parser.write(body)
        parser.finalize()
        if not whole:  # the parser itself takes a form that stops half way
            raise FormParserError("no end")
    except FormParserError:
        raise InvalidParameter(
            "the body is no valid multipart/form-data: check its boundary and parts"
        ) from None
    return found


def _text_if_text(value: bytes) -> str | bytes:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value
