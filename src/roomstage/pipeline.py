"""The steps of a staging, in order, and what comes out of them.

    analyse (once a room) -> cut -> (remove) -> place -> shade -> composite -> (paint)
    analyse (once a room) -> remove

Variants share all that no seed decides: room and cut-out, what is to go and, where nothing goes,
the place.

The runner owns progress and timings; the steps know neither.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Protocol, runtime_checkable

import cv2
import numpy as np

from roomstage import prompt as prompt_words
from roomstage.composite import composite, coverage, with_front
from roomstage.engines import (
    Draft,
    Engine,
    Finished,
    Finishes,
    FinishesTogether,
    load,
)
from roomstage.erasure import Erasure
from roomstage.errors import InvalidParameter
from roomstage.image import Cutout, Image, Mask
from roomstage.light import Shading
from roomstage.options import Options, seeds
from roomstage.placement import Placement, place, working_side
from roomstage.preview import preview
from roomstage.removal import NOTHING_REMOVED, Removal, erase, find_occupant, to_erase
from roomstage.scene import Scene, smaller
from roomstage.staging import Staging

STEPS = ("analyse", "cut", "remove", "place", "shade", "composite")
_SHARED = 2  # of the steps, by all variants
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
    turn: int = 0  # of the variants, the one that is made
    turns: int = 1

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        if self.progress is not None:
            at = STEPS.index(name)
            if at >= _SHARED:
                own = len(STEPS) - _SHARED
                at = _SHARED + (at - _SHARED + own * self.turn) / self.turns
            share = at / len(STEPS)
            self.progress(name, _PAINTED_FROM * share if self.paints else share)
        with self.timed(name):
            yield

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        took = (time.perf_counter() - start) * 1000
        self.timings_ms[name] = round(self.timings_ms.get(name, 0) + took, 2)

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


@dataclass(frozen=True, eq=False, slots=True)
class _Given:
    """What all variants of a staging have in common."""

    room: AnalysedRoom
    overlay: Image
    mask: Mask | None
    overlay_mask: Mask | None
    cutout: Cutout
    intent: prompt_words.Intent
    removal: Removal


@dataclass(frozen=True, eq=False, slots=True)
class _Composed:
    """One variant as the compositor leaves it."""

    options: Options
    room: AnalysedRoom  # without what stood in the place
    removed: Mask | None  # where that was written over
    placement: Placement
    shading: Shading
    under: Image
    image: Image
    changed: Mask


def run(
    room: AnalysedRoom,
    overlay: Image,
    *,
    mask: Mask | None,
    overlay_mask: Mask | None,
    options: Options,
    variants: int = 1,
    progress: Progress | None = None,
    fresh: bool = False,
) -> Staging:
    """Stage one product into an analysed room.

    Args:
        room: it is left as it is.
        overlay: the product's photo.
        mask: where it goes.
        overlay_mask: what is the product.
        options: what is asked for besides.
        variants: how many, by the seed of `options` and those that follow; each is what a call of
            its own with that seed makes. All but the first are the staging's `others`.
        progress: told of all of them as of one.
        fresh: the room was analysed for this very call.

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
    finisher = room.engine if isinstance(room.engine, Finishes) else None
    timings = dict(room.timings_ms) if fresh else {}
    runner = _Runner(progress, timings, paints=finisher is not None, turns=variants)
    intent = prompt_words.read(options.prompt)
    with runner.step("cut"):
        side = working_side(room.image, mask, _size_cm(options))
        cutout = room.engine.cut(overlay, overlay_mask, max_side=side)
    removal = _to_remove(room, mask, intent, options, runner)
    given = _Given(room, overlay, mask, overlay_mask, cutout, intent, removal)
    composed: list[_Composed] = []
    for runner.turn, seed in enumerate(seeds(options.seed, variants)):
        last = composed[-1] if composed else None
        composed.append(_composed(given, replace(options, seed=seed), last, runner))
    finished = (
        [None] * variants if finisher is None else _finished(finisher, composed, given, runner)
    )
    runner.finish()
    first, *others = (
        _staging(each, given, done, runner) for each, done in zip(composed, finished, strict=True)
    )
    return replace(first, others=tuple(others))


