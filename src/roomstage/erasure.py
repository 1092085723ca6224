"""What an erasure gives back: the room without the piece, and what was changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from roomstage.outcome import Outcome
from roomstage.removal import Removal


@dataclass(frozen=True, eq=False, slots=True)
class Erasure(Outcome):
    """A room from which something was taken out."""

    removal: Removal  # where the piece was

    def report(self, *, hashed: bool = True) -> dict[str, Any]:
        """A JSON-ready account of what was done; `hashed`: with the hash of what was not."""
        return self.account({"removal": self.removal.report()}, hashed=hashed)
