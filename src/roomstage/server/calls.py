"""One call of a model: body to parameters and pictures, run, answer."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from roomstage.models import Model, Output
from roomstage.models.base import RoomStore
from roomstage.params import Params
from roomstage.pipeline import Progress
from roomstage.server import body
from roomstage.service import sources

_METADATA = ("engine", "placement", "removal", "pixels_changed", "pixels_identical")
_MAX_HEADER = 4096  # common proxies refuse 8 kB of headers altogether


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request whose every field was checked and whose pictures are here."""

    params: Params
    pictures: Mapping[str, bytes]
    read_ms: float
    at: float = field(default_factory=time.perf_counter)


@dataclass(frozen=True, slots=True)
class Caller:
    """What calls of any model share."""

    fetcher: sources.Fetches
    rooms: RoomStore
    engine: str
    remaining_credits: int

    def prepare(self, model: Model, content: bytes, content_type: str | None) -> Prepared:
        """Check the fields, then fetch or decode the pictures' bytes.

        Raises:
            InvalidInput: a field is wrong or a picture can't be had.
        """
        return self.prepare_fields(model, body.fields(content, content_type))

    def prepare_fields(self, model: Model, given: Mapping[str, Any]) -> Prepared:
        """The same for fields that are taken apart already."""
        start = time.perf_counter()
        known = {name: given[name] for name in model.schema.model_fields if name in given}
        params = model.schema.parse(known)
        pictures = sources.read_all(params, self.fetcher)
        return Prepared(params, pictures, (time.perf_counter() - start) * 1000)

    def execute(self, model: Model, progress: Progress | None, prepared: Prepared) -> Response:
        """Run the model and put its output into an answer; `progress` is told of each step.

        Raises:
            InvalidInput: a picture or mask can't be used.
            EngineUnavailable: the engine can't run on this machine.
        """
        start = time.perf_counter()
        output = model.run(
            prepared.params,
            prepared.pictures,
            rooms=self.rooms,
            engine=self.engine,
            progress=progress,
        )
        seconds = time.perf_counter() - start
        timings = {
            "read": prepared.read_ms,
            "wait": (start - prepared.at) * 1000,
            **output.report.get("timings_ms", {}),
            "run": seconds * 1000,
        }
        headers = {
            "x-remaining-credits": str(self.remaining_credits),
            "x-generation-time": f"{seconds:.3f}",
            "x-seed-value": str(output.seed),
            "x-output-metadata": _metadata(output),
            "server-timing": _server_timing(timings),
            "cache-control": "no-store",
        }
        warnings = _bounded(list(output.report.get("warnings", ())))
        if warnings:
            headers["x-roomstage-warnings"] = json.dumps(warnings)
        return _answer(output, headers, as_json=bool(getattr(prepared.params, "base64", False)))


def _answer(output: Output, headers: Mapping[str, str], *, as_json: bool) -> Response:
    if as_json:
        text = base64.b64encode(output.data).decode("ascii")
        return Response(f'{{"image":"{text}"}}', 200, dict(headers), "application/json")
    return Response(output.data, 200, dict(headers), output.content_type)


def _metadata(output: Output) -> str:
    width, height = output.size
    told: dict[str, Any] = {
        "width": width,
        "height": height,
        "image_format": output.content_type.removeprefix("image/"),
        "seed": output.seed,
    }
    more = told | {name: output.report[name] for name in _METADATA if name in output.report}
    text = json.dumps(more)
    return text if len(text) <= _MAX_HEADER else json.dumps(told)


def _server_timing(milliseconds: Mapping[str, float]) -> str:
    named = {re.sub(r"[^A-Za-z0-9_-]", "_", name): ms for name, ms in milliseconds.items()}
    return ", ".join(f"{name};dur={ms:.1f}" for name, ms in named.items())


def _bounded(warnings: list[str]) -> list[str]:
    while warnings and len(json.dumps(warnings)) > _MAX_HEADER:
        warnings.pop()
    return warnings
