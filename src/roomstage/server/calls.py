"""One call of a model: body to parameters and pictures, run, answer."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pybase64
from starlette.responses import Response

from roomstage.models import Model
from roomstage.params import Params
from roomstage.server import body, offers
from roomstage.service import sources
from roomstage.service.workers import Done, Job

_METADATA = (
    "engine",
    "placement",
    "cutout",
    "removal",
    "variants",
    "light",
    "painting",
    "pixels_changed",
    "pixels_identical",
)
_MAX_HEADER = 4096  # common proxies refuse 8 kB of headers altogether


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request whose every field was checked and whose pictures are here."""

    params: Params
    pictures: Mapping[str, bytes]
    read_ms: float

    def job(self, slug: str) -> Job:
        """What a worker is told of it: pictures as bytes, the other fields as plain values."""
        fields = self.params.model_dump(exclude=set(self.params.image_roles()))
        room = self.pictures.get("main_image")
        return Job(slug, fields, self.pictures, kinship=None if room is None else hash(room))


@dataclass(frozen=True, slots=True)
class Caller:
    """What calls of any model share."""

    fetcher: sources.Fetches
    remaining_credits: int
    engines: frozenset[str] = frozenset({"cpu"})  # that requests may name

    def prepare(self, model: Model, content: bytes, content_type: str | None) -> Prepared:
        """Check the fields, then fetch or decode the pictures' bytes.

        Raises:
            InvalidInput: a field is wrong or a picture can't be had.
            EngineUnavailable: the engine that it names is not to be had here.
        """
        return self.prepare_fields(model, body.fields(content, content_type))

    def prepare_fields(self, model: Model, given: Mapping[str, Any]) -> Prepared:
        """The same for fields that are taken apart already."""
        start = time.perf_counter()
        known = {name: given[name] for name in model.schema.model_fields if name in given}
        params = model.schema.parse(known)
        offers.check(model, params, self.engines)
        pictures = sources.read_all(params, self.fetcher)
        return Prepared(params, pictures, (time.perf_counter() - start) * 1000)

    def answer(self, prepared: Prepared, done: Done) -> Response:
        """What a worker made of a request, as an answer."""
        timings = {
            "read": prepared.read_ms,
            "wait": done.waited * 1000,
            **done.report.get("timings_ms", {}),
            "run": done.seconds * 1000,
        }
        headers = {
            "x-remaining-credits": str(self.remaining_credits),
            "x-generation-time": f"{done.seconds:.3f}",
            "x-seed-value": str(done.seed),
            "x-output-metadata": _metadata(done),
            "server-timing": _server_timing(timings),
            "cache-control": "no-store",
        }
        warnings = _bounded(list(done.report.get("warnings", ())))
        if warnings:
            headers["x-roomstage-warnings"] = json.dumps(warnings)
        return _answer(done, headers, as_json=bool(getattr(prepared.params, "base64", False)))


def _answer(done: Done, headers: Mapping[str, str], *, as_json: bool) -> Response:
    if as_json:
        text = pybase64.b64encode_as_string(done.data)
        return Response(f'{{"image":"{text}"}}', 200, dict(headers), "application/json")
    return Response(done.data, 200, dict(headers), done.content_type)


def _metadata(done: Done) -> str:
    width, height = done.size
    told: dict[str, Any] = {
        "width": width,
        "height": height,
        "image_format": done.content_type.removeprefix("image/"),
        "seed": done.seed,
    }
    more = told | {name: done.report[name] for name in _METADATA if name in done.report}
    text = json.dumps(more)
    if len(text) <= _MAX_HEADER:
        return text
    if "variants" in more:  # without their boxes nobody could tell them apart
        told["variants"] = [{k: each[k] for k in ("seed", "box")} for each in more["variants"]]
    return json.dumps(told)


def _server_timing(milliseconds: Mapping[str, float]) -> str:
    named = {re.sub(r"[^A-Za-z0-9_-]", "_", name): ms for name, ms in milliseconds.items()}
    return ", ".join(f"{name};dur={ms:.1f}" for name, ms in named.items())


def _bounded(warnings: list[str]) -> list[str]:
    while warnings and len(json.dumps(warnings)) > _MAX_HEADER:
        warnings.pop()
    return warnings
