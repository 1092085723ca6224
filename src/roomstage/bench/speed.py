"""The speed measurement: every setting, every contender, every step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from roomstage.bench import contenders as names
from roomstage.bench import steps
from roomstage.bench.contenders import contenders
from roomstage.bench.document import bullets, table
from roomstage.bench.subject import PRODUCT_SIDE, Request, Subject
from roomstage.bench.timing import Timing, race

_STEP_SHARE = 3  # one round of steps for so many of the race


@dataclass(frozen=True, eq=False, slots=True)
class Setting:
    """What was measured at one size and format."""

    megapixels: float
    request: Request
    timings: dict[str, Timing]  # by contender
    steps: dict[str, float]  # median ms by step, with a product mask
    keyed_steps: dict[str, float]  # without

    @property
    def title(self) -> str:
        """Such as "1 MP PNG"."""
        return f"{self.megapixels:g} MP {self.request.image_format.upper()}"

    def ratio(self, name: str) -> float:
        """A contender's median over that of Pillow's paste and save."""
        return self.timings[name].p50 / self.timings[names.PILLOW].p50


def measure(
    subject: Subject,
    *,
    megapixels: Sequence[float],
    formats: Sequence[str],
    rounds: int,
    tell: Callable[[str], None] = lambda _: None,
) -> list[Setting]:
    """Race all contenders at every size and format."""
    settings = []
    for size in megapixels:
        for image_format in formats:
            request = subject.request(size, image_format, PRODUCT_SIDE)
            tell(f"{size:g} MP {image_format}: {request.size[0]} x {request.size[1]}")
            timings = race(contenders(request), rounds)
            few = max(1, rounds // _STEP_SHARE)
            by_mask = steps.step_times(request, few, keyed=False)
            by_key = steps.step_times(request, few, keyed=True)
            settings.append(Setting(size, request, timings, by_mask, by_key))
    return settings


def report(
    settings: Sequence[Setting], machine: Sequence[str], origin: str, rounds: int, plot: str | None
) -> str:
    """The section of the document, as Markdown."""
    shape = settings[0].request
    parts = [
        "## Speed",
        f"`roomstage bench speed`: one staging from bytes to bytes, {origin}, the product photo "
        f"{shape.product_size[0]} x {shape.product_size[1]} pixels. Contenders take turns, "
        f"{rounds} rounds after a warm-up. A known room is one that the service has seen before: "
        "it is neither decoded nor analysed again, while the peers decode it every time. Keyed "
        "means without overlay_image_mask. The peers are given the product's mask and only "
        "paste; they find no place and add neither light nor shadow.",
        bullets(machine),
    ]
    if plot is not None:
        parts.append(f"![Median and 95th percentile by contender]({plot})")
    for setting in settings:
        size = setting.request.size
        parts += [f"### {setting.title} ({size[0]} x {size[1]})", _race_table(setting)]
    parts += ["### By step, median in ms", _steps_table(settings), "### Goals", _goals(settings)]
    return "\n\n".join(parts)


def _race_table(setting: Setting) -> str:
    head = ("contender", "p50 ms", "p95 ms", "output kB", "ratio to Pillow")
    rows = [
        (
            name,
            f"{timing.p50:.0f}",
            f"{timing.p95:.0f}",
            f"{timing.output_bytes / 1000:.0f}",
            f"{setting.ratio(name):.2f}",
        )
        for name, timing in setting.timings.items()
    ]
    return table(head, rows)


def _steps_table(settings: Sequence[Setting]) -> str:
    columns = [
        (f"{setting.title}{suffix}", times)
        for setting in settings
        for suffix, times in ((", mask", setting.steps), (", keyed", setting.keyed_steps))
    ]
    rows = [(step, *(f"{times[step]:.1f}" for _, times in columns)) for step in steps.STEPS]
    known = [step for step in steps.STEPS if step not in steps.OF_COLD_ROOMS]
    for name, counted in (("sum, known room", known), ("sum, cold room", steps.STEPS)):
        sums = (sum(times[step] for step in counted) for _, times in columns)
        rows.append((name, *(f"{total:.1f}" for total in sums)))
    return table(("step", *(title for title, _ in columns)), rows)


def _goals(settings: Sequence[Setting]) -> str:
    """How far the project's goals are met; they are set for PNG."""
    lines = []
    for setting in settings:
        if setting.request.image_format != "png":
            continue
        for name, limit in ((names.KNOWN, 1.0), (names.COLD, 3.0)):
            ratio = setting.ratio(name)
            met = "met" if ratio <= limit else "missed"
            lines.append(
                f"{setting.title}, {name}: {ratio:.2f} of Pillow's time, goal {limit:.1f}, {met}"
            )
    return bullets(lines or ["no goal is set for these formats"])
