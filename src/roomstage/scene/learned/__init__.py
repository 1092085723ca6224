"""What stands in a room, where no formula tells it from what lies: a small net of our own.

Its recipe is in `training/`; without it nothing is known to stand.
"""

from __future__ import annotations

from roomstage.scene.learned.surfaces import Surfaces, surfaces

__all__ = ["Surfaces", "surfaces"]
