"""The value that tells how light changes when the product comes in."""

from __future__ import annotations

from dataclasses import dataclass

from roomstage.image import F32, Box
from roomstage.light.reflection import Reflection
from roomstage.light.sun import Sunlight
from roomstage.scene.grain import Grain
from roomstage.scene.sharpness import Sharpness

_NO_GRAIN, _SHARP = Grain(0.0), Sharpness(0.0, 0.0)


@dataclass(frozen=True, eq=False, slots=True)
class Shading:
    """Factors in linear light on coarse grids."""

    gain: F32  # [h, w, 3] stretched over the cut-out: factor on its colours
    shadow: F32  # [h, w, 3] stretched over shadow_box: factor on the room, 1 = untouched
    shadow_box: Box  # in room pixels
    light: dict[str, object]  # JSON-ready account for the report
    grain: Grain = _NO_GRAIN  # of the room's photo
    seed: int = 0  # of the grain on the product
    sharpness: Sharpness = _SHARP  # of the room's photo
    reflection: Reflection | None = None  # in a glossy floor
    veil: F32 | None = None  # [h, w, 3] as gain: light mirrored without the product's colour
    sunlight: Sunlight | None = None  # in the sun patches near the product
