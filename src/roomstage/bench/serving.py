"""The serving measurement: what a server adds to the engine, and what becomes of it under load."""

from __future__ import annotations

import base64
import json
import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial

import numpy as np

from roomstage.bench import contestants, load
from roomstage.bench.contestants import Contestant
from roomstage.bench.document import bullets, table
from roomstage.bench.load import Call, Load, Reply
from roomstage.bench.subject import PROMPT, Request
from roomstage.service.workers.process import cpus

_IN_TURN = 12
_WARM_UP = 3  # requests for each worker, so that all know the room
_WAIT = 15.0  # seconds that a client has patience
_OVERLOAD = 5
_QUEUE = 2  # places in roomstage's queue for each worker
_NO_OP_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Measured:
    """What one server did."""

    name: str
    ready_after: float
    alone: Sequence[Reply]  # one after the other
    no_op: Load
    full: Load  # saturated by twice as many clients as workers
    half: Load
    over: Load
    killed: Reply  # whose workers were killed meanwhile
    intact: bool  # and whether it is the picture of all the others
    back_after: float  # seconds until a picture comes out again; nan: none did
    hashes: int  # different answers to equal requests

    def overhead(self, share: float) -> float:
        """A percentile of total less engine time, ms."""
        over = [reply.ms - reply.engine_ms for reply in self.alone if reply.engine_ms]
        return float(np.percentile(over, share)) if over else math.nan


def measure(
    request: Request, *, seconds: float, peer: bool, tell: Callable[[str], None] = lambda _: None
) -> list[Measured]:
    """Measure roomstage and, if wanted, its peer, one after the other in the same run."""
    workers = cpus()
    starts: list[Callable[[], AbstractContextManager[Contestant]]] = [
        partial(contestants.roomstage, workers, _QUEUE * workers)
    ]
    if peer:
        starts.append(partial(contestants.litserve, workers))
    return [_measured(start, request, workers, seconds, tell) for start in starts]


def _measured(
    start: Callable[[], AbstractContextManager[Contestant]],
    request: Request,
    workers: int,
    seconds: float,
    tell: Callable[[str], None],
) -> Measured:
    with start() as server:
        tell(f"{server.name}: ready after {server.ready_after:.1f} s")
        call = as_json(server.path, request)
        for _ in range(_WARM_UP):
            load.at_rate(server.port, call, 1000, workers / 1000, _WAIT)
        alone = load.in_turn(server.port, call, _IN_TURN, _WAIT)
        no_op = load.no_ops(server.port, server.no_op_path, min(seconds, _NO_OP_SECONDS))
        full = load.saturate(server.port, call, 2 * workers, seconds, _WAIT)
        tell(f"{server.name}: {full.rate:.1f} pictures/s")
        half = load.at_rate(server.port, call, max(0.5, full.rate / 2), seconds, _WAIT)
        over = load.at_rate(server.port, call, max(1.0, _OVERLOAD * full.rate), seconds, _WAIT)
    with start() as server:
        before = load.send(server.port, call, _WAIT)
        tell(f"{server.name}: killing its workers amid a request")
        killed, back_after = _kill(server, call, before.ms / 2000)
    same = {_picture(reply) for reply in (*alone, *full.replies, *half.replies, before)} - {""}
    return Measured(
        name=server.name,
        ready_after=server.ready_after,
        alone=alone,
        no_op=no_op,
        full=full,
        half=half,
        over=over,
        killed=killed,
        intact=_picture(killed) in same,
        back_after=back_after,
        hashes=len(same),
    )


def _kill(server: Contestant, call: Call, after: float) -> tuple[Reply, float]:
    """The reply to a request whose workers are killed, and the seconds until all is well."""
    with ThreadPoolExecutor(1) as threads:
        sent = threads.submit(load.send, server.port, call, _WAIT)
        time.sleep(after)
        start = time.perf_counter()
        server.kill_workers()
        reply = sent.result()
    if reply.status == 200:
        return reply, time.perf_counter() - start
    while time.perf_counter() - start < 2 * _WAIT:
        if load.send(server.port, call, _WAIT).status == 200:
            return reply, time.perf_counter() - start
        time.sleep(0.1)
    return reply, math.nan


