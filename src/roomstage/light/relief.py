"""A coarse shape for a cut-out, so that light can fall on it from a side.

The silhouette is inflated: what lies deep inside stands out towards the camera, what lies at the
rim turns away (Johnston, "Lumo: illumination for cel animation", NPAR 2002).
"""

from __future__ import annotations

import cv2
import numpy as np

from roomstage.image import F32, U8

_GRID = 64


def normals(alpha: U8) -> F32:
    """Smooth unit normals [h, w, 3] of the inflated silhouette; x right, y up, z away (negative).

    The grid keeps the aspect of `alpha` [H, W]; its long side is 64.
    """
    height, width = alpha.shape
    scale = _GRID / max(height, width)
    size = max(4, round(width * scale)), max(4, round(height * scale))
    small = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)
    solid = cv2.morphologyEx(
        (small > 96).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8)
    )
    padded = cv2.copyMakeBorder(solid, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    depth = cv2.distanceTransform(padded, cv2.DIST_L2, 5)[1:-1, 1:-1]
    reach = max(float(depth.max()), 1.0)
    relief = np.sqrt(np.maximum(1 - (1 - depth / reach) ** 2, 0)) * reach
    relief = cv2.GaussianBlur(relief.astype(np.float32), (0, 0), _GRID / 5)
    slope_x = cv2.Sobel(relief, cv2.CV_32F, 1, 0, ksize=3) / 8
    slope_y = cv2.Sobel(relief, cv2.CV_32F, 0, 1, ksize=3) / 8
    normal = np.stack([-slope_x, slope_y, -np.full_like(slope_x, 0.5)], axis=2)
    return normal / np.linalg.norm(normal, axis=2, keepdims=True)
