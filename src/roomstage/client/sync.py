"""The client for programs that wait."""

from __future__ import annotations

import contextlib
import time
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack

import httpx2

from roomstage.client import account, connection, submission, waiting
from roomstage.client.answers import JobStatus, Model, PastCall, Result
from roomstage.client.exchange import Ask, Event, Hear, Listen, Pause, Talk
from roomstage.client.fields import EraseFields, Picture, StageFields, check_known
from roomstage.client.waiting import Preview, Progress

Value = TypeVar("Value")


class Client:
    """Calls a roomstage server. Safe for threads; close it, or use it in a `with`.

        >>> with Client() as client:  # doctest: +SKIP
        ...     result = client.stage("room.jpg", "sofa.jpg", prompt="a grey sofa")
        ...     result.save("staged.png")

    Every request is sent again, with growing pauses, when the connection breaks or the server is
    busy (429, 502, 503, 504). Submissions carry an Idempotency-Key, so none is paid twice.

    Args:
        base_url: the server's root.
        api_key: by default the environment's ROOMSTAGE_API_KEY; none for an open server.
        timeout: seconds for each read, write and connect; a job may take longer.
        retries: how often a request is sent again.

    Raises:
        InvalidParameter: `base_url` is no http or https URL, or `api_key` no key.
    """

    def __init__(
        self,
        base_url: str = connection.DEFAULT_URL,
        api_key: str | None = None,
        *,
        timeout: float = 30.0,
        retries: int = 5,
    ) -> None:
        self._http = httpx2.Client(**connection.settings(base_url, api_key, timeout))
        self._patience = connection.patience(retries)

    def stage(
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
        """Stage the product of `overlay_image` into the room of `main_image`.

        Whoever leaves before the end (Ctrl-C, `timeout`) has the job cancelled: it costs nothing.

        Args:
            main_image: the room: a path, URL, bytes or a file opened in binary mode.
            overlay_image: the product, the same kinds.
            prompt: what is staged, in words.
            on_progress: called with (step, share done).
            on_preview: called with a small JPEG of the product at its place, before its light is
                known; not where the server's events don't come through, or it is done before.
            timeout: seconds until the job must have ended; None: as long as it takes.
            fields: `StageFields`, as `roomstage.stage` has them, and `image_format`,
                `image_quality`.

        Raises:
            RequestRefused: a field or picture is wrong; `field` names it.
            ClientError: the server refused, or could not; see `roomstage.client.errors`.
            InvalidImage: a picture can't be read here.
        """
        check_known(fields, StageFields)
        given = {"main_image": main_image, "overlay_image": overlay_image, "prompt": prompt}
        return self._run(
            "furniture-staging", given | dict(fields), on_progress, timeout, on_preview
        )

    def erase(
        self,
        main_image: Picture,
        main_image_mask: Picture,
        *,
        on_progress: Progress | None = None,
        timeout: float | None = None,
        **fields: Unpack[EraseFields],
    ) -> Result:
        """Take what is white in the mask out of the room; otherwise as `stage`."""
        check_known(fields, EraseFields)
        given = {"main_image": main_image, "main_image_mask": main_image_mask}
        return self._run("erase-furniture", given | dict(fields), on_progress, timeout)

    def run(
        self,
        slug: str,
        *,
        on_progress: Progress | None = None,
        on_preview: Preview | None = None,
        timeout: float | None = None,
        idempotency_key: str | None = None,
        **fields: Any,
    ) -> Result:
        """Call any model of `models()` by its fields; otherwise as `stage`.

        Text in a field whose name ends in image or mask is a path, a URL or a data URI.
        """
        return self._run(slug, fields, on_progress, timeout, on_preview, idempotency_key)

    def submit(self, slug: str, *, idempotency_key: str | None = None, **fields: Any) -> Job:
        """Hand a request in and return at once. Fields as in `run`.

        Args:
            slug: the model's.
            idempotency_key: requests of one key are one job, even from another process.
            fields: the model's.
        """
        talk = submission.submitted(slug, fields, idempotency_key, self._patience)
        return Job(self, self._hold(talk))

    def job(self, request_id: str) -> Job:
        """A job that was submitted before, perhaps by another process. Asks nothing yet."""
        return Job(self, request_id)

    def upload(self, picture: Picture, *, field: str = "picture") -> str:
        """Hand a picture in once and use its link in many requests; it is kept for an hour.

        Args:
            picture: the picture.
            field: what it is called in errors.
        """
        return self._hold(account.uploaded(picture, field, self._patience))

    def credits(self) -> float:
        """What the account has left."""
        return self._hold(account.credits(self._patience))

    def models(self) -> list[Model]:
        """What can be called, with prices and schemas."""
        return self._hold(account.models(self._patience))

    def history(
        self,
        *,
        page: int = 1,
        per_page: int = 20,
        model: str | None = None,
        status: str | None = None,
        from_date: str | None = None,
        to_date: str | None = None,
    ) -> list[PastCall]:
        """What the account has called, the newest first.

        Args:
            page: from 1.
            per_page: at most 100.
            model: calls of this model only.
            status: "COMPLETED", "FAILED" or "PENDING" only.
            from_date: first day, as in "2026-11-01"; by default a week before the last.
            to_date: last day; by default today.
        """
        query = {
            "page": page,
            "per_page": per_page,
            "model_name": model,
            "status": status,
            "from_date": from_date,
            "to_date": to_date,
        }
        return self._hold(account.history(query, self._patience))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _run(
        self,
        slug: str,
        given: dict[str, Any],
        show: Progress | None,
        timeout: float | None,
        look: Preview | None = None,
        key: str | None = None,
    ) -> Result:
        watch = waiting.watch(show, timeout, look)
        return self._hold(waiting.run(slug, given, key, watch, self._patience))

    def _hold(self, talk: Talk[Value]) -> Value:
        """Hold a conversation; an interruption is told to it, so that it may clean up."""
        with contextlib.closing(_Line(self._http)) as line:
            try:
                effect = next(talk)
                while True:
                    try:
                        answer = line.perform(effect)
                    except BaseException as error:
                        effect = talk.throw(error)
                    else:
                        effect = talk.send(answer)
            except StopIteration as end:
                return end.value


class _Line:
    """Does what a conversation wants; keeps its one stream of events."""

    def __init__(self, http: httpx2.Client) -> None:
        self._http = http
        self._stream = contextlib.ExitStack()
        self._events: Any = iter(())

    def perform(self, effect: object) -> object:
        """One effect.

        Raises:
            Unanswered: the connection broke.
        """
        try:
            match effect:
                case Ask():
                    return connection.reply(self._http.request(**connection.arguments(effect)))
                case Listen():
                    return self._listen(effect)
                case Hear():
                    event = next(self._events, None)
                    return None if event is None else Event(event.event, event.data)
                case Pause():
                    return time.sleep(effect.seconds)
        except connection.BROKEN as error:
            raise connection.unanswered(error) from error
        raise TypeError(effect)

    def close(self) -> None:
        """Close the stream."""
        self._stream.close()

    def _listen(self, effect: Listen) -> object:
        self._stream.close()
        stream = self._http.sse(**connection.arguments(effect))
        source = self._stream.enter_context(stream)
        self._events = iter(source)
        return connection.reply(source.response, b"")


class Job:
    """A job on the server. It lives on whatever becomes of this object.

    Attributes:
        id: under which any client of the account finds it again: `client.job(id)`.
    """

    def __init__(self, client: Client, request_id: str) -> None:
        self.id = request_id
        self._client = client
        self._result: Result | None = None

    def status(self) -> JobStatus:
        """How it stands now."""
        return self._client._hold(waiting.status(self.id, self._client._patience))

    def wait(
        self,
        on_progress: Progress | None = None,
        *,
        on_preview: Preview | None = None,
        timeout: float | None = None,
    ) -> Result:
        """Wait for the end; who leaves meanwhile may come back, the job goes on.

        Args:
            on_progress: called with (step, share done).
            on_preview: called with a small JPEG, see `Client.stage`.
            timeout: seconds after which `WaitTimeout` is raised.

        Raises:
            RequestRefused, JobFailed, JobCancelled: it failed; why.
            ClientError: the server could not tell.
        """
        watch = waiting.watch(on_progress, timeout, on_preview)
        talk = waiting.wait(self.id, watch, self._client._patience)
        self._result = self._client._hold(talk)
        return self._result

    def result(self) -> Result:
        """The result, once fetched; waits for it where that is still to be done."""
        return self._result or self.wait()

    def cancel(self) -> bool:
        """Cancel it: its credits come back. False if it had ended before."""
        return self._client._hold(waiting.cancelled(self.id, self._client._patience))

    def __repr__(self) -> str:
        return f"Job({self.id!r})"
