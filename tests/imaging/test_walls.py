from __future__ import annotations

import numpy as np
import pytest

from imaging import drawn
from imaging.boxes import SIZE, BoxRoom
from roomstage import cutout, prompt, scene
from roomstage.light.walls import Wall, walls
from roomstage.placement import Placement, place
from roomstage.scene import Scene

FOCAL = 700.0


@pytest.mark.parametrize("slope", [0.0, 0.25, -0.4], ids=["facing", "right", "left"])
def test_a_shadow_on_a_wall_is_where_the_ray_meets_the_card(slope: float) -> None:
    wall, card = Wall(slope, 260.0), 2.2
    light = np.array([0.4, 0.5, -0.6])
    u, s = 80.0, 40.0
    away = float(wall.depth(np.array(u), FOCAL))
    point = np.array([u * away / FOCAL, -s * away / FOCAL, away])  # in camera heights
    met = point + light * (card - away) / light[2]
    seen = FOCAL * met[0] / card, -FOCAL * met[1] / card
    found = wall.view((0.4, 0.5, -0.6), FOCAL, card) @ [u, s, 1]
    assert found[:2] / found[2] == pytest.approx(seen, rel=1e-6)


@pytest.fixture(scope="module")
def analysed() -> tuple[BoxRoom, Scene]:
    room = BoxRoom()
    return room, scene.analyse(room.drawn())


def standing(room: BoxRoom, found: Scene, words: str) -> Placement:
    column, row = (round(float(v)) for v in room.seen([(0.4, 0, 3.2)])[0])
    mask = drawn.box_mask(column - 70, row - 130, column + 70, row, SIZE)
    return place(found, room.drawn(), cutout.cut(*drawn.product()), mask, prompt.read(words))


def test_shadows_fold_where_the_wall_stands_turned_as_it_is(analysed) -> None:
    room, found = analysed
    behind = walls(found, standing(room, found, "a red chair"), 10.0, found.camera.horizon)
    ends = room.seen([(-0.8, 0, room.back), (1.4, 0, room.back)])
    for column, row in ends:
        u = np.array(column - SIZE[0] / 2)
        crease = max(float(wall.crease(u)) for wall in behind)
        assert crease + found.camera.horizon == pytest.approx(row, abs=6)


def test_a_table_has_no_crease_but_what_is_seen(analysed) -> None:
    room, found = analysed
    placed = standing(room, found, "a vase on a table")
    (facing,) = walls(found, placed, 55.0, found.camera.horizon)
    assert (facing.a, facing.c) == (0.0, 55.0)
