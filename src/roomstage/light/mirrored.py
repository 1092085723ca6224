"""What a surface mirrors stays in the shadow: only the light that met its colour is taken away.

Paint, wood, tiles and cloth send back some light at their very surface, of any colour they are: by
Fresnel's equations 4 per cent straight on, of an index of 1.5 (as in C. Schlick, "An Inexpensive
BRDF Model for Physically-Based Rendering", Computer Graphics Forum 13, 1994). On a pale floor that
is nothing; a black one shows hardly anything else, and a shadow on it is hardly seen.
"""

from __future__ import annotations

import cv2
import numpy as np

from roomstage import colour
from roomstage.image import F32, Box
from roomstage.scene import Scene

_FRESNEL = 0.04  # of the light that falls on it from the room, whose mean is taken for it


def unshadowed(left: F32, box: Box, scene: Scene) -> F32:
    """The share of light left [h, w, 3] over `box`, room pixels, with what is mirrored kept."""
    luminance = colour.luminance(scene.linear)
    mirrored = _FRESNEL * float(luminance.mean())
    met = np.clip(1 - mirrored / np.maximum(luminance, 1e-4), 0, 1).astype(np.float32)
    height, width = left.shape[:2]
    across, down = box.width / width * scene.scale, box.height / height * scene.scale
    matrix = np.array([[across, 0, box.x0 * scene.scale], [0, down, box.y0 * scene.scale]])
    matrix[:, 2] += 0.5 * np.array([across, down]) - 0.5
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    share = cv2.warpAffine(
        met, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    return (1 - (1 - left) * share[..., None]).astype(np.float32)
