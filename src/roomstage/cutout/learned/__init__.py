"""What of a photo is the product, where no formula tells it from ground or shadow: a net of ours.

Its recipe is in `training/`; without it the formulas of `cutout` stand alone.
"""

from __future__ import annotations

from roomstage.cutout.learned.share import share

__all__ = ["share"]