def _size_cm(options: Options) -> tuple[float | None, float | None]:
    return options.overlay_width_cm, options.overlay_height_cm


def _composed(
    given: _Given, options: Options, last: _Composed | None, runner: _Runner
) -> _Composed:
    """One variant; the place is that of the `last` one if both stand in the same room."""
    room, removed = _without(given.room, given.removal, options.seed, runner)
    cutout = given.cutout
    if last is not None and room is given.room:
        placement = last.placement
    else:
        with runner.step("place"):
            size_cm = _size_cm(options)
            placement = place(room.scene, room.image, cutout, given.mask, given.intent, size_cm)
    if last is None:
        runner.show(lambda: preview(room.image, cutout, placement))
    with runner.step("shade"):
        shading = room.engine.shade(room.image, room.scene, cutout, placement, options)
    with runner.step("composite"):
        under = room.image
        if removed is not None:
            under, removed = with_front(given.room.image, under, removed, placement)
        image, changed = composite(under, cutout, placement, shading)
    return _Composed(options, room, removed, placement, shading, under, image, changed)


def _finished(
    finisher: Finishes, composed: Sequence[_Composed], given: _Given, runner: _Runner
) -> list[Finished]:
    """What an engine that paints makes of the variants."""
    with runner.timed("paint"):
        drafts = []
        for each in composed:
            whole = coverage(each.under, given.cutout, each.placement, each.shading)
            rest = each.room.scene, given.cutout, each.placement, each.options
            drafts.append(Draft(each.under, each.image, each.changed, whole, *rest))
        if isinstance(finisher, FinishesTogether):
            return finisher.finish_all(drafts, runner.paint)
        count = len(drafts)
        return [
            finisher.finish(draft, lambda share, done=done: runner.paint((done + share) / count))
            for done, draft in enumerate(drafts)
        ]


def _staging(each: _Composed, given: _Given, done: Finished | None, runner: _Runner) -> Staging:
    name, image, changed = given.room.engine.name, each.image, each.changed
    if done is not None:
        name, image, changed = done.engine, done.image, done.changed
    if each.removed is not None:
        changed = Mask(changed.values | each.removed.values)
    seen = given.overlay, given.mask, given.overlay_mask, given.cutout
    parts = (each.room.image, *seen, each.placement)
    warnings = [warning for part in parts if part is not None for warning in part.warnings]
    warnings += () if done is None else done.warnings
    return Staging(
        image=image,
        changed=changed,
        placement=each.placement,
        cutout=given.cutout,
        seed=each.options.seed,
        engine=name,
        warnings=tuple(dict.fromkeys(warnings)),
        timings_ms=runner.timings_ms,
        light=each.shading.light,
        room=given.room.image,
        removal=given.removal,
        geometry=each.room.scene.report(),
        painting=None if done is None else done.report,
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


def _to_remove(
    room: AnalysedRoom,
    mask: Mask | None,
    intent: prompt_words.Intent,
    options: Options,
    runner: _Runner,
) -> Removal:
    """What is to go before the product comes.

    Unasked only what stands on the floor: a rug lies under the table, a lamp joins another.
    """
    unasked = options.remove is None
    unwanted = options.remove is False or (unasked and intent.surface != "floor")
    if mask is None or unwanted:
        return NOTHING_REMOVED
    if options.remove:
        return to_erase(room.image, room.scene, mask)
    with runner.timed("look"):
        found = find_occupant(room.image, room.scene, mask)
    return Removal(found.confidence, found.mask)


def _without(
    room: AnalysedRoom, removal: Removal, seed: int, runner: _Runner
) -> tuple[AnalysedRoom, Mask | None]:
    """The room without what is to go, and where pixels were written; itself if nothing is."""
    if removal.hole is None:
        return room, None
    with runner.step("remove"):
        erased = erase(room.image, room.scene, removal.hole, seed=seed)
    image = replace(erased.image, warnings=(*room.image.warnings, *erased.warnings))
    return replace(room, image=image, scene=erased.scene), erased.changed
