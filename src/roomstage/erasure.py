"""What an erasure gives back: the room without the piece, and what was changed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from roomstage import encode
from roomstage.image import Image, Mask
from roomstage.removal import Removal


@dataclass(frozen=True, eq=False, slots=True)
class Erasure:
    """A room from which something was taken out. Everything has the room's size."""

    image: Image  # the cleaned photo
    changed: Mask  # 255 where a pixel may differ from the room; elsewhere every byte is the room's
    removal: Removal  # where the piece was
    seed: int  # the seed that was used
    engine: str
    warnings: tuple[str, ...]
    timings_ms: dict[str, float]  # by step
    room: Image  # the photo as it was

    def encoded(self, image_format: str = "png", quality: int = 95) -> bytes:
        """The cleaned photo as the bytes of a PNG, JPEG or WebP file."""
        return encode.encode(self.image, image_format, quality)

    def save(self, path: str | Path, quality: int = 95) -> Path:
        """Write the cleaned photo; the format follows the suffix (.png, .jpg, .jpeg, .webp)."""
        path = Path(path)
        path.write_bytes(self.encoded(encode.format_of(path.name), quality))
        return path

    def report(self) -> dict[str, Any]:
        """A JSON-ready account of what was done."""
        width, height = self.image.size
        pixels = int((self.changed.values > 0).sum())
        return {
            "engine": self.engine,
            "seed": self.seed,
            "width": width,
            "height": height,
            "removal": self.removal.report(),
            "pixels_changed": pixels,
            "pixels_identical": width * height - pixels,
            "warnings": list(self.warnings),
            "timings_ms": self.timings_ms,
        }
