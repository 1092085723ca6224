"""Of every pixel of a room: is it ground, does it stand, and how far off is it?

A dark thing on the floor may be a rug, which a chair stands on, or a table, which hides its legs:
colour does not tell, only what rooms look like does. The net learned it from rooms that we
rendered, starting from what photos of the world in general look like (EfficientNet-Lite0, Tan and
Le, ICML 2019).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from roomstage import inference
from roomstage.image import F32, U8

_HERE, _NAME = "roomstage.scene.learned", "surfaces"
_LONGEST, _STRIDE = 192, 16  # as `training/surfaces_net.py` trained it


@dataclass(frozen=True, eq=False, slots=True)
class Surfaces:
    """What the net says, on a grid over the whole photo."""

    ground: F32  # [h, w] share of ground, which is floor and what lies on it
    standing: F32  # [h, w] share of what stands; the rest is walls, ceiling and what hangs there
    depth: F32  # [h, w] logarithm of the distance along the camera's axis, but for a constant

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        return self.ground.nbytes + self.standing.nbytes + self.depth.nbytes

    def without(self, gone: U8) -> Surfaces:
        """The same after what stood where `gone` [H, W] over the photo is 255 was taken out."""
        height, width = self.standing.shape
        share = np.asarray(cv2.resize(gone, (width, height), interpolation=cv2.INTER_AREA))
        return replace(self, standing=self.standing * (1 - share.astype(np.float32) / 255))


def surfaces(rgb: U8) -> Surfaces | None:
    """Surfaces of a photo [H, W, 3]; None without the net's weights."""
    said = inference.look(_HERE, _NAME, rgb, _LONGEST, _STRIDE)
    return None if said is None else Surfaces(*(np.ascontiguousarray(plane) for plane in said))
