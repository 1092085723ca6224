"""The conversations about a job: wait for its end, fetch its picture, cancel it.

The end is heard on the stream of events. A stream that breaks is opened again, and where streams
bring nothing (a proxy that collects them, an older server) the job is asked for at intervals.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from roomstage.client import answers, errors
from roomstage.client.again import ONCE, Patience, answered, asked
from roomstage.client.exchange import (
    Ask,
    Event,
    Hear,
    Listen,
    Pause,
    Reply,
    Talk,
    Unanswered,
)
from roomstage.client.submission import submitted

Progress = Callable[[str, float], None]  # (step about to run, share done so far 0..1)
Preview = Callable[[bytes], None]  # a small JPEG of how far the picture is

_ENDED = ("COMPLETED", "FAILED")
_SILENCE = 20.0  # the server says something every 15 s
_SHORT_SILENCE = 10.0  # where somebody counts the seconds
_DEAF = 2  # streams in a row that brought nothing
_FIRST_POLL, _LONGEST_POLL = 0.25, 5.0
_CANCEL_SECONDS = 5.0


@dataclass(slots=True)
class Watch:
    """Who waits: for how long, and who is told of the steps."""

    show: Progress | None = None
    until: float | None = None  # of `time.monotonic`
    last: tuple[str, float] | None = None  # step that was told
    look: Preview | None = None
    seen: str | None = None  # preview that was shown, as it came

    def tell(self, step: str, share: float) -> None:
        """Pass a step on, once."""
        if self.show is not None and self.last != (step, share):
            self.last = (step, share)
            self.show(step, share)

    def see(self, link: object) -> None:
        """Pass a preview on, a data URI, once."""
        if self.look is not None and isinstance(link, str) and link != self.seen:
            self.seen = link
            self.look(base64.b64decode(link.partition(",")[2]))

    def left(self, job: str) -> float | None:
        """Seconds left.

        Raises:
            WaitTimeout: there are none.
        """
        if self.until is None:
            return None
        seconds = self.until - time.monotonic()
        if seconds <= 0:
            raise errors.WaitTimeout(
                "the job has not ended in the time given: wait on, or cancel it", request_id=job
            )
        return seconds


def watch(show: Progress | None, timeout: float | None, look: Preview | None = None) -> Watch:
    """A watch that begins now."""
    until = None if timeout is None else time.monotonic() + timeout
    return Watch(show, until, look=look)


def run(
    slug: str, given: Mapping[str, Any], key: str | None, watch: Watch, patience: Patience
) -> Talk[answers.Result]:
    """Submit, wait, fetch. Who leaves meanwhile has the job cancelled.

    Raises:
        ClientError: the server refused, or could not.
        InvalidImage: a picture can't be read.
    """
    job = yield from submitted(slug, given, key, patience)
    try:
        whole = yield from ended(job, watch, patience)
    except GeneratorExit:
        raise
    except BaseException:  # Ctrl-C, a cancelled task, a timeout: nobody else knows the job
        yield from _cancelled_quietly(job)
        raise
    return (yield from fetched(whole, watch, patience))


def wait(job: str, watch: Watch, patience: Patience) -> Talk[answers.Result]:
    """Wait for a job and fetch its picture; it goes on if the caller leaves.

    Raises:
        ClientError: it failed, or the server could not tell.
    """
    whole = yield from ended(job, watch, patience)
    return (yield from fetched(whole, watch, patience))


def status(job: str, patience: Patience) -> Talk[answers.JobStatus]:
    """How a job stands.

    Raises:
        ClientError: there is no such job, or the server could not tell.
    """
    return answers.status((yield from _told(job, patience, "/status")))


def cancelled(job: str, patience: Patience) -> Talk[bool]:
    """Cancel a job; False if it had ended before.

    Raises:
        ClientError: there is no such job, or the server could not.
    """
    reply = yield from asked(Ask("DELETE", _path(job)), patience)
    if reply.status == 409:
        return False
    if reply.status != 200:
        raise errors.of_reply(reply)
    return True


def ended(job: str, watch: Watch, patience: Patience) -> Talk[dict[str, Any]]:
    """Wait until a job has ended; returns what the server tells of it."""
    deaf = 0
    while deaf < _DEAF:
        heard, whole = yield from _listened(job, watch)
        if whole is None:
            whole = yield from _told(job, patience)
        if whole["status"] in _ENDED:
            return whole
        deaf = 0 if heard else deaf + 1
        yield Pause(min(patience.pause(deaf), watch.left(job) or patience.longest))
    return (yield from _polled(job, watch, patience))


def fetched(whole: Mapping[str, Any], watch: Watch, patience: Patience) -> Talk[answers.Result]:
    """The picture of a job that has ended.

    Raises:
        ClientError: the job failed; its picture is kept no more.
    """
    if whole["status"] != "COMPLETED":
        raise errors.of_job(whole)
    url = whole.get("output")
    if not isinstance(url, str):
        raise errors.NotFound(
            "the picture is kept no more", code="gone", request_id=str(whole.get("request_id"))
        )
    picture = yield from answered(_link(url), patience)
    watch.tell("done", 1.0)
    return answers.result(whole, picture)


def _listened(job: str, watch: Watch) -> Talk[tuple[bool, dict[str, Any] | None]]:
    """Follow one stream; returns whether it brought anything, and the job if it has ended."""
    heard = False
    left = watch.left(job)
    silence = _SILENCE if left is None else min(_SHORT_SILENCE, left)
    try:
        reply: Reply = yield Listen(_path(job) + "/events", silence)
        if reply.status != 200:
            return False, None
        while True:
            event: Event | None = yield Hear()
            if event is None:
                return heard, None
            heard = True
            data = _data(event)
            if event.name == "end" and data.get("status") in _ENDED:
                return True, data
            _show(event, data, watch)
            watch.left(job)
    except Unanswered:
        return heard, None


def _show(event: Event, data: Mapping[str, Any], watch: Watch) -> None:
    if event.name == "status" and data.get("status") == "QUEUED":
        watch.tell("queued", 0.0)
    elif event.name == "progress":
        watch.tell(str(data.get("step", "")), float(data.get("fraction", 0.0)))
        watch.see(data.get("preview"))


def _polled(job: str, watch: Watch, patience: Patience) -> Talk[dict[str, Any]]:
    pause = _FIRST_POLL
    while True:
        whole = yield from _told(job, patience)
        if whole["status"] in _ENDED:
            return whole
        yield Pause(min(pause, watch.left(job) or pause))
        pause = min(_LONGEST_POLL, pause * 1.5)


def _told(job: str, patience: Patience, what: str = "") -> Talk[dict[str, Any]]:
    """What the server tells of a job; of one that failed, under 422."""
    reply = yield from asked(Ask("GET", _path(job) + what), patience)
    told = errors.object_of(reply)
    if reply.status not in (200, 422) or not isinstance(told.get("status"), str):
        raise errors.of_reply(reply)
    return told


def _cancelled_quietly(job: str) -> Talk[None]:
    ask = Ask("DELETE", _path(job), seconds=_CANCEL_SECONDS)
    try:
        yield from asked(ask, ONCE)
    except errors.ClientError:
        return  # what made the caller leave is what it wants to know


def _path(job: str) -> str:
    return f"/v2/requests/{quote(job, safe='')}"


def _link(url: str) -> Ask:
    """A request for a result under the root that the client knows.

    The server may know itself by another address, such as one inside a container. And links need
    no key, so none is sent elsewhere.
    """
    parts = urlsplit(url)
    start = parts.path.rfind("/results/")
    path = parts.path[max(0, start) :]
    return Ask("GET", f"{path}?{parts.query}" if parts.query else path)


def _data(event: Event) -> dict[str, Any]:
    try:
        data = json.loads(event.data)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}
