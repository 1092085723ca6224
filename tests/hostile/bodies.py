"""Groups 64, 92 to 112, 114, 120 and 122: requests as strangers send them."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from .texts import PLAIN

PATH = "/v1/furniture-staging"
JSON = "application/json"
FORM = "multipart/form-data; boundary=x"
LIMIT = 64_000_000  # bytes of a body, the default

# The room stands in as its own product under a mask: what matters here is the request.
FIELDS: dict[str, Any] = {
    "prompt": "a box",
    "main_image": PLAIN,
    "overlay_image": PLAIN,
    "steps": 10,
}


@dataclass(frozen=True)
class Body:
    """One request, and the status that it must get."""

    group: int
    name: str
    content: bytes | Callable[[], bytes]
    status: int
    blames: str | None = None  # the field at fault
    kind: str | None = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"
    path: str = PATH

    @property
    def data(self) -> bytes:
        """The body itself."""
        return self.content() if callable(self.content) else self.content


def bodies(masks: Mapping[str, str]) -> list[Body]:
    """Every request; `masks` are the two masks as base64."""
    whole = {**FIELDS, **masks}
    return [
        *_no_objects(),
        *_broken_json(whole),
        *_large_json(whole),
        *_numbers(whole),
        *_words(whole),
        *_forms(whole),
        *_types(whole),
        *_packed(whole),
        *_paths(whole),
    ]


def _text(fields: Mapping[str, Any], **changed: Any) -> bytes:
    return json.dumps({**fields, **changed}).encode()


def _no_objects() -> Iterator[Body]:
    for content in (b"", b" \n", b"null", b"[]", b'"x"', b"123", b"true", b"[{}]"):
        yield Body(92, f"body {content.decode()!r}", content, 400)
    yield Body(92, "an empty object", b"{}", 400, "prompt")


def _broken_json(whole: Mapping[str, Any]) -> Iterator[Body]:
    good = _text(whole)
    text = good.decode()
    yield Body(93, "json", good, 200)
    yield Body(93, "json with a trailing comma", good[:-1] + b",}", 400)
    yield Body(93, "json in single quotes", b"{'steps': 25}", 400)
    yield Body(93, "json with comments", b"// a\n" + good, 400)
    yield Body(93, "json cut", good[:-20], 400)
    yield Body(93, "json twice", good + good, 400)
    yield Body(93, "json with a byte order mark", b"\xef\xbb\xbf" + good, 200)
    yield Body(93, "json in UTF-16", text.encode("utf-16"), 200)
    yield Body(93, "json in UTF-32", text.encode("utf-32"), 200)
    yield Body(93, "json in no UTF-8", b'{"prompt": "\xff\xfe"}', 400)
    yield Body(93, "json in half UTF-16", b"\xff\xfe{", 400)
    yield Body(93, "half a character in the prompt", _text(whole, prompt="\ud800"), 400, "prompt")
    yield Body(93, "half a character in a name", good[:-1] + b', "\\ud800": 1}', 200)
    yield Body(93, "a NUL in the prompt", _text(whole, prompt="a\0b"), 200)
    deep = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
    yield Body(94, "objects in objects", deep, 400)
    yield Body(94, "lists in lists", b"[" * 100_000, 400)
    yield Body(94, "lists in an unknown field", good[:-1] + b',"a":' + b"[" * 100_000 + b"}", 400)
    yield Body(95, "a field twice, the last wrong", good[:-1] + b', "steps": 1000}', 400, "steps")
    yield Body(95, "a field twice, the last right", b'{"steps": 1000, ' + good[1:], 200)


def _large_json(whole: Mapping[str, Any]) -> Iterator[Body]:
    def keys() -> bytes:
        many = b",".join(b'"k%d":1' % n for n in range(1_000_000))
        return b"{" + many + b"," + _text(whole)[1:]

    def colliding() -> bytes:  # numbers whose hashes collide stay text here
        many = b",".join(b'"%d":1' % (n * (2**61 - 1)) for n in range(50_000))
        return b"{" + many + b"," + _text(whole)[1:]

    def long_key() -> bytes:
        return b'{"' + b"k" * 10_000_000 + b'": 1, ' + _text(whole)[1:]

    yield Body(96, "a million unknown fields", keys, 200)
    yield Body(96, "names that might collide", colliding, 200)
    yield Body(96, "a name of 10 MB", long_key, 200)
    yield Body(114, "a byte too many", lambda: b"{" + b" " * LIMIT, 413)


def _numbers(whole: Mapping[str, Any]) -> Iterator[Body]:
    front = _text(whole)[:-1]
    for name in ("steps", "seed", "guidance", "unknown"):
        for value in ("NaN", "Infinity", "-Infinity"):
            raw = front + f', "{name}": {value}}}'.encode()
            yield Body(97, f"{name} {value}", raw, 400)
        raw = front + f', "{name}": {"9" * 5000}}}'.encode()
        yield Body(98, f"{name} of 5,000 digits", raw, 400)
    for name in ("steps", "seed", "guidance"):
        raw = front + f', "{name}": 1e999}}'.encode()
        yield Body(97, f"{name} 1e999", raw, 400, name)
    rows: dict[int, tuple[str, tuple[Any, ...], tuple[Any, ...]]] = {
        99: ("seed", (-1,), ()),
        100: ("seed", (0, 2**53, 2**63 - 1), (2**63, 2**64, -(2**63) - 1, -2)),
        101: ("seed", ("42", 42.0, " 42 ", None), (42.5, True, "x", "", "1_000", "٤٢", [42], {})),
        102: ("steps", (10, 100, 25.0, "25", 1e2), (9, 101, 0, -1, 25.5, True, "25a", "0x19")),
        103: ("guidance", (1, 50, 30.5, "7"), (0.99, 50.01, 0, -1, True, "nan", "inf", "1e999")),
        104: ("image_quality", (10, 100), (9, 101, 0, 95.5, True)),
        105: ("image_format", ("PNG", "jpg", "jpeg", " webp ", None), ("tiff", "svg", 5, [], True)),
    }
    for group, (name, right, wrong) in rows.items():
        for value in right:
            yield Body(group, f"{name} {value!r}", _text(whole, **{name: value}), 200)
        for value in wrong:
            yield Body(group, f"{name} {value!r}", _text(whole, **{name: value}), 400, name)


def _words(whole: Mapping[str, Any]) -> Iterator[Body]:
    for name, value in {
        "right to left": "أريكة رمادية",
        "zalgo": "s̸̨͝o̵͔͑f̷̧̈́ą̵̛",
        "emoji": "\U0001f6cb\ufe0f\u200d",
        "control characters": "a\x01\x1b[31mb\x7f",
        "a template": "{{7*7}} ${7*7} <%= 7 %> %s %n {0.__class__}",
        "log lines": "a\r\nERROR roomstage.server forged line\r\n",
        "sql": "'; DROP TABLE jobs; --",
        "the longest": "x" * 2000,
    }.items():
        yield Body(106, f"prompt of {name}", _text(whole, prompt=value), 200)
    for name, value in {
        "nothing": "",
        "blanks": " \t\n",
        "100 kB": "x" * 100_000,
        "no text": 5,
        "a list": ["a box"],
    }.items():
        yield Body(106, f"prompt of {name}", _text(whole, prompt=value), 400, "prompt")
    for name, value in {"null": None, "nothing": ""}.items():
        yield Body(
            64, f"masks of {name}", _text(whole, overlay_image_mask=value), 400, "overlay_image"
        )
    bare = {name: value for name, value in whole.items() if name != "main_image_mask"}
    yield Body(64, "no mask of the room", _text(bare, remove=True), 400, "remove")
    yield Body(108, "an answer in base64", _text(whole, base64=True), 200)
    yield Body(108, "an answer in base64, as text", _text(whole, base64="true"), 200)
    yield Body(108, "base64 as a word", _text(whole, base64="perhaps"), 400, "base64")
    yield Body(108, "unknown fields", _text(whole, samples=1, extra={"a": [1]}), 200)
    yield Body(108, "a picture in a list", _text(whole, main_image=[PLAIN]), 400, "main_image")


def _part(name: str, value: bytes, more: str = "") -> bytes:
    head = f'--x\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'
    return head.encode() + value + b"\r\n"


def _forms(whole: Mapping[str, Any]) -> Iterator[Body]:
    def form(*parts: bytes) -> bytes:
        good = b"".join(_part(name, str(value).encode()) for name, value in whole.items())
        return good + b"".join(parts) + b"--x--\r\n"

    yield Body(109, "form", form(), 200, kind=FORM)
    yield Body(109, "form without a boundary", form(), 400, kind="multipart/form-data")
    yield Body(109, "form of another boundary", form(), 400, kind=FORM[:-1] + "y")
    yield Body(109, "form of a long boundary", b"--x--", 400, kind=FORM[:-1] + "x" * 10_000)
    yield Body(109, "form without parts", b"no parts at all", 400, kind=FORM)
    yield Body(109, "form with an empty part", b"--x\r\n\r\n", 400, kind=FORM)
    nameless = b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--"
    yield Body(109, "form with a nameless part", nameless, 400, kind=FORM)
    yield Body(109, "form cut", form()[:-30], 400, kind=FORM)
    yield Body(109, "form without its end", form()[:-7], 400, kind=FORM)
    headers = b"--x\r\n" + b"a: " + b"b" * 1_000_000
    yield Body(109, "form with a header of 1 MB", headers, 400, kind=FORM)
    many = b"".join(_part(f"f{n}", b"1") for n in range(10_000))
    yield Body(109, "form of 10,000 parts", form(many), 400, kind=FORM)
    same = _part("f", b"1") * 10_000
    yield Body(109, "form of one name 10,000 times", form(same), 400, kind=FORM)
    path = '; filename="../../etc/passwd"'
    file = _part("main_image", PLAIN.encode(), path)
    yield Body(109, "file that holds base64", form(file), 400, "main_image", kind=FORM)
    twice = _part("steps", b"1000")
    yield Body(109, "form with a field twice", form(twice), 400, "steps", kind=FORM)
    long = _part("unknown", b"a" * 2_000_000)
    yield Body(109, "form with a long text", form(long), 200, kind=FORM)
    yield Body(
        109, "form with text of no UTF-8", form(_part("prompt", b"\xff")), 400, "prompt", kind=FORM
    )
    urlencoded = "application/x-www-form-urlencoded"
    plain = urlencode(whole).encode()
    yield Body(110, "urlencoded", plain, 200, kind=urlencoded)
    yield Body(110, "urlencoded with 5,000 fields", b"a=1&" * 5000, 400, kind=urlencoded)
    yield Body(110, "urlencoded of no UTF-8", b"prompt=%ff%fe", 400, kind=urlencoded)
    yield Body(110, "urlencoded of raw bytes", b"\xff=1", 400, kind=urlencoded)


def _types(whole: Mapping[str, Any]) -> Iterator[Body]:
    good = _text(whole)
    for kind in (
        None,
        "text/plain",
        "application/json; charset=utf-7",
        "application/problem+json",
        "text/html",
        "a/b/c;;;",
        "application/x-www-form-urlencoded",
    ):
        yield Body(111, f"json as {kind}", good, 200, kind=kind)
    yield Body(111, "xml", b"<xml/>", 415, kind="text/xml")
    yield Body(111, "a picture as body", b"\x89PNG\r\n\x1a\n", 415, kind="image/png")
    yield Body(111, "a picture without type", b"\x89PNG\r\n\x1a\n", 400, kind=None)


def _packed(whole: Mapping[str, Any]) -> Iterator[Body]:
    good = _text(whole)
    bomb = gzip.compress(bytes(50_000_000), 1)
    for coding, content in (
        ("gzip", gzip.compress(good)),
        ("deflate", zlib.compress(good)),
        ("br", b"abc"),
        ("gzip, gzip", gzip.compress(gzip.compress(good))),
        ("identity, gzip", gzip.compress(good)),
        ("x-unknown", good),
    ):
        yield Body(112, f"body in {coding}", content, 415, headers={"Content-Encoding": coding})
    yield Body(112, "body that is a bomb", bomb, 415, headers={"Content-Encoding": "gzip"})
    identity = {"Content-Encoding": "identity"}
    yield Body(112, "body in identity", good, 200, headers=identity)
    yield Body(112, "body gzipped unsaid", gzip.compress(good), 400)


def _paths(whole: Mapping[str, Any]) -> Iterator[Body]:
    good = _text(whole)
    for slug in (
        "..%2F..%2Fetc%2Fpasswd",
        "%00",
        "furniture-staging%00",
        "furniture-staging%2F..",
        "x" * 10_000,
        "FURNITURE-STAGING",
        "%ff%fe",
        "no-such-model",
        "%0d%0aSet-Cookie:%20a=b",
        "__class__",
    ):
        yield Body(120, f"slug {slug[:30]}", good, 404, path=f"/v1/{slug}")
    for method in ("PUT", "DELETE", "PATCH", "GET", "TRACE", "PURGE"):
        yield Body(122, f"method {method}", b"", 405, kind=None, method=method)
    yield Body(122, "method HEAD", b"", 405, kind=None, method="HEAD")
    yield Body(122, "method OPTIONS", b"", 405, kind=None, method="OPTIONS")
    asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "POST"}
    yield Body(122, "preflight", b"", 204, kind=None, method="OPTIONS", headers=asked)
    yield Body(
        122, "method HEAD of health", b"", 200, kind=None, method="HEAD", path="/health/live"
    )
