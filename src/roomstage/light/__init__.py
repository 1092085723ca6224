"""Scene + placement -> Shading: the light on the product and the shadow it throws."""

from __future__ import annotations

from roomstage.light.shade import shade
from roomstage.light.shading import Shading

__all__ = ["Shading", "shade"]
