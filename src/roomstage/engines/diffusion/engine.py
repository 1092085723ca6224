"""What all painting engines share: the draft goes out as a task and comes back as a picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, TypeVar

import numpy as np

from roomstage.engines.base import Draft, Finished
from roomstage.engines.cpu import CpuEngine
from roomstage.engines.diffusion import crop as crops
from roomstage.engines.diffusion import (
    detail,
    drift,
    held,
    memory,
    presence,
    prompt,
    registration,
    stitch,
    together,
    tone,
)
from roomstage.engines.diffusion.crop import Crop
from roomstage.engines.diffusion.memory import Footprint, Plan
from roomstage.engines.diffusion.regions import Regions, regions
from roomstage.engines.diffusion.settings import Settings
from roomstage.engines.diffusion.task import Painter, Step, Task, on_white
from roomstage.errors import EngineUnavailable, PaintingFailed
from roomstage.image import F32, U8, Image, Mask

_T = TypeVar("_T")
_PRODUCT_SIDE = 768
_KNOWN_FROM = 1.0  # feathers beyond the painted part, where the model was to change nothing


@dataclass(frozen=True, eq=False, slots=True)
class _Asked:
    """A task, and where in the room it is from."""

    crop: Crop
    where: Regions
    task: Task


class DiffusionEngine(CpuEngine):
    """Analyses, cuts and shades as `cpu` does, then lets a model paint.

    Args:
        yields: hand the draft back where the model can't do its work, since nobody asked for
            this engine by name.
    """

    needs: ClassVar[str]  # by which its weights are found, also of an engine that derives from it
    footprint: ClassVar[Footprint]
    multiple: ClassVar[int] = 16  # sides that the model takes
    batches: ClassVar[bool] = True  # whether it can paint several pictures in one pass

    def __init__(self, *, yields: bool = False) -> None:
        self._yields = yields

    @classmethod
    def missing(cls) -> str | None:
        """See `Engine.missing`."""
        return presence.missing(cls.needs)

    def painter(self, plan: Plan, settings: Settings) -> Painter:
        """The model in memory, as `plan` has it; kept from call to call."""
        raise NotImplementedError

    def release(self) -> None:
        """Let go of the model."""
        held.drop(self.name)

    def leaves_out_steps(self, plan: Plan, settings: Settings) -> bool:
        """Whether steps that change little are left out: it changes the picture."""
        return settings.cache and plan.offload != "layers"

    def lossy(self, plan: Plan, settings: Settings) -> list[str]:
        """The options at work that change the picture, for the report."""
        told = [] if plan.quantise == "none" else [f"weights in {plan.quantise}"]
        return [*told, "cached steps"] if self.leaves_out_steps(plan, settings) else told

    def prove(self) -> None:
        """See `Finishes.prove`: the model is loaded and makes one step."""
        settings = Settings.from_env()
        grey = np.full((64, 64, 3), 128, np.uint8)
        whole = np.full((64, 64), 255, np.uint8)
        task = Task(grey, grey, whole, whole, grey, "a box", "a box", True, 2, 1.0, 0)
        self._run(
            lambda plan, _: self.painter(plan, settings).paint([task], lambda _: None), settings
        )

    def finish(self, draft: Draft, tell: Callable[[float], None]) -> Finished:
        """See `Finishes.finish`."""
        return self.finish_all([draft], tell)[0]

    def finish_all(self, drafts: Sequence[Draft], tell: Callable[[float], None]) -> list[Finished]:
        """See `FinishesTogether.finish_all`."""
        settings, step = Settings.from_env(), _rising(tell)
        try:
            return self._run(
                lambda plan, at_once: self._painted(drafts, plan, settings, step, at_once),
                settings,
                len(drafts),
            )
        except EngineUnavailable as error:
            if not self._yields:
                raise
            failure = error.message
        warning = f"{self.name} could not paint ({failure}): this is the cpu engine's picture"
        told = {"gave_up": failure}
        return [Finished(one.staged, one.changed, "cpu", told, (warning,)) for one in drafts]

    def _run(self, work: Callable[[Plan, int], _T], settings: Settings, pictures: int = 1) -> _T:
        """What `work` makes by the best plan for which the memory does.

        It is told how many of the `pictures` may be in one pass: fewer of them are tried before
        another plan is, which would work on smaller ones or take longer.
        """
        failure = "no plan fits"
        for plan in self._plans(settings):
            at_once = self._at_once(plan, settings, pictures)
            while True:
                try:
                    return work(plan, at_once)
                except Exception as error:
                    if not is_out_of_memory(error):
                        raise
                # Not in the handler: the error holds all that was underway.
                if at_once > 1:
                    # A model that is not there did not even come: fewer pictures won't help it.
                    loaded = held.holds(self.name)
                    if loaded:
                        held.outgrow(self.name, plan, at_once)
                    held.give_back()
                    at_once = (at_once + 1) // 2 if loaded else 1
                    continue
                self.release()
                if not held.drop_others(self.name):
                    break
            held.outgrow(self.name, plan)
            failure = f"the card has too little memory {plan.told()}"
        raise EngineUnavailable(
            f"engine {self.name} can't run here: {failure}; free some, set "
            "ROOMSTAGE_DIFFUSION_QUANTISE=int8, or choose engine cpu",
            field="engine",
        )

    def _plans(self, settings: Settings) -> list[Plan]:
        """What to try, the best first."""
        found = memory.ladder(memory.best(), self.footprint, quantise=settings.quantise)
        if settings.pixels:
            found = [replace(plan, pixels=min(plan.pixels, settings.pixels)) for plan in found]
        return held.fitting(self.name, list(dict.fromkeys(found)))

    def _at_once(self, plan: Plan, settings: Settings, pictures: int) -> int:
        """How many of the `pictures` are tried in one pass.

        One where steps are left out: which ones is decided for a whole batch, so a picture would
        depend on those that it is painted with.
        """
        if pictures == 1 or not self.batches or self.leaves_out_steps(plan, settings):
            return 1
        fitting = memory.at_once(plan, memory.best(), self.footprint, pictures)
        return held.at_once(self.name, plan, fitting)

    def _painted(
        self, drafts: Sequence[Draft], plan: Plan, settings: Settings, step: Step, at_once: int
    ) -> list[Finished]:
        asked = [self._asked(draft, plan) for draft in drafts]
        tasks = [each.task for each in asked if each is not None]
        # One that takes them one by one is given them all: it can encode before it begins.
        batch = at_once if self.batches else len(tasks)
        painter = self.painter(plan, settings) if tasks else None
        made = iter([] if painter is None else together.paint_all(painter, tasks, batch, step))
        finished = []
        for number, (draft, each) in enumerate(zip(drafts, asked, strict=True), 1):
            if each is None:  # wholly behind something
                painted = {"painted": False}
                finished.append(Finished(draft.staged, draft.changed, self.name, painted))
                continue
            try:
                done = self._laid(draft, each, next(made), plan, settings)
            except PaintingFailed as error:
                if len(drafts) == 1:
                    raise
                which = f"variant {number} (seed {draft.options.seed})"
                raise PaintingFailed(f"{which}: {error.message}") from error
            if len(drafts) > 1:
                done.report["at_once"] = at_once
            finished.append(done)
        return finished

    def _asked(self, draft: Draft, plan: Plan) -> _Asked | None:
        """What the model is asked for a draft; None if there is nothing to paint."""
        faithful = draft.options.fidelity == "faithful"
        where = regions(draft, faithful=faithful)
        if where.box is None:
            return None
        crop = crops.plan(where.box, draft.room.size, pixels=plan.pixels, multiple=self.multiple)
        return _Asked(crop, where, _task(draft, crop, where, faithful=faithful))

    def _laid(
        self, draft: Draft, asked: _Asked, painted: U8, plan: Plan, settings: Settings
    ) -> Finished:
        """The model's picture, mended and laid into the room."""
        crop, where, faithful = asked.crop, asked.where, asked.task.faithful
        under = draft.staged.rgb if faithful else draft.room.rgb
        ours = np.ascontiguousarray(under[crop.box.slices])
        staged = np.ascontiguousarray(draft.staged.rgb[crop.box.slices])
        alpha = draft.coverage[crop.box.slices].astype(np.float32) / 255
        weight = _weight(where, crop)
        back = crop.back(painted)
        report: dict[str, Any] = {
            "fidelity": "faithful" if faithful else "generative",
            "plan": plan.told(),
            "crop": [crop.box.x0, crop.box.y0, crop.box.x1, crop.box.y1],
            "model_size": list(crop.size),
            "lossy": self.lossy(plan, settings),
        }
        known = _known(where, crop)
        if settings.max_shift:
            found = registration.register(back, ours, known, bound=settings.max_shift)
            back = registration.aligned(back, found)
            report["registration"] = found.report()
        back = tone.matched(back, ours, known)
        warnings: tuple[str, ...] = ()
        lost = _lost(ours, crop)
        if faithful:
            back = _plus(back, lost, 1 - alpha)
            back = detail.restored(back, staged, alpha)
        else:
            back = _plus(back, lost, np.where(where.tight[crop.box.slices] > 0, 0, 1))
            told = drift.measured(back, staged, alpha)
            report["drift"], warnings = told.report(), told.warnings()
        out, written = stitch.stitched(under, back, crop.box, weight)
        changed = written | draft.changed.values if faithful else written
        image = Image(out, draft.room.alpha, draft.room.orientation)
        return Finished(image, Mask(np.asarray(changed, np.uint8)), self.name, report, warnings)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an accelerator, or the process, has run out of memory."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    told = str(error).lower()
    # cuBLAS and cuDNN say it in their own way when the card is full to the brim.
    return isinstance(error, RuntimeError) and ("out of memory" in told or "alloc_failed" in told)


