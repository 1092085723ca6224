"""What a model is: a slug, a schema, and a run from encoded pictures to an encoded picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from roomstage.params import Params

if TYPE_CHECKING:
    from roomstage.pipeline import AnalysedRoom, Progress


class RoomStore(Protocol):
    """Where analysed rooms are kept between requests."""

    def room(self, key: str, analyse: Callable[[], AnalysedRoom]) -> tuple[AnalysedRoom, bool]:
        """The room kept under `key`, or the one that `analyse` makes; True if it was known."""
        ...


@dataclass(frozen=True)
class Output:
    """A finished call: the encoded picture and what is to be told about it."""

    data: bytes
    content_type: str  # the true type of `data`, such as "image/png"
    seed: int  # the seed that was used
    size: tuple[int, int]  # (width, height) in pixels
    report: dict[str, Any]  # JSON-ready: placement, warnings, timings_ms, pixels changed, ...


class Model(Protocol):
    """A callable model. `pictures` holds the encoded bytes of each picture field given.

    A model that needs more than roomstage itself has a function `missing` besides, see `lack_of`.
    """

    slug: ClassVar[str]
    summary: ClassVar[str]  # one line
    schema: ClassVar[type[Params]]
    credits: ClassVar[int]  # price of a call; a server's owner may set another

    def run(
        self,
        params: Any,
        pictures: Mapping[str, bytes],
        *,
        rooms: RoomStore | None = None,
        engine: str = "cpu",
        progress: Progress | None = None,
    ) -> Output:
        """Do the work; raises only errors of the roomstage tree for bad input."""
        ...


def lack_of(model: Model) -> str | None:
    """Why a model can't run here, with the remedy; None if it can."""
    tell = getattr(model, "missing", None)
    return None if tell is None else tell()
