"""The diffusion measurement: a picture by the plain pipeline, and with each of our options."""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from roomstage.bench import diffusion_subject as subjects
from roomstage.bench.document import bullets, table
from roomstage.engines.diffusion import loading, memory, schedule
from roomstage.engines.diffusion.memory import Card
from roomstage.engines.diffusion.settings import Settings
from roomstage.errors import EngineUnavailable

_SEED = 7
_MATRIX = 8192
_VARIANTS = 4
_PLAIN = "plain diffusers pipeline"
# What is tried, whether its picture should be the plain one's, and how many are made at once.
_TRIED: tuple[tuple[str, Settings, bool, int], ...] = (
    (_PLAIN, Settings(), True, 1),
    (f"{_VARIANTS} variants at once", Settings(), True, _VARIANTS),
    ("compiled", Settings(compile=True), True, 1),
    ("compiled, weights in fp8", Settings(compile=True, quantise="fp8"), False, 1),
    ("cached steps", Settings(cache=True), False, 1),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One way to make the picture.

    Attributes:
        seconds: of a picture, the fastest round; of several at once, their share of it.
        step: seconds between two steps of the schedule; the same of several.
        peak_gb: of the card's memory; None on a processor.
        rate: of the transformer's operations, in 1e12 a second.
        psnr: in dB against the plain pipeline's picture of the same seed.
        lossless: whether that should be the same picture.
    """

    name: str
    seconds: float
    step: float
    peak_gb: float | None
    rate: float
    psnr: float
    lossless: bool


def measure(
    engine: str,
    *,
    side: int,
    steps: int,
    rounds: int,
    tiny: bool,
    tell: Callable[[str], None] = lambda _: None,
) -> tuple[list[Row], float, list[str]]:
    """Rows, the card's measured matrix rate in 1e12 operations a second, and what was left out."""
    card = memory.best()
    rate = matrix_rate(card, 256 if tiny else _MATRIX)
    work, rows, left = 0.0, [], []
    plain: Any = None
    for name, settings, lossless, pictures in _TRIED:
        if pictures > 1 and engine not in subjects.BATCHING:
            left.append(f"{name}: {engine} paints them one after the other")
            continue
        tell(f"{engine}: {name}")
        subject = None  # the last one goes before the next one comes: both might not fit
        gc.collect()
        subject = subjects.build(engine, card, side, steps, tiny=tiny)
        if not work:
            work = _operations(subject)
        try:
            _speed_up(subject.pipe, settings, card)
            seconds, step, picture = _timed(subject, rounds, pictures)
        except Exception as error:  # an option that fails here leaves the others' figures
            if name == _PLAIN:
                raise
            left.append(f"{name}: {' '.join(str(error).split())[:200]}")
            continue
        plain = picture if plain is None else plain
        same = subjects.psnr(picture, plain)
        rows.append(Row(name, seconds, step, _peak_gb(card), work / step / 1e12, same, lossless))
    return rows, rate, left


def report(
    engine: str,
    rows: Sequence[Row],
    rate: float,
    left: Sequence[str],
    machine: Sequence[str],
    *,
    side: int,
    steps: int,
) -> str:
    """The section of the document, as Markdown."""
    card = memory.best()
    head = ("", "s a picture", "s a step", "peak GB", "share of matrix rate", "PSNR dB")
    lines = [
        (
            row.name if row.lossless else f"{row.name} (lossy)",
            f"{row.seconds:.2f}",
            f"{row.step:.3f}",
            "" if row.peak_gb is None else f"{row.peak_gb:.1f}",
            f"{row.rate / rate:.0%}",
            "same" if math.isinf(row.psnr) else f"{row.psnr:.1f}",
        )
        for row in rows
    ]
    parts = [
        f"## {engine} on {card.name}",
        f"`roomstage bench diffusion --engine {engine}`: {side} x {side} pixels of the room, "
        f"{steps} steps, random weights, encoders left out. The card's matrix rate, measured by "
        f"one product of matrices, is {rate:.1f}e12 operations a second.",
        bullets(machine),
        table(head, lines),
    ]
    if left:
        parts.append("Left out:\n\n" + bullets(left))
    return "\n\n".join(parts)


def matrix_rate(card: Card, size: int) -> float:
    """Operations in 1e12 a second of a product of two matrices on a card."""
    import torch

    dtype = torch.float32 if card.device == "cpu" else torch.bfloat16
    one = torch.randn(size, size, device=card.device, dtype=dtype)
    best = math.inf
    for _ in range(5):
        _wait(card)
        start = time.perf_counter()
        torch.matmul(one, one)
        _wait(card)
        best = min(best, time.perf_counter() - start)
    return 2 * size**3 / best / 1e12


def _speed_up(pipe: Any, settings: Settings, card: Card) -> None:
    plan = memory.Plan(card.device, "bfloat16", "none", settings.quantise, 0)
    if settings.compile and card.device == "cpu":
        raise EngineUnavailable("compiling is measured on a card only")
    loading.place(pipe, plan, settings)


def _operations(subject: subjects.Subject) -> float:
    """Of one step of the transformer."""
    from torch.utils.flop_counter import FlopCounterMode

    counter = FlopCounterMode(display=False)
    own = subject.pipe.transformer.forward

    def counted(*given: Any, **more: Any) -> Any:
        subject.pipe.transformer.forward = own
        with counter:
            return own(*given, **more)

    subject.pipe.transformer.forward = counted
    try:
        subject.paint([_SEED], num_inference_steps=1)
    finally:
        subject.pipe.transformer.forward = own
    return float(counter.get_total_flops()) * subject.passes


def _timed(subject: subjects.Subject, rounds: int, pictures: int) -> tuple[float, float, Any]:
    """Seconds of a picture and of its step, after a round that warms up; and the picture."""
    card, best, step, picture = memory.best(), math.inf, math.inf, None
    seeds = range(_SEED, _SEED + pictures)
    if card.device == "cuda":
        import torch

        torch.cuda.reset_peak_memory_stats()
    for number in range(rounds + 1):
        marks: list[float] = []

        def mark(share: float, marks: list[float] = marks) -> None:
            _wait(card)
            marks.append(time.perf_counter())

        _wait(card)
        start = time.perf_counter()
        picture = subject.paint(seeds, **schedule.callback(mark))[0]
        _wait(card)
        if number:
            best = min(best, time.perf_counter() - start)
            step = min(step, (marks[-1] - marks[0]) / (len(marks) - 1))
    return best / pictures, step / pictures, picture


def _peak_gb(card: Card) -> float | None:
    if card.device != "cuda":
        return None
    import torch

    return torch.cuda.max_memory_allocated() / 1e9


def _wait(card: Card) -> None:
    if card.device == "cuda":
        import torch

        torch.cuda.synchronize()
