"""Telling receivers that their job has ended, as Standard Webhooks 1.0.0 has it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import logging
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from starlette.concurrency import run_in_threadpool

from roomstage.errors import InvalidParameter, StoreUnavailable
from roomstage.server import told
from roomstage.server.links import Links
from roomstage.service.post import Answer, Poster
from roomstage.service.store import Job, Store
from roomstage.service.store.deliveries import Delivery

_log = logging.getLogger("roomstage.server")
_POLL_SECONDS = 1.0
_AT_ONCE = 8
_GONE = 410  # the receiver wants nothing more


class Messenger:
    """Delivers what waits in the store's queue, a few messages at once.

    Args:
        store: the queue.
        poster: sends; None where the service opens no connections.
    """

    def __init__(self, store: Store, poster: Poster | None) -> None:
        self._store = store
        self._poster = poster
        self._loop: asyncio.Task[None] | None = None
        self._sending: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin; called on the event loop."""
        if self._poster is not None:
            self._loop = asyncio.create_task(self._work(self._poster))

    async def stop(self) -> None:
        """End; what was not delivered waits in the store."""
        tasks = [*self._sending, *([] if self._loop is None else [self._loop])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def checked(self, url: object) -> str | None:
        """The address that a request gives, if it is one.

        Raises:
            InvalidParameter: it is none that is posted to.
        """
        if url is None or url == "":
            return None
        if self._poster is None:
            raise _wrong("this service sends no messages: poll instead")
        if not isinstance(url, str) or not self._poster.accepts(url):
            raise _wrong("give a public http or https URL")
        return url.strip()

    async def _work(self, poster: Poster) -> None:
        while True:
            delivery = await self._take() if len(self._sending) < _AT_ONCE else None
            if delivery is None:
                await asyncio.sleep(_POLL_SECONDS)
                continue
            task = asyncio.create_task(run_in_threadpool(self._deliver, poster, delivery))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def _take(self) -> Delivery | None:
        try:
            return await run_in_threadpool(self._store.deliveries.take)
        except StoreUnavailable as error:
            _log.error("no message can be delivered: %s", error)
            return None

    def _deliver(self, poster: Poster, delivery: Delivery) -> None:
        body = delivery.body.encode()
        headers = signed_headers(secret_of(self._store, delivery.account), delivery.id, body)
        answer = poster.post(delivery.url, body, headers)
        try:
            _note(self._store, delivery, answer)
        except StoreUnavailable as error:
            _log.error("message %s may be delivered again: %s", delivery.id, error)


def _note(store: Store, delivery: Delivery, answer: Answer) -> None:
    if 200 <= answer.status < 300:
        store.deliveries.delivered(delivery, answer.words)
        return
    busy = answer.status in (429, 503)
    store.deliveries.failed(
        delivery,
        answer.words,
        wait=answer.retry_after if busy else 0.0,
        for_good=answer.status == _GONE,
    )


def message(links: Links, job: Job) -> dict[str, Any]:
    """What is told of a job that has ended; the same at every attempt."""
    at = job.finished_at or job.created_at
    whole = told.whole(job, 0, at, job.base_url or "", links)
    del whole["metrics"]["remaining_credits"]
    kind = {"succeeded": "completed"}.get(job.state, job.state)
    return {
        "type": f"request.{kind}",
        "timestamp": datetime.fromtimestamp(at, UTC).isoformat(),
        "data": whole,
    }


def composed_by(store: Store, links: Links) -> None:
    """Have the store's queue hold such messages."""
    store.deliveries.compose = partial(message, links)


def secret_of(store: Store, account: str) -> bytes:
    """What the messages to an account are signed with."""
    return store.secret(f"webhook:{account}")


def shown(secret: bytes) -> str:
    """A secret as receivers' libraries take it."""
    return "whsec_" + base64.b64encode(secret).decode("ascii")


def signed_headers(secret: bytes, message_id: str, body: bytes) -> Mapping[str, str]:
    """The three headers of the standard."""
    at = str(int(time.time()))
    content = f"{message_id}.{at}.".encode() + body
    signature = base64.b64encode(hmac.new(secret, content, hashlib.sha256).digest())
    return {
        "webhook-id": message_id,
        "webhook-timestamp": at,
        "webhook-signature": "v1," + signature.decode("ascii"),
    }


def _wrong(remedy: str) -> InvalidParameter:
    return InvalidParameter(f"webhook_url is no such address: {remedy}", field="webhook_url")
