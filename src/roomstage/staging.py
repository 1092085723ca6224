"""What a staging gives back: the picture, what was changed, where the product stands, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from roomstage.image import Cutout
from roomstage.outcome import Outcome
from roomstage.placement import Placement
from roomstage.removal import Removal


@dataclass(frozen=True, eq=False, slots=True)
class Staging(Outcome):
    """A finished staging. Coordinates are pixels of `image`, which has the room's size."""

    placement: Placement  # corners, box, surface and how it was chosen
    cutout: Cutout  # the product with its alpha
    light: dict[str, object]  # gains and directions, JSON-ready
    geometry: dict[str, object]  # of the room, JSON-ready
    removal: Removal  # what was taken out before the product was placed
    painting: dict[str, Any] | None = None  # what a painting engine did, JSON-ready

    def report(self, *, hashed: bool = True) -> dict[str, Any]:
        """A JSON-ready account of what was done; `hashed`: with the hash of what was not."""
        box = self.cutout.box
        done = {
            "placement": self.placement.report(),
            "cutout": {"origin": self.cutout.origin, "box": [box.x0, box.y0, box.x1, box.y1]},
            "room": self.geometry,
            "removal": self.removal.report(),
            "light": self.light,
        }
        if self.painting is not None:
            done["painting"] = self.painting
        return self.account(done, hashed=hashed)
