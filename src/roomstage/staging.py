"""What a staging gives back: the picture, what was changed, where the product stands, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from roomstage import tiling
from roomstage.image import Cutout, Image
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
    others: tuple[Staging, ...] = ()  # the same by the seeds that follow, if they were asked for

    @property
    def variants(self) -> tuple[Staging, ...]:
        """This one and the others; their `timings_ms` are those of the whole call."""
        return self, *self.others

    @property
    def all_warnings(self) -> tuple[str, ...]:
        """What should be looked at in any of the variants."""
        return tuple(dict.fromkeys(text for each in self.variants for text in each.warnings))

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
        if self.others:
            done["variants"] = [self._variant(each, hashed=hashed) for each in self.variants]
        return self.account(done, hashed=hashed)

    def side_by_side(self) -> Image:
        """All variants in one picture: two in a row, three and four in a square."""
        return tiling.laid([each.image for each in self.variants])

    def report_in_one(self, *, hashed: bool = True) -> dict[str, Any]:
        """The report of that picture: `box` [x0, y0, x1, y1] is where in it a variant lies."""
        told = self.report(hashed=hashed) | {"warnings": list(self.all_warnings)}
        for each, box in zip(
            told.get("variants", ()),
            tiling.boxes(self.image.size, len(self.variants)),
            strict=False,
        ):
            each["box"] = [box.x0, box.y0, box.x1, box.y1]
        return told

    def _variant(self, each: Staging, *, hashed: bool) -> dict[str, Any]:
        """What sets a variant apart from the others."""
        shared = set.intersection(*(set(other.warnings) for other in self.variants))
        told: dict[str, Any] = {
            "seed": each.seed,
            "pixels_changed": int((each.changed.values > 0).sum()),
            "warnings": [text for text in each.warnings if text not in shared],
        }
        if each.painting is not None and "drift" in each.painting:
            told["drift"] = each.painting["drift"]
        return told | ({"outside_sha256": each.outside_sha256()} if hashed else {})
