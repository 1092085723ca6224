"""How near a staged photo comes to the path-traced one: error maps, colour, shadow, background."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from types import ModuleType

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from roomstage import colour
from roomstage.bench.cases import Case
from roomstage.errors import RoomstageError
from roomstage.image import F32, U8

MEANING = {
    "flip_box": "mean LDR-FLIP error in the box that main_mask marks, 0 to 1; lower is better",
    "dE_obj": "mean CIEDE2000 over the product's pixels; lower is better",
    "dE_mean": "CIEDE2000 between the product's mean colours, blind to texture; lower is better",
    "shadow_lf": "share of the truth's shadow, bleed and reflection that was drawn, in linear "
    "light after a 6-pixel blur: 1 is perfect, 0 as if none had been drawn, negative is worse "
    "than none; a mean counts no case below -1",
    "bg_mean": "mean change of 8-bit levels more than 8 pixels from product and influence, where "
    "there should be none",
    "edge_flip": "mean FLIP within 3.5 pixels of the product's outline; lower is better",
}
_NEAR = 8.0  # pixels round product and influence that are not held to be background
_BAND = 3.5  # pixels on either side of the outline
_BLUR = 6.0  # sigma in pixels, forgives misplaced texture and noise
_FEW = 50  # pixels of influence below which no shadow is measured


@dataclass(frozen=True, eq=False, slots=True)
class Score:
    """What one staged photo scored."""

    values: dict[str, float]  # by the names of MEANING; shadow_lf may be nan
    flip: F32  # [H, W] FLIP error, 0..1


@dataclass(frozen=True, eq=False, slots=True)
class _Regions:
    """Parts of the picture, [H, W] each."""

    product: NDArray[np.bool_]
    influence: NDArray[np.bool_]  # clear of the product
    background: NDArray[np.bool_]
    band: NDArray[np.bool_]  # along the outline


def require() -> None:
    """Check that the measures' libraries are installed.

    Raises:
        RoomstageError: one is not; the message names the extra.
    """
    _library("flip_evaluator")
    _library("skimage.color")


def score(staged: U8, case: Case) -> Score:
    """All measures of a staged photo [H, W, 3] in sRGB."""
    regions = _regions(case)
    flip = flip_map(case.truth, staged)
    object_error, mean_error = _colour_errors(case.truth, staged, regions.product)
    beyond = np.abs(staged.astype(np.int16) - case.room.rgb)[regions.background]
    values = {
        "flip_box": float(flip[case.box.slices].mean()),
        "dE_obj": object_error,
        "dE_mean": mean_error,
        "shadow_lf": _shadow(staged, case, regions.influence),
        "bg_mean": float(beyond.mean()) if beyond.size else 0.0,
        "edge_flip": float(flip[regions.band].mean()),
    }
    return Score(values, flip)


def flip_map(truth: U8, staged: U8) -> F32:
    """LDR-FLIP error [H, W], 0..1, at the evaluator's own viewing distance."""
    pair = [np.ascontiguousarray(rgb, np.float32) / 255 for rgb in (truth, staged)]
    evaluate = _library("flip_evaluator").evaluate
    errors = np.asarray(
        evaluate(*pair, "LDR", inputsRGB=True, applyMagma=False, computeMeanError=False)[0]
    )
    return errors.reshape(*truth.shape[:2], -1)[..., 0]


def _regions(case: Case) -> _Regions:
    product = case.coverage > 127
    touched = case.coverage / np.float32(255) > 0.01
    inside = _distance(product)
    outside = _distance(~product)
    return _Regions(
        product=product,
        influence=case.influence & ~touched,
        background=_distance(~(case.influence | touched)) > _NEAR,
        band=np.where(product, inside, outside) <= _BAND,
    )


def _distance(marked: NDArray[np.bool_]) -> F32:
    """Pixels from each marked pixel to the nearest that is not; far where all are marked."""
    if marked.all():
        return np.full(marked.shape, np.inf)
    return np.asarray(ndimage.distance_transform_edt(marked))


def _colour_errors(truth: U8, staged: U8, product: NDArray[np.bool_]) -> tuple[float, float]:
    """Mean CIEDE2000 of the product's pixels, and that of their mean Lab colours."""
    colours = _library("skimage.color")
    labs = [colours.rgb2lab(rgb[product].astype(np.float32) / 255) for rgb in (truth, staged)]
    each = colours.deltaE_ciede2000(*labs)
    cast = colours.deltaE_ciede2000(*(lab.mean(axis=0) for lab in labs))
    return float(each.mean()), float(cast)


def _shadow(staged: U8, case: Case, influence: NDArray[np.bool_]) -> float:
    """1 - remaining error / error of the untouched room, in blurred linear light."""
    if influence.sum() <= _FEW:
        return float("nan")
    truth = colour.decode(case.truth)
    left = _blurred(colour.decode(staged) - truth, influence)
    at_first = _blurred(colour.decode(case.room.rgb) - truth, influence)
    return 1 - float(left.sum() / max(1e-9, float(at_first.sum())))


def _blurred(difference: F32, within: NDArray[np.bool_]) -> F32:
    """Absolute values [N, 3] of a difference that is blurred within a region."""
    masked = difference * within[..., None]
    return np.abs(ndimage.gaussian_filter(masked, (_BLUR, _BLUR, 0))[within])


def _library(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        package = {"skimage.color": "scikit-image"}.get(name, name.replace("_", "-"))
        raise RoomstageError(
            f"{package} is missing, which the measures need: pip install roomstage[bench]"
        ) from error
