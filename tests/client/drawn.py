"""Masks of one level."""

from __future__ import annotations

import io

from PIL import Image


def mask(width: int, height: int, level: int) -> bytes:
    file = io.BytesIO()
    Image.new("L", (width, height), level).save(file, "PNG")
    return file.getvalue()
