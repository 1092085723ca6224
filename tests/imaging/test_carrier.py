from __future__ import annotations

import numpy as np
import pytest

from imaging.boxes import SIZE, BoxRoom
from roomstage import prompt, scene
from roomstage.placement.carrier import carried
from roomstage.placement.extent import Extent
from roomstage.scene import Scene

ROOM = BoxRoom()
BOARD = np.full((60, 80), 255, np.uint8)
ROUND = np.where(np.hypot(*np.mgrid[-30:30, -30:30]) < 30, 255, 0).astype(np.uint8)


@pytest.fixture(scope="module")
def found() -> Scene:
    return scene.analyse(ROOM.drawn())


def surface(found: Scene, words: str, box: Extent, alpha: np.ndarray = BOARD) -> str:
    return carried(found, box, alpha, prompt.read(words)).surface


HIGH = Extent(500, 40, 600, 150)  # above the horizon, which lies at row 209
LOW = Extent(500, 330, 640, 500)  # its foot on the floor


def test_a_lamp_above_the_eyes_hangs(found: Scene) -> None:
    assert surface(found, "a paper lamp", HIGH) == "ceiling"
    assert surface(found, "a paper lamp", LOW) == "floor"


def test_a_shelf_above_the_eyes_hangs_on_the_wall(found: Scene) -> None:
    assert surface(found, "an oak shelf", HIGH) == "wall"
    assert surface(found, "an oak shelf", LOW) == "floor"


def test_a_nameless_board_on_a_wall_is_hung(found: Scene) -> None:
    left, top = ROOM.seen([(-0.6, 1.5, ROOM.back)])[0]
    right, bottom = ROOM.seen([(0.4, 0.8, ROOM.back)])[0]
    on_wall = Extent(float(left), float(top), float(right), float(bottom))
    assert surface(found, "ein Ding", on_wall) == "wall"
    assert surface(found, "ein Ding", on_wall, ROUND) == "floor"
    assert surface(found, "ein Ding", LOW) == "floor"


def test_words_have_the_last_word(found: Scene) -> None:
    assert surface(found, "a lamp standing on a table", HIGH) == "table"
    assert surface(found, "a sofa", HIGH) == "floor"
    assert SIZE[1] > LOW.bottom
