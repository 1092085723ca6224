"""What every result is: a picture of the room's size, and the proof of what was left alone."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from roomstage import encode
from roomstage.image import Image, Mask


@dataclass(frozen=True, eq=False, slots=True)
class Outcome:
    """A finished picture. Everything has the room's size."""

    image: Image  # the finished photo
    changed: Mask  # 255 where a pixel may differ from the room; elsewhere every byte is the room's
    seed: int  # the seed that was used
    engine: str
    warnings: tuple[str, ...]
    timings_ms: dict[str, float]  # by step
    room: Image  # the photo as it was

    def encoded(self, image_format: str = "png", quality: int = 95) -> bytes:
        """The finished photo as the bytes of a PNG, JPEG or WebP file."""
        return encode.encode(self.image, image_format, quality)

    def save(self, path: str | Path, quality: int = 95) -> Path:
        """Write the finished photo; the format follows the suffix (.png, .jpg, .jpeg, .webp)."""
        path = Path(path)
        path.write_bytes(self.encoded(encode.format_of(path.name), quality))
        return path

    def outside_sha256(self) -> str:
        """SHA-256 of all bytes of pixels outside `changed`, row by row, R, G, B.

        The same pixels of the room's photo have the same sum: nothing outside was touched.
        """
        untouched = (self.changed.values == 0).ravel()
        pixels = np.compress(untouched, self.image.rgb.reshape(-1, 3), axis=0)
        return hashlib.sha256(pixels.data).hexdigest()

    def account(self, done: dict[str, Any], *, hashed: bool) -> dict[str, Any]:
        """The JSON-ready report around what was `done`; `hashed`: with the hash of what was not."""
        width, height = self.image.size
        pixels = int((self.changed.values > 0).sum())
        return {
            "engine": self.engine,
            "seed": self.seed,
            "width": width,
            "height": height,
            **done,
            "pixels_changed": pixels,
            "pixels_identical": width * height - pixels,
            **({"outside_sha256": self.outside_sha256()} if hashed else {}),
            "warnings": list(self.warnings),
            "timings_ms": self.timings_ms,
        }
