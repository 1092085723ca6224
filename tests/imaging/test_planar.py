from __future__ import annotations

import numpy as np
import pytest

from roomstage.placement.extent import Extent
from roomstage.placement.planar import floor_quad, homography, wall_quad
from roomstage.scene import Camera

SIZE = 960, 640
CAMERA = Camera(horizon=180, centre=480, focal=768, height_m=1.35, confidence=1.0)


def seen(world: np.ndarray) -> np.ndarray:
    pitch = np.arctan2(SIZE[1] / 2 - CAMERA.horizon, CAMERA.focal)
    c, s = np.cos(pitch), np.sin(pitch)
    up, away = world[:, 1] * c + world[:, 2] * s, world[:, 2] * c - world[:, 1] * s
    return np.c_[480 + 768 * world[:, 0] / away, 320 - 768 * up / away]


def rug(yaw_deg: float, wide: float = 1.2, deep: float = 1.6) -> np.ndarray:
    flat = np.array([[-1, 1], [1, 1], [1, -1], [-1, -1]]) * [wide / 2, deep / 2]
    c, s = np.cos(np.radians(yaw_deg)), np.sin(np.radians(yaw_deg))
    turned = flat @ np.array([[c, s], [-s, c]])
    return seen(np.c_[0.3 + turned[:, 0], -np.ones(4), 3 + turned[:, 1]])


def picture(slant_deg: float, wide: float = 0.3, tall: float = 0.4) -> np.ndarray:
    across = np.array([-1, 1, 1, -1]) * wide / 2
    up = np.array([1, 1, -1, -1]) * tall / 2
    slant = np.radians(slant_deg)
    return seen(np.c_[0.35 + across * np.cos(slant), 0.2 + up, 1 - across * np.sin(slant)])


def box(quad: np.ndarray) -> Extent:
    return Extent(*(float(v) for v in (*quad.min(axis=0), *quad.max(axis=0))))


def test_rug_square_to_the_camera_is_recovered() -> None:
    truth = rug(0)
    found = floor_quad(CAMERA, SIZE, box(truth), aspect=1.2 / 1.6)
    assert found is not None
    assert np.abs(found - truth).max() < 4


@pytest.mark.parametrize("yaw_deg", [-20, 12, 30])
def test_turned_rug_fills_its_box_and_is_turned(yaw_deg: float) -> None:
    target = box(rug(yaw_deg))
    found = floor_quad(CAMERA, SIZE, target, aspect=1.2 / 1.6)
    assert found is not None
    got = box(found)
    span = max(target.width, target.height)
    for edge in ("left", "top", "right", "bottom"):
        assert getattr(got, edge) == pytest.approx(getattr(target, edge), abs=0.03 * span)


def test_picture_on_a_side_wall_is_recovered() -> None:
    truth = picture(50)
    found = wall_quad(CAMERA, SIZE, box(truth), aspect=0.75)
    assert found is not None
    assert np.abs(found - truth).max() < 3
    assert found[2, 1] - found[1, 1] > found[3, 1] - found[0, 1]  # the near side is taller


def test_picture_that_faces_the_camera_is_not_warped() -> None:
    assert wall_quad(CAMERA, SIZE, Extent(500, 100, 575, 200), aspect=0.75) is None


def test_homography_takes_corners_to_corners() -> None:
    quad = rug(0).astype(np.float32)
    matrix = homography(Extent(2.5, 1, 102.5, 141), quad)
    corner = matrix @ [102.5, 141, 1]
    assert corner[:2] / corner[2] == pytest.approx(quad[2], abs=1e-3)


def test_rug_turned_with_the_walls_is_told_from_its_mirror_image() -> None:
    truth = rug(18)
    turn = -np.radians(18)  # a rug drawn at 18 degrees has its depth turned to the left
    found, blind = (floor_quad(CAMERA, SIZE, box(truth), 1.2 / 1.6, t) for t in (turn, -turn))
    assert found is not None
    assert blind is not None
    assert np.abs(found - truth).mean() < 0.5 * np.abs(blind - truth).mean()


def test_box_that_no_rug_fills_holds_one_along_the_walls() -> None:
    target = Extent(300, 300, 700, 620)
    found = floor_quad(CAMERA, SIZE, target, aspect=3.0)
    assert found is not None
    got = box(found)
    assert got.left > 300 - 5
    assert got.right < 700 + 5
    assert got.top > 300 - 5
    assert got.bottom < 620 + 5
    assert max(got.width / 400, got.height / 320) == pytest.approx(1, abs=0.03)


def test_of_two_walls_a_picture_hangs_on_the_one_whose_perspective_it_fills() -> None:
    truth = picture(50)
    turns = -np.radians(40), np.radians(50)  # the back wall, and the wall to the right
    found = wall_quad(CAMERA, SIZE, box(truth), 0.75, turns)
    assert found is not None
    assert np.abs(found - truth).max() < 3


def test_a_picture_is_hung_inside_a_box_of_another_shape_in_the_walls_perspective() -> None:
    found = wall_quad(CAMERA, SIZE, Extent(600, 80, 760, 400), 0.75, (np.radians(50),))
    assert found is not None
    got = box(found)
    assert got.right <= 770
    assert got.left >= 590
    assert found[2, 1] - found[1, 1] > found[3, 1] - found[0, 1]  # the near side is taller
