"""roomstage: a photo of a room and a photo of a product in, the staged photo out.

    >>> import roomstage
    >>> staging = roomstage.stage("room.jpg", "sofa.jpg", prompt="a grey sofa")  # doctest: +SKIP
    >>> staging.save("staged.png")  # doctest: +SKIP

Names load on first use, so `import roomstage` costs nothing until a picture is staged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from roomstage.version import __version__

if TYPE_CHECKING:
    from roomstage.api import Erasure, Room, Staging, erase, stage
    from roomstage.client import AsyncClient, Client
    from roomstage.errors import RoomstageError

__all__ = [
    "AsyncClient",
    "Client",
    "Erasure",
    "Room",
    "RoomstageError",
    "Staging",
    "__version__",
    "erase",
    "stage",
]

_HOMES = {
    "Erasure": "roomstage.api",
    "Room": "roomstage.api",
    "erase": "roomstage.api",
    "Staging": "roomstage.api",
    "stage": "roomstage.api",
    "RoomstageError": "roomstage.errors",
    "Client": "roomstage.client",
    "AsyncClient": "roomstage.client",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'roomstage' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
