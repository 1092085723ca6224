"""The steps of a staging, in order, and what comes out of them.

    analyse (once a room) -> cut -> (remove) -> place -> shade -> composite
    analyse (once a room) -> remove

The runner owns progress and timings; the steps know neither.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Protocol, runtime_checkable

from roomstage import prompt as prompt_words
from roomstage.composite import composite, with_front
from roomstage.engines import Engine, Options, load
from roomstage.erasure import Erasure
from roomstage.errors import InvalidParameter
from roomstage.image import Image, Mask
from roomstage.placement import place, working_side
from roomstage.preview import preview
from roomstage.removal import NOTHING_REMOVED, Removal, erase, find_occupant, to_erase
from roomstage.scene import Scene
from roomstage.staging import Staging

STEPS = ("analyse", "cut", "remove", "place", "shade", "composite")
Progress = Callable[[str, float], None]  # (step about to run, share done so far 0..1)


@runtime_checkable
class Viewer(Protocol):
    """A progress callback that wants to see how far the picture is, too."""

    def __call__(self, step: str, fraction: float) -> None:
        """A step is about to run."""
        ...

    def show(self, picture: Image) -> None:
        """A small picture of what there is so far."""
        ...


__all__ = [
    "STEPS",
    "AnalysedRoom",
    "Erasure",
    "Options",
    "Progress",
    "Staging",
    "Viewer",
    "analyse",
    "clear",
    "draw_seed",
    "run",
]


@dataclass(frozen=True, eq=False, slots=True)
class AnalysedRoom:
    """A decoded and analysed room: stage as many products into it as you like."""

    image: Image
    scene: Scene
    engine: Engine
    timings_ms: dict[str, float]  # what the analysis took

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        return self.image.nbytes + self.scene.nbytes


@dataclass(slots=True)
class _Runner:
    progress: Progress | None
    timings_ms: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        if self.progress is not None:
            self.progress(name, STEPS.index(name) / len(STEPS))
        with self.timed(name):
            yield

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.timings_ms[name] = round((time.perf_counter() - start) * 1000, 2)

    def show(self, picture: Callable[[], Image]) -> None:
        """Let a viewer see what there is; made only for one who looks."""
        if isinstance(self.progress, Viewer):
            self.progress.show(picture())

    def finish(self) -> None:
        if self.progress is not None:
            self.progress("done", 1.0)


def draw_seed(seed: int) -> int:
    """The seed itself, or a random one for -1 (the only randomness that no seed rules)."""
    return secrets.randbelow(2**31) if seed == -1 else seed


def analyse(image: Image, *, engine: str = "cpu", progress: Progress | None = None) -> AnalysedRoom:
    """Analyse a room once, for any number of stagings."""
    ready = load(engine)
    runner = _Runner(progress)
    with runner.step("analyse"):
        scene = ready.analyse(image)
    return AnalysedRoom(image, scene, ready, runner.timings_ms)


def run(
    room: AnalysedRoom,
    overlay: Image,
    *,
    mask: Mask | None,
    overlay_mask: Mask | None,
    options: Options,
    progress: Progress | None = None,
    fresh: bool = False,
) -> Staging:
    """Stage one product into an analysed room; `fresh`: it was analysed for this very call.

    Raises:
        CutoutNotFound: the product can't be told from its background.
        InvalidMask: a mask marks nothing.
        NoPlaceFound: no mask, and no free floor.
        InvalidParameter: something is to be removed, and no mask says what.
    """
    if options.remove and mask is None:
        raise InvalidParameter(
            "remove is true and main_image_mask is missing: give a mask of what is to go",
            field="remove",
        )
    before = room.image
    runner = _Runner(progress, dict(room.timings_ms) if fresh else {})
    intent = prompt_words.read(options.prompt)
    size_cm = options.overlay_width_cm, options.overlay_height_cm
    with runner.step("cut"):
        side = working_side(room.image, mask, size_cm)
        cutout = room.engine.cut(overlay, overlay_mask, max_side=side)
    room, removal, removed = _cleared(room, mask, intent, options, runner)
    with runner.step("place"):
        placement = place(room.scene, room.image, cutout, mask, intent, size_cm)
    runner.show(lambda: preview(room.image, cutout, placement))
    with runner.step("shade"):
        shading = room.engine.shade(room.image, room.scene, cutout, placement, options)
    with runner.step("composite"):
        under = room.image
        if removed is not None:
            under, removed = with_front(before, under, removed, placement)
        image, changed = composite(under, cutout, placement, shading)
    if removed is not None:
        changed = Mask(changed.values | removed.values)
    runner.finish()
    given = (room.image, overlay, mask, overlay_mask, cutout, placement)
    warnings = [warning for part in given if part is not None for warning in part.warnings]
    return Staging(
        image=image,
        changed=changed,
        placement=placement,
        cutout=cutout,
        seed=options.seed,
        engine=room.engine.name,
        warnings=tuple(dict.fromkeys(warnings)),
        timings_ms=runner.timings_ms,
        light=shading.light,
        room=before,
        removal=removal,
        geometry=room.scene.report(),
    )


def clear(
    room: AnalysedRoom,
    mask: Mask,
    *,
    seed: int,
    progress: Progress | None = None,
    fresh: bool = False,
) -> Erasure:
    """Take out what `mask` marks and its shadow; `fresh`: analysed for this very call.

    Raises:
        InvalidMask: the mask leaves next to nothing to fill it from.
    """
    runner = _Runner(progress, dict(room.timings_ms) if fresh else {})
    with runner.step("remove"):
        removal = to_erase(room.image, room.scene, mask)
        erased = erase(room.image, room.scene, removal.hole or mask, seed=seed)
    runner.finish()
    return Erasure(
        image=erased.image,
        changed=erased.changed,
        removal=removal,
        seed=seed,
        engine=room.engine.name,
        warnings=tuple(dict.fromkeys((*room.image.warnings, *mask.warnings, *erased.warnings))),
        timings_ms=runner.timings_ms,
        room=room.image,
    )


def _cleared(
    room: AnalysedRoom,
    mask: Mask | None,
    intent: prompt_words.Intent,
    options: Options,
    runner: _Runner,
) -> tuple[AnalysedRoom, Removal, Mask | None]:
    """The room without what stood in the place, what that was, and where pixels were written.

    Unasked only for what stands on the floor: a rug lies under the table, a lamp joins another.
    """
    unasked = options.remove is None
    unwanted = options.remove is False or (unasked and intent.surface != "floor")
    if mask is None or unwanted:
        return room, NOTHING_REMOVED, None
    if options.remove:
        removal = to_erase(room.image, room.scene, mask)
    else:
        with runner.timed("look"):
            found = find_occupant(room.image, room.scene, mask)
        removal = Removal(found.confidence, found.mask)
    if removal.hole is None:
        return room, removal, None
    with runner.step("remove"):
        erased = erase(room.image, room.scene, removal.hole, seed=options.seed)
    image = replace(erased.image, warnings=(*room.image.warnings, *erased.warnings))
    return replace(room, image=image, scene=erased.scene), removal, erased.changed
