"""Masks painted in any way mark what their painter meant."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image as PILImage

from roomstage.errors import InvalidMask
from roomstage.image import Image, Mask
from roomstage.inputs import decode_mask

FIELD = "main_image_mask"
SIZE = (96, 64)
PHOTO = Image(np.full((64, 96, 3), 90, np.uint8))


def square(width: int = 96, height: int = 64) -> np.ndarray:
    levels = np.zeros((height, width), np.uint8)
    levels[height // 4 : height // 2, width // 4 : width // 2] = 255
    return levels


def saved(picture: np.ndarray | PILImage.Image, kind: str = "PNG", **settings: Any) -> bytes:
    out = io.BytesIO()
    image = PILImage.fromarray(picture) if isinstance(picture, np.ndarray) else picture
    image.save(out, kind, **settings)
    return out.getvalue()


def read(picture: np.ndarray | PILImage.Image, kind: str = "PNG", **settings: Any) -> Mask:
    return decode_mask(saved(picture, kind, **settings), of=PHOTO, field=FIELD)


def in_palette() -> PILImage.Image:
    indexed = PILImage.fromarray(square() // 255).convert("P")
    indexed.putpalette([0, 0, 0, 255, 255, 255])
    return indexed


def painted(rgb: tuple[int, int, int]) -> np.ndarray:
    colour = np.broadcast_to(np.array(rgb, np.uint8), (64, 96, 3))
    return np.dstack((colour, square()))


PAINTS: dict[str, np.ndarray | PILImage.Image] = {
    "grey": square(),
    "colour": np.repeat(square()[..., None], 3, axis=2),
    "red on black": np.dstack((square(), 0 * square(), 0 * square())),
    "1 bit": PILImage.fromarray(square()).convert("1"),
    "palette": in_palette(),
    "opaque": np.dstack([square()] * 3 + [0 * square() + 255]),
    "white in alpha": painted((255, 255, 255)),
    "black in alpha": painted((0, 0, 0)),
    "red in alpha": painted((255, 0, 0)),
    "16 bits": PILImage.fromarray(square().astype(np.uint16) * 257),
    "8 bits in 16": PILImage.fromarray(square().astype(np.uint16)),
}


@pytest.mark.parametrize("paint", PAINTS)
def test_every_paint_marks_the_same(paint: str) -> None:
    mask = read(PAINTS[paint])
    assert np.array_equal(mask.values, square())
    assert mask.warnings == ()


@pytest.mark.parametrize("white", [1, 100, 128, 200])
def test_dim_masks_are_read_as_white_and_said_so(white: int) -> None:
    mask = read(square() // 255 * np.uint8(white))
    assert np.array_equal(mask.values, square())
    assert f"{white} of 255" in mask.warnings[0]


def test_soft_edges_are_kept() -> None:
    ramp = np.tile(np.linspace(0, 255, 96).astype(np.uint8), (64, 1))
    assert np.array_equal(read(ramp).values, ramp)
    deep = PILImage.fromarray(ramp.astype(np.uint16) * 257)
    assert np.array_equal(read(deep).values, ramp)


def test_jpeg_ringing_is_snapped_and_softness_between_is_not() -> None:
    mask = read(square(), "JPEG", quality=70)
    assert (mask.values[20:30, 28:44] == 255).all()
    assert (mask.values[:8] == 0).all()
    assert not np.isin(mask.values, [*range(1, 17), *range(239, 255)]).any()
    half = np.where(square() > 0, 255, 120).astype(np.uint8)
    assert abs(int(read(half, "JPEG", quality=95).values[60, 90]) - 120) <= 4


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize(
    ("field", "target"),
    [("main_image_mask", "where the product goes"), ("overlay_image_mask", "over the product")],
)
def test_a_black_mask_is_refused_with_what_to_paint(kind: str, field: str, target: str) -> None:
    with pytest.raises(InvalidMask, match=f"{field} is empty: paint white {target}") as caught:
        decode_mask(saved(0 * square(), kind), of=PHOTO, field=field)
    assert caught.value.field == field


def test_a_white_mask_marks_the_whole_picture() -> None:
    mask = read(0 * square() + 255)
    assert mask.values.min() == 255
    assert mask.warnings == ()


def test_a_mask_of_another_size_is_fitted_with_a_warning() -> None:
    small = read(square(48, 32))
    assert small.size == SIZE
    assert np.abs(small.values.mean() - square().mean()) < 2
    assert "48 x 32" in small.warnings[0]
    assert "resized" in small.warnings[0]
    large = read(square(192, 128))
    assert np.array_equal(large.values, square())


def test_a_mask_of_another_shape_is_stretched_with_a_stronger_warning() -> None:
    mask = read(square(64, 64))
    assert mask.size == SIZE
    assert "out of shape" in mask.warnings[0]


def test_a_single_marked_pixel_survives_enlarging_the_warning_list_stays_empty() -> None:
    dot = 0 * square()
    dot[40, 50] = 255
    mask = read(dot)
    assert np.argwhere(mask.values).tolist() == [[40, 50]]
    assert mask.warnings == ()


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
def test_a_mask_of_the_photo_as_stored_is_turned_with_it(orientation: int) -> None:
    turns = {
        5: lambda a: a.T,
        6: lambda a: np.rot90(a, 1),
        7: lambda a: np.rot90(a.T, 2),
        8: lambda a: np.rot90(a, -1),
    }
    photo = Image(PHOTO.rgb, orientation=orientation)
    stored = np.ascontiguousarray(turns[orientation](square()))
    mask = decode_mask(saved(stored), of=photo, field=FIELD)
    assert np.array_equal(mask.values, square())
    assert "turned" in mask.warnings[0]
    upright = decode_mask(saved(square()), of=photo, field=FIELD)
    assert np.array_equal(upright.values, square())
    assert upright.warnings == ()


def test_a_mask_with_its_own_orientation_is_turned_by_it() -> None:
    exif = PILImage.Exif()
    exif[0x0112] = 6
    stored = np.ascontiguousarray(np.rot90(square(), 1))
    mask = decode_mask(saved(stored, exif=exif.tobytes()), of=PHOTO, field=FIELD)
    assert np.array_equal(mask.values, square())
    assert mask.warnings == ()


def test_a_photo_in_place_of_a_mask_is_warned_of() -> None:
    x, y = np.meshgrid(np.linspace(30, 220, 96), np.linspace(40, 200, 64))
    photo = np.dstack((x, y, 255 - x)).astype(np.uint8)
    for picture in (photo, np.dstack((photo, 255 - square()))):
        assert "looks like a photo" in read(picture).warnings[0]


def test_an_inverted_mask_is_warned_of_and_left_as_it_is() -> None:
    mask = read(255 - square())
    assert np.array_equal(mask.values, 255 - square())
    assert "inverted" in mask.warnings[0]
