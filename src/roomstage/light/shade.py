"""Joins what light does: the gain on the product and the shadow on the room."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from roomstage.image import F32, Box, Cutout, Image
from roomstage.light.exposure import exposure
from roomstage.light.falloff import falloff
from roomstage.light.key import KeyLight, key_light
from roomstage.light.modelling import modelling
from roomstage.light.reflection import reflection
from roomstage.light.shading import Shading
from roomstage.light.shadow import cast
from roomstage.light.sun import sunlight
from roomstage.light.thin import thin_shadow
from roomstage.options import Options
from roomstage.placement import Placement
from roomstage.scene import Scene


def shade(
    image: Image, scene: Scene, cutout: Cutout, placement: Placement, options: Options
) -> Shading:
    """The light at the product's place: gain over its box, shadow over the room around it."""
    follow = _follow(options.guidance)
    lit = exposure(scene, placement, cutout.white)
    key = key_light(scene, placement)
    solid = placement.surface in ("floor", "table", "ceiling")
    factor = modelling(cutout, placement, key) if solid else falloff(scene, cutout, placement)
    gain = (factor[..., None] * lit.rgb) ** follow
    left, box = _shadow(scene, cutout, placement, key, options)
    report: dict[str, object] = {
        "gain": [round(float(g), 4) for g in lit.rgb**follow],
        "azimuth_deg": round(key.azimuth_deg, 1),
        "key_share": round(key.share, 3),
        "guidance_follow": round(follow, 3),
        "white_of_product_photo": round(cutout.white, 3),
        "grain": round(scene.grain.deviation, 2),
        "sun": None if scene.sun is None else [round(v, 3) for v in scene.sun.direction],
        "floor_gloss": round(scene.gloss.strength, 2),
        "blur_px": round(scene.sharpness.luma, 2),
    }
    grain = replace(scene.grain, deviation=scene.grain.deviation * min(1.0, follow))
    gain = gain.astype(np.float32)
    return Shading(
        gain=gain,
        shadow=left,
        shadow_box=box,
        light=report,
        grain=grain,
        seed=options.seed,
        sharpness=scene.sharpness,
        reflection=reflection(scene, cutout, placement, gain),
        sunlight=sunlight(image, scene, cutout, placement),
    )


def _follow(guidance: float) -> float:
    """Exponent on the light's change: 0 at 1 (studio light), 1 at 30, 1.2 at 50."""
    return (guidance - 1) / 29 if guidance <= 30 else 1 + 0.01 * (guidance - 30)


def _shadow(
    scene: Scene, cutout: Cutout, placement: Placement, key: KeyLight, options: Options
) -> tuple[F32, Box]:
    """Share of light left [h, w, 3] over a box of room pixels."""
    if placement.surface in ("floor", "table"):
        left, box = cast(scene, cutout, placement, key, options.steps, options.seed)
    else:
        left, box = thin_shadow(scene, placement, key)
    return np.repeat(left[..., None], 3, axis=2).astype(np.float32), box
