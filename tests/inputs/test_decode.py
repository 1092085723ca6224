"""Pictures of every kind come out with the colours that a viewer shows, upright, in sRGB."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from roomstage.errors import ImageTooLarge
from roomstage.inputs import Limits, decode_image, fast, raster

FIELD = "main_image"


def photo(width: int = 96, height: int = 64) -> np.ndarray:
    x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    colours = np.stack([x, y, 255 - x * y / 255], -1)
    noise = np.random.default_rng(1).integers(-9, 10, colours.shape)
    return np.clip(colours + noise, 0, 255).astype(np.uint8)


def saved(picture: np.ndarray | Image.Image, kind: str, **settings: Any) -> bytes:
    out = io.BytesIO()
    image = Image.fromarray(picture) if isinstance(picture, np.ndarray) else picture
    image.save(out, kind, **settings)
    return out.getvalue()


def opened(data: bytes, mode: str = "RGB") -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert(mode))


def far(left: np.ndarray, right: np.ndarray) -> int:
    return int(np.abs(left.astype(int) - right.astype(int)).max())


# Files that take the quick way, with Pillow as the oracle.

PLAIN: dict[str, tuple[str, dict[str, Any]]] = {
    "png": ("PNG", {}),
    "png stored": ("PNG", {"compress_level": 0}),
    "jpeg 4:2:0": ("JPEG", {"quality": 80}),
    "jpeg 4:4:4": ("JPEG", {"quality": 95, "subsampling": 0}),
    "jpeg progressive": ("JPEG", {"progressive": True}),
    "webp": ("WEBP", {"quality": 80}),
    "webp lossless": ("WEBP", {"lossless": True}),
}


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize("size", [(96, 64), (17, 33), (300, 211)])
def test_quick_reading_gives_the_pixels_of_pillow(name: str, size: tuple[int, int]) -> None:
    kind, settings = PLAIN[name]
    data = saved(photo(*size), kind, **settings)
    image = decode_image(data, field=FIELD)
    assert np.array_equal(image.rgb, opened(data))
    assert image.alpha is None
    assert image.rgb.flags.c_contiguous


@pytest.mark.parametrize("name", PLAIN)
def test_plain_files_do_go_the_quick_way(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("Pillow decoded a plain file")

    kind, settings = PLAIN[name]
    data = saved(photo(), kind, **settings)
    monkeypatch.setattr(raster, "load", refuse)
    assert decode_image(data, field=FIELD).size == (96, 64)


def test_png_is_read_without_isa_l(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast, "deflate", zlib)
    levels = fast.plain_png(saved(photo(), "PNG"))
    assert levels is not None
    assert np.array_equal(levels, photo())


def test_a_png_that_inflates_to_more_than_its_rows_is_not_read_the_quick_way() -> None:
    rows = zlib.compress(bytes(1000 * (16 * 3 + 1)))
    head = saved(photo(16, 16), "PNG")[:33]
    check = struct.pack(">I", zlib.crc32(b"IDAT" + rows))
    end = b"\0\0\0\0IEND\xae\x42\x60\x82"
    data = head + struct.pack(">I", len(rows)) + b"IDAT" + rows + check + end
    assert fast.plain_png(data) is None


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_alpha_comes_apart_and_colours_under_it_stay(kind: str) -> None:
    clear = np.dstack((photo(), np.tile(np.arange(96, dtype=np.uint8) + 100, (64, 1))))
    data = saved(clear, kind, lossless=True) if kind == "WEBP" else saved(clear, kind)
    image = decode_image(data, field=FIELD)
    assert image.alpha is not None
    assert np.array_equal(np.dstack((image.rgb, image.alpha)), opened(data, "RGBA"))


def test_opaque_alpha_is_dropped() -> None:
    solid = np.dstack((photo(), np.full((64, 96), 255, np.uint8)))
    assert decode_image(saved(solid, "PNG"), field=FIELD).alpha is None


def test_grey_files_become_colour() -> None:
    grey = photo()[..., 0]
    for kind in ("PNG", "JPEG"):
        data = saved(grey, kind)
        assert np.array_equal(decode_image(data, field=FIELD).rgb, opened(data))


# Orientation.

TURNS = {
    1: lambda a: a,
    2: np.fliplr,
    3: lambda a: np.rot90(a, 2),
    4: np.flipud,
    5: lambda a: np.swapaxes(a, 0, 1),
    6: lambda a: np.rot90(a, 1),
    7: lambda a: np.rot90(np.swapaxes(a, 0, 1), 2),
    8: lambda a: np.rot90(a, -1),
}


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
@pytest.mark.parametrize("orientation", TURNS)
def test_all_orientations_show_the_same_picture(kind: str, orientation: int) -> None:
    blocks = np.kron(photo(6, 4), np.ones((16, 16, 1), np.uint8))
    exif = Image.Exif()
    exif[0x0112] = orientation
    settings = {"JPEG": {"quality": 100, "subsampling": 0}, "WEBP": {"lossless": True}}
    stored = np.ascontiguousarray(TURNS[orientation](blocks))
    data = saved(stored, kind, exif=exif.tobytes(), **settings.get(kind, {}))
    image = decode_image(data, field=FIELD)
    assert image.orientation == orientation
    assert image.size == (96, 64)
    assert far(image.rgb, blocks) <= (3 if kind == "JPEG" else 0)
    assert image.rgb.flags.c_contiguous


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_orientations_that_do_not_exist_are_ignored(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(photo(), "PNG", exif=exif.tobytes())
    image = decode_image(data, field=FIELD)
    assert image.orientation == 1
    assert np.array_equal(image.rgb, photo())


def test_alpha_is_turned_with_its_picture() -> None:
    clear = np.dstack((photo(), photo()[..., 0]))
    exif = Image.Exif()
    exif[0x0112] = 6
    image = decode_image(
        saved(np.ascontiguousarray(np.rot90(clear)), "PNG", exif=exif.tobytes()), field=FIELD
    )
    assert image.alpha is not None
    assert np.array_equal(np.dstack((image.rgb, image.alpha)), clear)


# Depth.


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_16_bit_is_scaled_not_clipped(channels: int) -> None:
    ramp = np.linspace(0, 65535, 96 * 64 * channels).astype(np.uint16)
    deep = ramp.reshape(64, 96, channels)
    data = cv2.imencode(".png", deep[..., ::-1] if channels == 3 else deep)[1].tobytes()
    image = decode_image(data, field=FIELD)
    wanted = deep / 257
    if channels == 4:
        assert image.alpha is not None
        order = wanted[..., [2, 1, 0, 3]]
        assert np.abs(np.dstack((image.rgb, image.alpha)) - order).max() <= 1
    else:
        assert np.abs(image.rgb - wanted).max() <= 1


def test_low_bit_greys_span_black_to_white() -> None:
    ramp = Image.fromarray(np.tile(np.linspace(0, 255, 64).astype(np.uint8), (32, 1)))
    rgb = decode_image(saved(ramp.convert("1"), "PNG"), field=FIELD).rgb
    assert set(np.unique(rgb)) == {0, 255}


# Palettes and colour keys.


def test_palette_with_alpha_per_entry() -> None:
    picture = Image.fromarray(photo()).quantize(16)
    data = saved(picture, "PNG", transparency=bytes(range(0, 256, 16)))
    image = decode_image(data, field=FIELD)
    assert image.alpha is not None
    assert np.array_equal(np.dstack((image.rgb, image.alpha)), opened(data, "RGBA"))
    assert len(np.unique(image.alpha)) > 4


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_palette_with_a_clear_entry(kind: str) -> None:
    picture = Image.fromarray(photo()).quantize(16)
    entry = int(np.asarray(picture)[0, 0])
    image = decode_image(saved(picture, kind, transparency=entry), field=FIELD)
    assert image.alpha is not None
    assert image.alpha[0, 0] == 0
    assert image.alpha.max() == 255


def test_colour_key() -> None:
    picture = photo()
    picture[:8, :8] = (1, 2, 3)
    data = saved(Image.fromarray(picture), "PNG", transparency=(1, 2, 3))
    alpha = decode_image(data, field=FIELD).alpha
    assert alpha is not None
    assert alpha[:8, :8].max() == 0
    assert alpha[8:, 8:].min() == 255


# Colour.


def test_cmyk_jpeg_keeps_its_colours() -> None:
    # Pillow writes CMYK inverted with Adobe's marker, as Photoshop does.
    flat = np.zeros((32, 96, 3), np.uint8)
    flat[:, :32], flat[:, 32:64], flat[:, 64:] = (200, 40, 40), (40, 200, 40), (240, 240, 240)
    data = saved(Image.fromarray(flat).convert("CMYK"), "JPEG", quality=95)
    rgb = decode_image(data, field=FIELD).rgb
    for x in (16, 48, 80):
        assert far(rgb[16, x], flat[16, x]) <= 8


def test_a_profile_of_other_colours_is_converted_to_srgb() -> None:
    data = saved(photo(), "PNG", icc_profile=_swapped_profile())
    rgb = decode_image(data, field=FIELD).rgb
    wanted = _converted(_swapped_profile())
    assert far(rgb, wanted) <= 1
    assert far(rgb, photo()) > 40


def test_profiles_are_converted_beside_alpha() -> None:
    alpha = photo()[..., 0]
    data = saved(np.dstack((photo(), alpha)), "PNG", icc_profile=_swapped_profile())
    image = decode_image(data, field=FIELD)
    assert image.alpha is not None
    assert np.array_equal(image.alpha, alpha)
    assert far(image.rgb, _converted(_swapped_profile())) <= 1


def test_an_srgb_profile_changes_nothing() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = saved(photo(), "PNG", icc_profile=profile)
    assert np.array_equal(decode_image(data, field=FIELD).rgb, photo())


@pytest.mark.parametrize("profile", [b"none", bytes(500)])
def test_broken_profiles_are_ignored(profile: bytes) -> None:
    data = saved(photo(), "PNG", icc_profile=profile)
    assert np.array_equal(decode_image(data, field=FIELD).rgb, photo())


def test_a_grey_profile_on_a_colour_picture_is_ignored() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    data = saved(photo(), "PNG", icc_profile=lab)
    assert np.array_equal(decode_image(data, field=FIELD).rgb, photo())


def _swapped_profile() -> bytes:
    """sRGB with the primaries of red and blue swapped: no real profile, but one that shows."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, blue = data.index(b"rXYZ", 128), data.index(b"bXYZ", 128)
    data[red : red + 4], data[blue : blue + 4] = b"bXYZ", b"rXYZ"
    return bytes(data)


