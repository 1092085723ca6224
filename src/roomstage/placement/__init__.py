"""Scene + cut-out + mask -> Placement: where every pixel of the product goes. Pure geometry."""

from __future__ import annotations

from roomstage.placement.place import place, working_side
from roomstage.placement.placement import Placement

__all__ = ["Placement", "place", "working_side"]
