"""How near the cut-outs of a folder of product photos come to their exact alpha.

    python bench/cutout.py FOLDER [--hard-mask] [--max-side N] [--formulas]

FOLDER holds one folder per case with overlay.png or .jpg (the photo) and overlay_mask.png (its
exact alpha). Printed per case: intersection over union at one half; mean absolute error over the
picture, and within 7 pixels of the edge; the sum of absolute differences there; milliseconds.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import cv2
import numpy as np

from roomstage import inputs
from roomstage.cutout import cut, learned
from roomstage.errors import InvalidInput
from roomstage.image import Cutout, Image, Mask

_RUNS = 3  # the fastest counts


def fastest(photo: Image, mask: Mask | None, max_side: int | None) -> tuple[Cutout, float]:
    """The cut-out and the shortest time it took, in milliseconds."""
    times: list[float] = []
    cutout = cut(photo, mask, max_side=max_side)
    for _ in range(_RUNS):
        start = time.perf_counter()
        cutout = cut(photo, mask, max_side=max_side)
        times.append((time.perf_counter() - start) * 1000)
    return cutout, min(times)


def measures(cutout: Cutout, truth: np.ndarray) -> dict[str, float]:
    """Agreement of a cut-out with the exact alpha [H, W] 0..1 of its photo."""
    found = np.zeros(truth.shape)
    size = (cutout.box.width, cutout.box.height)
    found[cutout.box.slices] = cv2.resize(cutout.alpha, size) / 255
    both = np.count_nonzero((found > 0.5) & (truth > 0.5))
    solid = (truth > 0.5).astype(np.uint8)
    block = np.ones((15, 15), np.uint8)
    band = cv2.dilate(solid, block) != cv2.erode(solid, block)
    error = np.abs(found - truth)
    return {
        "iou": both / max(1, np.count_nonzero((found > 0.5) | (truth > 0.5))),
        "mae": float(error.mean()),
        "edge mae": float(error[band].mean()),
        "edge sad": float(error[band].sum()),
    }


def main() -> None:
    """Measure every case of the folder."""
    parser = argparse.ArgumentParser(description="Cut-outs against exact alpha")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--hard-mask", action="store_true", help="give the alpha, cut at one half")
    parser.add_argument("--max-side", type=int, default=None)
    parser.add_argument("--formulas", action="store_true", help="without the net")
    given = parser.parse_args()
    if given.formulas:
        learned.share = lambda rgb: None
    rows: list[list[float]] = []
    for case in sorted(given.folder.glob("*/overlay_mask.png")):
        photo = inputs.read_image(next(case.parent.glob("overlay.[jp]*g")), field="overlay_image")
        exact = inputs.read_mask(case, of=photo, field="overlay_image_mask").values
        hard = Mask(((exact > 127) * 255).astype(np.uint8)) if given.hard_mask else None
        try:
            cutout, milliseconds = fastest(photo, hard, given.max_side)
        except InvalidInput as refusal:
            print(f"{case.parent.name}: {refusal}")
            continue
        row = measures(cutout, exact / 255) | {"ms": milliseconds}
        if not rows:
            print("case".ljust(12) + "".join(name.rjust(10) for name in row))
        rows.append(list(row.values()))
        print(case.parent.name.ljust(12) + "".join(f"{value:10.4f}" for value in row.values()))
    if rows:
        means = np.mean(rows, axis=0)
        print("mean".ljust(12) + "".join(f"{value:10.4f}" for value in means))


if __name__ == "__main__":
    main()
