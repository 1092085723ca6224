"""The worker's process: imports the models once, then runs one job after the other.

`python -m roomstage.service.workers.child FD SETTINGS`, started by `process.Worker` alone.
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import json
import os
import select
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roomstage.errors import InvalidInput, RoomstageError
from roomstage.service.workers import wire

if TYPE_CHECKING:
    from roomstage.image import Image
    from roomstage.models import Output
    from roomstage.service.rooms import RoomCache

_PR_SET_PDEATHSIG = 1
_BREATH = 0.1  # seconds without a job, in which to load what is not needed yet
_OOM_SCORE = Path("/proc/self/oom_score_adj")
_PREVIEW_QUALITY = 75
_FIRST_TO_GO = "500"  # of 1000: short of memory, the kernel shall take a worker, not the service


class _Cancelled(BaseException):
    """The job that runs is not wanted any more; no handler of errors may stop it."""


def main(descriptor: int, settings: dict[str, Any]) -> None:
    """Serve jobs until the service hangs up."""
    for ignored in (signal.SIGINT, signal.SIGTERM):  # to the group, meant for the service
        signal.signal(ignored, signal.SIG_IGN)
    end = socket.socket(fileno=descriptor)
    _die_with(settings["parent"], end)
    faulthandler.enable()
    _limit_memory(settings["memory_mb"])
    try:
        models = _Models(settings["engine"], settings["room_cache_mb"])
        models.prove()
    except Exception as error:
        wire.send_now(end, _failure(error))
        return
    wire.send_now(end, {"kind": "ready"})
    warm = False
    while True:
        if not warm and not _asked(end, _BREATH):
            models.warm()
            warm = True
        try:
            head, blobs = wire.receive_now(end)
        except (EOFError, OSError):
            return
        if head["kind"] != "cancel":  # one that came too late: its job has ended
            _answer(end, models, head, blobs)


def _asked(end: socket.socket, seconds: float) -> bool:
    """Whether the service says something within so long."""
    told = select.poll()  # not select(): the descriptor may be above 1023
    told.register(end, select.POLLIN)
    return bool(told.poll(1000 * seconds))


class _Models:
    """The models and the rooms that this worker knows."""

    def __init__(self, engine: str, room_cache_mb: int) -> None:
        from roomstage.models import canary, registry
        from roomstage.models.studio import instruments
        from roomstage.service.rooms import RoomCache

        self._models = registry() | instruments()
        self._canary = canary
        self._engine = engine
        self._rooms: RoomCache = RoomCache(room_cache_mb * 1_000_000)

    def prove(self) -> None:
        """Stage the canary; raises when the engine can't work."""
        self._canary.stage(self._engine)

    def warm(self) -> None:
        """Load the rest of what jobs may need."""
        self._canary.warm()

    def run(
        self, head: dict[str, Any], blobs: list[bytes], progress: Callable[[str, float], None]
    ) -> Output:
        """Run the model that `head` names."""
        model = self._models[head["slug"]]
        pictures = dict(zip(head["pictures"], blobs, strict=True))
        params = model.schema.parse({**head["fields"], **pictures})
        return model.run(
            params, pictures, rooms=self._rooms, engine=self._engine, progress=progress
        )


class _Heard:
    """Hears of cancelling between steps."""

    def __init__(self, end: socket.socket, job: int) -> None:
        self._end, self._job = end, job

    def __call__(self, step: str, fraction: float) -> None:
        if _asked(self._end, 0):
            cancel, _ = wire.receive_now(self._end)
            if cancel.get("job") == self._job:
                raise _Cancelled


class _Watched(_Heard):
    """Tells which step is next, and shows what there is so far."""

    def __init__(self, end: socket.socket, job: int) -> None:
        super().__init__(end, job)
        self._at: tuple[str, float] = ("", 0.0)

    def __call__(self, step: str, fraction: float) -> None:
        super().__call__(step, fraction)
        self._at = step, fraction
        self._tell([])

    def show(self, picture: Image) -> None:
        from roomstage import encode

        self._tell([encode.encode(picture, "jpeg", _PREVIEW_QUALITY)])

    def _tell(self, blobs: list[bytes]) -> None:
        step, fraction = self._at
        wire.send_now(self._end, {"kind": "progress", "step": step, "fraction": fraction}, blobs)


def _answer(end: socket.socket, models: _Models, head: dict[str, Any], blobs: list[bytes]) -> None:
    """Do what a frame asks for and send one frame that ends it."""
    progress = _Watched(end, head["job"]) if head.get("watched") else _Heard(end, head["job"])
    start = time.perf_counter()
    try:
        if head["kind"] == "canary":
            models.prove()
            reply, data = {"kind": "proved"}, []
        else:
            wire.send_now(end, {"kind": "begun"})
            output = models.run(head, blobs, progress)
            reply = {
                "kind": "done",
                "content_type": output.content_type,
                "seed": output.seed,
                "size": output.size,
                "report": output.report,
                "seconds": time.perf_counter() - start,
            }
            data = [output.data]
    except _Cancelled:
        reply, data = {"kind": "cancelled"}, []
    except BaseException as error:  # SystemExit of a library too: it ends the job, not the worker
        reply, data = _failure(error), []
    wire.send_now(end, reply, data)


def _failure(error: BaseException) -> dict[str, Any]:
    if isinstance(error, RoomstageError):
        return {
            "kind": "refused",
            "code": error.code,
            "field": error.field,
            "message": error.message,
            "by_caller": isinstance(error, InvalidInput),
        }
    if isinstance(error, MemoryError) or "Insufficient memory" in str(error):  # the latter: OpenCV
        return {"kind": "out_of_memory"}
    text = "".join(traceback.format_exception(error))
    return {"kind": "fault", "trace": text[-20_000:]}


def _die_with(parent: int, end: socket.socket) -> None:
    """End this process when the service ends, even if that was killed, even amid a job."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it went before it could be watched
        os._exit(0)

    def watch() -> None:
        hung_up = select.poll()
        hung_up.register(end, 0)
        hung_up.poll()
        os._exit(0)

    threading.Thread(target=watch, name="roomstage-watch", daemon=True).start()


def _limit_memory(megabytes: int) -> None:
    with contextlib.suppress(OSError):  # no Linux, or not allowed: the limit below has to do
        _OOM_SCORE.write_text(_FIRST_TO_GO)
    if megabytes:
        import resource

        most = megabytes * 1_000_000
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


if __name__ == "__main__":
    main(int(sys.argv[1]), json.loads(sys.argv[2]))
