from __future__ import annotations

import numpy as np
import pytest

from imaging import drawn
from roomstage import colour, cutout, prompt, scene
from roomstage.image import Image, Mask
from roomstage.light.falloff import falloff
from roomstage.light.haze import haze, pale
from roomstage.placement import Placement, place
from roomstage.scene import Scene

RUG = cutout.cut(
    Image(np.full((160, 120, 3), 40, np.uint8)), Mask(np.full((160, 120), 255, np.uint8))
)
PLACE = drawn.box_mask(150, 215, 330, 300)


def laid(room: Image) -> tuple[Scene, Placement]:
    found = scene.analyse(room)
    placement = place(found, room, RUG, PLACE, prompt.read("a dark rug"))
    assert placement.surface == "rug"
    return found, placement


def test_a_rug_gets_paler_the_flatter_it_is_seen() -> None:
    found, placement = laid(drawn.room().image)
    veil = haze(found, RUG, placement, np.ones((20, 15, 3), np.float32))
    far, near = veil[0].mean(), veil[-1].mean()
    assert far > 1.2 * near > 0
    assert pale(np.array(1.0)) == 0  # from straight above, as it was photographed


def test_haze_is_light_and_grows_with_it() -> None:
    found, placement = laid(drawn.room().image)
    dim, bright = (
        haze(found, RUG, placement, np.full((8, 8, 3), level, np.float32)) for level in (0.5, 1.0)
    )
    assert bright == pytest.approx(2 * dim)


def test_bluish_shade_on_the_floor_is_bluish_on_the_rug() -> None:
    room = drawn.room().image
    linear = colour.decode(room.rgb)
    linear[:, : linear.shape[1] // 2] *= np.array([0.4, 0.5, 0.7], np.float32)
    found, placement = laid(Image(colour.encode(linear)))
    factor = falloff(found, RUG, placement)
    left, right = factor[:, : factor.shape[1] // 3], factor[:, -factor.shape[1] // 3 :]
    assert left.mean() < 0.75 * right.mean()
    assert left[..., 2].mean() / left[..., 0].mean() > 1.2 * (
        right[..., 2].mean() / right[..., 0].mean()
    )
    assert factor.mean() == pytest.approx(1, abs=1e-3)


def test_highlights_are_unbent_as_the_shoulder_bent_them() -> None:
    light = np.array([0.2, 0.69, 0.8, 1.1, 1.5], np.float32)
    bent = np.where(light > 0.7, 0.7 + 0.3 * (1 - np.exp(-(light - 0.7) / 0.3)), light)
    assert colour.unbent(bent.astype(np.float32)) == pytest.approx(light, rel=1e-3)
    assert np.isfinite(colour.unbent(np.ones(3, np.float32))).all()
