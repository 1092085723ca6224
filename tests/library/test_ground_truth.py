"""Against physically rendered answers, where they lie beside the repository."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

import roomstage
from library import samples
from roomstage import colour


def grey(path: Path) -> np.ndarray:
    return np.asarray(PIL.Image.open(path).convert("L"))


def rgb(path: Path) -> np.ndarray:
    return np.asarray(PIL.Image.open(path).convert("RGB"))


def pasted(case: Path) -> np.ndarray:
    """The naive answer: the product scaled into the mask's box, in its studio colours."""
    ys, xs = np.nonzero(grey(case / "main_mask.png") > 127)
    size = int(np.ptp(xs)) + 1, int(np.ptp(ys)) + 1
    mask = PIL.Image.open(case / "overlay_mask.png").convert("L")
    product = PIL.Image.open(case / "overlay.png").convert("RGB").crop(mask.getbbox())
    room = PIL.Image.open(case / "main.png").convert("RGB")
    room.paste(product.resize(size), (xs.min(), ys.min()), mask.crop(mask.getbbox()).resize(size))
    return np.asarray(room)


def distance(picture: np.ndarray, truth: np.ndarray, where: np.ndarray) -> float:
    """Mean distance of linear light where it counts, on a scale that the eye shares."""
    one, other = (np.cbrt(colour.decode(p[where])) for p in (picture, truth))
    return float(np.abs(one - other).mean())


@pytest.fixture(scope="module")
def set_folder() -> Path:
    return samples.shared("groundtruth", "dev")


def test_nearer_to_the_truth_than_a_paste(set_folder: Path) -> None:
    ours, paste = [], []
    for case in sorted(set_folder.iterdir()):
        staging = roomstage.stage(
            case / "main.png",
            case / "overlay.png",
            prompt=json.loads((case / "case.json").read_text())["prompt"],
            main_image_mask=case / "main_mask.png",
            overlay_image_mask=case / "overlay_mask.png",
        )
        truth, room = rgb(case / "truth.png"), rgb(case / "main.png")
        untouched = staging.changed.values == 0
        assert (staging.image.rgb[untouched] == room[untouched]).all(), case.name
        product = grey(case / "object_mask.png") > 127
        ours.append(distance(staging.image.rgb, truth, product))
        paste.append(distance(pasted(case), truth, product))
    assert np.mean(ours) < 0.75 * np.mean(paste)
    assert np.less(ours, paste).mean() > 0.8
