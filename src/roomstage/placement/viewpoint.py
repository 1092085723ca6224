"""From how high the product was photographed, against how high the room's camera sees its place.

The lower edge of a box-like product is a corner nearest to the camera and two ground lines that
rise from it to the left and to the right. Seen from far off at pitch t and turned by a, they rise
with slopes tan(a) sin(t) and cot(a) sin(t); so, whatever the turn,

    sin(t)^2 = slope of the left line x slope of the right line

(two orthogonal directions of one plane; Horry et al., "Tour into the picture", SIGGRAPH 1997, read
rooms alike). A product seen square on shows one line and says nothing; nor does a round one.
"""

from __future__ import annotations

import numpy as np

from roomstage.image import F32, U8
from roomstage.placement.extent import Extent
from roomstage.placement.foot import foot_line
from roomstage.scene import Scene

_SURE = 0.5  # confidence of the room's camera
_OFF_DEG = 18.0  # a difference from here on shows
_SIDE = 0.15  # of the width: either ground line must reach so far
_STRAIGHT = 0.012  # of the width: how far the foot may leave its two lines
_SLOPES = 0.04, 1.5  # of ground lines that are one: flatter is square on, steeper no ground


def mismatch(scene: Scene, alpha: U8, scale: tuple[float, float], box: Extent) -> tuple[str, ...]:
    """A warning where room and product photo were surely taken from different heights.

    Args:
        scene: the room.
        alpha: [h, w] of the cut-out.
        scale: room pixels per cut-out pixel, across and down; a stretched product is sheared.
        box: where the product stands.
    """
    if scene.camera.confidence < _SURE:
        return ()
    product = pitch_of(alpha, scale[1] / scale[0])
    if product is None:
        return ()
    # To the middle of the product: a photographer of products aims there.
    row = 0.25 * box.top + 0.75 * box.bottom
    room = float(np.degrees(scene.camera.descent(row, scene.size[1])))
    if abs(product - room) < _OFF_DEG:
        return ()
    return (
        f"the product was photographed from {_height(product)}, the room sees its place from "
        f"{_height(room)}: its top will look wrong; a photo from the room's height fits better",
    )


def pitch_of(alpha: U8, stretch: float = 1.0) -> float | None:
    """Degrees that the camera of a product's photo looked down, or None where it can't be told."""
    foot = foot_line(alpha > 127)
    if foot is None:
        return None
    columns, rows = foot[0].astype(np.float32), foot[1].astype(np.float32) * stretch
    width = float(columns[-1] - columns[0])
    corner = int(np.argmax(rows))
    left, right = _line(columns, rows, corner, -1), _line(columns, rows, corner, 1)
    if width < 16 or left is None or right is None:
        return None
    for slope, reach, error in (left, right):
        if (
            not _SLOPES[0] < slope < _SLOPES[1]
            or reach < _SIDE * width
            or error > _STRAIGHT * width
        ):
            return None
    sine = float(np.sqrt(left[0] * right[0]))
    return float(np.degrees(np.arcsin(sine))) if sine < 0.95 else None


def _height(degrees: float) -> str:
    if degrees < 8:
        return "its own height"
    return f"about {5 * round(degrees / 5)} degrees above"


def _line(columns: F32, rows: F32, corner: int, way: int) -> tuple[float, float, float] | None:
    """(slope, reach, error) of the ground line from the corner to one side.

    The line ends where the foot turns up towards the product's side, steeper than any ground.
    """
    across, up = columns[::way], (rows[corner] - rows)[::way]
    start = corner if way > 0 else len(columns) - 1 - corner
    across, up = np.abs(across[start:] - columns[corner]), up[start:]
    if len(across) < 4:
        return None
    steep = np.flatnonzero(np.diff(up) > _SLOPES[1])
    end = int(steep[0]) + 1 if steep.size else len(across)
    across, up = across[:end], up[:end]
    if len(across) < 4 or across[-1] == 0:
        return None
    slope = float((across @ up) / max(float(across @ across), 1e-6))
    return slope, float(across[-1]), float(np.abs(up - slope * across).max())
