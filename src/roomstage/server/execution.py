"""One run of a model, from prepared request to answer; the seam between jobs and imaging."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.responses import Response

from roomstage.errors import RoomstageError
from roomstage.models import Model
from roomstage.server.calls import Caller, Prepared
from roomstage.server.errors import is_ours, status_of, told
from roomstage.server.work import Work
from roomstage.service.store import Failure, Result
from roomstage.service.workers import Progress

_INTERNAL = "internal error: the server's log has the details; nothing was charged"
_KEPT_HEADERS = (
    "x-generation-time",
    "x-seed-value",
    "x-output-metadata",
    "x-roomstage-warnings",
    "server-timing",
)


@dataclass(frozen=True, slots=True)
class Execution:
    """Runs calls within the bounds of `work`."""

    work: Work
    caller: Caller

    async def run(
        self,
        model: Model,
        prepare: Callable[[], Prepared],
        progress: Progress | None = None,
    ) -> Response:
        """`prepare` in a reading thread, then the model where models are computed.

        `progress` is called on the event loop, with each step and the share done before it.

        Raises:
            HTTPException: 429, there is no room; 503, the server is stopping; besides whatever the
                two raise.
        """
        return self.caller.answer(*await self.work.run(prepare, model.slug, progress))


def result_of(response: Response, *, keep: bool) -> Result:
    """What is recorded of an answer; its bytes if they are to be kept."""
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    data = bytes(response.body) if keep else None
    return Result(data, response.headers["content-type"], headers)


def failure_of(error: BaseException) -> Failure:
    """What is recorded of an error, and told of it; of a fault of ours no more than that."""
    if isinstance(error, RoomstageError) and not is_ours(error):
        return Failure(status_of(error), error.code, told(error), error.field)
    if isinstance(error, HTTPException):
        return Failure(error.status_code, "error", str(error.detail))
    return Failure(500, "internal_error", _INTERNAL)
