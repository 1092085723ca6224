"""A staging so small that it costs nothing, through every step: whoever runs it can work."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Mapping

import numpy as np

from roomstage import encode, engines
from roomstage.image import Image
from roomstage.models.furniture_staging import FurnitureStaging, FurnitureStagingParams

_ROOM, _PRODUCT = 96, 48  # pixels of the pictures' sides
_SOLVERS = "scipy.special", "scipy.sparse.linalg", "scipy.ndimage"  # a third of a second


def stage(engine: str) -> None:
    """Stage a drawn product into a drawn room; a model that paints makes a step on top.

    Raises:
        EngineUnavailable: the engine can't run on this machine.
        RuntimeError: what came out is not a picture in which the product stands.
    """
    ready = engines.load(engine)
    paints = isinstance(ready, engines.Finishes)
    if isinstance(ready, engines.Finishes):  # a whole picture of it would take minutes
        ready.prove()
    pictures = _pictures()
    params = FurnitureStagingParams.parse({**pictures, "prompt": "a box"})
    output = FurnitureStaging().run(params, pictures, engine="cpu" if paints else engine)
    if not output.data.startswith(b"\x89PNG") or not output.report["pixels_changed"]:
        raise RuntimeError("the canary came out without its product")


def warm() -> None:
    """Load what only some stagings need, so that none of them waits for it."""
    for name in _SOLVERS:
        importlib.import_module(name)


@functools.cache
def _pictures() -> Mapping[str, bytes]:
    rows = np.arange(_ROOM)[:, None, None]
    room = np.where(rows < 0.6 * _ROOM, (200, 195, 185), (130, 110, 90))
    room = np.broadcast_to(room, (_ROOM, _ROOM, 3)) + rows % 5
    product = np.full((_PRODUCT, _PRODUCT, 3), 250)
    product[8:44, 6:42] = (70, 90, 140)
    spot, silhouette = np.zeros((_ROOM, _ROOM)), np.zeros((_PRODUCT, _PRODUCT))
    spot[48:84, 36:66] = silhouette[8:44, 6:42] = 255
    arrays = {
        "main_image": room,
        "overlay_image": product,
        "main_image_mask": np.repeat(spot[..., None], 3, axis=2),
        "overlay_image_mask": np.repeat(silhouette[..., None], 3, axis=2),
    }
    return {
        name: encode.encode(Image(np.ascontiguousarray(array, np.uint8)), "png", 95)
        for name, array in arrays.items()
    }
