"""The models that can be called by name: each is a schema and a run.

After `params`, before the server, the command line and the page, which read everything they
show or check from here.
"""

from __future__ import annotations

import functools

from roomstage.models.base import Model, Output, lack_of

__all__ = ["Model", "Output", "lack_of", "registry"]


@functools.cache
def registry() -> dict[str, Model]:
    """Every model by its slug."""
    from roomstage.models.erase_furniture import EraseFurniture
    from roomstage.models.furniture_staging import FurnitureStaging
    from roomstage.models.sdxl_img2img import SdxlImg2Img

    models: tuple[Model, ...] = (FurnitureStaging(), EraseFurniture(), SdxlImg2Img())
    return {model.slug: model for model in models}
