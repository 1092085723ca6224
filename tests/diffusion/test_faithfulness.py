"""Tone, detail and drift: what keeps the product itself and the wall its colour."""

from __future__ import annotations

import cv2
import numpy as np

from roomstage.engines.diffusion import detail, drift, tone

from . import drawn


def shifted(rgb: np.ndarray) -> np.ndarray:
    """A VAE's tone: another gain and shift in every corner of the picture."""
    height, width = rgb.shape[:2]
    y, x = np.mgrid[0:height, 0:width]
    gain = np.stack([0.95 + 0.05 * x / width, np.ones_like(x, float), 1.04 - 0.06 * y / height], 2)
    shift = np.stack([6 - 10 * y / height, -4 + 8 * x / width, 5 * (x / width) ** 2], 2)
    return (rgb * gain + shift).clip(0, 255).astype(np.uint8)


def test_the_vaes_tone_goes_although_it_differs_over_the_picture() -> None:
    room = drawn.room()
    toned = shifted(room)
    inside = drawn.disc((240, 320), (160, 120), 60) > 0
    known = np.where(inside, 0, 1).astype(np.float32)
    before = np.abs(toned[inside].astype(int) - room[inside]).mean()
    after = np.abs(tone.matched(toned, room, known)[inside].astype(int) - room[inside]).mean()
    assert before > 2
    assert after < 0.8


def test_what_the_model_painted_keeps_its_own_colour() -> None:
    room = drawn.room()
    painted = room.copy()
    inside = drawn.disc((240, 320), (160, 120), 40) > 0
    painted[inside] = (180, 40, 40)
    known = np.where(inside, 0, 1).astype(np.float32)
    out = tone.matched(shifted(painted), room, known)
    assert np.abs(out[inside].astype(int) - (180, 40, 40)).mean() < 2.5


def test_something_odd_in_the_surroundings_does_not_bend_the_tone() -> None:
    room = drawn.room()
    toned = shifted(room)
    toned[180:230, 20:120] = 255  # the model put a lamp there, though it should not have
    inside = drawn.disc((240, 320), (160, 100), 50) > 0
    known = np.where(inside, 0, 1).astype(np.float32)
    after = np.abs(tone.matched(toned, room, known)[inside].astype(int) - room[inside]).mean()
    assert after < 2.0


def test_without_surroundings_nothing_is_done() -> None:
    room = drawn.room()
    assert tone.matched(shifted(room), room, np.zeros((240, 320), np.float32)) is not None


def product() -> tuple[np.ndarray, np.ndarray]:
    """A patterned product before the room, and its alpha."""
    room = drawn.room()
    alpha = cv2.GaussianBlur(drawn.disc((240, 320), (160, 120), 50), (5, 5), 0) / np.float32(255)
    y, x = np.mgrid[0:240, 0:320]
    pattern = np.where(((x // 5 + y // 5) % 2)[..., None], (150, 60, 50), (190, 150, 90))
    return (room * (1 - alpha[..., None]) + pattern * alpha[..., None]).astype(np.uint8), alpha


def test_the_products_own_pattern_comes_back_under_the_models_light() -> None:
    ours, alpha = product()
    smeared = cv2.GaussianBlur(ours, (0, 0), 6)  # the model lost the pattern
    darker = (smeared * 0.93).astype(np.uint8)  # and lit it a little less
    out = detail.restored(darker, ours, alpha)
    inside = alpha > 0.99
    assert drift.measured(out, ours, alpha).structure > 0.97
    assert drift.measured(darker, ours, alpha).structure < 0.8
    ratio = out[inside].astype(float).mean() / ours[inside].mean()
    assert 0.90 < ratio < 0.96


def test_the_models_light_is_bounded() -> None:
    ours, alpha = product()
    out = detail.restored(np.zeros_like(ours), ours, alpha, bound=1.2)
    inside = alpha > 0.999
    assert 0.88 < out[inside].astype(float).mean() / ours[inside].mean() < 0.95  # in sRGB


def test_a_bound_of_one_keeps_the_products_pixels_exactly() -> None:
    ours, alpha = product()
    out = detail.restored(np.full_like(ours, 77), ours, alpha, bound=1)
    assert (out[alpha == 1] == ours[alpha == 1]).all()
    assert (out[alpha == 0] == 77).all()


def test_drift_tells_another_colour_from_another_pattern() -> None:
    ours, alpha = product()
    same = drift.measured(ours, ours, alpha)
    assert same.colour < 0.01
    assert same.structure > 0.999
    assert same.warnings() == ()
    recoloured = ours[..., ::-1].copy()
    colour = drift.measured(recoloured, ours, alpha)
    assert colour.colour > 20
    assert any("colour drifted" in text for text in colour.warnings())
    other = ours.copy()
    y, x = np.mgrid[0:240, 0:320]
    rings = np.where(
        (np.hypot(x - 160, y - 120) // 6 % 2)[..., None], (150, 60, 50), (190, 150, 90)
    )
    other[alpha > 0] = rings[alpha > 0]
    pattern = drift.measured(other, ours, alpha)
    assert pattern.structure < 0.5
    assert any("outlines and pattern" in text for text in pattern.warnings())
