"""The steps of a staging, in order, and what comes out of them.

    analyse (once a room) -> cut -> place -> shade -> composite

The runner owns progress and timings; the steps know neither.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from roomstage import prompt as prompt_words
from roomstage.composite import composite
from roomstage.engines import Engine, Options, load
from roomstage.image import Image, Mask
from roomstage.placement import place, working_side
from roomstage.scene import Scene
from roomstage.staging import Staging

STEPS = ("analyse", "cut", "place", "shade", "composite")
Progress = Callable[[str, float], None]  # (step about to run, share done so far 0..1)

__all__ = ["STEPS", "AnalysedRoom", "Options", "Progress", "Staging", "analyse", "draw_seed", "run"]


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
        start = time.perf_counter()
        yield
        self.timings_ms[name] = round((time.perf_counter() - start) * 1000, 2)

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
    """
    runner = _Runner(progress, dict(room.timings_ms) if fresh else {})
    intent = prompt_words.read(options.prompt)
    with runner.step("cut"):
        cutout = room.engine.cut(overlay, overlay_mask, max_side=working_side(room.image, mask))
    with runner.step("place"):
        size_cm = options.overlay_width_cm, options.overlay_height_cm
        placement = place(room.scene, room.image, cutout, mask, intent, size_cm)
    with runner.step("shade"):
        shading = room.engine.shade(room.image, room.scene, cutout, placement, options)
    with runner.step("composite"):
        image, changed = composite(room.image, cutout, placement, shading)
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
        room=room.image,
        geometry=room.scene.report(),
    )
