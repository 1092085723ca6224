"""Timing contenders against each other, round by round."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np


@dataclass(slots=True)
class Timing:
    """Wall-clock times of one contender."""

    ms: list[float] = field(default_factory=list)
    output_bytes: int = 0

    @property
    def p50(self) -> float:
        """Median, milliseconds."""
        return percentile(self.ms, 50)

    @property
    def p95(self) -> float:
        """95th percentile, milliseconds."""
        return percentile(self.ms, 95)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` per cent of the values do not exceed, interpolated."""
    return float(np.percentile(values, share))


def race(
    contenders: Mapping[str, Callable[[], bytes]],
    rounds: int,
    after_round: Callable[[], None] = lambda: None,
) -> dict[str, Timing]:
    """Run every contender once per round, after a round that is not counted.

    Interleaved (A B C A B C ...), so that what else the machine does hits all alike.
    """
    timings = {name: Timing() for name in contenders}
    for number in range(rounds + 1):
        for name, contender in contenders.items():
            gc.collect()
            start = time.perf_counter()
            output = contender()
            spent = (time.perf_counter() - start) * 1000
            if number > 0:
                timings[name].ms.append(spent)
                timings[name].output_bytes = len(output)
        after_round()
    return timings
