"""Of every pixel of a product's photo: is it the product?

A white vase on white paper and a deep shadow on it differ from the ground by as little; which of
the two it is, only what things look like tells. The net learned it from products that we rendered
on paper, starting from what photos of the world in general look like (EfficientNet-Lite0, Tan and
Le, ICML 2019).
"""

from __future__ import annotations

import cv2
import numpy as np

from roomstage import inference
from roomstage.image import F32, U8

_HERE, _NAME = "roomstage.cutout.learned", "cutout"
_LONGEST, _STRIDE = 256, 16  # about as `training/cutout_net.py` trained it


def share(rgb: U8) -> F32 | None:
    """The product's share 0..1 of each pixel of a photo [H, W, 3]; None without the weights."""
    said = inference.look(_HERE, _NAME, rgb, _LONGEST, _STRIDE)
    if said is None:
        return None
    size = rgb.shape[1], rgb.shape[0]
    return np.asarray(cv2.resize(said[0], size, interpolation=cv2.INTER_LINEAR), np.float32)