def as_json(path: str, request: Request) -> Call:
    """The request as both servers take it: JSON with base64, answered by JSON with base64."""
    pictures = {
        "main_image": request.room,
        "overlay_image": request.product,
        "main_image_mask": request.mask,
        "overlay_image_mask": request.product_mask,
    }
    fields = {name: base64.b64encode(data).decode("ascii") for name, data in pictures.items()}
    fields |= {"prompt": PROMPT, "image_format": request.image_format}
    return Call(path, json.dumps(fields | {"base64": True}).encode(), "application/json")


def _picture(reply: Reply) -> str:
    return reply.picture if reply.status == 200 else ""


def report(
    results: Sequence[Measured],
    machine: Sequence[str],
    request: Request,
    seconds: float,
    origin: str,
) -> str:
    """The section of the document, as Markdown."""
    workers, size = cpus(), request.size
    parts = [
        "## Serving",
        f"`roomstage bench serve`: staging requests of {origin} at {size[0]} x {size[1]} pixels, "
        f"{request.image_format.upper()} in base64 in JSON, there and back, over loopback; the "
        f"clients run on the same CPUs. {workers} workers each, each with the same threads and its "
        f"own cache of rooms; loads of {seconds:g} s. Overhead is the client's time less the time "
        "that the model took inside its worker, requests sent one after the other. Overload is "
        f"{_OVERLOAD} times the throughput at saturation, at a fixed rate; roomstage has "
        f"{_QUEUE * workers} places in its queue, clients wait {_WAIT:g} s. Then every worker is "
        "killed by SIGKILL amid a request.",
        bullets(machine),
        table(("", *(one.name for one in results)), _rows(results)),
    ]
    return "\n\n".join(parts)


def _rows(results: Sequence[Measured]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, Callable[[Measured], str]]] = [
        ("start to ready, s", lambda one: f"{one.ready_after:.2f}"),
        ("no-op route, requests/s", lambda one: f"{one.no_op.rate:.0f}"),
        ("no-op route, p99 ms", lambda one: _ms(one.no_op.p(99))),
        ("overhead over the engine, p50 ms", lambda one: _ms(one.overhead(50))),
        ("overhead over the engine, p90 ms", lambda one: _ms(one.overhead(90))),
        ("saturated: pictures/s", lambda one: f"{one.full.rate:.1f}"),
        ("half load: p50 ms", lambda one: _ms(one.half.p(50))),
        ("half load: p99 ms", lambda one: _ms(one.half.p(99))),
        ("overload: pictures/s", lambda one: f"{one.over.rate:.1f}"),
        ("overload: pictures", lambda one: str(one.over.count())),
        ("overload: p99 of these, ms", lambda one: _ms(one.over.p(99))),
        ("overload: refused by 429", lambda one: str(one.over.count(429))),
        ("overload: p99 of these, ms", lambda one: _ms(one.over.p(99, 429))),
        ("overload: no answer or another", lambda one: str(_lost(one.over))),
        ("workers killed: answer", lambda one: _outcome(one)),
        ("workers killed: a picture again after, s", lambda one: _seconds(one.back_after)),
        ("different answers to equal requests", lambda one: str(one.hashes)),
    ]
    return [(name, *(tell(one) for one in results)) for name, tell in rows]


def _lost(one: Load) -> int:
    return len(one.replies) - one.count() - one.count(429)


def _outcome(one: Measured) -> str:
    if one.killed.status == load.NONE:
        return f"none, after {one.killed.ms / 1000:.1f} s"
    right = ", the right picture" if one.intact else ""
    return f"{one.killed.status} after {one.killed.ms / 1000:.1f} s{right}"


def _ms(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def _seconds(value: float) -> str:
    return f"not within {2 * _WAIT:g}" if math.isnan(value) else f"{value:.1f}"
