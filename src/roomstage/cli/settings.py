"""What the commands take from the environment."""

from __future__ import annotations

import os

from roomstage.service.fetch import Fetcher

_PRIVATE = "ROOMSTAGE_FETCH_ALLOW_PRIVATE"


def local_fetcher() -> Fetcher:
    """A fetcher with the limits of the server."""
    return Fetcher(allow_private=os.environ.get(_PRIVATE, "") in ("1", "true", "yes", "on"))
