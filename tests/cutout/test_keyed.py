"""Products on plain grounds, cut out without a mask."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from roomstage.cutout import cut
from roomstage.errors import CutoutNotFound
from roomstage.image import Cutout, Image

from .drawn import F64, SIZE, over, photo, shape, soft_shadow, white_ground

WALNUT = (120, 76, 48)
STEEL = (128, 130, 132)
PORCELAIN = (236, 236, 234)


def placed(cutout: Cutout, size: int = SIZE) -> NDArray[np.float64]:
    """The cut-out's alpha 0..1 where it lies in its photo."""
    alpha = np.zeros((size, size))
    alpha[cutout.box.slices] = cutout.alpha / 255
    return alpha


def overlap(found: NDArray[np.float64], truth: F64) -> float:
    """Intersection over union at one half."""
    both = np.count_nonzero((found > 0.5) & (truth > 0.5))
    return both / np.count_nonzero((found > 0.5) | (truth > 0.5))


@pytest.mark.parametrize("noise", [0.0, 1.5])
def test_a_disc_on_graded_white_has_its_own_alpha(noise: float) -> None:
    truth = shape("disc", 150, 140, 80)
    cutout = cut(photo(over(white_ground(), truth, WALNUT), noise))
    assert cutout.origin == "keyed"
    assert overlap(placed(cutout), truth) > 0.99
    edge = (truth > 0) & (truth < 1)
    assert np.abs(placed(cutout) - truth)[edge].mean() < 0.08


@pytest.mark.parametrize("wall", [(205, 196, 170), (96, 120, 150), (60, 60, 62)])
def test_any_even_colour_will_do_as_background(wall: tuple[int, int, int]) -> None:
    truth = shape("box", 90, 60, 210, 250)
    ground = over(white_ground(), np.ones((SIZE, SIZE)), wall)
    cutout = cut(photo(over(ground, truth, (200, 60, 40)), 1.0))
    assert overlap(placed(cutout), truth) > 0.99


def test_what_shows_through_a_ring_is_opened() -> None:
    truth = shape("disc", 150, 150, 110) - shape("disc", 150, 150, 70)
    cutout = cut(photo(over(white_ground(), truth, WALNUT), 1.0))
    assert overlap(placed(cutout), truth) > 0.98


def test_a_white_cushion_inside_a_frame_is_no_hole() -> None:
    truth = shape("box", 60, 60, 240, 240)
    picture = over(white_ground(), truth, WALNUT)
    cushion = soft_shadow(150, 150, 120, 120, 0.12) * np.array([0.9, 0.9, 0.86])
    picture = over(picture, shape("box", 100, 100, 200, 200), cushion)
    cutout = cut(photo(picture, 0.8))
    assert overlap(placed(cutout), truth) > 0.99


def test_a_white_vase_on_white_stays_whole() -> None:
    truth = np.maximum(shape("disc", 150, 190, 70), shape("box", 130, 60, 170, 150))
    shading = soft_shadow(200, 200, 90, 140, 0.16) * 0.86 * np.ones(3)
    cutout = cut(photo(over(white_ground(), truth, shading)))
    assert overlap(placed(cutout), truth) > 0.98


def test_the_studio_shadow_goes_and_thin_grey_legs_stay() -> None:
    body = shape("box", 70, 90, 230, 190)
    legs = np.maximum(shape("box", 80, 190, 86, 250), shape("box", 214, 190, 220, 250))
    truth = np.maximum(body, legs)
    ground = white_ground() * soft_shadow(150, 252, 110, 22, 0.6)
    cutout = cut(photo(over(ground, truth, STEEL), 0.6))
    found = placed(cutout)
    assert overlap(found, truth) > 0.97
    assert found[legs > 0.99].mean() > 0.95
    assert found[200:290, 95:205].mean() < 0.01
    assert any("shadow" in warning for warning in cutout.warnings)


def test_no_white_is_left_in_the_edge_colours() -> None:
    truth = shape("disc", 150, 150, 90)
    cutout = cut(photo(over(white_ground(), truth, WALNUT)))
    outer = cutout.alpha < 250
    off = np.abs(cutout.rgb[outer].astype(int) - np.array(WALNUT))
    assert off.max(initial=0) <= 16
    assert off.mean() < 4


