"""Joins what light does: the gain on the product and the shadow on the room."""

from __future__ import annotations

import numpy as np

from roomstage.image import F32, Box, Cutout, Image
from roomstage.light.exposure import exposure
from roomstage.light.key import key_light
from roomstage.light.modelling import modelling
from roomstage.light.shading import Shading
from roomstage.light.shadow import cast
from roomstage.options import Options
from roomstage.placement import Placement
from roomstage.scene import Scene


def shade(
    image: Image, scene: Scene, cutout: Cutout, placement: Placement, options: Options
) -> Shading:
    """The light at the product's place: gain over its box, shadow over the room around it."""
    del image  # the scene's small copy is enough for this engine
    follow = _follow(options.guidance)
    lit = exposure(scene, placement)
    key = key_light(scene, placement)
    gain = (modelling(cutout, placement, key)[..., None] * lit.rgb) ** follow
    left, box = _shadow(scene, cutout, placement, options)
    report: dict[str, object] = {
        "gain": [round(float(g), 4) for g in lit.rgb**follow],
        "azimuth_deg": round(key.azimuth_deg, 1),
        "key_share": round(key.share, 3),
        "guidance_follow": round(follow, 3),
    }
    return Shading(gain.astype(np.float32), left, box, report)


def _follow(guidance: float) -> float:
    """Exponent on the light's change: 0 at 1 (studio light), 1 at 30, 1.2 at 50."""
    return (guidance - 1) / 29 if guidance <= 30 else 1 + 0.01 * (guidance - 30)


def _shadow(
    scene: Scene, cutout: Cutout, placement: Placement, options: Options
) -> tuple[F32, Box]:
    key = key_light(scene, placement)
    left, box = cast(scene, cutout, placement, key, options.steps, options.seed)
    return np.repeat(left[..., None], 3, axis=2).astype(np.float32), box