def _converted(profile: bytes) -> np.ndarray:
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    srgb = ImageCms.createProfile("sRGB")
    after = ImageCms.profileToProfile(Image.fromarray(photo()), source, srgb, outputMode="RGB")
    return np.asarray(after)


# Frames, ends, limits.


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_animations_give_their_first_frame_and_a_warning(kind: str) -> None:
    first = Image.fromarray(np.full((32, 32, 3), 200, np.uint8))
    later = Image.fromarray(np.full((32, 32, 3), 20, np.uint8))
    data = saved(first, kind, save_all=True, append_images=[later])
    image = decode_image(data, field=FIELD)
    assert far(image.rgb, np.asarray(first)) <= 3
    assert any("first frame" in warning for warning in image.warnings)


def test_a_png_without_its_end_mark_is_read_with_a_warning() -> None:
    image = decode_image(saved(photo(), "PNG")[:-12], field=FIELD)
    assert np.array_equal(image.rgb, photo())
    assert "end mark" in image.warnings[0]


def test_limits_are_told_with_both_numbers() -> None:
    data = saved(photo(), "PNG")
    assert decode_image(data, field=FIELD, limits=Limits(bytes=len(data))).size == (96, 64)
    with pytest.raises(ImageTooLarge, match=f"{len(data):,} bytes.*{len(data) - 1:,}"):
        decode_image(data, field=FIELD, limits=Limits(bytes=len(data) - 1))
    with pytest.raises(ImageTooLarge, match=r"96 x 64.*0\.006 megapixels"):
        decode_image(data, field=FIELD, limits=Limits(pixels=6000))
    with pytest.raises(ImageTooLarge, match=r"96 x 64.*at most 90 on a side"):
        decode_image(data, field=FIELD, limits=Limits(side=90))
