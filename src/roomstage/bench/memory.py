"""The memory measurement: peak resident set of one staging in a fresh process."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from roomstage.bench.document import bullets, table
from roomstage.bench.subject import PRODUCT_SIDE, Subject, box_mask, encoded, room_size
from roomstage.errors import RoomstageError

GOAL_MB = 600
_SHARES = {"a third": 1 / 3, "80 %": 0.8}


@dataclass(frozen=True, slots=True)
class Peak:
    """What one staging held."""

    image_format: str
    mask: str  # share of the picture under the mask's box, in words
    product: tuple[int, int]  # (width, height) of the product photo
    cut: str  # by what the product is cut out, in words
    before_mb: float  # after imports and reading the files
    peak_mb: float
    changed: float  # share of the room's pixels that were written


def measure(
    subject: Subject,
    *,
    megapixels: float,
    formats: Sequence[str],
    tell: Callable[[str], None] = lambda _: None,
) -> list[Peak]:
    """Stage once per format, size of product photo (usual, and the room's), mask and way to cut.

    Raises:
        RoomstageError: a staging failed, or the system tells no peak.
    """
    room = room_size(subject.room, megapixels)
    large = max(room_size(subject.product, megapixels))
    peaks = []
    for image_format, side in itertools.product(formats, (PRODUCT_SIDE, large)):
        request = subject.request(megapixels, image_format, side)
        for words, share in _SHARES.items():
            files = [request.room, request.product, encoded(box_mask(room, share), "png")]
            for cut, more in (("keyed", []), ("mask", [request.product_mask])):
                tell(f"{megapixels:g} MP {image_format}, box over {words}, {side} px, {cut}")
                found = _in_child(image_format, [*files, *more])
                peaks.append(Peak(image_format, words, request.product_size, cut, **found))
    return peaks


def report(peaks: Sequence[Peak], machine: Sequence[str], megapixels: float) -> str:
    """The section of the document, as Markdown."""
    head = ("format", "mask's box", "product photo", "cut by", "changed", "before MB", "peak MB")
    rows = [
        (
            peak.image_format.upper(),
            peak.mask,
            f"{peak.product[0]} x {peak.product[1]}",
            peak.cut,
            f"{peak.changed:.0%}",
            f"{peak.before_mb:.0f}",
            f"{peak.peak_mb:.0f}",
        )
        for peak in peaks
    ]
    most = max(peak.peak_mb for peak in peaks)
    met = "met" if most < GOAL_MB else "missed"
    parts = [
        "## Memory",
        f"`roomstage bench memory`: peak resident set of one staging at {megapixels:g} MP in a "
        "fresh process, cold room. Before: after the imports, with the files read.",
        bullets(machine),
        table(head, rows),
        f"Most: {most:.0f} MB; goal: under {GOAL_MB} MB at 12 MP, {met}.",
    ]
    return "\n\n".join(parts)


def _in_child(image_format: str, pictures: Sequence[bytes]) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for number, data in enumerate(pictures):
            path = Path(folder) / str(number)
            path.write_bytes(data)
            files.append(str(path))
        done = subprocess.run(
            [sys.executable, "-m", "roomstage.bench.child", image_format, *files],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["it was killed"])[-1]
        raise RoomstageError(f"a staging in a process of its own failed: {last}")
    return json.loads(done.stdout)
