"""Which shifts carry the surroundings of a hole over it: candidates for the shift map."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from roomstage.image import F32

Bools = NDArray[np.bool_]
Shift = tuple[float, float]  # dx, dy

_WINDOWS = 14  # pieces of the rim that are matched
_PER_WINDOW = 3
_RANDOM = 6
_BLIND = 0.35  # share of a window's hole that a match may leave without a source


def candidates(flat: F32, source: Bools, hole: Bools, seed: int, *, level: bool, most: int) -> F32:
    """At most `most` shifts [n, 2] as dx, dy; the hole may be filled from where they land.

    Windows over the hole's rim are matched with the rest of the plane, as in Criminisi, Perez,
    Toyama, "Region filling and object removal by exemplar-based image inpainting", 2004, section
    3, but for their shift only; random ones are added as in Barnes et al., "PatchMatch", 2009.

    Args:
        flat: the plane in its own frame, light taken out [h, w, 3].
        source: what may be copied [h, w]; the hole is not in it.
        hole: what is to be filled [h, w].
        seed: sows the random ones.
        most: how many; the best matches go first, some places are kept for the random ones.
        level: only shifts along the rows are added to the matched ones (a wall).
    """
    rows, columns = np.nonzero(hole)
    span = max(int(np.ptp(rows)), int(np.ptp(columns))) + 1
    side = int(np.clip(span * 0.4, 9, 48))
    found = [
        _matches(flat, source, hole, centre, side, level=level) for centre in _rim_points(hole)
    ]
    best_first = [window[k] for k in range(_PER_WINDOW) for window in found if len(window) > k]
    matched, random = _distinct(best_first), _at_random(source, hole, seed, level=level)
    spread = _distinct(matched[: most - len(random)] + random)
    return np.array(spread[:most], np.float32).reshape(-1, 2)


def _distinct(shifts: list[Shift]) -> list[Shift]:
    return [shift for shift in dict.fromkeys(shifts) if shift != (0, 0)]


def _rim_points(hole: Bools) -> NDArray[np.int_]:
    """Points [n, 2] as x, y spread evenly along the outlines of the hole."""
    outlines, _ = cv2.findContours(hole.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    points = np.concatenate([np.asarray(outline, np.int_)[:, 0] for outline in outlines])
    pick = np.linspace(0, len(points), min(_WINDOWS, len(points)), endpoint=False).astype(int)
    return points[pick]


def _matches(
    flat: F32, source: Bools, hole: Bools, centre: NDArray[np.int_], side: int, *, level: bool
) -> list[Shift]:
    """The best few shifts (dx, dy) by which the window's seen part matches elsewhere."""
    height, width = hole.shape
    half = side // 2
    x0, y0 = max(0, int(centre[0]) - half), max(0, int(centre[1]) - half)
    x1, y1 = min(width, x0 + side), min(height, y0 + side)
    window = np.s_[y0:y1, x0:x1]
    seen, gap = source[window].astype(np.float32), hole[window].astype(np.float32)
    if seen.sum() < 12 or gap.sum() == 0:
        return []
    # A wall's texture is not sought far from its own height: what is there is another thing.
    reach = max(3, side // 8) if level else height
    top, bottom = max(0, y0 - reach), min(height, y1 + reach)
    where = np.ascontiguousarray(flat[top:bottom])
    blocked = (~source[top:bottom]).astype(np.float32)
    error = cv2.matchTemplate(
        where, flat[window], cv2.TM_SQDIFF, mask=cv2.merge([seen, seen, seen])
    )
    missing = cv2.matchTemplate(blocked, gap, cv2.TM_CCORR) / float(gap.sum())
    unseen = cv2.matchTemplate(blocked, seen, cv2.TM_CCORR) / float(seen.sum())
    score = np.nan_to_num(error, nan=1e9, posinf=1e9) / float(seen.sum())
    useless = (missing > _BLIND) | (unseen > 0.5)
    score = np.asarray(score * (1 + 2 * unseen) + 1e6 * useless, np.float32)
    shifts = []
    for _ in range(_PER_WINDOW):
        least, _, spot, _ = cv2.minMaxLoc(score)
        if least >= 1e6:
            break
        off_x, off_y = _between(score, spot[0], spot[1])
        shifts.append((spot[0] - x0 + off_x, spot[1] + top - y0 + off_y))
        apart = max(3, side // 6)
        score[
            max(0, spot[1] - apart) : spot[1] + apart + 1,
            max(0, spot[0] - apart) : spot[0] + apart + 1,
        ] = 1e7
    return shifts


def _between(score: F32, x: int, y: int) -> tuple[float, float]:
    """By how much of a pixel (dx, dy) the least score lies beside x, y: parabolas through three."""
    found = []
    for before, here, after in (
        (score[y, max(0, x - 1)], score[y, x], score[y, min(score.shape[1] - 1, x + 1)]),
        (score[max(0, y - 1), x], score[y, x], score[min(score.shape[0] - 1, y + 1), x]),
    ):
        bend = float(before) + float(after) - 2 * float(here)
        usable = bend > 1e-9 and max(before, after) < 1e5
        found.append(float(np.clip((before - after) / (2 * bend), -0.5, 0.5)) if usable else 0.0)
    return found[0], found[1]


def _at_random(source: Bools, hole: Bools, seed: int, *, level: bool) -> list[Shift]:
    """Random shifts that find a source for most of the hole; a wall's keep their row."""
    height, width = hole.shape
    draw = np.random.default_rng(seed)
    rows, columns = np.nonzero(hole)
    pick = np.linspace(0, len(rows) - 1, min(len(rows), 200)).astype(int)
    y, x = rows[pick], columns[pick]
    tried = draw.integers((-width, -height), (width, height), (200, 2))
    if level:
        tried[:, 1] = 0
    there_x, there_y = x + tried[:, :1], y + tried[:, 1:]
    inside = (there_x >= 0) & (there_x < width) & (there_y >= 0) & (there_y < height)
    hit = source[np.clip(there_y, 0, height - 1), np.clip(there_x, 0, width - 1)] & inside
    best = np.argsort(-hit.mean(axis=1), kind="stable")[:_RANDOM]
    return [(float(dx), float(dy)) for dx, dy in tried[best]]
