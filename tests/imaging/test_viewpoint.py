from __future__ import annotations

import cv2
import numpy as np
import pytest

from imaging.boxes import SIZE, BoxRoom
from roomstage import scene
from roomstage.placement.extent import Extent
from roomstage.placement.viewpoint import mismatch, pitch_of


def block(pitch_deg: float, turn_deg: float) -> np.ndarray:
    """Alpha [h, w] of a box photographed from far away."""
    pitch, turn = np.radians(pitch_deg), np.radians(turn_deg)
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (0, 1.2) for z in (-0.7, 0.7)])
    across = corners[:, 0] * np.cos(turn) + corners[:, 2] * np.sin(turn)
    away = corners[:, 2] * np.cos(turn) - corners[:, 0] * np.sin(turn)
    down = -corners[:, 1] * np.cos(pitch) - away * np.sin(pitch)
    points = np.rint(np.c_[across, down] * 120 + 300).astype(np.int32)
    alpha = np.zeros((600, 600), np.uint8)
    cv2.fillConvexPoly(alpha, cv2.convexHull(points)[:, 0], 255)
    y, x = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
    return alpha[y[0] : y[-1] + 1, x[0] : x[-1] + 1]


@pytest.mark.parametrize("pitch_deg", [12, 25, 40])
@pytest.mark.parametrize("turn_deg", [30, 45, -40])
def test_ground_lines_tell_the_pitch(pitch_deg: float, turn_deg: float) -> None:
    assert pitch_of(block(pitch_deg, turn_deg)) == pytest.approx(pitch_deg, abs=2.5)


def test_legs_tell_it_as_a_plinth_does() -> None:
    on_legs = block(25, 35)
    height, width = on_legs.shape
    ends = np.flatnonzero(on_legs[-2])  # the foremost foot
    for left, right in ((0.04 * width, ends[0] - 8), (ends[-1] + 8, 0.96 * width)):
        on_legs[height // 6 :, int(left) : int(right)] = 0  # an open frame
    assert pitch_of(on_legs) == pytest.approx(25, abs=2.5)


def test_what_says_nothing_is_not_read() -> None:
    assert pitch_of(block(25, 0)) is None  # square on
    disc = np.zeros((300, 300), np.uint8)
    cv2.ellipse(disc, (150, 150), (140, 60), 0, 0, 360, 255, -1)
    assert pitch_of(disc) is None
    assert pitch_of(np.zeros((50, 50), np.uint8)) is None


def test_only_another_viewpoint_is_warned_of() -> None:
    room = BoxRoom()
    found = scene.analyse(room.drawn())
    column, row = room.seen([(0.2, 0, 3.0)])[0]
    box = Extent(column - 100, row - 160, column + 100, row)
    below_axis = box.top * 0.25 + row * 0.75 - SIZE[1] / 2
    here = room.pitch + float(np.degrees(np.arctan(below_axis / room.focal)))
    assert mismatch(found, block(here, 35), (1, 1), box) == ()
    (warning,) = mismatch(found, block(here + 28, 35), (1, 1), box)
    assert "photographed from about 50 degrees above" in warning
    assert "its top will look wrong" in warning
