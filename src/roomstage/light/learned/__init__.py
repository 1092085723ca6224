"""Light where a formula can only guess: a small net, trained on rooms that we rendered.

Its recipe is in `training/`; without it the formulas of `roomstage.light` stand alone.
"""

from __future__ import annotations

from roomstage.light.learned.field import LightField, light_field

__all__ = ["LightField", "light_field"]
