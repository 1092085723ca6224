"""The engine protocol, and how an engine is found by name.

An engine is found through the entry points of the group ``roomstage.engines`` or in the table
below; it tells itself why it can't run on this machine, so `roomstage doctor` can say it.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, cast, runtime_checkable

from roomstage.engines.diffusion import presence
from roomstage.errors import EngineUnavailable, InvalidParameter

if TYPE_CHECKING:  # a server knows its engines by name; only its workers load what they need
    from roomstage.image import U8, Cutout, Image, Mask
    from roomstage.light import Shading
    from roomstage.options import Options
    from roomstage.placement import Placement
    from roomstage.scene import Scene

AUTO = "auto"
_EVERYWHERE = "cpu"  # what runs everywhere need not be asked, so it need not be loaded
_BUILT_IN = {
    "cpu": "roomstage.engines.cpu:CpuEngine",
    "flux-fill": "roomstage.engines.diffusion.flux_fill:FluxFillEngine",
    "flux2-klein": "roomstage.engines.diffusion.flux2_klein:Flux2KleinEngine",
    "qwen-edit": "roomstage.engines.diffusion.qwen_edit:QwenEditEngine",
}
# What `auto` tries, the first that can run; those with commercially usable weights first.
PREFERRED = ("flux2-klein", "qwen-edit", "flux-fill")


class Engine(Protocol):
    """The three things that differ between engines."""

    name: ClassVar[str]

    @classmethod
    def missing(cls) -> str | None:
        """Why this engine can't run here, with the remedy; None if it can."""
        ...

    def analyse(self, image: Image) -> Scene:
        """Geometry, floor and light of a room, independent of any product."""
        ...

    def cut(self, photo: Image, mask: Mask | None, *, max_side: int | None) -> Cutout:
        """The product freed from its background, at most `max_side` pixels long."""
        ...

    def shade(
        self, image: Image, scene: Scene, cutout: Cutout, placement: Placement, options: Options
    ) -> Shading:
        """The light on the product and the shadow it throws into the room."""
        ...


@dataclass(frozen=True, eq=False, slots=True)
class Draft:
    """A staging as geometry and light transport leave it, for an engine that goes on from there.

    Attributes:
        room: the room under the product; what stood there is taken out.
        staged: the product in it, lit and shadowed.
        changed: where `staged` may differ from `room`.
        coverage: the product's alpha [H, W] in the room, 255 = it alone is seen.
    """

    room: Image
    staged: Image
    changed: Mask
    coverage: U8
    scene: Scene
    cutout: Cutout
    placement: Placement
    options: Options


@dataclass(frozen=True, eq=False, slots=True)
class Finished:
    """What an engine made of a draft.

    Attributes:
        image: of the room's size.
        changed: where it may differ from the draft's `room`.
        engine: the name of what made it: an engine that gave up may hand back the draft.
        report: JSON-ready account.
        warnings: what should be looked at.
    """

    image: Image
    changed: Mask
    engine: str
    report: dict[str, Any]
    warnings: tuple[str, ...] = ()


@runtime_checkable
class Finishes(Protocol):
    """An engine that goes on where the compositor ends; it is found by its having this method."""

    def finish(self, draft: Draft, tell: Callable[[float], None]) -> Finished:
        """Go on from a draft; `tell` takes the share done, and may raise to stop it.

        Raises:
            EngineUnavailable: weights can't be read, or the memory does not do.
            PaintingFailed: what came out can't be used.
        """
        ...

    def prove(self) -> None:
        """Show cheaply that `finish` can work; raises as it does."""
        ...


@runtime_checkable
class FinishesTogether(Finishes, Protocol):
    """An engine that goes on from several drafts at once; without it they are taken in turn."""

    def finish_all(self, drafts: Sequence[Draft], tell: Callable[[float], None]) -> list[Finished]:
        """What `finish` makes of each draft; they differ by their seed. `tell`: of all of them."""
        ...


@functools.cache
def _addresses() -> dict[str, str]:
    found = {point.name: point.value for point in metadata.entry_points(group="roomstage.engines")}
    return found | _BUILT_IN


def choices() -> tuple[str, ...]:
    """Every name that `load` knows."""
    others = sorted(set(_addresses()) - set(_BUILT_IN))
    return (AUTO, *_BUILT_IN, *others)


def _engine_class(name: str) -> type[Engine]:
    addresses = _addresses()
    if name not in addresses:
        known = ", ".join((AUTO, *sorted(addresses)))
        raise InvalidParameter(f"engine is {name!r}: give one of {known}", field="engine")
    module, _, attribute = addresses[name].partition(":")
    return cast("type[Engine]", getattr(importlib.import_module(module), attribute))


def load(name: str = "cpu") -> Engine:
    """The engine called `name`, ready to work; `auto`: the best that can run here.

    Raises:
        InvalidParameter: no engine has that name.
        EngineUnavailable: the engine can't run here; the message has the remedy.
    """
    if name == AUTO:
        return _best()
    check(name)
    return _engine_class(name)()


def check(name: str) -> None:
    """Refuse an engine that can't run here, as `load` does, without loading one that can.

    Raises:
        InvalidParameter: no engine has that name.
        EngineUnavailable: the engine can't run here; the message has the remedy.
    """
    reason = missing(name)
    if reason is not None:
        raise EngineUnavailable(f"engine {name} can't run here: {reason}", field="engine")


def _best() -> Engine:
    """A painting engine where there is a card and weights, and otherwise `cpu`.

    It may give its work back to `cpu` later, since nobody asked for it by name.
    """
    able = [_engine_class(name) for name in painting()]
    if able:
        from roomstage.engines.diffusion.memory import cards

        if cards():
            return able[0](yields=True)  # type: ignore[call-arg]
    return load("cpu")


def missing(name: str) -> str | None:
    """Why an engine can't run here, or None."""
    if name in (AUTO, _EVERYWHERE):
        return None
    # Of our own it is known without the engine, which would load all that knows pixels.
    return presence.missing(name) if name in PREFERRED else _engine_class(name).missing()


def painting() -> tuple[str, ...]:
    """The engines of ours that paint and can run here."""
    return tuple(name for name in PREFERRED if missing(name) is None)


def survey() -> dict[str, str | None]:
    """Every known engine with the reason why it can't run here, or None."""
    return {name: missing(name) for name in sorted(_addresses())}
