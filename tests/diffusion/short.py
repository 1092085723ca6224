"""An engine whose card is full beyond so many pixels; found by an entry point, in workers too."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, ClassVar

from roomstage.engines.base import Finished
from roomstage.engines.diffusion.flux2_klein import Flux2KleinEngine
from roomstage.engines.diffusion.memory import Plan

MOST = "SHORT_MOST_PIXELS"


class ShortEngine(Flux2KleinEngine):
    """Klein, short of memory."""

    name: ClassVar[str] = "short"

    def _plans(self, settings: Any) -> list[Plan]:
        return [Plan("cpu", "float32", "none", "none", side * side) for side in (64, 48)]

    def _painted(
        self, drafts: Any, plan: Plan, settings: Any, step: Any, at_once: int
    ) -> list[Finished]:
        if plan.pixels > int(os.environ[MOST]):
            import torch

            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return super()._painted(drafts, plan, settings, step, at_once)


def installed(folder: Path, most: int) -> dict[str, str]:
    """Environment of processes that are to find the engine, as if it were installed."""
    package = folder / "short-1.0.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: short\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text(
        "[roomstage.engines]\nshort = diffusion.short:ShortEngine\n"
    )
    paths = (str(folder), str(Path(__file__).parents[1]))
    own = filter(None, [os.environ.get("PYTHONPATH")])  # of whoever tests another checkout
    return {"PYTHONPATH": os.pathsep.join((*paths, *own)), MOST: str(most)}
