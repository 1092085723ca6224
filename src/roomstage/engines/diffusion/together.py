"""Several tasks through one model: as many at once as the memory does."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from roomstage.engines.diffusion.task import Painter, Step, Task
from roomstage.image import U8


def paint_all(painter: Painter, tasks: Sequence[Task], at_once: int, step: Step) -> list[U8]:
    """The picture [h, w, 3] of each task; `step` is told of all of them as of one schedule."""
    found: dict[int, U8] = {}
    for batch in batches([_kind(task) for task in tasks], at_once):

        def told(share: float, done: int = len(found), part: int = len(batch)) -> None:
            step((done + share * part) / len(tasks))

        made = painter.paint([tasks[number] for number in batch], told)
        found.update(zip(batch, made, strict=True))
    return [found[number] for number in range(len(tasks))]


def batches(kinds: Sequence[Hashable], at_once: int) -> list[list[int]]:
    """The numbers of what is painted together: of one kind, at most `at_once`, all in order."""
    alike: dict[Hashable, list[int]] = {}
    for number, kind in enumerate(kinds):
        alike.setdefault(kind, []).append(number)
    return [
        same[first : first + at_once]
        for same in alike.values()
        for first in range(0, len(same), at_once)
    ]


def _kind(task: Task) -> Hashable:
    """What a batch must have in common.

    Shadows and what fills the place of a piece that went follow the seed, and the crop and the
    room's facts follow them: nearly always they come out the same.
    """
    return task.wide.shape, task.caption, task.instruction
