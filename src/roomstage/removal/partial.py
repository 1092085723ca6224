"""Does the mask cut a piece of the room in two?

A place beside or behind an armchair may cover a corner of it. Such a piece is not what stands in
the place: taken out, half of it would be left. It shows by going on both beyond a side of the place
and below its lower edge, about the corner between them; a piece that is to go has its foot in the
place, whatever stands next to it.
"""

from __future__ import annotations

import numpy as np

from roomstage.image import Box
from roomstage.scene.learned import Surfaces

_STANDS = 0.6  # share from which a cell is of a thing
_INSIDE, _BEYOND = 0.1, 0.25  # of the place's width, on either side of its edge
_CORNER = 0.25  # of its width, from the side in, where the lower edge is looked at
_BELOW = 0.05  # of its height, below the lower edge
_ALONG, _ACROSS = 0.3, 0.4  # share of the side, and of the corner's lower edge, that is crossed


def cut_in_two(told: Surfaces | None, place: Box, size: tuple[int, int]) -> bool:
    """Whether what stands in `place` surely goes on about one of its lower corners.

    Args:
        told: what stands in the room; None where that is not known.
        place: box of room pixels.
        size: (width, height) of the room's photo.
    """
    if told is None:
        return False
    thing = told.standing > _STANDS
    rows, columns = thing.shape
    across, down = columns / size[0], rows / size[1]
    x0, x1, y0, y1 = place.x0 * across, place.x1 * across, place.y0 * down, place.y1 * down
    wide, tall = x1 - x0, y1 - y0
    below = slice(round(y1) - 1, round(y1 + max(2.0, _BELOW * tall)))
    if below.stop > rows or wide < 4 or tall < 4:
        return False
    for edge, way in ((x0, -1), (x1, 1)):
        over = sorted((edge - way * _INSIDE * wide, edge + way * _BEYOND * wide))
        corner = sorted((edge, edge - way * _CORNER * wide))
        if over[0] < 0 or over[1] > columns:
            continue
        beside = thing[round(y0) : round(y1), round(over[0]) : round(over[1])].all(axis=1)
        under = thing[below, round(corner[0]) : round(corner[1])].all(axis=0)
        if np.mean(beside) > _ALONG and np.mean(under) > _ACROSS:
            return True
    return False
