from __future__ import annotations

import numpy as np
import pytest

from imaging import drawn
from roomstage import cutout, prompt, scene
from roomstage.image import Box, Image, Mask
from roomstage.light.exposure import Exposure, exposure
from roomstage.light.key import KeyLight, key_light
from roomstage.light.modelling import modelling
from roomstage.light.outline import lower_hull
from roomstage.light.relief import normals
from roomstage.light.samples import light_samples
from roomstage.light.shadow import cast
from roomstage.placement import Placement, place
from roomstage.scene import Scene

PLACE = drawn.box_mask(180, 130, 320, 260)
CUTOUT = cutout.cut(*drawn.product())
FROM_LEFT = KeyLight((-0.8, 0.6, 0.0), 0.6, 12.0)
FROM_RIGHT = KeyLight((0.8, 0.6, 0.0), 0.6, 12.0)


def staged(**look) -> tuple[Scene, Placement]:
    room = drawn.room(**look)
    found = scene.analyse(room.image)
    return found, place(found, room.image, CUTOUT, PLACE, prompt.read("a red table"))


def lit(**look) -> Exposure:
    return exposure(*staged(**look))


def test_a_darker_room_darkens_the_product() -> None:
    bright, dim = lit(brightness=1.0), lit(brightness=0.4)
    assert dim.gain < 0.55 * bright.gain
    assert dim.gain > 0.3 * bright.gain


def test_warm_light_warms_the_product_and_is_bounded() -> None:
    red, _, blue = lit(tint=(1.25, 1.0, 0.6)).tint
    assert red > 1.03
    assert blue < 0.9
    strong = lit(tint=(1.3, 0.2, 0.02)).rgb
    assert strong[0] / strong[2] < 2.5  # a red room does not repaint the product


def test_light_comes_from_the_bright_side() -> None:
    assert key_light(*staged(lit_from=-1)).direction[0] < -0.2
    assert key_light(*staged(lit_from=1)).direction[0] > 0.2


def test_product_is_brighter_on_its_lit_side() -> None:
    _, placement = staged()
    factor = modelling(CUTOUT, placement, FROM_LEFT)
    third = factor.shape[1] // 3
    assert factor[:, :third].mean() > 1.1 * factor[:, -third:].mean()
    assert factor.mean() == pytest.approx(1, abs=1e-3)


def test_relief_turns_away_at_the_rim() -> None:
    disc = np.zeros((100, 100), np.uint8)
    y, x = np.mgrid[:100, :100]
    disc[(x - 50) ** 2 + (y - 50) ** 2 < 40**2] = 255
    normal = normals(disc)
    middle = normal.shape[0] // 2
    assert normal[middle, middle // 3, 0] < -0.2  # left rim faces left
    assert normal[middle, -middle // 3, 0] > 0.2
    assert normal[middle, middle, 2] < -0.95  # the middle faces the camera


def shadow_sides(key: KeyLight) -> tuple[float, float]:
    """Light lost on the floor left and right of the product."""
    found, placement = staged()
    left, box = cast(found, CUTOUT, placement, key, steps=40, seed=1)
    lost = 1 - left
    columns = box.x0 + (np.arange(lost.shape[1]) + 0.5) * box.width / lost.shape[1]
    rows = box.y0 + (np.arange(lost.shape[0]) + 0.5) * box.height / lost.shape[0]
    floor = rows > drawn.room().crease
    return (
        float(lost[floor][:, columns < 175].sum()),
        float(lost[floor][:, columns > 325].sum()),
    )


def test_shadow_falls_away_from_the_light() -> None:
    left, right = shadow_sides(FROM_LEFT)
    assert right > 2 * left
    left, right = shadow_sides(FROM_RIGHT)
    assert left > 2 * right


def test_shadow_is_darkest_under_the_product_and_ends_before_its_box_does() -> None:
    found, placement = staged()
    left, box = cast(found, CUTOUT, placement, FROM_LEFT, steps=25, seed=1)
    assert box.y0 > 0
    assert np.abs(left[0] - 1).max() < 1e-3
    assert np.abs(left[:, [0, -1]] - 1).max() < 1e-3
    row = int((252 - box.y0) / box.height * left.shape[0])
    column = int((250 - box.x0) / box.width * left.shape[1])
    assert left[row, column] < 0.8  # between the legs
    assert left.min() > 0.05  # some light is always bounced in


def test_shadow_lies_where_geometry_says() -> None:
    """A pole's point at height h throws its shadow to foot - h (lx, lz) / ly on the floor."""
    found, _ = staged()
    pole = np.zeros((120, 120), np.uint8)
    pole[10:110, 56:64] = 255
    cut = cutout.cut(Image(np.full((120, 120, 3), 60, np.uint8)), Mask(pole))
    mask = drawn.box_mask(234, 200, 242, 300)
    placement = place(found, drawn.room().image, cut, mask, prompt.read("a floor lamp"))
    key = KeyLight((-0.60, 0.75, 0.28), 1.0, 0.5)  # from the left and from behind
    left, box = cast(found, cut, placement, key, steps=10, seed=0)
    camera, front = found.camera, placement.contact - found.camera.horizon
    raised = 30 / front  # a point 30 px above the foot, in camera heights
    x = -2 / front - raised * key.direction[0] / key.direction[1]
    z = camera.focal / front - raised * key.direction[2] / key.direction[1]
    column, row = 240 + camera.focal * x / z, camera.horizon + camera.focal / z
    grid_x = int((column - box.x0) / box.width * left.shape[1])
    grid_y = int((row - box.y0) / box.height * left.shape[0])
    assert left[grid_y - 3 : grid_y + 4, grid_x - 3 : grid_x + 4].min() < 0.75
    mirrored = int((476 - column - box.x0) / box.width * left.shape[1])
    assert left[grid_y - 3 : grid_y + 4, mirrored - 3 : mirrored + 4].min() > 0.9


def test_light_samples_are_a_measure() -> None:
    directions, weights = zip(*light_samples(FROM_LEFT, 25, 3), strict=True)
    assert sum(weights) == pytest.approx(1)
    assert np.linalg.norm(directions, axis=1) == pytest.approx(np.ones(len(directions)))
    assert min(d[1] for d in directions) > 0


def test_boxes_clip_to_the_picture() -> None:
    grown = Box(2, 3, 10, 12).grown(5, (12, 14))
    assert (grown.x0, grown.y0, grown.x1, grown.y1) == (0, 0, 12, 14)


def test_shadow_goes_on_to_the_pictures_edge() -> None:
    """A product at the lower edge of the photo keeps its contact shadow there."""
    found, _ = staged()
    low = drawn.box_mask(170, 185, 310, 316)
    placement = place(found, drawn.room().image, CUTOUT, low, prompt.read("a red table"))
    left, box = cast(found, CUTOUT, placement, FROM_LEFT, steps=25, seed=1)
    assert box.y1 == drawn.SIZE[1]
    assert left[-2:].min() < 0.8


def test_the_ground_line_runs_from_foot_to_foot() -> None:
    table = np.zeros((40, 60), np.float32)
    table[5:20, 5:55] = 1
    table[20:36, 5:9] = 1
    table[20:32, 51:55] = 1
    line = lower_hull(table, np.arange(40, dtype=np.float32))
    assert line[8] == pytest.approx(35)
    assert line[30] == pytest.approx(35 - 4 * 22 / 46, abs=0.2)
    assert line[54] == pytest.approx(31)
    assert np.isinf(line[:5]).all()
