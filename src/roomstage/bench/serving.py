"""The serving measurement: what a server adds to the engine, and what becomes of it under load."""

from __future__ import annotations

import base64
import json
import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from functools import partial

from roomstage.bench import contestants, load
from roomstage.bench.contestants import Contestant
from roomstage.bench.document import bullets, table
from roomstage.bench.load import Call, Load, Reply
from roomstage.bench.subject import PROMPT, Request
from roomstage.bench.timing import percentile
from roomstage.service.workers.process import cpus

_IN_TURN = 12
_WARM_UP = 3  # requests for each worker, so that all know the room
_WAIT = 10.0  # seconds that a client has patience
_OVERLOAD = 5
_ROUNDS = 2  # of each load
_QUEUE = 1  # places in roomstage's queue for each worker
_NO_OP_SECONDS = 2.0
_BOUNDARY = b"roomstage-bench-7c1f"
_NOTHING = Load((), 0.0)

_Start = Callable[[], AbstractContextManager[Contestant]]


@dataclass(frozen=True, slots=True)
class Measured:
    """What one server did."""

    name: str
    ready_after: float
    alone: Sequence[Reply]  # one after the other
    with_files: Sequence[Reply]  # the same as a form with files, where the server takes such
    no_op: Load
    full: Load  # saturated by twice as many clients as workers
    half: Load
    over: Load
    killed: Reply  # whose workers were killed meanwhile
    intact: bool  # and whether it is the picture of all the others
    back_after: float  # seconds until a picture comes out again; nan: none did
    hashes: int  # different answers to equal requests

    @property
    def engine(self) -> float:
        """Median of the model's own time, ms."""
        return _percentile([reply.engine_ms for reply in self.alone if reply.engine_ms], 50)


def _overhead(replies: Sequence[Reply], share: float) -> float:
    """A percentile of total less engine time, ms."""
    return _percentile([reply.ms - reply.engine_ms for reply in replies if reply.engine_ms], share)


def _percentile(values: Sequence[float], share: float) -> float:
    return percentile(values, share) if values else math.nan


@dataclass(slots=True)
class _Run:
    """One server, its request and what came of it so far."""

    server: Contestant
    call: Call
    form: Call | None
    alone: list[Reply] = field(default_factory=list)
    with_files: list[Reply] = field(default_factory=list)
    no_op: Load = _NOTHING
    full: Load = _NOTHING
    half: Load = _NOTHING
    over: Load = _NOTHING

    @property
    def port(self) -> int:
        return self.server.port

    def at_rate(self, rate: float, seconds: float) -> Load:
        return load.at_rate(self.port, self.call, rate, seconds, _WAIT)


def measure(
    request: Request, *, seconds: float, peer: bool, tell: Callable[[str], None] = lambda _: None
) -> list[Measured]:
    """Measure roomstage and, if wanted, its peer: both run, and take turns under load."""
    workers = cpus()
    starts: list[_Start] = [partial(contestants.roomstage, workers, _QUEUE * workers)]
    if peer:
        starts.append(partial(contestants.litserve, workers))
    with ExitStack() as stack:
        runs = []
        for start in starts:
            server = stack.enter_context(start())
            tell(f"{server.name}: ready after {server.ready_after:.1f} s")
            form = as_form(server.path, request) if server.name == contestants.OURS else None
            runs.append(_Run(server, as_json(server.path, request), form))
        _take_turns(runs, workers, seconds, tell)
    return [_finished(run, start, tell) for run, start in zip(runs, starts, strict=True)]


