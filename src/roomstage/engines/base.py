"""The engine protocol, and how an engine is found by name.

An engine is found through the entry points of the group ``roomstage.engines`` or in the table
below; it tells itself why it can't run on this machine, so `roomstage doctor` can say it.
"""

from __future__ import annotations

import functools
import importlib
from importlib import metadata
from typing import ClassVar, Protocol, cast

from roomstage.errors import EngineUnavailable, InvalidParameter
from roomstage.image import Cutout, Image, Mask
from roomstage.light import Shading
from roomstage.options import Options
from roomstage.placement import Placement
from roomstage.scene import Scene

_BUILT_IN = {"cpu": "roomstage.engines.cpu:CpuEngine"}


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


@functools.cache
def _addresses() -> dict[str, str]:
    found = {point.name: point.value for point in metadata.entry_points(group="roomstage.engines")}
    return found | _BUILT_IN


def _engine_class(name: str) -> type[Engine]:
    addresses = _addresses()
    if name not in addresses:
        known = ", ".join(sorted(addresses))
        raise InvalidParameter(f"engine is {name!r}: give one of {known}", field="engine")
    module, _, attribute = addresses[name].partition(":")
    return cast("type[Engine]", getattr(importlib.import_module(module), attribute))


def load(name: str = "cpu") -> Engine:
    """The engine called `name`, ready to work.

    Raises:
        InvalidParameter: no engine has that name.
        EngineUnavailable: the engine can't run here; the message has the remedy.
    """
    engine = _engine_class(name)
    reason = engine.missing()
    if reason is not None:
        raise EngineUnavailable(f"engine {name} can't run here: {reason}", field="engine")
    return engine()


def survey() -> dict[str, str | None]:
    """Every known engine with the reason why it can't run here, or None."""
    return {name: _engine_class(name).missing() for name in sorted(_addresses())}
