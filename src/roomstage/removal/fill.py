"""Takes out what a mask marks: its shadow is divided out, its place filled plane by plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from roomstage.image import F32, Box, Image, Mask
from roomstage.removal.cast_shadow import shadow
from roomstage.removal.partition import partition
from roomstage.removal.plane_fill import plan
from roomstage.removal.render import in_tone, rendered
from roomstage.removal.rim import soft_edge
from roomstage.removal.workplace import workplace
from roomstage.scene import Scene

_GAMMA = 2.2  # of levels, near enough for ratios of light
_GUESSED = (
    "no line of wall and floor was found around what was taken out: what it hid is a guess, "
    "look at it"
)


@dataclass(frozen=True, eq=False, slots=True)
class Filled:
    """A photo from which something was taken out."""

    image: Image
    changed: Mask  # 255 where a pixel was written; elsewhere every byte is the photo's
    box: Box  # where the grid below lies in the photo
    floor: F32  # [h, w] share of floor in the box, the hole's included
    warnings: tuple[str, ...] = ()


def fill(image: Image, scene: Scene, hole: Mask, seed: int) -> Filled:
    """The photo without what `hole` marks and without its shadow.

    Args:
        image: the room.
        scene: what is known of it.
        hole: 255 where something is to be taken out; it must mark something.
        seed: sows the search for sources.
    """
    marked = Box.around(hole.values > 127)
    if marked is None:
        return Filled(image, Mask(np.zeros_like(hole.values)), Box(0, 0, 1, 1), scene.floor[:1, :1])
    grown = soft_edge(hole, marked)
    written = Box.around(grown.values > 0) or marked
    place = workplace(image, scene, grown, written)
    planes = partition(place)
    dark = np.zeros_like(place.floor)
    for plane in planes if planes[0].kind != "mixed" else ():
        dark += shadow(place.rgb, plane.source, plane.share > 0.5, place.hole)
    gain = np.exp(-dark / _GAMMA).astype(np.float32)
    lit = place.rgb * gain[..., None]
    fills = [plan(lit, plane, place.hole, seed) for plane in planes]
    fills = [in_tone(image, place, lit, gain, part) for part in fills]
    rgb, changed = rendered(image, grown, place, gain, fills)
    floor = place.floor.copy()
    floor[place.hole] = sum(plane.floor_share[place.hole] for plane in planes)
    cleaned = Image(rgb, image.alpha, image.orientation, image.warnings)
    warnings = (_GUESSED,) if planes[0].kind == "mixed" else ()
    return Filled(cleaned, Mask(changed), place.box, floor, warnings)
