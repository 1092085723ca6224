"""What goes to a worker and what comes back: encoded bytes, plain values, no pixels."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

# (step about to run, share done so far 0..1, a small JPEG of what there is, if there is a new one)
Progress = Callable[[str, float, bytes | None], None]


@dataclass(frozen=True, slots=True)
class Job:
    """One call of a model.

    Attributes:
        slug: the model's.
        fields: checked parameters that are no pictures, JSON-ready.
        pictures: encoded bytes by field.
        kinship: jobs of the same kinship go to the same worker where that costs no wait, since
            it knows their room already.
    """

    slug: str
    fields: Mapping[str, Any]
    pictures: Mapping[str, bytes]
    kinship: Hashable = None


@dataclass(frozen=True, slots=True)
class Done:
    """A finished job: as `roomstage.models.Output`, and the seconds that the model took."""

    data: bytes
    content_type: str
    seed: int
    size: tuple[int, int]
    report: dict[str, Any]
    seconds: float
    waited: float = 0.0  # seconds between the job's arrival and its start


class WorkerFault(Exception):
    """A fault of ours inside a worker, which lives on; the text is its traceback."""


class WorkerDied(Exception):
    """A worker's process ended, or spoke nonsense; the text says how."""
