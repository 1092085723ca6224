"""The pale haze of a rug that is seen at a glancing angle.

A rug is photographed from above and lies before a camera at eye level. Its fibres stand up: the
flatter they are looked at, the more light comes off their tips and surface without having met the
dye. Layers of cloth are modelled so by a "sheen" lobe over the diffuse one, whose directional
albedo rises steeply towards the horizon (Estevez and Kulla, "Production Friendly Microfacet Sheen
BRDF", SIGGRAPH course 2017; Zeltner, Burley and Chiang, "Practical Multiple-Scattering Sheen Using
Linearly Transformed Cosines", 2022). What is used here is a power law through such curves.
"""

from __future__ import annotations

import numpy as np

from roomstage.image import F32, Cutout
from roomstage.placement import Placement
from roomstage.scene import Scene

_AT_HORIZON, _STEEPNESS = 0.16, 1.6  # of a white rug's light


def haze(scene: Scene, cutout: Cutout, placement: Placement, gain: F32) -> F32:
    """Linear light [h, w, 3] that a rug adds to its own colours.

    Args:
        scene: the room.
        cutout: the rug.
        placement: where it lies.
        gain: [h, w, 3] over the cut-out, the light on it against that of its photo.
    """
    height, width = gain.shape[:2]
    wide, tall = cutout.size
    y, x = np.mgrid[:height, :width] + 0.5
    points = np.stack([x * wide / width, y * tall / height, np.ones_like(x)])
    seen = np.tensordot(placement.to_room, points, axes=1)
    descent = scene.camera.descent(seen[1] / seen[2], scene.size[1])
    return (gain * pale(np.sin(np.maximum(descent, 0.0)))[..., None]).astype(np.float32)


def pale(cosine: np.ndarray) -> np.ndarray:
    """Share of the light that comes back undyed, seen at this cosine to the upright."""
    return _AT_HORIZON * (1 - np.clip(cosine, 0, 1)) ** _STEEPNESS
