from __future__ import annotations

import numpy as np
import pytest

from roomstage import colour
from roomstage.composite import composite
from roomstage.image import Box, Cutout, Image
from roomstage.light import Shading
from roomstage.placement import Placement
from roomstage.resample import scaled, weights


def standing(left: float, top: float, scale: float, size: tuple[int, int]) -> Placement:
    right, bottom = left + size[0] * scale, top + size[1] * scale
    return Placement(
        left=left,
        top=top,
        scale_x=scale,
        scale_y=scale,
        box=Box(int(left) - 1, int(top) - 1, int(right) + 2, int(bottom) + 2),
        corners=np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32),
        contact=bottom,
        surface="floor",
        kind=None,
        depth_ratio=0.5,
        chosen_by="region",
    )


def whole(value: int, size: tuple[int, int] = (40, 30)) -> Cutout:
    rgb = np.full((size[1], size[0], 3), value, np.uint8)
    return Cutout(rgb, np.full((size[1], size[0]), 255, np.uint8), Box(0, 0, *size), "mask")


def plain(gain: float = 1.0, shadow: float = 1.0, box: Box | None = None) -> Shading:
    return Shading(
        np.full((2, 2, 3), gain, np.float32),
        np.full((2, 2, 3), shadow, np.float32),
        box or Box(10, 10, 20, 20),
        {},
    )


def noise(width: int = 200, height: int = 150) -> Image:
    return Image(np.random.default_rng(5).integers(0, 256, (height, width, 3), dtype=np.uint8))


def test_bytes_outside_the_change_mask_survive() -> None:
    room = noise()
    staged, changed = composite(
        room, whole(90), standing(60.3, 40.7, 0.8, (40, 30)), plain(shadow=0.5)
    )
    outside = changed.values == 0
    assert (staged.rgb[outside] == room.rgb[outside]).all()
    assert outside.mean() > 0.9


def test_opaque_product_shows_its_own_colours_times_the_gain() -> None:
    staged, _ = composite(noise(), whole(180), standing(60, 40, 1.0, (40, 30)), plain(gain=0.5))
    expected = colour.encode(colour.decode(np.full((1, 1, 3), 180, np.uint8)) * 0.5)[0, 0]
    assert np.abs(staged.rgb[45:65, 65:95].astype(int) - expected).max() <= 1


def test_shadow_multiplies_linear_light() -> None:
    room = Image(np.full((100, 100, 3), 200, np.uint8))
    staged, _ = composite(
        room, whole(90, (4, 4)), standing(80, 80, 1.0, (4, 4)), plain(shadow=0.25)
    )
    expected = colour.encode(colour.decode(room.rgb[:1, :1]) * 0.25)[0, 0]
    assert (staged.rgb[15, 15] == expected).all()


def test_half_covered_pixel_is_mixed_in_linear_light() -> None:
    room = Image(np.zeros((60, 60, 3), np.uint8))
    staged, _ = composite(room, whole(255), standing(10.5, 10, 1.0, (40, 30)), plain())
    assert staged.rgb[20, 10] == pytest.approx([188] * 3, abs=1)  # sRGB of linear 0.5


def test_product_may_reach_over_the_pictures_edge() -> None:
    place = standing(-20, -10, 1.0, (40, 30))
    clipped = Placement(
        **{f: getattr(place, f) for f in place.__slots__ if f != "box"}, box=Box(0, 0, 21, 21)
    )
    staged, changed = composite(noise(), whole(180), clipped, plain())
    assert (staged.rgb[:15, :15] == 180).all()
    assert changed.values[:15, :15].all()


def test_input_is_left_alone() -> None:
    room = noise()
    before = room.rgb.copy()
    composite(room, whole(90), standing(60, 40, 1.0, (40, 30)), plain())
    assert (room.rgb == before).all()


@pytest.mark.parametrize("scale", [0.13, 0.5, 1.0, 2.3])
def test_resampling_keeps_energy_and_a_constant(scale: float) -> None:
    source = np.random.default_rng(1).random((50, 70, 2)).astype(np.float32)
    source[..., 1] = 1
    padded = np.pad(source, ((20, 20), (20, 20), (0, 0)))
    size = round(90 * scale) + 4, round(110 * scale) + 4
    down = weights(0, size[0], 1.3, scale, 90)
    across = weights(0, size[1], 1.7, scale, 110)
    result = scaled(padded, down, across)
    assert result.sum() == pytest.approx(padded.sum() * scale * scale, rel=0.02)
    assert result[..., 1].max() == pytest.approx(1, abs=1e-5)


def test_resampling_shifts_by_part_of_a_pixel() -> None:
    source = np.zeros((1, 20, 1), np.float32)
    source[0, 10] = 1
    one = weights(0, 1, 0, 1, 1)
    moved = scaled(source, one, weights(0, 20, 0.25, 1, 20))[0, :, 0]
    assert moved[10:12] == pytest.approx([0.75, 0.25], abs=1e-6)


def test_srgb_tables_are_exact_both_ways() -> None:
    values = np.arange(256, dtype=np.uint8)[:, None].repeat(3, axis=1)
    assert (colour.encode(colour.decode(values)) == values).all()
