"""What a staging gives back: the picture, what was changed, where the product stands, and why."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from roomstage import encode
from roomstage.image import Cutout, Image, Mask
from roomstage.placement import Placement


@dataclass(frozen=True, eq=False, slots=True)
class Staging:
    """A finished staging. Coordinates are pixels of `image`, which has the room's size."""

    image: Image  # the staged photo
    changed: Mask  # 255 where a pixel may differ from the room; elsewhere every byte is the room's
    placement: Placement  # corners, box, surface and how it was chosen
    cutout: Cutout  # the product with its alpha
    seed: int  # the seed that was used
    engine: str
    warnings: tuple[str, ...]
    timings_ms: dict[str, float]  # by step
    light: dict[str, object] = field(default_factory=dict)  # gains and directions, JSON-ready
    room: Image | None = None  # the photo that was staged into
    geometry: dict[str, object] = field(default_factory=dict)  # of the room, JSON-ready

    def encoded(self, image_format: str = "png", quality: int = 95) -> bytes:
        """The staged photo as the bytes of a PNG, JPEG or WebP file."""
        return encode.encode(self.image, image_format, quality)

    def save(self, path: str | Path, quality: int = 95) -> Path:
        """Write the staged photo; the format follows the suffix (.png, .jpg, .jpeg, .webp)."""
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

    def report(self, *, hashed: bool = True) -> dict[str, Any]:
        """A JSON-ready account of what was done; `hashed`: with the hash of what was not."""
        width, height = self.image.size
        pixels = int((self.changed.values > 0).sum())
        return {
            "engine": self.engine,
            "seed": self.seed,
            "width": width,
            "height": height,
            "placement": self.placement.report(),
            "cutout": {"origin": self.cutout.origin, "box": _corners(self.cutout)},
            "room": self.geometry,
            "light": self.light,
            "pixels_changed": pixels,
            "pixels_identical": width * height - pixels,
            **({"outside_sha256": self.outside_sha256()} if hashed else {}),
            "warnings": list(self.warnings),
            "timings_ms": self.timings_ms,
        }


def _corners(cutout: Cutout) -> list[int]:
    return [cutout.box.x0, cutout.box.y0, cutout.box.x1, cutout.box.y1]
