"""Ground that shows through gaps of a few pixels, and highlights that look alike."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from roomstage.cutout import cut, slits
from roomstage.image import Image

from .drawn import F64, SIZE, over, photo, shape
from .test_keyed import WALNUT, placed

LACQUER = (30, 30, 31)
WHITE = np.ones((SIZE, SIZE, 3))
DISC = shape("disc", 150, 150, 90)


def line(x0: int, y0: int, x1: int, y1: int, wide: float) -> F64:
    """Coverage of a line with soft edges, as a camera sees a gap; numbers in pixels."""
    fine = np.zeros((4 * SIZE, 4 * SIZE), np.uint8)
    cv2.line(fine, (4 * x0, 4 * y0), (4 * x1, 4 * y1), 255, round(4 * wide))
    soft = cv2.GaussianBlur(fine, (0, 0), 2.4)
    return cv2.resize(soft, (SIZE, SIZE), interpolation=cv2.INTER_AREA).astype(np.float64) / 255


def lossy(image: Image) -> Image:
    """The picture as a JPEG brings it back."""
    _, file = cv2.imencode(".jpg", image.rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])
    back = np.asarray(cv2.imdecode(file, cv2.IMREAD_COLOR), np.uint8)
    return Image(np.ascontiguousarray(back[..., ::-1]))


def within(truth: F64, product: tuple[int, int, int] = WALNUT) -> F64:
    """What is left of the product, 0..1, in the middle of a slanted gap through it."""
    found = placed(cut(lossy(photo(over(WHITE, truth, product)))))
    return found[line(142, 116, 163, 184, 1.5) > 0.4]


@pytest.mark.parametrize("wide", [2.6, 3.4])
def test_a_gap_without_a_pixel_of_pure_ground_is_opened(wide: float) -> None:
    assert np.median(within(DISC - line(140, 110, 165, 190, wide))) < 0.35


def test_a_scratch_is_no_gap() -> None:
    assert within(DISC - line(140, 110, 165, 190, 0.7)).mean() > 0.9


def test_a_highlight_on_lacquer_stays_for_it_looks_like_a_gap() -> None:
    assert within(DISC - line(140, 110, 165, 190, 3.0), LACQUER).min() > 0.9


def test_a_highlight_that_fades_softly_into_its_colour_stays() -> None:
    glow = cv2.GaussianBlur(line(140, 110, 165, 190, 4), (0, 0), 2)
    assert within(DISC - glow / glow.max()).min() > 0.9


def fork() -> F64:
    """Two slats that meet at an acute angle, open to the ground below."""
    return np.maximum(line(150, 60, 120, 260, 12), line(150, 60, 180, 260, 12))


@pytest.mark.parametrize("product", [WALNUT, LACQUER])
def test_the_corner_between_two_slats_is_opened_to_its_tip(
    product: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    image = lossy(photo(over(WHITE, fork(), product)))
    tip = (np.s_[105:122], 150)
    opened = placed(cut(image))[tip].mean()
    monkeypatch.setattr(slits, "find", lambda levels, outside, background: outside & False)
    assert opened < 0.6 * placed(cut(image))[tip].mean()
