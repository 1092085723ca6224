"""The photo's own marks, matched: blur, colour softness, grain."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from imaging.test_composite import plain, standing, whole
from roomstage.composite import composite
from roomstage.image import Box, Cutout, Image
from roomstage.light import Shading
from roomstage.resample import scaled, weights
from roomstage.scene.grain import Grain, grain
from roomstage.scene.sharpness import Sharpness, sharpness
from roomstage.warp import missing_blur

_FINE = 4  # samples a pixel and axis that edges are drawn with


def edges(blur: float, chroma_blur: float | None = None) -> np.ndarray:
    """A photo [480, 480, 3] of tilted blocks under a lens of known blur, with a little noise."""
    rng = np.random.default_rng(1)
    size = 480 * _FINE
    fine = np.full((size, size, 3), 90, np.uint8)
    for _ in range(40):
        at, side = rng.integers(0, size, 2), rng.integers(30 * _FINE, 90 * _FINE, 2)
        corners = cv2.boxPoints((at.tolist(), side.tolist(), float(rng.random() * 90)))
        colour = [int(c) for c in rng.integers(20, 240, 3)]
        cv2.fillConvexPoly(fine, corners.astype(np.int32), colour)
    soft = cv2.GaussianBlur(fine, (0, 0), blur * _FINE)
    small = cv2.resize(soft, (480, 480), interpolation=cv2.INTER_AREA).astype(np.float32)
    if chroma_blur is not None:
        ycc = cv2.cvtColor(np.rint(small).astype(np.uint8), cv2.COLOR_RGB2YCrCb)
        ycc[..., 1:] = cv2.GaussianBlur(ycc[..., 1:], (0, 0), chroma_blur)
        small = cv2.cvtColor(ycc, cv2.COLOR_YCrCb2RGB).astype(np.float32)
    noisy = small + rng.normal(0, 1.2, (480, 480, 1))
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("blur", [0.5, 0.8, 1.2, 2.0])
def test_blur_is_recovered_from_edges(blur: float) -> None:
    aperture = 1 / 12  # of the pixel itself
    found = sharpness(edges(blur)).luma
    assert found == pytest.approx(np.sqrt(blur**2 + aperture), rel=0.15)


def test_soft_colour_is_told_from_soft_light() -> None:
    found = sharpness(edges(0.5, chroma_blur=1.3))
    assert found.luma < 0.7
    assert found.chroma == pytest.approx(np.sqrt(0.5**2 + 1.3**2), rel=0.2)


def test_a_photo_without_edges_is_taken_for_a_usual_one() -> None:
    found = sharpness(np.full((200, 300, 3), 120, np.uint8))
    assert 0.4 < found.luma == found.chroma < 0.8


@pytest.mark.parametrize("blur", [0.0, 0.5, 0.8])
@pytest.mark.parametrize("deviation", [1.5, 3.0])
def test_grain_is_recovered_with_its_smoothness(blur: float, deviation: float) -> None:
    noise = np.random.default_rng(2).standard_normal((500, 700)).astype(np.float32)
    if blur > 0:
        noise = cv2.GaussianBlur(noise, (0, 0), blur)
    ramp = 110 + 50 * np.arange(700, dtype=np.float32) / 700
    photo = np.rint(ramp + deviation * noise / noise.std()).astype(np.uint8)
    found = grain(np.dstack([photo] * 3))
    assert found.deviation == pytest.approx(deviation, rel=0.15)
    assert found.blur == pytest.approx(blur, abs=0.1)


def test_resampling_with_blur_is_resampling_then_blur() -> None:
    source = np.random.default_rng(3).random((80, 90, 3)).astype(np.float32)
    scale, blur = 0.6, 1.1
    sharp = scaled(source, weights(-8, 56, 0.3, scale, 80), weights(-8, 62, 0.7, scale, 90))
    at_once = scaled(
        source, weights(-8, 56, 0.3, scale, 80, blur), weights(-8, 62, 0.7, scale, 90, blur)
    )
    assert np.abs(at_once - cv2.GaussianBlur(sharp, (0, 0), blur)).max() < 0.03


def test_only_what_resampling_leaves_is_blurred() -> None:
    assert missing_blur(0.3, 0.5, (960, 640)) == 0
    assert 0 < missing_blur(0.8, 0.5, (960, 640)) < 0.8
    assert missing_blur(9.0, 0.5, (960, 640)) == 1.5
    assert missing_blur(9.0, 0.5, (4000, 3000)) > 4


def edge_width(staged: Image) -> float:
    """Pixels over which the product's left edge goes over from the room to the product."""
    row = staged.rgb[55, :, 0].astype(float)
    return float(((row > 0.1 * 200) & (row < 0.9 * 200)).sum())


def soft_shading(sharp: Sharpness) -> Shading:
    base = plain(box=Box(1, 1, 2, 2))
    return Shading(base.gain, base.shadow, base.shadow_box, {}, sharpness=sharp)


def test_a_soft_room_softens_the_products_edge_and_nothing_overshoots() -> None:
    room = Image(np.zeros((120, 160, 3), np.uint8))
    place = standing(60, 40, 1.0, (40, 30))
    sharp, _ = composite(room, whole(200), place, soft_shading(Sharpness(0.0, 0.0)))
    soft, changed = composite(room, whole(200), place, soft_shading(Sharpness(1.4, 1.4)))
    assert edge_width(soft) >= edge_width(sharp) + 2
    assert soft.rgb.max() == 200  # no halo
    assert (soft.rgb[changed.values == 0] == 0).all()
    assert (np.diff(soft.rgb[55, 50:80, 0].astype(int)) >= 0).all()


def test_soft_colour_stays_within_the_product() -> None:
    room = Image(np.full((120, 160, 3), 128, np.uint8))
    rgb = np.full((30, 40, 3), (200, 30, 30), np.uint8)
    rgb[:, 20:] = (30, 160, 30)
    cut = Cutout(rgb, np.full((30, 40), 255, np.uint8), Box(0, 0, 40, 30), "mask")
    place = standing(60, 40, 1.0, (40, 30))
    base, _ = composite(room, cut, place, soft_shading(Sharpness(0.0, 0.0)))
    soft, _ = composite(room, cut, place, soft_shading(Sharpness(0.0, 2.0)))
    assert np.array_equal(base.rgb[:, :60], soft.rgb[:, :60])  # no fringe on the room
    middle = np.abs(base.rgb[55, 76:84].astype(int) - soft.rgb[55, 76:84]).max()
    assert middle > 10


def test_grain_is_seen_neither_in_black_nor_in_white() -> None:
    room = Image(np.full((120, 160, 3), 128, np.uint8))
    place = standing(60, 40, 1.0, (40, 30))
    spread = []
    for value in (0, 120, 255):
        base = plain(box=Box(1, 1, 2, 2))
        noisy = Shading(base.gain, base.shadow, base.shadow_box, {}, grain=Grain(3.0, 0.5))
        staged, _ = composite(room, whole(value), place, noisy)
        spread.append(float(staged.rgb[44:66, 64:96, 0].astype(float).std()))
    assert spread[1] == pytest.approx(3.0, rel=0.15)
    assert spread[0] == spread[2] == 0
