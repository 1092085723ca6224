"""Files that are written: PNG to the last bit, all of the right size, kind and look."""

from __future__ import annotations

import io
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as PILImage

from roomstage import encode
from roomstage.encode import png
from roomstage.errors import InvalidParameter
from roomstage.image import U8, Image
from roomstage.inputs import decode_image

SIZES = [(1, 1), (1, 7), (7, 1), (17, 3), (640, 401), (1023, 513), (4000, 1)]


def noise(width: int, height: int, channels: int = 3) -> U8:
    rng = np.random.default_rng(width * 10_007 + height)
    return rng.integers(0, 256, (height, width, channels)).astype(np.uint8)


def photo(width: int, height: int) -> U8:
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    waves = np.stack([np.sin(5 * x + y), np.cos(4 * y), np.sin(7 * x * y)], -1)
    return ((waves * 0.4 + 0.5) * 255).astype(np.uint8)


def opened(data: bytes) -> PILImage.Image:
    picture = PILImage.open(io.BytesIO(data))
    picture.load()
    return picture


@pytest.mark.parametrize("size", SIZES)
def test_png_is_lossless(size: tuple[int, int]) -> None:
    for rgb in (noise(*size), photo(*size)):
        picture = opened(encode.encode(Image(rgb), "png", 95))
        assert picture.mode == "RGB"
        assert np.array_equal(np.asarray(picture), rgb)


@pytest.mark.parametrize("size", SIZES)
def test_png_is_lossless_with_alpha(size: tuple[int, int]) -> None:
    rgba = noise(*size, 4)
    image = Image(np.ascontiguousarray(rgba[..., :3]), np.ascontiguousarray(rgba[..., 3]))
    picture = opened(encode.encode(image, "png", 95))
    assert picture.mode == "RGBA"
    assert np.array_equal(np.asarray(picture), rgba)


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 90), st.integers(1, 90), st.integers(1, 3000))
def test_png_bands_of_any_height_join(width: int, height: int, band: int) -> None:
    rgb = noise(width, height)
    whole, png._BAND = png._BAND, band
    try:
        data = png.encode_png(rgb)
    finally:
        png._BAND = whole
    assert np.array_equal(np.asarray(opened(data)), rgb)


def test_png_without_isa_l_holds_the_same_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(png, "deflate", zlib)
    rgb = photo(900, 500)
    assert np.array_equal(np.asarray(opened(png.encode_png(rgb))), rgb)


def test_png_does_not_mind_views() -> None:
    wide = noise(400, 300)
    for view in (wide[::-1, ::2], wide[10:-10, 20:-20], np.asfortranarray(wide)):
        assert np.array_equal(np.asarray(opened(png.encode_png(view))), view)


@pytest.mark.parametrize("image_format", encode.CONTENT_TYPES)
def test_the_same_picture_gives_the_same_bytes(image_format: str) -> None:
    image = Image(photo(900, 700))
    files = {encode.encode(image, image_format, 90) for _ in range(3)}
    assert len(files) == 1


@pytest.mark.parametrize("image_format", encode.CONTENT_TYPES)
def test_the_bytes_are_of_the_kind_that_the_content_type_says(image_format: str) -> None:
    picture = opened(encode.encode(Image(photo(200, 100)), image_format, 95))
    assert PILImage.MIME[str(picture.format)] == encode.CONTENT_TYPES[image_format]
    assert picture.size == (200, 100)
    assert not picture.getexif()
    assert "icc_profile" not in picture.info


@pytest.mark.parametrize("image_format", ["jpeg", "webp"])
def test_lossy_files_look_the_same_and_shrink_with_quality(image_format: str) -> None:
    image = Image(photo(300, 200))
    fine, coarse = (encode.encode(image, image_format, quality) for quality in (95, 20))
    assert len(coarse) < len(fine)
    back = decode_image(fine, field="image").rgb
    assert np.abs(back.astype(int) - image.rgb).mean() < 2


def test_jpeg_keeps_colour_at_full_resolution_from_quality_90() -> None:
    lines = np.zeros((64, 64, 3), np.uint8)
    lines[:, ::2, 0] = 255
    fine = decode_image(encode.encode(Image(lines), "jpeg", 95), field="image").rgb
    coarse = decode_image(encode.encode(Image(lines), "jpeg", 89), field="image").rgb
    assert fine[:, ::2, 0].mean() - fine[:, 1::2, 0].mean() > 240
    assert coarse[:, ::2, 0].mean() - coarse[:, 1::2, 0].mean() < 200


def test_jpeg_shows_alpha_on_white() -> None:
    alpha = np.repeat(np.array([0, 128, 255], np.uint8), 32)[None].repeat(32, 0)
    image = Image(np.zeros((32, 96, 3), np.uint8), alpha)
    back = decode_image(encode.encode(image, "jpeg", 95), field="image").rgb
    assert [int(back[16, x, 0]) for x in (16, 48, 80)] == pytest.approx([255, 127, 0], abs=2)


def test_webp_keeps_alpha_exactly() -> None:
    alpha = noise(64, 48, 1)[..., 0]
    back = decode_image(encode.encode(Image(photo(64, 48), alpha), "webp", 80), field="image")
    assert back.alpha is not None
    assert np.array_equal(back.alpha, alpha)


@pytest.mark.parametrize(
    ("name", "image_format"),
    [
        ("a.png", "png"),
        ("A.PNG", "png"),
        ("b.jpg", "jpeg"),
        ("b.c.JPEG", "jpeg"),
        ("d.webp", "webp"),
    ],
)
def test_the_suffix_names_the_format(name: str, image_format: str) -> None:
    assert encode.format_of(name) == image_format


@pytest.mark.parametrize("name", ["a.tiff", "a", "", "png", ".png/"])
def test_other_suffixes_are_refused_with_those_that_work(name: str) -> None:
    with pytest.raises(InvalidParameter, match=r"\.png, \.jpg, \.jpeg, \.webp"):
        encode.format_of(name)


def test_other_formats_and_qualities_are_refused() -> None:
    image = Image(photo(32, 32))
    with pytest.raises(InvalidParameter, match="png, jpeg, webp"):
        encode.encode(image, "tiff", 95)
    for quality in (0, 101):
        with pytest.raises(InvalidParameter, match="image_quality"):
            encode.encode(image, "jpeg", quality)
