"""The client for programs on an event loop: `Client` with `await`."""

from __future__ import annotations

import contextlib
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack

import anyio
import httpx2

from roomstage.client import account, connection, submission, waiting
from roomstage.client.answers import JobStatus, Model, PastCall, Result
from roomstage.client.exchange import Ask, Event, Hear, Listen, Pause, Talk
from roomstage.client.fields import EraseFields, Picture, StageFields, check_known
from roomstage.client.waiting import Preview, Progress

Value = TypeVar("Value")


class AsyncClient:
    """As `Client`, in every name and argument. Close it, or use it in an `async with`.

    >>> async with AsyncClient() as client:  # doctest: +SKIP
    ...     result = await client.stage("room.jpg", "sofa.jpg", prompt="a grey sofa")
    """

    def __init__(
        self,
        base_url: str = connection.DEFAULT_URL,
        api_key: str | None = None,
        *,
        timeout: float = 30.0,
        retries: int = 5,
    ) -> None:
        self._http = httpx2.AsyncClient(**connection.settings(base_url, api_key, timeout))
        self._patience = connection.patience(retries)

    async def stage(
        self,
        main_image: Picture,
        overlay_image: Picture,
        *,
        prompt: str,
        on_progress: Progress | None = None,
        on_preview: Preview | None = None,
        timeout: float | None = None,
        **fields: Unpack[StageFields],
    ) -> Result:
        """As `Client.stage`; cancelling the task cancels the job."""
        check_known(fields, StageFields)
        given = {"main_image": main_image, "overlay_image": overlay_image, "prompt": prompt}
        return await self._run(
            "furniture-staging", given | dict(fields), on_progress, timeout, on_preview
        )

    async def erase(
        self,
        main_image: Picture,
        main_image_mask: Picture,
        *,
        on_progress: Progress | None = None,
        timeout: float | None = None,
        **fields: Unpack[EraseFields],
    ) -> Result:
        """As `Client.erase`; cancelling the task cancels the job."""
        check_known(fields, EraseFields)
        given = {"main_image": main_image, "main_image_mask": main_image_mask}
        return await self._run("erase-furniture", given | dict(fields), on_progress, timeout)

    async def run(
        self,
        slug: str,
        *,
        on_progress: Progress | None = None,
        on_preview: Preview | None = None,
        timeout: float | None = None,
        idempotency_key: str | None = None,
        **fields: Any,
    ) -> Result:
        """As `Client.run`; cancelling the task cancels the job."""
        return await self._run(slug, fields, on_progress, timeout, on_preview, idempotency_key)

    async def submit(
        self, slug: str, *, idempotency_key: str | None = None, **fields: Any
    ) -> AsyncJob:
        """As `Client.submit`."""
        talk = submission.submitted(slug, fields, idempotency_key, self._patience)
        return AsyncJob(self, await self._hold(talk))

    def job(self, request_id: str) -> AsyncJob:
        """As `Client.job`."""
        return AsyncJob(self, request_id)

    async def upload(self, picture: Picture, *, field: str = "picture") -> str:
        """As `Client.upload`."""
        return await self._hold(account.uploaded(picture, field, self._patience))

    async def credits(self) -> float:
        """As `Client.credits`."""
        return await self._hold(account.credits(self._patience))

    async def models(self) -> list[Model]:
        """As `Client.models`."""
        return await self._hold(account.models(self._patience))

    async def history(
        self,
        *,
        page: int = 1,
        per_page: int = 20,
        model: str | None = None,
        status: str | None = None,
        from_date: str | None = None,
        to_date: str | None = None,
    ) -> list[PastCall]:
        """As `Client.history`."""
        query = {
            "page": page,
            "per_page": per_page,
            "model_name": model,
            "status": status,
            "from_date": from_date,
            "to_date": to_date,
        }
        return await self._hold(account.history(query, self._patience))

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def _run(
        self,
        slug: str,
        given: dict[str, Any],
        show: Progress | None,
        timeout: float | None,
        look: Preview | None = None,
        key: str | None = None,
    ) -> Result:
        watch = waiting.watch(show, timeout, look)
        return await self._hold(waiting.run(slug, given, key, watch, self._patience))

    async def _hold(self, talk: Talk[Value]) -> Value:
        """Hold a conversation; once the task is cancelled, what it still says is shielded."""
        leaving = False
        async with contextlib.AsyncExitStack() as stack:
            line = _Line(self._http)
            stack.push_async_callback(line.close)
            try:
                effect = next(talk)
                while True:
                    answer, error = None, None
                    try:
                        with anyio.CancelScope(shield=leaving):
                            answer = await line.perform(effect)
                    except BaseException as raised:
                        leaving |= isinstance(raised, anyio.get_cancelled_exc_class())
                        error = raised
                    effect = talk.send(answer) if error is None else talk.throw(error)
            except StopIteration as end:
                return end.value
        raise AssertionError("a conversation ends by returning or raising")


class _Line:
    """Does what a conversation wants; keeps its one stream of events."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self._http = http
        self._stream = contextlib.AsyncExitStack()
        self._events: Any = None

    async def perform(self, effect: object) -> object:
        """One effect.

        Raises:
            Unanswered: the connection broke.
        """
        try:
            match effect:
                case Ask():
                    answer = await self._http.request(**connection.arguments(effect))
                    return connection.reply(answer)
                case Listen():
                    return await self._listen(effect)
                case Hear():
                    event = await anext(self._events, None)
                    return None if event is None else Event(event.event, event.data)
                case Pause():
                    return await anyio.sleep(effect.seconds)
        except connection.BROKEN as error:
            raise connection.unanswered(error) from error
        raise TypeError(effect)

    async def close(self) -> None:
        """Close the stream."""
        with anyio.CancelScope(shield=True):
            await self._stream.aclose()

    async def _listen(self, effect: Listen) -> object:
        await self._stream.aclose()
        stream = self._http.sse(**connection.arguments(effect))
        source = await self._stream.enter_async_context(stream)
        self._events = aiter(source)
        self._stream.push_async_callback(self._events.aclose)
        return connection.reply(source.response, b"")


class AsyncJob:
    """As `Job`."""

    def __init__(self, client: AsyncClient, request_id: str) -> None:
        self.id = request_id
        self._client = client
        self._result: Result | None = None

    async def status(self) -> JobStatus:
        """As `Job.status`."""
        return await self._client._hold(waiting.status(self.id, self._client._patience))

    async def wait(
        self,
        on_progress: Progress | None = None,
        *,
        on_preview: Preview | None = None,
        timeout: float | None = None,
    ) -> Result:
        """As `Job.wait`."""
        watch = waiting.watch(on_progress, timeout, on_preview)
        talk = waiting.wait(self.id, watch, self._client._patience)
        self._result = await self._client._hold(talk)
        return self._result

    async def result(self) -> Result:
        """As `Job.result`."""
        return self._result or await self.wait()

    async def cancel(self) -> bool:
        """As `Job.cancel`."""
        return await self._client._hold(waiting.cancelled(self.id, self._client._patience))

    def __repr__(self) -> str:
        return f"AsyncJob({self.id!r})"
