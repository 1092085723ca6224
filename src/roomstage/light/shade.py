"""Joins what light does: the gain on the product and the shadow on the room."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from roomstage import colour
from roomstage.image import F32, Box, Cutout, Image
from roomstage.light.exposure import exposure
from roomstage.light.falloff import falloff
from roomstage.light.haze import haze
from roomstage.light.key import KeyLight, key_light
from roomstage.light.learned import LightField, Transport, light_field, transport
from roomstage.light.mirrored import unshadowed
from roomstage.light.modelling import modelling
from roomstage.light.reflection import reflection
from roomstage.light.shading import Shading
from roomstage.light.shadow import DRAFT_GRID, GRID, cast
from roomstage.light.sun import sunlight
from roomstage.light.thin import thin_shadow
from roomstage.options import Options
from roomstage.placement import Placement
from roomstage.scene import Scene

_GAIN_GRID = 96  # long side of the gain's grid over the cut-out
# How far the net is believed against the formula, in log gain: of the level over the product, of
# its colour, and of what is off them here and there. Of the first two less than its own held-out
# rooms would have it: elsewhere the two err in different directions. Floor and walls tell more of
# a rug's light.
_TRUST: dict[str, tuple[float, float, float]] = {"rug": (0.0, 0.0, 0.0), "wall": (0.5, 0.5, 0.5)}
_SOLID_TRUST = 0.2, 0.5, 0.9
_TRANSPORT_SAYS = 0.8  # against both, of how the light goes over what is solid
# Of what the growth of light makes of the product's mean: what shows its dark side is darker than
# what stands round it. Less than all, since of that, too, one sees more the darker side.
_FACING_SAYS = 0.35
_FORMULA_OFF = -0.17  # log by which what is solid is darker than the walls' light has it
_SHAPE_BOUNDS = -1.6, 1.2  # of its log, about the mean
_FINE = 1.0  # in cells of the net's window: what is finer, the formula tells
_FINE_BOUNDS = 0.35, 1.02
_SHADOW_SAYS = 0.5  # of the formula's smooth part beside the net's


def shade(
    image: Image, scene: Scene, cutout: Cutout, placement: Placement, options: Options
) -> Shading:
    """The light at the product's place: gain over its box, shadow over the room around it.

    The net tells what can only be inferred, the smooth part of both; the formulas tell what
    geometry knows, such as the line of contact, and stand alone where the net is missing.
    """
    follow = _follow(options.guidance)
    longest = DRAFT_GRID if options.draft else GRID
    lit = exposure(scene, placement, cutout.white)
    key = key_light(scene, placement)
    solid = placement.surface in ("floor", "table", "ceiling")
    factor = (
        modelling(cutout, placement, key)[..., None] if solid else falloff(scene, cutout, placement)
    )
    dark, box = _shadow(scene, cutout, placement, key, options, longest)
    left = np.repeat(dark[..., None], 3, axis=2).astype(np.float32)
    field = light_field(scene, cutout, placement, lit.rgb, factor, dark, box, key)
    taking = None if field is None or field.growth is None else transport(cutout)
    level = lit.rgb * np.float32(np.exp(_FORMULA_OFF)) if solid else lit.rgb
    gain, veil = _product_light(cutout, placement, factor * level, field, taking)
    if placement.surface == "rug":
        veil = haze(scene, cutout, placement, gain)
    gain = gain**follow
    if field is not None:
        left, box = _softened(left, box, field, scene.size, longest)
    left = unshadowed(left, box, scene)
    report: dict[str, object] = {
        "gain": [round(float(g), 4) for g in _mean_over(gain, cutout)],
        "azimuth_deg": round(key.azimuth_deg, 1),
        "key_share": round(key.share, 3),
        "guidance_follow": round(follow, 3),
        "white_of_product_photo": round(cutout.white, 3),
        "grain": round(scene.grain.deviation, 2),
        "sun": None if scene.sun is None else [round(v, 3) for v in scene.sun.direction],
        "floor_gloss": round(scene.gloss.strength, 2),
        "blur_px": round(scene.sharpness.luma, 2),
        "by": "formula" if field is None else "net and formula",
    }
    seen = 0.0 if options.draft else min(1.0, follow)
    grain = replace(scene.grain, deviation=scene.grain.deviation * seen)
    gain = gain.astype(np.float32)
    return Shading(
        gain=gain,
        shadow=left,
        shadow_box=box,
        light=report,
        grain=grain,
        seed=options.seed,
        sharpness=scene.sharpness,
        veil=None if veil is None else (veil * min(1.0, follow)).astype(np.float32),
        reflection=reflection(scene, cutout, placement, gain),
        sunlight=sunlight(image, scene, cutout, placement),
    )


def _follow(guidance: float) -> float:
    """Exponent on the light's change: 0 at 1 (studio light), 1 at 30, 1.2 at 50."""
    return (guidance - 1) / 29 if guidance <= 30 else 1 + 0.01 * (guidance - 30)


