"""What the net tells of a product's photo, and how far it is believed."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from roomstage import inference
from roomstage.cutout import background as grounds
from roomstage.cutout import cut, keying, learned, told
from roomstage.errors import CutoutNotFound
from roomstage.image import F32, Image

from .drawn import F64, SIZE, Colour, light, over, photo, shape, soft_shadow, white_ground
from .test_keyed import STEEL, WALNUT, overlap, placed

Marks = NDArray[np.bool_]
VASE = np.maximum(shape("disc", 150, 180, 75), shape("box", 130, 60, 170, 150))
GREY = white_ground(0.6)


def out_of_focus(linear: F64) -> F64:
    """The picture, blurred the more the lower."""
    far = np.clip((np.arange(SIZE)[:, None, None] - 120) / 100, 0, 1)
    return linear * (1 - far) + cv2.GaussianBlur(linear, (0, 0), 2) * far


def vase(colour: Colour) -> Image:
    """A vase whose foot lies out of focus in its own shadow."""
    lit = soft_shadow(120, 150, 90, 110, -0.6) * light(colour)
    ground = white_ground(0.75) * soft_shadow(210, 250, 80, 18, 0.5)
    return photo(out_of_focus(over(ground, VASE, np.clip(lit, 0, 1))), 0.8)


@pytest.mark.parametrize("colour", [(40, 40, 41), (90, 90, 92), (225, 225, 223)])
def test_a_vase_out_of_focus_is_whole_whatever_its_colour(colour: Colour) -> None:
    assert overlap(placed(cut(vase(colour))), VASE) > 0.96


def test_without_its_weights_the_formulas_stand_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inference, "available", lambda package, name: False)
    assert learned.share(vase(STEEL).rgb) is None
    with pytest.raises(CutoutNotFound):
        cut(vase((40, 40, 41)))
    assert overlap(placed(cut(photo(over(white_ground(), VASE, WALNUT)))), VASE) > 0.99


@pytest.mark.parametrize("size", [(3, 200), (640, 40), (33, 31)])
def test_a_photo_of_any_shape_has_a_share_for_each_pixel(size: tuple[int, int]) -> None:
    share = learned.share(np.full((*size, 3), 240, np.uint8))
    assert share is not None
    assert share.shape == size
    assert np.all((share >= 0) & (share <= 1))


Seen = tuple[F32, grounds.Background, Marks]


def seen(linear: F64) -> Seen:
    """Levels of a picture, its background, and an empty map of edges."""
    rgb = photo(linear, 0.5).rgb
    return rgb.astype(np.float32), grounds.fit(rgb), np.zeros(rgb.shape[:2], bool)


def like(coverage: F64) -> F32:
    """What a net would say that is sure of it."""
    return coverage.astype(np.float32)


def test_ground_that_was_reached_through_the_product_is_taken_back() -> None:
    levels, background, none = seen(over(GREY, VASE, (190, 190, 189)))
    reached = ~none
    reached[:, 140:160] = False  # the flood leaked, but left a stripe
    kept = told.kept(levels, reached, like(VASE), background)
    assert not kept[VASE > 0.9].any()
    assert kept[VASE < 0.1][reached[VASE < 0.1]].all()


def test_pure_white_stays_ground_whatever_the_net_says() -> None:
    levels, background, none = seen(np.ones((SIZE, SIZE, 3)) * 1.2)
    assert told.kept(levels, ~none, like(VASE), background).all()


def test_ground_leads_on_but_over_no_edge() -> None:
    ground = GREY * soft_shadow(150, 200, 60, 40, 0.5)
    _, background, none = seen(ground)
    reached = ~none
    reached[160:240, 90:210] = False  # too dark for the flood
    nothing = like(np.zeros((SIZE, SIZE)))
    assert (reached | told.linked(nothing, reached, none, background)).all()
    edges = none.copy()
    cv2.rectangle(edges.view(np.uint8), (89, 159), (210, 240), 1, 2)
    assert not told.linked(nothing, reached, edges, background)[164:236, 94:206].any()
    assert not told.linked(like(VASE), reached, none, background)[VASE > 0.9].any()


@pytest.mark.parametrize(
    ("inner", "opened"),
    [
        (lambda ground: ground, True),
        (lambda ground: ground * soft_shadow(150, 150, 200, 200, 0.05), True),
        (lambda ground: ground * 0.82, False),  # a mat of paper
        (lambda ground: ground * np.array([1.05, 1.0, 0.9]), False),  # of cream
    ],
    ids=["ground", "shade", "grey", "cream"],
)
def test_an_opening_has_to_look_like_ground(inner: Callable[[F64], F64], opened: bool) -> None:
    pane = shape("box", 110, 110, 190, 190)
    frame = shape("box", 90, 90, 210, 210) - pane
    picture = over(over(GREY, pane, inner(GREY)), frame, WALNUT)
    levels, background, none = seen(picture)
    within = (frame + pane) > 0.5
    ground = background.lit
    found = told.openings(levels, ground, within, like(frame), none, background)
    assert bool(found[120:180, 120:180].all()) is opened
    assert not told.openings(levels, ground, within, like(frame + pane), none, background).any()


def test_an_opening_is_smooth() -> None:
    picture = GREY.copy()
    picture[120:180, 120:180] *= np.where(np.arange(60) // 2 % 2, 0.9, 1)[:, None, None]
    levels, background, none = seen(picture)
    within = shape("box", 118, 118, 182, 182) > 0.5
    nothing = like(np.zeros((SIZE, SIZE)))
    found = told.openings(levels, background.lit, within, nothing, none, background)
    assert not found[120:180, 120:180].any()


def test_an_outline_may_be_soft_where_the_net_agrees(monkeypatch: pytest.MonkeyPatch) -> None:
    rgb = vase((225, 225, 223)).rgb
    assert keying.key(rgb).plain
    monkeypatch.setattr(keying, "_SAME", 1.1)
    assert not keying.key(rgb).plain


def test_only_what_is_deep_inside_is_the_product_for_sure() -> None:
    inner = told.inner(like(VASE))
    assert inner[180, 150]
    assert not inner[180, 74:78].any()
