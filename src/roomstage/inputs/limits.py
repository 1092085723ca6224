"""How large a picture may be. Checked on the header, before anything is decoded."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one picture.

    The defaults let the files of 24-megapixel cameras (6048 x 4024) and PNGs of 12-megapixel
    phones pass.
    """

    bytes: int = 30_000_000  # of the encoded file
    pixels: int = 25_000_000
    side: int = 8192  # longest side, pixels
    min_side: int = 16  # shortest side of a photo, pixels; masks and photos share it
