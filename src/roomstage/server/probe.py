"""A question to something that may hang: one asks at a time, and nobody waits for long."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

_SECONDS = 2.0  # what orchestrators wait for an answer is seldom more

Answer = TypeVar("Answer")


class Probe(Generic[Answer]):
    """Asks in a thread of its own, so that what hangs holds up neither threads of others nor exit.

    Args:
        ask: the question; may block.
    """

    def __init__(self, ask: Callable[[], Answer]) -> None:
        self._ask = ask
        self._asked: Future[Answer] | None = None

    async def answer(self, seconds: float = _SECONDS) -> Answer:
        """The answer; of a question that is underway already, that one's.

        Raises:
            TimeoutError: it did not come in time.
        """
        if self._asked is None or self._asked.done():
            self._asked = Future()
            threading.Thread(target=self._run, args=(self._asked,), daemon=True).start()
        return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(self._asked)), seconds)

    def _run(self, asked: Future[Answer]) -> None:
        try:
            asked.set_result(self._ask())
        except BaseException as error:
            asked.set_exception(error)
