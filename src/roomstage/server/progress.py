"""How far the jobs of this process are, for those who watch."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """What is being done, and the share that is done before it, from 0 to 1."""

    step: str
    fraction: float
    preview: bytes | None = None  # a small JPEG of what there is so far


class Progress:
    """The last step of each running job. Used on the event loop only."""

    def __init__(self) -> None:
        self._steps: dict[str, Step] = {}
        self._changed = asyncio.Event()

    def note(self, job_id: str, step: str, fraction: float, preview: bytes | None = None) -> None:
        """A job has reached a step, or has something new to show."""
        before = self._steps.get(job_id)
        shown = preview or (before.preview if before else None)
        self._steps[job_id] = Step(step, round(fraction, 3), shown)
        self.stir()

    def forget(self, job_id: str) -> None:
        """A job runs here no more."""
        self._steps.pop(job_id, None)
        self.stir()

    def stir(self) -> None:
        """Have all who watch look again."""
        self._changed.set()
        self._changed = asyncio.Event()

    def of(self, job_id: str) -> Step | None:
        """The last step of a job, if it runs here."""
        return self._steps.get(job_id)

    async def change(self, seconds: float) -> None:
        """Wait until anything has changed, but no longer than that."""
        event = self._changed
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            return
