from __future__ import annotations

import numpy as np
import pytest

from imaging import drawn
from roomstage import scene
from roomstage.image import Image
from roomstage.scene import camera


def seen(points: np.ndarray, pitch: float, focal: float, size: tuple[int, int]) -> np.ndarray:
    """World points [N, 3] (x right, y up, z away) in the picture of a camera that looks down."""
    c, s = np.cos(pitch), np.sin(pitch)
    y = points[:, 1] * c + points[:, 2] * s
    z = -points[:, 1] * s + points[:, 2] * c
    return np.c_[size[0] / 2 + focal * points[:, 0] / z, size[1] / 2 - focal * y / z]


@pytest.mark.parametrize("pitch_deg", [3, 6, 9, 14])
def test_lean_of_upright_edges_tells_the_horizon(pitch_deg: float) -> None:
    size, pitch = (960, 640), np.radians(pitch_deg)
    focal = 0.8 * 960
    feet = np.array([[x, -1.3, z] for x in (-2.0, -1.2, -0.4, 0.7, 1.5, 2.2) for z in (3.5, 4.5)])
    tops = feet + np.array([0, 1.9, 0])
    lines = np.c_[seen(feet, pitch, focal, size), seen(tops, pitch, focal, size)]
    found = camera.estimate(lines.astype(np.float32), *size)
    assert found.horizon == pytest.approx(320 - focal * np.tan(pitch), abs=8)
    assert found.confidence > 0.5


def test_a_fan_of_lines_tells_the_vanishing_point() -> None:
    angles = np.radians([15, 30, 40, 55, 125, 140, 155, 165])
    towards = np.c_[np.cos(angles), np.sin(angles)]
    lines = np.c_[[400, 250] + 120 * towards, [400, 250] + 330 * towards].astype(np.float32)
    found = camera.estimate(lines, 960, 640)
    assert (found.centre, found.horizon) == pytest.approx((400, 250), abs=3)


def test_without_lines_the_habit_is_stated() -> None:
    found = camera.estimate(np.zeros((0, 4), np.float32), 960, 640)
    assert found.confidence == 0
    assert 0.3 * 640 < found.horizon < 0.5 * 640


def test_floor_is_found_below_the_wall() -> None:
    room = drawn.room()
    found = scene.analyse(room.image)
    crease = room.crease * found.scale
    rows = found.floor.mean(axis=1)
    assert rows[int(crease) + 8 :].mean() > 0.8
    assert rows[: int(crease) - 8].mean() < 0.1


def test_window_is_found_as_a_source_of_light() -> None:
    rgb = drawn.room().image.rgb.copy()
    rgb[40:140, 380:450] = 255
    sources = scene.analyse(Image(rgb)).light.sources
    assert len(sources) == 1
    assert not sources[0].on_floor
    assert sources[0].x > 0.5 * 256


def test_analysis_is_the_same_every_time() -> None:
    one, two = (scene.analyse(drawn.room().image) for _ in range(2))
    assert (one.floor == two.floor).all()
    assert one.camera == two.camera


def test_parallel_uprights_leave_the_horizon_to_the_depth_lines() -> None:
    """A lens shift keeps uprights upright while the horizon leaves the middle."""
    uprights = [[x, 150, x, 420] for x in (60, 200, 420, 610, 780, 900)]
    angles = np.radians([25, 40, 140, 155, 165])
    towards = np.c_[np.cos(angles), np.sin(angles)]
    depth = np.c_[[480, 250] + 120 * towards, [480, 250] + 330 * towards]
    found = camera.estimate(np.r_[uprights, depth].astype(np.float32), 960, 640)
    assert found.horizon == pytest.approx(250, abs=6)
