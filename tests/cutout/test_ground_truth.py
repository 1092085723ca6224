"""Rendered product photos with exact alpha, where the shared folder is present."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from roomstage.cutout import cut
from roomstage.image import Image, Mask

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("ROOMSTAGE_SHARED", ROOT.parent / "shared"))
CASES = sorted(SHARED.glob("groundtruth/dev/*/overlay_mask.png"))

pytestmark = pytest.mark.skipif(not CASES, reason="the shared folder is not here")


def load(path: Path, mode: str) -> np.ndarray:
    with Pillow.open(path) as picture:
        return np.array(picture.convert(mode))


def spread(alpha: np.ndarray, box: tuple[slice, slice], shape: tuple[int, ...]) -> np.ndarray:
    whole = np.zeros(shape)
    whole[box] = alpha / 255
    return whole


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.parent.name)
def test_keyed_products_match_their_exact_alpha(path: Path) -> None:
    truth = load(path, "L") / 255
    cutout = cut(Image(load(path.with_name("overlay.png"), "RGB")))
    found = spread(cutout.alpha, cutout.box.slices, truth.shape)
    both = np.count_nonzero((found > 0.5) & (truth > 0.5))
    assert both / np.count_nonzero((found > 0.5) | (truth > 0.5)) > 0.98
    assert np.abs(found - truth).mean() < 0.01


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.parent.name)
def test_hard_masks_come_no_further_from_the_exact_alpha(path: Path) -> None:
    exact = load(path, "L")
    hard = ((exact > 127) * 255).astype(np.uint8)
    cutout = cut(Image(load(path.with_name("overlay.png"), "RGB")), Mask(hard))
    found = spread(cutout.alpha, cutout.box.slices, exact.shape)
    assert np.abs(found - exact / 255).mean() < 0.004
