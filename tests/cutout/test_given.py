"""Products that come with their own alpha, or with a mask."""

from __future__ import annotations

import numpy as np
import pytest

from roomstage.cutout import closed_form, cut
from roomstage.errors import CutoutNotFound, InvalidMask
from roomstage.image import Image, Mask

from .drawn import SIZE, light, over, photo, shape, white_ground
from .test_keyed import WALNUT, overlap, placed


def levels(alpha: np.ndarray) -> np.ndarray:
    return np.rint(alpha * 255).astype(np.uint8)


def hard(alpha: np.ndarray) -> Mask:
    return Mask(((alpha > 0.5) * 255).astype(np.uint8))


def wallpaper() -> np.ndarray:
    """A ground with a pattern that no key can take out."""
    y, x = np.mgrid[0:SIZE, 0:SIZE]
    stripes = (np.sin(x / 3) * np.sin(y / 5) > 0)[..., None]
    return np.where(stripes, light((180, 200, 120)), light((90, 110, 160)))


def test_a_pictures_own_alpha_is_the_cutout() -> None:
    alpha = levels(shape("disc", 150, 120, 60))
    cutout = cut(Image(np.full((SIZE, SIZE, 3), 90, np.uint8), alpha))
    assert cutout.origin == "alpha"
    assert np.array_equal(cutout.alpha, alpha[cutout.box.slices])


def test_colours_under_full_transparency_are_the_products() -> None:
    alpha = levels(shape("disc", 150, 120, 60))
    rgb = np.where((alpha > 0)[..., None], np.uint8(60), np.uint8(255)).repeat(1, axis=2)
    cutout = cut(Image(np.ascontiguousarray(np.broadcast_to(rgb, (SIZE, SIZE, 3))), alpha))
    assert np.abs(cutout.rgb.astype(int) - 60).max() <= 2


def test_reducing_a_transparent_picture_lets_no_white_in() -> None:
    alpha = levels(shape("disc", 150, 150, 90))
    rgb = np.full((SIZE, SIZE, 3), 255, np.uint8)
    rgb[alpha > 0] = (40, 90, 60)
    cutout = cut(Image(rgb, alpha), max_side=50)
    assert np.abs(cutout.rgb.astype(int) - (40, 90, 60)).max() <= 2


def test_a_mask_picks_an_item_of_a_transparent_picture() -> None:
    alpha = levels(np.maximum(shape("disc", 80, 150, 40), shape("disc", 220, 150, 40)))
    image = Image(np.full((SIZE, SIZE, 3), 90, np.uint8), alpha)
    box = cut(image, Mask(levels(shape("box", 150, 0, 300, 300)))).box
    assert (box.x0, box.x1) == pytest.approx((180, 260), abs=2)


def test_an_opaque_alpha_channel_is_no_cutout() -> None:
    image = photo(over(white_ground(), shape("disc", 150, 150, 80), WALNUT))
    opaque = Image(image.rgb, np.full((SIZE, SIZE), 255, np.uint8))
    assert cut(opaque).origin == "keyed"


def test_a_fully_transparent_picture_is_refused() -> None:
    with pytest.raises(CutoutNotFound, match="fully transparent") as refusal:
        cut(Image(np.zeros((20, 20, 3), np.uint8), np.zeros((20, 20), np.uint8)))
    assert refusal.value.field == "overlay_image"


def test_a_soft_mask_is_taken_by_its_word() -> None:
    truth = shape("disc", 150, 150, 80)
    cutout = cut(photo(over(wallpaper(), truth, WALNUT)), Mask(levels(truth)))
    assert cutout.origin == "mask"
    assert np.abs(placed(cutout) - truth).max() < 0.01


@pytest.mark.parametrize("ground", [white_ground(), wallpaper()], ids=["plain", "busy"])
def test_the_edge_of_a_hard_mask_becomes_soft_as_in_the_picture(ground: np.ndarray) -> None:
    truth = shape("disc", 150, 150, 80)
    cutout = cut(photo(over(ground, truth, WALNUT)), hard(truth))
    edge = (truth > 0) & (truth < 1)
    before = np.abs((truth > 0.5) - truth)[edge].mean()
    assert np.abs(placed(cutout) - truth)[edge].mean() < 0.6 * before


def test_a_mask_drawn_loosely_on_a_plain_ground_only_picks_the_item() -> None:
    truth = shape("disc", 90, 150, 50)
    picture = over(over(white_ground(), truth, WALNUT), shape("disc", 230, 150, 50), WALNUT)
    cutout = cut(photo(picture, 0.5), hard(shape("box", 10, 60, 165, 240)))
    assert overlap(placed(cutout), truth) > 0.99


def test_a_white_product_under_an_exact_mask_is_kept() -> None:
    truth = shape("box", 80, 80, 220, 220)
    cutout = cut(photo(over(white_ground(), truth, (250, 250, 250))), hard(truth))
    assert overlap(placed(cutout), truth) > 0.98


@pytest.mark.parametrize("alpha", [None, np.full((SIZE, SIZE), 128, np.uint8)])
def test_an_empty_mask_is_refused(alpha: np.ndarray | None) -> None:
    image = photo(white_ground(), alpha=alpha)
    with pytest.raises(InvalidMask) as refusal:
        cut(image, Mask(np.zeros((SIZE, SIZE), np.uint8)))
    assert refusal.value.field == "overlay_image_mask"


def test_closed_form_matting_finds_a_ramp_between_two_colours() -> None:
    ramp = np.clip((np.arange(40) - 16) / 6, 0, 1).astype(np.float32)
    alpha = np.tile(ramp, (30, 1))
    colours = over(np.full((30, 40, 3), 0.2), alpha.astype(np.float64), (230, 120, 60)).astype(
        np.float32
    )
    band = (alpha > 0) & (alpha < 1)
    found = closed_form.solve(colours, (alpha > 0.5).astype(np.float32), band)
    assert np.abs(found - alpha).max() < 0.1
