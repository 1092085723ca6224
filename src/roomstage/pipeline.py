"""The steps of a staging, in order, and what comes out of them.

    analyse (once a room) -> cut -> (remove) -> place -> shade -> composite -> (paint)
    analyse (once a room) -> remove

The runner owns progress and timings; the steps know neither.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Protocol, runtime_checkable

import cv2
import numpy as np

from roomstage import prompt as prompt_words
from roomstage.composite import composite, coverage, with_front
from roomstage.engines import Draft, Engine, Finishes, load
from roomstage.erasure import Erasure
from roomstage.errors import InvalidParameter
from roomstage.image import Image, Mask
from roomstage.options import Options, draw_seed
from roomstage.placement import place, working_side
from roomstage.preview import preview
from roomstage.removal import NOTHING_REMOVED, Removal, erase, find_occupant, to_erase
from roomstage.scene import Scene, smaller
from roomstage.staging import Staging

STEPS = ("analyse", "cut", "remove", "place", "shade", "composite")
_DRAFT_SIDE = 768  # pixels of the longer side
_PAINTED_FROM = 0.1  # of the work is done when an engine that paints begins to
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

    def draft(self) -> AnalysedRoom:
        """A smaller copy, at most 768 pixels long, for previews that follow a hand."""
        width, height = self.image.size
        scale = _DRAFT_SIDE / max(width, height)
        if scale >= 1:
            return self
        size = max(1, int(width * scale + 0.5)), max(1, int(height * scale + 0.5))
        rgb = np.asarray(cv2.resize(self.image.rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
        image = Image(rgb, warnings=self.image.warnings)
        return replace(self, image=image, scene=smaller(self.scene, size))


@dataclass(slots=True)
class _Runner:
    progress: Progress | None
    timings_ms: dict[str, float] = field(default_factory=dict)
    paints: bool = False  # the steps are the smaller part of the work

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        if self.progress is not None:
            share = STEPS.index(name) / len(STEPS)
            self.progress(name, _PAINTED_FROM * share if self.paints else share)
        with self.timed(name):
            yield

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.timings_ms[name] = round((time.perf_counter() - start) * 1000, 2)

    def paint(self, share: float) -> None:
        if self.progress is not None:
            self.progress("paint", _PAINTED_FROM + (1 - _PAINTED_FROM) * share)

    def show(self, picture: Callable[[], Image]) -> None:
        """Let a viewer see what there is; made only for one who looks."""
        if isinstance(self.progress, Viewer):
            self.progress.show(picture())

    def finish(self) -> None:
        if self.progress is not None:
            self.progress("done", 1.0)


def analyse(image: Image, *, engine: str = "cpu", progress: Progress | None = None) -> AnalysedRoom:
    """Analyse a room once, for any number of stagings."""
    ready = load(engine)
    runner = _Runner(progress, paints=isinstance(ready, Finishes))
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
        EngineUnavailable: an engine that paints lacks weights or memory.
        PaintingFailed: what it painted can't be used.
    """
    if options.remove and mask is None:
        raise InvalidParameter(
            "remove is true and main_image_mask is missing: give a mask of what is to go",
            field="remove",
        )
    before = room.image
    finisher = room.engine if isinstance(room.engine, Finishes) else None
    timings = dict(room.timings_ms) if fresh else {}
    runner = _Runner(progress, timings, paints=finisher is not None)
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
    name, painting, painted_warnings = room.engine.name, None, ()
    if finisher is not None:
        with runner.timed("paint"):
            whole = coverage(under, cutout, placement, shading)
            draft = Draft(under, image, changed, whole, room.scene, cutout, placement, options)
            done = finisher.finish(draft, runner.paint)
        image, changed, name = done.image, done.changed, done.engine
        painting, painted_warnings = done.report, done.warnings
    if removed is not None:
        changed = Mask(changed.values | removed.values)
    runner.finish()
    given = (room.image, overlay, mask, overlay_mask, cutout, placement)
    warnings = [warning for part in given if part is not None for warning in part.warnings]
    warnings += painted_warnings
    return Staging(
        image=image,
        changed=changed,
        placement=placement,
        cutout=cutout,
        seed=options.seed,
        engine=name,
        warnings=tuple(dict.fromkeys(warnings)),
        timings_ms=runner.timings_ms,
        light=shading.light,
        room=before,
        removal=removal,
        geometry=room.scene.report(),
        painting=painting,
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
