"""What a glossy floor mirrors."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from imaging import drawn
from roomstage import cutout, prompt, scene
from roomstage.composite import composite
from roomstage.light import Shading
from roomstage.light.reflection import Reflection, reflection
from roomstage.placement import Placement, place
from roomstage.scene import Scene
from roomstage.scene.gloss import Gloss, gloss, mirrored, nadir_row

WIDTH, HEIGHT, HORIZON, CREASE = 256, 171, 60.0, 95
FOCAL = 0.8 * WIDTH
CUTOUT = cutout.cut(*drawn.product())
PLACE = drawn.box_mask(180, 130, 320, 260)
DIM = np.full((2, 2, 3), 0.5, np.float32)


def drawn_floor(share: float, rough: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Linear room with windows and a door over boards that mirror `share` of them; floor map."""
    rng = np.random.default_rng(4)
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    linear = np.full((HEIGHT, WIDTH, 3), 0.25, np.float32)
    nadir = nadir_row(HORIZON, FOCAL, HEIGHT / 2)
    plumb = WIDTH / 2 + (x - WIDTH / 2) * (nadir - CREASE) / (nadir - y)  # the foot's column
    for left, right, tone in ((30, 62, 0.95), (100, 112, 0.05), (150, 200, 0.95)):
        linear[(plumb >= left) & (plumb < right)] = tone
    foot = np.full_like(y, CREASE)
    to_x, to_y = mirrored(x, y, foot, nadir, WIDTH / 2)
    image = cv2.remap(linear, to_x, to_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    for row in range(CREASE + 1, HEIGHT if rough > 0 else 0):
        sigma = rough * (row - CREASE)
        image[row : row + 1] = cv2.GaussianBlur(image[row : row + 1], (0, 0), sigma)
    board = np.floor((x - WIDTH / 2) / np.maximum(y - HORIZON, 1) * 4)
    floor = y >= CREASE
    tone = 0.2 + 0.03 * (board % 2) + rng.normal(0, 0.004, y.shape)
    boards = tone[..., None] * np.array([1.3, 1.0, 0.7])
    linear[floor] = (boards + share * image)[floor]
    return np.clip(linear, 0, 1).astype(np.float32), floor.astype(np.float32)


def found(share: float, rough: float = 0.0) -> Gloss:
    return gloss(*drawn_floor(share, rough), HORIZON, FOCAL, HEIGHT / 2)


def test_a_mirroring_floor_is_glossy_and_a_matt_one_is_not() -> None:
    assert found(0.0).strength == 0
    assert found(0.2).strength > 0.8


def test_roughness_is_told_from_the_mirror_images_blur() -> None:
    assert found(0.2, rough=0.2).roughness > found(0.2).roughness


def test_level_of_the_floor_leaves_its_streaks_out() -> None:
    level = found(0.3).level
    streak, beside = level[130, 46], level[130, 80]
    assert np.abs(streak - beside).max() < 0.08


def test_a_matt_drawn_room_shows_no_reflection() -> None:
    room = drawn.room()
    analysed = scene.analyse(room.image)
    assert analysed.gloss.strength == 0
    placement = place(analysed, room.image, CUTOUT, PLACE, prompt.read("a red table"))
    assert reflection(analysed, CUTOUT, placement, DIM) is None


def glossy(roughness: float = 0.0) -> tuple[Scene, Placement, Reflection]:
    room = drawn.room()
    analysed = scene.analyse(room.image)
    height, width = analysed.floor.shape
    crease = np.full(width, room.crease * analysed.scale, np.float32)
    level = np.full((height, width, 3), 9.0, np.float32)
    mirror = replace(
        analysed, gloss=Gloss(1.0, roughness, crease, level), floor=np.ones_like(analysed.floor)
    )
    placement = place(mirror, room.image, CUTOUT, PLACE, prompt.read("a red table"))
    seen = reflection(mirror, CUTOUT, placement, DIM)
    assert seen is not None
    return mirror, placement, seen


def cover_at(seen: Reflection, x: float, y: float) -> float:
    height, width = seen.cover.shape
    row = int((y - seen.box.y0) / seen.box.height * height)
    column = int((x - seen.box.x0) / seen.box.width * width)
    return float(seen.cover[row, column])


def test_the_mirror_image_lies_where_geometry_says() -> None:
    """A point h above the foot is seen about h below it, as the camera is nearly level."""
    _, placement, seen = glossy()
    left, right = placement.corners[0, 0], placement.corners[1, 0]
    top, foot = placement.corners[0, 1], placement.contact
    leg_width = (right - left) * 8 / 168
    middle = (left + right) / 2
    lower = 0.2 / 0.65  # share of the height that is legs
    tall = foot - top
    on_leg, body_edge = foot + 0.15 * tall, foot + lower * tall
    assert cover_at(seen, left + leg_width / 2, on_leg) > 0.9
    assert cover_at(seen, middle, body_edge + 0.1 * tall) > 0.9
    assert cover_at(seen, left - 6, on_leg) < 0.1
    assert cover_at(seen, middle, foot - 0.9 * tall) < 0.1


def test_the_mirror_image_is_as_strong_as_fresnel_has_it() -> None:
    analysed, placement, seen = glossy()
    row = int((placement.contact + 20 - seen.box.y0) / seen.box.height * len(seen.added))
    red = seen.added[row, :, 0] - seen.added[row, :, 1]  # the product is, the wall is not
    camera, middle = analysed.camera, analysed.size[1] / 2
    tilt = np.arctan((middle - camera.horizon) / camera.focal)
    down = tilt + np.arctan((placement.contact + 20 - middle) / camera.focal)
    fresnel = 0.04 + 0.96 * (1 - np.sin(down)) ** 5
    product = 0.5 * (((180 / 255 + 0.055) / 1.055) ** 2.4 - (40 / 255 + 0.055) ** 2.4 / 1.055**2.4)
    assert red.max() == pytest.approx(fresnel * product, rel=0.1)


def test_a_rough_mirror_image_is_softer_the_further_it_is() -> None:
    _, placement, seen = glossy(roughness=0.15)
    tall = placement.contact - placement.corners[0, 1]

    def slope(y: float) -> float:
        row = int((y - seen.box.y0) / seen.box.height * len(seen.cover))
        return float(np.abs(np.diff(seen.cover[row])).max())

    assert slope(placement.contact + 0.05 * tall) > 2 * slope(placement.contact + 0.25 * tall)


def test_the_product_hides_the_window_that_the_floor_mirrored() -> None:
    analysed, placement, seen = glossy()
    room = drawn.room().image
    half = np.full_like(seen.level, 0.02)
    box = seen.box
    neutral = Shading(DIM * 2, np.ones((2, 2, 3), np.float32), box, {})
    mirror = replace(seen, level=half, added=np.zeros_like(seen.added))
    before, _ = composite(room, CUTOUT, placement, neutral)
    after, changed = composite(room, CUTOUT, placement, replace(neutral, reflection=mirror))
    x = int((placement.corners[0, 0] + placement.corners[1, 0]) / 2)
    y = int(placement.contact + 0.4 * (placement.contact - placement.corners[0, 1]))
    assert after.rgb[y, x].mean() < 0.6 * before.rgb[y, x].mean()
    assert (after.rgb[changed.values == 0] == room.rgb[changed.values == 0]).all()
    assert analysed.gloss.strength == 1


def test_a_level_shifted_lens_mirrors_straight_down() -> None:
    """Uprights are parallel in its picture, so the mirror image is the product turned over."""
    analysed, placement, _ = glossy()
    foot, tall = placement.contact, placement.contact - placement.corners[0, 1]

    def outer_edges(lens_shift: float) -> list[float]:
        """Column of the mirrored leg's outer side, from its foot down."""
        camera = replace(analysed.camera, lens_shift=lens_shift)
        seen = reflection(replace(analysed, camera=camera), CUTOUT, placement, DIM)
        assert seen is not None
        columns = np.arange(seen.box.x0, seen.box.x1, 0.25)
        down = [foot + below * tall for below in (0.05, 0.15, 0.25, 0.4)]
        return [next(x for x in columns if cover_at(seen, x, y) > 0.5) for y in down]

    level = analysed.camera.horizon - analysed.size[1] / 2
    assert outer_edges(level) == pytest.approx([placement.corners[0, 0]] * 4, abs=1.2)
    assert np.ptp(outer_edges(level + 0.3 * analysed.size[1])) > 2  # the plumb lines converge


def test_what_stands_before_the_product_is_no_mirror() -> None:
    _, placement, seen = glossy()
    room, box = drawn.room().image, placement.box
    left, middle = box.x0 + 10, (box.x0 + box.x1) // 2
    shown = np.full((box.height, box.width), 255, np.uint8)
    shown[box.height // 2 :, : middle - box.x0] = 0  # a plant before its left half
    neutral = Shading(DIM * 2, np.ones((2, 2, 3), np.float32), seen.box, {}, reflection=seen)
    behind = replace(placement, visible=shown)
    staged, changed = composite(room, CUTOUT, behind, neutral)
    open_, _ = composite(room, CUTOUT, placement, neutral)
    foot = int(placement.contact)
    before = np.s_[box.y0 + box.height // 2 + 2 : foot, left : middle - 4]
    assert (staged.rgb[before] == room.rgb[before]).all()
    assert not changed.values[before].any()

    def mirrored_light(picture: np.ndarray, columns: slice) -> float:
        rows = slice(foot + 4, foot + 30)
        return float(np.abs(picture[rows, columns].astype(int) - room.rgb[rows, columns]).mean())

    hidden, free = slice(left, middle - 10), slice(middle + 10, box.x1 - 10)
    assert mirrored_light(staged.rgb, hidden) < 0.5 * mirrored_light(open_.rgb, hidden)
    assert mirrored_light(staged.rgb, free) == mirrored_light(open_.rgb, free) > 1


def test_a_floor_without_blue_cannot_have_mirrored_a_white_wall() -> None:
    mirror, placement, _ = glossy()
    deep = replace(mirror, linear=mirror.linear * np.array([1.0, 0.3, 0.02], np.float32))
    seen = reflection(deep, CUTOUT, placement, 0 * DIM)  # a black product: it only takes away
    assert seen is not None
    assert seen.added.min() > -1.5 * deep.linear[deep.floor > 0.5].min(axis=-1).max()


def test_a_board_barely_above_the_floors_level_loses_what_its_neighbours_lose() -> None:
    """What is above the level goes with the level, the rest with the image: together the same."""
    mirror, placement, _ = glossy()
    even = mirror.linear.min(axis=2, keepdims=True) * np.ones(3, np.float32)
    taken = []
    for above in (0.0, 0.01):
        level = np.maximum(even - above, 1e-3)
        floor = replace(mirror.gloss, level=level)
        seen = reflection(
            replace(mirror, linear=even, gloss=floor), CUTOUT, placement, np.zeros_like(DIM)
        )
        assert seen is not None
        excess = np.maximum(even - level, 0).mean()
        taken.append(-seen.added[seen.cover > 0.9].mean() + excess)
    assert taken[0] > 0.002
    assert taken[1] == pytest.approx(taken[0], rel=0.4)