def _product_light(
    cutout: Cutout,
    placement: Placement,
    by_formula: F32,
    field: LightField | None,
    taking: Transport | None,
) -> tuple[F32, F32 | None]:
    """Factor [h, w, 3] on the product's linear colours and veil over them, over its cut-out."""
    if field is None:
        return by_formula, None
    width, height = cutout.size
    shrink = _GAIN_GRID / max(width, height)
    size = max(4, round(width * shrink)), max(4, round(height * shrink))
    wide = np.asarray(cv2.resize(by_formula, size, interpolation=cv2.INTER_LINEAR), np.float32)
    told, veil = field.on_cutout(placement, cutout, size)
    off = told - np.log(wide)  # what the net says against the formula
    level = _mean_over(off, cutout)
    of_level, of_colour, of_shape = _TRUST.get(placement.surface, _SOLID_TRUST)
    brightness = level @ colour.LUMINANCE
    agreed = of_level * brightness + of_colour * (level - brightness)
    log = np.log(wide) + agreed + of_shape * (off - level)
    if taking is not None and field.growth is not None:
        lit = taking.lit(field.growth, size)
        mean, facing = _mean_over(log, cutout), _mean_over(lit, cutout)
        by_transport = np.clip(lit - facing, *_SHAPE_BOUNDS)
        log = mean + (1 - _TRANSPORT_SAYS) * (log - mean) + _TRANSPORT_SAYS * by_transport
        log += _FACING_SAYS * facing
    return np.exp(log).astype(np.float32), veil


def _mean_over(gain: F32, cutout: Cutout) -> F32:
    """The mean of [h, w, 3] over the product, [3]."""
    size = gain.shape[1], gain.shape[0]
    weight = cv2.resize(cutout.alpha, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    return (gain * weight[..., None]).sum(axis=(0, 1)) / max(float(weight.sum()), 1e-6)


def _shadow(
    scene: Scene,
    cutout: Cutout,
    placement: Placement,
    key: KeyLight,
    options: Options,
    longest: int,
) -> tuple[F32, Box]:
    """The formula's share of light left [h, w] over a box of room pixels."""
    if placement.surface in ("floor", "table"):
        return cast(scene, cutout, placement, key, options.steps, options.seed, longest)
    return thin_shadow(scene, placement, key)


def _softened(
    fine: F32, box: Box, field: LightField, picture: tuple[int, int], longest: int
) -> tuple[F32, Box]:
    """The net's soft shadow with the formula's fine structure, over the net's window.

    Args:
        fine: the formula's share of light left [h, w, 3] over `box`.
        box: room pixels.
        field: what the net says.
        picture: (width, height) of the room.
        longest: cells of the grid along its longer side.
    """
    whole = field.box(picture)
    ratio = min(1.0, longest / max(whole.width, whole.height))
    size = max(8, round(whole.width * ratio)), max(8, round(whole.height * ratio))
    across, down = size[0] / whole.width, size[1] / whole.height
    matrix = np.array(
        [
            [box.width * across / fine.shape[1], 0, (box.x0 - whole.x0) * across],
            [0, box.height * down / fine.shape[0], (box.y0 - whole.y0) * down],
        ]
    )
    matrix[:, 2] += 0.5 * np.array([matrix[0, 0], matrix[1, 1]]) - 0.5
    placed = cv2.warpAffine(fine, matrix, size, borderValue=(1.0, 1.0, 1.0))
    sigma = _FINE * field.window.step * ratio
    smooth = np.maximum(cv2.GaussianBlur(placed, (0, 0), sigma), 1e-3)
    detail = np.clip(placed / smooth, *_FINE_BOUNDS)
    soft = np.exp(field.on_room(whole, size)) * smooth**_SHADOW_SAYS
    return (detail * soft).astype(np.float32), whole