def test_opaque_pixels_keep_their_bytes() -> None:
    grain = np.random.default_rng(5).uniform(0.05, 0.3, (SIZE, SIZE, 3))
    image = photo(over(white_ground(), shape("box", 60, 60, 240, 240), grain))
    cutout = cut(image)
    whole = cutout.alpha == 255
    assert whole.mean() > 0.9
    assert np.array_equal(cutout.rgb[whole], image.rgb[cutout.box.slices][whole])


def test_dust_is_no_product() -> None:
    truth = shape("disc", 150, 150, 70)
    picture = over(over(white_ground(), truth, WALNUT), shape("disc", 20, 20, 2), STEEL)
    box = cut(photo(picture)).box
    assert (box.x0, box.y0, box.x1, box.y1) == pytest.approx((80, 80, 220, 220), abs=2)


def test_the_crop_is_reduced_to_the_side_that_is_wanted_and_never_enlarged() -> None:
    image = photo(over(white_ground(), shape("box", 50, 100, 250, 200), WALNUT))
    small = cut(image, max_side=80)
    assert max(small.size) <= 80
    assert small.scale == pytest.approx(0.4, rel=0.06)
    assert small.box.width == pytest.approx(200, abs=8)  # a reduced pixel is 2.5 of the photo
    assert max(cut(image, max_side=5000).size) == pytest.approx(200, abs=2)
    assert cut(image, max_side=5000).scale == 1


def test_a_product_at_the_edge_is_said_to_be_cut_off() -> None:
    image = photo(over(white_ground(), shape("box", 0, 100, 150, 200), WALNUT))
    assert "the product is cut off at the left edge of overlay_image" in cut(image).warnings


def test_separate_items_are_told_of() -> None:
    truth = np.maximum(shape("disc", 80, 150, 50), shape("disc", 220, 150, 50))
    assert any(
        "2 separate items" in w for w in cut(photo(over(white_ground(), truth, WALNUT))).warnings
    )


def test_a_small_product_in_a_large_photo_is_looked_at_closely() -> None:
    whole = np.ones((2400, 2400, 3)) * 0.9
    truth = shape("disc", 150, 150, 100)
    whole[1000:1300, 1200:1500] = over(whole[1000:1300, 1200:1500], truth, WALNUT)
    cutout = cut(photo(whole))
    found = placed(cutout, 2400)[1000:1300, 1200:1500]
    assert overlap(found, truth) > 0.99


def busy() -> Image:
    return Image(np.random.default_rng(1).integers(0, 255, (SIZE, SIZE, 3), np.uint8))


@pytest.mark.parametrize(
    "image",
    [
        busy(),
        photo(white_ground()),
        Image(np.zeros((1, 1, 3), np.uint8)),
        Image(np.full((2, 900, 3), 255, np.uint8)),
    ],
    ids=["noise", "nothing", "one pixel", "a line"],
)
def test_what_can_not_be_told_apart_is_refused_with_a_remedy(image: Image) -> None:
    with pytest.raises(CutoutNotFound, match="overlay_image_mask") as refusal:
        cut(image)
    assert refusal.value.field == "overlay_image"


def test_the_same_photo_gives_the_same_bytes() -> None:
    image = photo(over(white_ground(), shape("disc", 150, 150, 90), WALNUT), 1.0)
    first, second = cut(image, max_side=120), cut(image, max_side=120)
    assert np.array_equal(first.rgb, second.rgb)
    assert np.array_equal(first.alpha, second.alpha)


@pytest.mark.parametrize("size", [(1, 1), (2, 33), (5, 3), (64, 3), (17, 129)])
@pytest.mark.parametrize("seed", range(4))
def test_tiny_pictures_end_in_a_cutout_or_a_refusal(size: tuple[int, int], seed: int) -> None:
    random = np.random.default_rng(seed)
    rgb = np.full((*size, 3), random.integers(256), np.uint8)
    rgb[size[0] // 3 : 2 * size[0] // 3 + 1, size[1] // 3 : 2 * size[1] // 3 + 1] = seed * 60
    try:
        cutout = cut(Image(rgb), max_side=7)
    except CutoutNotFound:
        return
    assert cutout.alpha.max() > 0
    assert max(cutout.size) <= 7
