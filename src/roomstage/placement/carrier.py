"""What carries the product, where its mask knows better than the words of the prompt.

Two facts of geometry, no more:

- Nothing that stands on the floor has its foot above the horizon, which is at the camera's height.
  A lamp whose mask lies above it hangs from the ceiling; a shelf, and what is flat and rectangular
  and has no name that we know, hangs on the wall.
- The same holds for what has no name and lies wholly on a wall that is known for sure.

A phrase such as "on the wall", and a kind that belongs to one surface, always have the last word.
"""

from __future__ import annotations

from dataclasses import replace

from roomstage.image import U8
from roomstage.placement.extent import Extent
from roomstage.prompt import Intent
from roomstage.scene import Scene

_CLEAR = 0.04  # of the picture's height that a foot must be above the line that tells
_RECTANGLE = 0.9  # share of its box that a picture, mirror or screen fills
_SURE = 0.5  # confidence of camera or wall from which they are believed
_HANGS_TOO = frozenset({"shelf", "shelves", "bookshelf", "cabinet"})
_THIN = 0.04  # depth of a picture as a share of its width


def carried(scene: Scene, box: Extent, alpha: U8, intent: Intent) -> Intent:
    """The intent with the surface that the mask's box tells; `alpha` [h, w] is the product's."""
    if intent.surface_told or intent.surface != "floor":
        return intent
    clear = _CLEAR * scene.size[1]
    camera = scene.camera
    above_eyes = camera.confidence >= _SURE and box.bottom < camera.horizon - clear
    if intent.kind == "lamp":
        return replace(intent, surface="ceiling") if above_eyes else intent
    if intent.kind in _HANGS_TOO:
        return replace(intent, surface="wall") if above_eyes else intent
    if intent.kind is None and _is_rectangle(alpha) and (above_eyes or _on_wall(scene, box, clear)):
        return replace(intent, surface="wall", depth_ratio=_THIN)
    return intent


def _is_rectangle(alpha: U8) -> bool:
    return float((alpha > 127).mean()) > _RECTANGLE


def _on_wall(scene: Scene, box: Extent, clear: float) -> bool:
    """Whether the whole box, and some wall below it, lies on one wall that is sure."""
    spots = [(x, y) for x in (box.left, box.right) for y in (box.top, box.bottom + clear)]
    return any(
        wall.confidence >= _SURE and all(wall.shows(spot) for spot in spots)
        for wall in scene.planes.walls
    )
