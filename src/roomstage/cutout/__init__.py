"""A product freed from its background: by its own alpha, by a mask, or by keying.

After `inputs`, before `placement`. Takes a picture, gives a `roomstage.image.Cutout`.
"""

from __future__ import annotations

from roomstage.cutout.cut import cut

__all__ = ["cut"]
