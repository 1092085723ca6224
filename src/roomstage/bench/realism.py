"""The realism measurement: every case staged by every contender and compared with its truth."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from roomstage.api import Room
from roomstage.bench import measures
from roomstage.bench.baselines import baselines, fitted
from roomstage.bench.cases import Case
from roomstage.bench.document import bullets, table
from roomstage.bench.measures import MEANING, Score, score
from roomstage.bench.subject import cut_out
from roomstage.image import U8
from roomstage.staging import Staging

OURS = "roomstage, product mask"
KEYED = "roomstage, keyed"
_DIGITS = {"dE_obj": 2, "dE_mean": 2, "bg_mean": 2}


@dataclass(frozen=True, eq=False, slots=True)
class Result:
    """One case's outcome."""

    case: Case
    staged: U8  # [H, W, 3] by roomstage with the product's mask
    scores: dict[str, Score]  # by contender
    strayed: int  # pixels that differ from the room outside roomstage's own change mask


def measure(cases: Sequence[Case], *, tell: Callable[[str], None] = lambda _: None) -> list[Result]:
    """Stage and score every case.

    Raises:
        RoomstageError: a library is missing, or a contender failed on a case.
    """
    measures.require()
    results = []
    for number, case in enumerate(cases, 1):
        tell(f"{number}/{len(cases)} {case.name}: {case.prompt}")
        results.append(run(case))
    return results


def run(case: Case) -> Result:
    """One case by all contenders; without overlay_mask both ways of roomstage are keyed."""
    room = Room(case.main)
    masked, keyed = (_staged(room, case, mask) for mask in (case.overlay_mask, None))
    cover = case.product_cover if case.product_cover is not None else cut_out(case.product)
    fit = fitted(case.room.rgb, case.product.rgb, cover, case.box)
    scores = {OURS: score(masked.image.rgb, case), KEYED: score(keyed.image.rgb, case)}
    scores |= {name: score(way(fit), case) for name, way in baselines().items()}
    strayed = max(changed_outside(one, case) for one in (masked, keyed))
    return Result(case, masked.image.rgb, scores, strayed)


def changed_outside(staging: Staging, case: Case) -> int:
    """Pixels outside the staging's change mask whose bytes are not the room's."""
    differs = (staging.image.rgb != case.room.rgb).any(axis=2)
    return int((differs & (staging.changed.values == 0)).sum())


def means(results: Sequence[Result], contender: str) -> dict[str, float]:
    """Mean of every measure; no shadow counts below -1, and those not measured do not count."""
    found = {}
    for name in MEANING:
        values = np.array([result.scores[contender].values[name] for result in results])
        values = values[~np.isnan(values)]
        if name.startswith("shadow"):
            values = values.clip(-1)
        found[name] = float(values.mean()) if values.size else float("nan")
    return found


def by_case(
    results: Sequence[Result], contender: str = OURS
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Head and rows: a contender case by case, and whether roomstage left the rest untouched."""
    rows = [
        (
            result.case.name,
            *_cells(result.scores[contender].values),
            f"{result.strayed} pixels differ" if result.strayed else "the room's",
        )
        for result in results
    ]
    return ("case", *MEANING, "outside the change"), rows


def by_contender(results: Sequence[Result]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Head and rows: means over the cases."""
    rows = [(name, *_cells(means(results, name))) for name in results[0].scores]
    return ("contender", *MEANING), rows


def report(results: Sequence[Result], machine: Sequence[str], command: str) -> str:
    """The section of the document, as Markdown."""
    strayed = sum(result.strayed > 0 for result in results)
    outside = (
        f"In {strayed} of {len(results)} cases pixels outside the reported change differ."
        if strayed
        else "Outside the change that roomstage reports, every pixel has the room's bytes."
    )
    parts = [
        "## Realism",
        f"`{command}`: photos of rooms and products whose staged photo is known, because it was "
        "path-traced. Contenders get the product's mask, but for the row keyed; the peers stretch "
        f"the product to the marked box. {outside}",
        bullets(machine),
        f"### {OURS}: by case",
        table(*by_case(results)),
        f"### {KEYED}: by case",
        table(*by_case(results, KEYED)),
        f"### Means over {len(results)} cases",
        table(*by_contender(results)),
        "### Measures",
        bullets([f"{name}: {meaning}" for name, meaning in MEANING.items()]),
    ]
    return "\n\n".join(parts)


def _staged(room: Room, case: Case, overlay_mask: bytes | None) -> Staging:
    return room.stage(
        case.overlay,
        prompt=case.prompt,
        main_image_mask=case.main_mask,
        overlay_image_mask=overlay_mask,
    )


def _cells(values: Mapping[str, float]) -> list[str]:
    return [
        "-" if np.isnan(value) else f"{value:.{_DIGITS.get(name, 3)}f}"
        for name, value in values.items()
    ]
