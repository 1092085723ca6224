from __future__ import annotations

import numpy as np
import pytest

from imaging.boxes import SIZE, BoxRoom
from roomstage import scene
from roomstage.image import Image
from roomstage.scene import Plane

ROOMS = [
    BoxRoom(),
    BoxRoom(yaw=-18, pitch=5, focal=620),
    BoxRoom(yaw=25, pitch=12, focal=820, left=1.6, back=3.8),
    BoxRoom(yaw=3, pitch=7, focal=760),
]


@pytest.mark.parametrize("room", ROOMS, ids=lambda r: f"yaw{r.yaw}")
def test_camera_and_walls_of_a_drawn_room_are_recovered(room: BoxRoom) -> None:
    found = scene.analyse(room.drawn())
    directions = found.planes.directions
    assert directions.confidence > 0.6
    assert found.camera.horizon == pytest.approx(room.horizon, abs=8)
    assert np.degrees(directions.yaw) == pytest.approx(room.yaw, abs=1.0)
    assert directions.focal_told
    assert directions.focal == pytest.approx(room.focal, rel=0.08)
    back = found.planes.back
    assert back is not None
    assert back.confidence > 0.5
    crease = room.seen([(-0.5, 0, room.back), (1.0, 0, room.back)])
    up = [back.point((float(x), float(y)))[1] for x, y in crease]
    assert np.abs(up).max() < 0.1  # metres: the crease is the wall's foot


def test_a_metre_on_the_floor_is_a_metre() -> None:
    room = BoxRoom()
    floor = scene.analyse(room.drawn()).planes.floor
    spots = room.seen([(-0.5, 0, 2.5), (0.5, 0, 2.5), (0.5, 0, 3.5)])
    here = [floor.point((float(x), float(y))) for x, y in spots]
    assert np.linalg.norm(here[1] - here[0]) == pytest.approx(1, rel=0.1)
    assert np.linalg.norm(here[2] - here[1]) == pytest.approx(1, rel=0.12)


def test_a_ceiling_in_view_tells_how_high_the_camera_is() -> None:
    room = BoxRoom(pitch=-2, height=1.1, focal=560)
    found = scene.analyse(room.drawn()).planes
    assert found.ceiling is not None
    assert found.height_from == "ceiling"
    assert found.height_m == pytest.approx(1.1, abs=0.1)


def test_planes_meet_in_the_picture_without_a_gap() -> None:
    found = scene.analyse(BoxRoom().drawn()).planes
    planes = [p for p in (found.floor, *found.walls, found.ceiling) if p is not None]

    def area(plane: Plane) -> float:
        x, y = plane.outline.T
        return abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2

    assert sum(area(p) for p in planes) == pytest.approx(SIZE[0] * SIZE[1], rel=0.02)


def test_shifted_lens_keeps_its_uprights_and_its_horizon() -> None:
    """Photos of flats for sale: the camera is level, and the lens shifted to show the floor."""
    room = BoxRoom(pitch=0, shift=-90, yaw=20)
    found = scene.analyse(room.drawn())
    assert found.camera.horizon == pytest.approx(room.horizon, abs=8)
    assert found.camera.pitch(SIZE[1]) == pytest.approx(0, abs=np.radians(1.5))


def test_without_lines_the_floor_is_the_habits_and_there_are_no_walls() -> None:
    plain = Image(np.full((320, 480, 3), 128, np.uint8))
    found = scene.analyse(plain)
    assert found.planes.walls == ()
    assert found.planes.floor.confidence == 0
    assert found.planes.height_from == "habit"
    assert found.report()["focal_from"] == "habit"
    assert found.nbytes > found.linear.nbytes + found.floor.nbytes
