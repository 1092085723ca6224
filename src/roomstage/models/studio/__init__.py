"""What the studio's page asks of a worker: a room's geometry, a cut-out, a preview.

They run as models do, and are not for sale: no price, no row in the history, not in the list.
"""

from __future__ import annotations

import functools

from roomstage.models.base import Model

__all__ = ["instruments"]


@functools.cache
def instruments() -> dict[str, Model]:
    """Every instrument by its slug."""
    from roomstage.models.studio.cutout import StudioCutout
    from roomstage.models.studio.preview import StudioPreview
    from roomstage.models.studio.room import StudioRoom

    tools: tuple[Model, ...] = (StudioRoom(), StudioCutout(), StudioPreview())
    return {tool.slug: tool for tool in tools}
