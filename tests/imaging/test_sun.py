"""Hard sun on the floor, and the shadow that the product throws in it."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from imaging import drawn
from roomstage import colour, cutout, prompt, scene
from roomstage.composite import composite
from roomstage.image import Image
from roomstage.light import shade
from roomstage.light.sun import Sunlight, sunlight
from roomstage.options import Options
from roomstage.placement import Placement, place
from roomstage.scene import Scene
from roomstage.scene.camera import Camera
from roomstage.scene.ground import Ground
from roomstage.scene.sun import sun

SUN = 4.0  # light in a patch, in times that beside it
COOL = np.array([0.8, 1.0, 1.25])  # of the light that the sun does not give
CUTOUT = cutout.cut(*drawn.product())
OPTIONS = Options("a red table", 25, 1, 30)
SIZE = 960, 640
CAMERA = Camera(horizon=160.0, centre=480.0, focal=768.0, height_m=1.35, confidence=0.8)
GROUND = Ground.of(CAMERA, 1.0, SIZE)
AZIMUTH, ELEVATION = np.radians(25.0), np.radians(35.0)
DIRECTION = (
    float(np.cos(AZIMUTH) * np.cos(ELEVATION)),
    float(np.sin(ELEVATION)),
    float(np.sin(AZIMUTH) * np.cos(ELEVATION)),
)


def seen(x: float, z: float) -> np.ndarray:
    """Pixel of a floor point."""
    at = GROUND.homography @ np.array([x, z, 1.0])
    return at[:2] / at[2]


def sunny(strength: float = SUN) -> Image:
    """A room with a window's patch, cut off by the right border; the window's wall at the right."""
    y = np.arange(SIZE[1])[:, None] + 0.5
    linear = np.full((SIZE[1], SIZE[0], 3), 0.25) * COOL
    wood = np.array([0.16, 0.11, 0.07])
    columns = (np.arange(SIZE[0])[None] - 480) / np.maximum(y - 160, 1)
    boards = 1 + 0.12 * (np.floor(columns * 6) % 2)
    floor = y > 300
    linear = np.where(floor[..., None], wood * COOL * boards[..., None], linear)
    along = np.array([np.cos(AZIMUTH), np.sin(AZIMUTH)])
    far = [np.array([0.2, z]) for z in (2.6, 4.0)]
    corners = [seen(*point) for point in (far[0], far[0] + 4 * along, far[1] + 4 * along, far[1])]
    patch = np.zeros(SIZE[::-1], np.float32)
    cv2.fillConvexPoly(patch, np.rint(np.array(corners) * 16).astype(np.int32), 1, cv2.LINE_AA, 4)
    patch = cv2.GaussianBlur(patch, (0, 0), 0.8)[..., None]
    linear = linear * (1 + patch * (strength / COOL - 1 / COOL))
    noise = np.random.default_rng(0).normal(0, 1.0, (SIZE[1], SIZE[0], 1))
    return Image(np.clip(np.rint(colour.encode(linear) + noise), 0, 255).astype(np.uint8))


ROOM = sunny()
ANALYSED = replace(scene.analyse(ROOM), camera=CAMERA)


def standing() -> Placement:
    mask = drawn.box_mask(520, 250, 700, 430, SIZE)
    return place(ANALYSED, ROOM, CUTOUT, mask, prompt.read("a red table"))


def with_sun(found: Scene = ANALYSED) -> Scene:
    assert found.sun is not None
    return replace(found, sun=replace(found.sun, direction=DIRECTION, confidence=1.0))


def cast() -> Sunlight:
    light = sunlight(ROOM, with_sun(), CUTOUT, standing())
    assert light is not None
    return light


def test_a_patch_and_its_strength_are_found() -> None:
    assert ANALYSED.sun is not None
    x, y = (seen(1.0, 3.4) * ANALYSED.scale).astype(int)
    assert ANALYSED.sun.patches[y, x] == 1
    assert ANALYSED.sun.patches[:, :20].sum() == 0
    expected = 1 / (1 + (SUN - 1) / COOL)
    assert ANALYSED.sun.ambient == pytest.approx(expected, rel=0.2)
    assert ANALYSED.sun.ambient[2] > ANALYSED.sun.ambient[0]  # the sky's blue


def test_the_outline_tells_where_the_sun_stands() -> None:
    found = sun(ANALYSED.linear, ANALYSED.floor, CAMERA, ANALYSED.scale, ANALYSED.light, False)
    assert found is not None
    assert found.confidence > 0.5
    assert found.direction[0] > 0
    azimuth = np.degrees(np.arctan2(found.direction[2], found.direction[0]))
    assert azimuth == pytest.approx(25, abs=8)
    assert np.degrees(np.arcsin(found.direction[1])) == pytest.approx(35, abs=17)


def test_rooms_without_sun_and_pale_rugs_have_none() -> None:
    assert scene.analyse(drawn.room().image).sun is None
    assert scene.analyse(sunny(1.6)).sun is None
    rug = drawn.room().image.rgb.copy()
    rug[220:290, 150:330] = 190  # pale, but no paler than the walls
    assert scene.analyse(Image(rug)).sun is None


def share_at(light: Sunlight, grid: np.ndarray, point: np.ndarray) -> float:
    row = int((point[1] - light.box.y0) / light.box.height * grid.shape[0])
    column = int((point[0] - light.box.x0) / light.box.width * grid.shape[1])
    return float(grid[row, column].mean())


def test_the_shadow_lies_where_geometry_says() -> None:
    """A point h above (x, z) throws its shadow to (x, z) - h (lx, lz) / ly."""
    light, placement = cast(), standing()
    left, right = placement.corners[0, 0], placement.corners[1, 0]
    foot = GROUND.points(np.array([[(left + right) / 2, placement.contact]]))[0]
    half = 0.45 * (right - left) / GROUND.scale(float(foot[1]))
    rise = 0.5 * (placement.contact - placement.corners[0, 1]) / GROUND.scale(float(foot[1]))
    lx, ly, lz = DIRECTION
    shifted = foot - rise * np.array([lx, lz]) / ly
    in_shade = seen(shifted[0] + 0.2 * half, shifted[1] + 0.1)
    in_sun = seen(foot[0] + half + 0.5, foot[1] - 0.1)
    assert share_at(light, light.direct, in_shade) < 0.25 * share_at(light, light.direct, in_sun)


def test_light_is_whole_where_nothing_blocks() -> None:
    light = cast()
    whole = light.ambient + light.direct
    assert whole.max() <= 1 + 1e-5
    assert share_at(light, whole, seen(1.6, 3.2)) == pytest.approx(1, abs=0.01)


def test_a_patch_darkens_to_the_shade_beside_it_and_nothing_else_changes() -> None:
    placement, found = standing(), with_sun()
    lit = shade(ROOM, found, CUTOUT, placement, OPTIONS)
    even = replace(lit, shadow=np.ones_like(lit.shadow))
    staged, changed = composite(ROOM, CUTOUT, placement, even)
    light = lit.sunlight
    assert light is not None
    dark = light.direct.mean(axis=2) < 0.02 * (1 - light.ambient.mean(axis=2))
    dark &= light.ambient.mean(axis=2) < 0.4
    rows, columns = np.nonzero(cv2.erode(dark.astype(np.uint8), np.ones((9, 9), np.uint8)))
    assert len(rows) > 50
    x = light.box.x0 + ((columns + 0.5) * light.box.width / dark.shape[1]).astype(int)
    y = light.box.y0 + ((rows + 0.5) * light.box.height / dark.shape[0]).astype(int)
    beside = (x < placement.box.x0) | (y > placement.box.y1)
    shadowed = colour.decode(staged.rgb[y[beside], x[beside]][None])[0].mean(axis=0)
    plain = colour.decode(ROOM.rgb[450:600, 20:150]).mean(axis=(0, 1))
    assert shadowed == pytest.approx(plain, rel=0.3)
    assert changed.values[:, :200].max() == 0
    assert (staged.rgb[changed.values == 0] == ROOM.rgb[changed.values == 0]).all()


def test_without_sun_no_byte_changes() -> None:
    room = drawn.room()
    found = scene.analyse(room.image)
    mask = drawn.box_mask(180, 130, 320, 260)
    placement = place(found, room.image, CUTOUT, mask, prompt.read("a red table"))
    lit = shade(room.image, found, CUTOUT, placement, OPTIONS)
    assert lit.sunlight is None
    assert lit.reflection is None


def test_the_ground_maps_both_ways() -> None:
    points = np.array([[0.4, 2.5], [-1.0, 4.0], [0.0, 3.0]])
    pixels = np.array([seen(*point) for point in points])
    assert GROUND.points(pixels) == pytest.approx(points)
    assert np.isnan(GROUND.points(np.array([[480.0, 100.0]]))).all()  # above the horizon
    horizon = seen(0.0, 1e7)
    assert horizon == pytest.approx([480, 160], abs=1e-2)
