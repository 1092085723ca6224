"""Renders by number, each in a file of its own; what is there already is not rendered again."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

Frames = dict[str, np.ndarray]


def render_each(
    out: Path,
    numbers: Iterable[int],
    render: Callable[[int], Frames | None],
    told: Callable[[Frames], str],
) -> None:
    """Write OUT/00000.npz for each number of which `render` makes anything, and tell of it.

    Args:
        out: folder; made if it is missing.
        numbers: of rooms or pieces.
        render: what to save by name; None where nothing could be seen.
        told: in words, what was rendered.
    """
    out.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        path = out / f"{number:05d}.npz"
        if path.exists():
            continue
        start = time.time()
        frames = render(number)
        if frames is None:
            continue
        np.savez(path.with_suffix(".part.npz"), **frames)  # a render cut off leaves no half file
        path.with_suffix(".part.npz").rename(path)
        print(f"{number}: {time.time() - start:.1f} s, {told(frames)}", flush=True)


def arguments(about: str, of: str = "rooms") -> argparse.ArgumentParser:
    """The arguments that all renderers share; --help tells `about`, `of` is what they count."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--assets", required=True, help="folder with glb/, hdri/, tex/, dtex/")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument(
        "--step", type=int, default=1, help=f"render every n-th of the {of} (several processes)"
    )
    parser.add_argument(f"--{of}", dest="count", type=int, default=100)
    return parser


def numbers(given: argparse.Namespace) -> range:
    """The rooms or pieces that are asked for."""
    return range(given.first, given.first + given.count * given.step, given.step)
