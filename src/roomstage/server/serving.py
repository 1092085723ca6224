"""The server as a process: how it listens, and how it leaves.

SIGTERM: not ready at once, so that nobody sends more; those who have not heard of it yet are still
served for a while; then no new connection, and what is underway ends. SIGINT: the same without
the while. A second signal ends it at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
from types import FrameType

import uvicorn
from fastapi import FastAPI

from roomstage.server.config import Config
from roomstage.server.connections import Deadlines, Watch
from roomstage.server.work import Work

_log = logging.getLogger("roomstage.server")
_KEEP_ALIVE_SECONDS = 30
_BODY_MARGIN = 5  # seconds in which the application itself may say that a body came too late
_OTHER_FILES = 200  # file descriptors that are no connections


class Server(uvicorn.Server):
    """uvicorn, leaving as told above."""

    def __init__(self, config: uvicorn.Config, work: Work, delay: float) -> None:
        super().__init__(config)
        self._work = work
        self._delay = delay
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        if self.servers:  # or the address was taken, and uvicorn has told it
            root = _root(self.servers[0].sockets[0].getsockname())
            _log.info("the studio: %s, the API: %s/docs", root, root)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal came."""
        if self._work.leaving or self._loop is None:
            self.force_exit = self.should_exit = True
            return
        self._captured_signals.append(sig)
        self._work.leaving = True
        delay = self._delay if sig == signal.SIGTERM else 0
        self._loop.call_soon_threadsafe(self._leave_after, delay)

    def _leave_after(self, delay: float) -> None:
        asyncio.get_running_loop().call_later(delay, self._leave)

    def _leave(self) -> None:
        self._work.refusing = True
        self.should_exit = True


def _root(name: tuple[str, int]) -> str:
    """The address to open on this machine for a socket of that name."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(name[0], name[0])
    return f"http://[{host}]:{name[1]}" if ":" in host else f"http://{host}:{name[1]}"


def server(app: FastAPI, config: Config) -> Server:
    """A server of an application that `build_app` made."""
    deadlines = Deadlines(
        head=config.head_seconds,
        body=config.body_seconds + _BODY_MARGIN,
        connections=_affordable(config.max_connections),
    )
    options = uvicorn.Config(
        app,
        host=config.host,
        port=config.port,
        log_level=config.log_level,
        log_config=None,
        access_log=False,  # the server writes its own line per request, with the request id
        server_header=False,
        http=Watch(deadlines).protocol(),
        ws="none",
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=config.drain_seconds,
    )
    return Server(options, app.state.work, config.drain_delay_seconds)


def _affordable(connections: int) -> int:
    """As many of them as this process may have files open, after asking for more."""
    try:
        import resource
    except ImportError:  # no POSIX
        return connections
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
            soft = most
        return max(10, min(connections, soft - _OTHER_FILES))
    return connections
