"""Log lines as text or JSON, written by a thread: a log that nobody reads holds no request up."""

from __future__ import annotations

import atexit
import contextlib
import json
import logging
import queue
import sys
import threading
import time
from contextvars import ContextVar
from typing import TextIO

current_request: ContextVar[str | None] = ContextVar("current_request", default=None)

_TEXT = "%(levelname)s %(name)s %(message)s"
_WAITING_LINES = 10_000  # more are dropped, and counted
_LAST_SECONDS = 1.0  # for what is still to be written at the end
_OWN = ("method", "path", "status", "milliseconds")  # extras of a record that are told


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON, with the id of the request in whose course it was made."""
        told = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            + f".{record.msecs:03.0f}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": current_request.get(),
        }
        told |= {name: getattr(record, name) for name in _OWN if hasattr(record, name)}
        if record.exc_info:
            told["trace"] = self.formatException(record.exc_info)
        return json.dumps({name: value for name, value in told.items() if value is not None})


class UnblockingHandler(logging.Handler):
    """Writes to a stream that may be full: lines wait in a queue, and are dropped beyond it."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self.dropped = 0
        self._stream = stream
        self._lines: queue.Queue[str] = queue.Queue(_WAITING_LINES)
        threading.Thread(target=self._write, name="roomstage-log", daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        """Queue a line."""
        try:
            self._lines.put_nowait(self.format(record))
        except queue.Full:
            self.dropped += 1
        except Exception:
            self.handleError(record)

    def flush(self) -> None:
        """Give what is queued a moment to be written."""
        end = time.monotonic() + _LAST_SECONDS
        while self._lines.unfinished_tasks and time.monotonic() < end:
            time.sleep(0.005)

    def _write(self) -> None:
        while True:
            line = self._lines.get()
            with contextlib.suppress(OSError, ValueError):  # a reader that is gone, a closed stream
                self._stream.write(line + "\n")
                self._stream.flush()
            self._lines.task_done()


def configure(level: str, form: str) -> None:
    """Log to stderr, from `level` on, as "text" or "json"."""
    handler = UnblockingHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else logging.Formatter(_TEXT))
    logging.basicConfig(level=level.upper(), handlers=[handler])
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it tells each start what it is made of
    atexit.register(handler.flush)
