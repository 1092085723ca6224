"""Transport: light from a side falls on what faces there, and the photo tells what does."""

from __future__ import annotations

import io

import numpy as np
import PIL.Image
import pytest
from tests.library.samples import SAMPLES

import roomstage
from roomstage.image import Box, Cutout
from roomstage.light.learned import Transport, crop, growth, net, transport

SIDE = 90


def ball(paint: float = 0.6) -> Cutout:
    """A matt ball photographed with a light at the camera, cropped to itself."""
    y, x = (np.mgrid[:SIDE, :SIDE] + 0.5) / SIDE * 2 - 1
    z = np.sqrt(np.clip(1 - x**2 - y**2, 0, 1))
    grey = paint * (0.4 + 0.6 * z)
    rgb = np.rint(255 * grey ** (1 / 2.2))[..., None].repeat(3, 2).astype(np.uint8)
    alpha = np.where(x**2 + y**2 < 1, 255, 0).astype(np.uint8)
    return Cutout(rgb, alpha, Box(0, 0, SIDE, SIDE), "alpha")


def test_light_from_the_right_falls_on_what_faces_right() -> None:
    turned = np.zeros((8, 10, 3), np.float32)
    turned[:, :5, 0], turned[:, 5:, 0] = -2 / 3, 2 / 3  # two planes, as a book stands
    taking = Transport(turned)
    lit = np.exp(taking.lit(np.array([[0.9], [0], [0]], np.float32), (10, 8)))
    np.testing.assert_allclose(lit[:, 8], 1.6, atol=0.03)
    np.testing.assert_allclose(lit[:, 1], 0.4, atol=0.03)


def test_a_lamp_on_one_side_warms_what_faces_it() -> None:
    turned = np.zeros((8, 10, 3), np.float32)
    turned[:, :5, 0], turned[:, 5:, 0] = -2 / 3, 2 / 3
    growth = np.zeros((3, 3), np.float32)
    growth[0] = 0.6, 0.3, 0.0  # of red and of green to the right
    lit = Transport(turned).lit(growth, (10, 8))
    red, green, blue = lit[:, 8].mean(axis=0)
    assert red > green > blue
    red, green, blue = lit[:, 1].mean(axis=0)
    assert red < green < blue


def test_even_light_leaves_the_photo_as_it_is() -> None:
    taking = Transport(np.ones((8, 10, 3), np.float32))
    np.testing.assert_allclose(taking.lit(np.zeros((3, 3), np.float32), (10, 8)), 0, atol=0.01)


def test_what_faces_away_from_the_light_is_not_black() -> None:
    taking = Transport(np.full((4, 4, 3), -1.0, np.float32))
    lit = taking.lit(np.array([[2.5], [0], [0]], np.float32), (4, 4))
    assert np.log(0.05) < lit.min() < np.log(0.25)


def test_a_tall_product_keeps_its_proportions_on_the_grid() -> None:
    tall = Cutout(
        np.full((300, 100, 3), 255, np.uint8),
        np.full((300, 100), 255, np.uint8),
        Box(0, 0, 100, 300),
        "alpha",
    )
    photo, box = crop.laid(tall)
    assert box.height == crop.CELLS - 2 * crop.MARGIN
    assert box.width == pytest.approx(box.height / 3, abs=1)
    assert photo[3, box.y0 : box.y1, box.x0 : box.x1].min() > 0.99
    assert photo[3].sum() == pytest.approx(box.width * box.height)


@pytest.mark.skipif(not net.available("transport"), reason="the package was built without the net")
def test_a_balls_sides_are_told_from_its_photo() -> None:
    taking = transport(ball())
    assert taking is not None
    middle = slice(26, 34)
    right, left = (taking.turned[middle, part, 0].mean() for part in (slice(48, 56), slice(4, 12)))
    top, bottom = (taking.turned[part, middle, 2].mean() for part in (slice(4, 12), slice(48, 56)))
    assert right > left + 0.4
    assert top > bottom + 0.4
    assert taking.turned[middle, middle, 1].mean() < -0.2  # its front faces the camera


@pytest.mark.skipif(not net.available("transport"), reason="the package was built without the net")
def test_paint_is_not_taken_for_shade() -> None:
    told = []
    for paint in (0.25, 0.7):
        taking = transport(ball(paint))
        assert taking is not None
        told.append(taking.turned)
    assert np.abs(told[0] - told[1]).mean() < 0.12


@pytest.mark.skipif(not growth.available(), reason="the package was built without the net")
def test_the_side_towards_the_window_is_lit_in_the_mirrored_room_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    grown = []
    whole = growth.growth

    def heard(*seen: np.ndarray) -> np.ndarray:
        said = whole(*seen)
        grown.append(said[0, 1])  # to the right, of green
        return said

    monkeypatch.setattr(growth, "growth", heard)
    room = np.asarray(PIL.Image.open(SAMPLES / "rooms" / "living_room.jpg"))
    height, width = room.shape[0], room.shape[1]
    mask = np.zeros((height, width), np.uint8)
    mask[int(0.55 * height) : int(0.8 * height), int(0.4 * width) : int(0.6 * width)] = 255
    sofa = (SAMPLES / "products" / "sofa.png").read_bytes()
    for turn in (1, -1):
        files = [_png(picture[:, ::turn]) for picture in (room, mask)]
        roomstage.stage(files[0], sofa, prompt="a sofa", main_image_mask=files[1])
    assert abs(grown[0]) > 0.2
    assert grown[0] * grown[1] < 0


@pytest.mark.skipif(not growth.available(), reason="the package was built without the net")
def test_what_shows_its_dark_side_is_darker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A window behind the product lights what the camera does not see."""
    gain = []
    room, sofa, mask = (
        (SAMPLES / name).read_bytes()
        for name in (
            "rooms/living_room.jpg",
            "products/sofa.png",
            "masks/living_room_sofa.png",
        )
    )
    for away in (-1.0, 1.0):
        told = np.array([[0.0], [away], [0.0]], np.float32).repeat(3, axis=1)
        monkeypatch.setattr(growth, "growth", lambda *_, told=told: told)
        staging = roomstage.stage(room, sofa, prompt="a sofa", main_image_mask=mask)
        gain.append(float(np.mean(staging.report()["light"]["gain"])))
    assert 0.4 * gain[0] < gain[1] < 0.85 * gain[0]


def _png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    PIL.Image.fromarray(np.ascontiguousarray(pixels)).save(file, "PNG")
    return file.getvalue()
