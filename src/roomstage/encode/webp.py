"""WebP by Pillow."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image as PILImage

from roomstage.image import U8


def encode_webp(rgb: U8, alpha: U8 | None = None, quality: int = 95) -> bytes:
    """RGB [H, W, 3] and alpha [H, W] as a lossy WebP file; alpha is kept exactly."""
    pixels = rgb if alpha is None else np.dstack((rgb, alpha))
    out = io.BytesIO()
    PILImage.fromarray(pixels).save(out, "WEBP", quality=quality, method=0)
    return out.getvalue()
