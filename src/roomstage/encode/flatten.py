"""Transparent pictures on white, for formats without alpha."""

from __future__ import annotations

import numpy as np

from roomstage.image import U8


def on_white(rgb: U8, alpha: U8 | None) -> U8:
    """RGB [H, W, 3] as it looks on white paper."""
    if alpha is None:
        return rgb
    share = alpha[..., None].astype(np.uint16)
    return ((rgb * share + 255 * (255 - share) + 127) // 255).astype(np.uint8)