def _task(draft: Draft, crop: Crop, where: Regions, *, faithful: bool) -> Task:
    options, known = draft.options, prompt.facts(draft.scene, draft.placement)
    return Task(
        room=crop.seen(draft.room.rgb),
        staged=crop.seen(draft.staged.rgb),
        tight=_hard(crop.seen(where.tight)),
        wide=_hard(crop.seen(where.wide)),
        product=on_white(draft.cutout, min(_PRODUCT_SIDE, min(crop.size) // 16 * 16)),
        caption=prompt.caption(options.prompt, known),
        instruction=prompt.instruction(options.prompt, known, keep=faithful),
        faithful=faithful,
        steps=options.steps,
        guidance=options.guidance,
        seed=options.seed,
    )


def _hard(mask: U8) -> U8:
    return np.asarray(mask > 127, np.uint8) * 255


def _weight(where: Regions, crop: Crop) -> F32:
    """How much of the painted picture is taken [h, w], over the crop."""
    weight = stitch.feathered(where.edited[crop.box.slices], where.feather)
    return weight if where.front is None else np.where(where.front[crop.box.slices], 0, weight)


def _known(where: Regions, crop: Crop) -> F32:
    """1 where the model was to change nothing, over the crop."""
    radius = (1 + _KNOWN_FROM) * where.feather
    near = stitch.feathered(where.edited[crop.box.slices], radius) > 0
    return np.asarray(~near, np.float32)


def _lost(ours: U8, crop: Crop) -> F32:
    """The fine structure that the room loses on its way through the model's size."""
    if crop.scale >= 1:
        return np.zeros((1, 1, 3), np.float32)
    through = crop.back(crops.resized(ours, crop.size))
    return ours.astype(np.float32) - through


def _plus(painted: U8, lost: F32, where: F32) -> U8:
    if lost.shape[0] == 1:
        return painted
    mixed = painted + lost * np.asarray(where, np.float32)[..., None]
    return np.clip(np.rint(mixed), 0, 255).astype(np.uint8)


def _rising(tell: Callable[[float], None]) -> Step:
    """Shares in 0..1 that never fall: what did not fit is begun anew."""
    reached = 0.0

    def step(share: float) -> None:
        nonlocal reached
        reached = max(reached, min(1.0, share))
        tell(reached)

    return step
