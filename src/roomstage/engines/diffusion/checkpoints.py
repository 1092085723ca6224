"""The checkpoints of Stable Diffusion XL that the owner has named, and whether there is any."""

from __future__ import annotations

import os

from roomstage.engines.diffusion import presence
from roomstage.errors import InvalidParameter
from roomstage.weights.catalogue import weights

VARIABLE = "ROOMSTAGE_SDXL_MODELS"


def missing() -> str | None:
    """Why none can run here, with the remedy; None if one can."""
    reason = presence.packages_missing()
    if reason is not None or checkpoints():
        return reason
    return presence.weights_missing(weights("sdxl")[0])


def checkpoints() -> dict[str, str]:
    """Base models by the name that requests give, as the owner has them.

    ROOMSTAGE_SDXL_MODELS is `name=place,...`; a place is a folder or .safetensors file on this
    machine, or a repository of the hub that was pulled (`roomstage models pull owner/name`).

    Raises:
        InvalidParameter: it is written otherwise.
    """
    found = {}
    for part in filter(None, (part.strip() for part in os.environ.get(VARIABLE, "").split(","))):
        name, equals, place = (word.strip() for word in part.partition("="))
        if not (name and equals and place):
            raise InvalidParameter(
                f"{VARIABLE} has {part[:60]!r}: give name=place, as in juggernaut=/models/jugger",
                field=VARIABLE,
            )
        found[name.lower()] = place
    return found
