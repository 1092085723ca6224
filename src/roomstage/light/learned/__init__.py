"""Light where a formula can only guess: small nets, trained on rooms that we rendered.

Their recipe is in `training/`; without them the formulas of `roomstage.light` stand alone.
"""

from __future__ import annotations

from roomstage.light.learned.field import LightField, light_field
from roomstage.light.learned.transport import Transport, transport

__all__ = ["LightField", "Transport", "light_field", "transport"]