def _take_turns(
    runs: Sequence[_Run], workers: int, seconds: float, tell: Callable[[str], None]
) -> None:
    """All loads, server by server in each round, so that what else runs here hits all alike."""
    for run in runs:
        for _ in range(_WARM_UP):
            run.at_rate(1000, workers / 1000)
        run.no_op = load.no_ops(run.port, run.server.no_op_path, min(seconds, _NO_OP_SECONDS))
    for _ in range(_IN_TURN):
        for run in runs:
            run.alone.append(load.send(run.port, run.call, _WAIT))
            if run.form is not None:
                run.with_files.append(load.send(run.port, run.form, _WAIT))
    for _ in range(_ROUNDS):
        for run in runs:
            run.full += load.saturate(run.port, run.call, 2 * workers, seconds / _ROUNDS, _WAIT)
    for run in runs:
        tell(f"{run.server.name}: {run.full.rate:.1f} pictures/s")
    for _ in range(_ROUNDS):
        for run in runs:
            run.half += run.at_rate(max(0.5, run.full.rate / 2), seconds / _ROUNDS)
    for run in runs:
        run.over = run.at_rate(max(1.0, _OVERLOAD * run.full.rate), seconds)


def _finished(run: _Run, start: _Start, tell: Callable[[str], None]) -> Measured:
    """The last measurement, on a fresh server, and the sum of all."""
    with start() as server:
        before = load.send(server.port, run.call, _WAIT)
        tell(f"{server.name}: killing its workers amid a request")
        killed, back_after = _kill(server, run.call, before.ms / 2000)
    answered = (*run.alone, *run.full.replies, *run.half.replies, before)
    same = {_picture(reply) for reply in answered} - {""}
    return Measured(
        name=server.name,
        ready_after=run.server.ready_after,
        alone=run.alone,
        with_files=run.with_files,
        no_op=run.no_op,
        full=run.full,
        half=run.half,
        over=run.over,
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
    while time.perf_counter() - start < _WAIT:
        if load.send(server.port, call, 2).status == 200:
            return reply, time.perf_counter() - start
        time.sleep(0.1)
    return reply, math.nan


def as_json(path: str, request: Request) -> Call:
    """The request as both servers take it: JSON with base64, answered by JSON with base64."""
    pictures = _pictures(request)
    fields = {name: base64.b64encode(data).decode("ascii") for name, data in pictures.items()}
    fields |= {"prompt": PROMPT, "image_format": request.image_format}
    return Call(path, json.dumps(fields | {"base64": True}).encode(), "application/json")


def as_form(path: str, request: Request) -> Call:
    """The same as a form with files, answered by the picture's bytes."""
    parts = [
        (f'name="{name}"; filename="{name}"', data) for name, data in _pictures(request).items()
    ]
    parts += [('name="prompt"', PROMPT.encode())]
    parts += [('name="image_format"', request.image_format.encode())]
    body = b"".join(
        b"--%s\r\nContent-Disposition: form-data; %s\r\n\r\n%s\r\n"
        % (_BOUNDARY, told.encode(), data)
        for told, data in parts
    )
    kind = f"multipart/form-data; boundary={_BOUNDARY.decode()}"
    return Call(path, body + b"--%s--\r\n" % _BOUNDARY, kind)


def _pictures(request: Request) -> dict[str, bytes]:
    return {
        "main_image": request.room,
        "overlay_image": request.product,
        "main_image_mask": request.mask,
        "overlay_image_mask": request.product_mask,
    }


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
        f"own cache of rooms; loads of {seconds:g} s, the servers in turns. Overhead is the "
        "client's time less the time that the model took inside its worker, requests sent one "
        "after the other; with files, the pictures are a form's files and the answer is the "
        "picture's bytes, which LitServe can't hand to its workers. Overload is "
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
        ("engine inside, p50 ms", lambda one: _ms(one.engine)),
        ("overhead over the engine, p50 ms", lambda one: _ms(_overhead(one.alone, 50))),
        ("overhead over the engine, p90 ms", lambda one: _ms(_overhead(one.alone, 90))),
        ("overhead with files, p50 ms", lambda one: _ms(_overhead(one.with_files, 50))),
        ("overhead with files, p90 ms", lambda one: _ms(_overhead(one.with_files, 90))),
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
    return f"not within {_WAIT:g}" if math.isnan(value) else f"{value:.1f}"
