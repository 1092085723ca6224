"""Whatever a Python program holds a picture in can be handed over."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as PILImage

from roomstage.errors import ImageTooLarge, InvalidImage, InvalidMask
from roomstage.inputs import Limits, read_image, read_mask

FIELD = "main_image"
RGB = np.random.default_rng(4).integers(0, 256, (40, 60, 3)).astype(np.uint8)


def png() -> bytes:
    out = io.BytesIO()
    PILImage.fromarray(RGB).save(out, "PNG")
    return out.getvalue()


def read_only() -> np.ndarray:
    array = RGB.copy()
    array.flags.writeable = False
    return array


SOURCES: dict[str, Any] = {
    "bytes": png(),
    "bytearray": bytearray(png()),
    "file": io.BytesIO(png()),
    "pil": PILImage.fromarray(RGB),
    "pil from a file": PILImage.open(io.BytesIO(png())),
    "array": RGB,
    "array of opaque alpha": np.dstack((RGB, np.full((40, 60), 255, np.uint8))),
    "negative strides": RGB[::-1].copy()[::-1],
    "not contiguous": np.asfortranarray(RGB),
    "every second of two": np.repeat(RGB, 2, axis=1)[:, ::2],
    "read-only": read_only(),
    "floats": RGB.astype(np.float64) / 255,
    "half floats": (RGB / 255).astype(np.float32),
    "16 bits": RGB.astype(np.uint16) * 257,
}


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_gives_the_same_picture(name: str) -> None:
    image = read_image(SOURCES[name], field=FIELD)
    assert np.array_equal(image.rgb, RGB)
    assert image.alpha is None
    assert image.rgb.flags.c_contiguous


@pytest.mark.parametrize("kind", [str, Path])
def test_paths_are_read(kind: type, tmp_path: Path) -> None:
    path = tmp_path / "room.jpg"  # the bytes decide, not the suffix
    path.write_bytes(png())
    assert np.array_equal(read_image(kind(path), field=FIELD).rgb, RGB)


def test_the_caller_keeps_its_array() -> None:
    array = RGB.copy()
    image = read_image(array, field=FIELD)
    array[:] = 0
    assert np.array_equal(image.rgb, RGB)


def test_alpha_of_arrays_and_pil_images() -> None:
    clear = np.dstack((RGB, RGB[..., 0]))
    for source in (clear, PILImage.fromarray(clear)):
        image = read_image(source, field=FIELD)
        assert image.alpha is not None
        assert np.array_equal(image.alpha, RGB[..., 0])
        assert np.array_equal(image.rgb, RGB)


def test_the_orientation_of_a_pil_image_is_undone() -> None:
    exif = PILImage.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    PILImage.fromarray(np.ascontiguousarray(np.rot90(RGB))).save(out, "PNG", exif=exif.tobytes())
    image = read_image(PILImage.open(out), field=FIELD)
    assert image.orientation == 6
    assert np.array_equal(image.rgb, RGB)


BROKEN = np.full((40, 60, 3), np.nan)
ENDLESS = np.full((40, 60, 3), np.inf)
WRONG: dict[str, tuple[Any, str]] = {
    "NaN": (BROKEN, "NaN or infinite"),
    "infinite": (ENDLESS, "NaN or infinite"),
    "floats up to 255": (RGB.astype(float), "divide by 255"),
    "channels first": (np.zeros((3, 40, 60), np.uint8), "transpose"),
    "five channels": (np.zeros((40, 60, 5), np.uint8), "shape 40x60x5"),
    "one dimension": (np.zeros(4000, np.uint8), "shape 4000"),
    "batch": (np.zeros((1, 40, 60, 3), np.uint8), "shape 1x40x60x3"),
    "int64": (np.zeros((40, 60, 3), np.int64), "array of int64"),
    "objects": (np.full((40, 60, 3), None), "array of object"),
    "empty": (np.zeros((0, 60, 3), np.uint8), "no pixels"),
    "too small": (np.zeros((8, 60, 3), np.uint8), "at least 16"),
    "pil of floats": (PILImage.new("F", (40, 40)), "mode F"),
    "no picture at all": (42, "is a int"),
    "text file": (io.StringIO("x"), "binary mode"),
    "no file": ("no-such-room.jpg", "no file 'no-such-room.jpg'"),
    "a folder": (Path("."), "is a folder"),
    "nul in a path": ("a\0b", "can't be read"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_picture_is_named(name: str) -> None:
    source, words = WRONG[name]
    with pytest.raises(InvalidImage, match=words) as caught:
        read_image(source, field=FIELD)
    assert caught.value.field == FIELD


def test_limits_hold_for_files_and_arrays(tmp_path: Path) -> None:
    path = tmp_path / "room.png"
    path.write_bytes(png())
    small = Limits(bytes=100, pixels=100)
    for source in (path, io.BytesIO(png()), RGB, PILImage.fromarray(RGB)):
        with pytest.raises(ImageTooLarge):
            read_image(source, field=FIELD, limits=small)


MARKED = np.zeros((40, 60), bool)
MARKED[10:20, 10:30] = True
MASKS: dict[str, Any] = {
    "bool": MARKED,
    "uint8": MARKED.astype(np.uint8) * 255,
    "floats": MARKED.astype(np.float32),
    "16 bits": MARKED.astype(np.uint16) * 65535,
    "pil": PILImage.fromarray(MARKED),
    "with an axis": MARKED[..., None],
}


@pytest.mark.parametrize("name", MASKS)
def test_every_source_gives_the_same_mask(name: str) -> None:
    image = read_image(RGB, field=FIELD)
    mask = read_mask(MASKS[name], of=image, field="main_image_mask")
    assert np.array_equal(mask.values, MARKED * np.uint8(255))
    assert mask.warnings == ()


def test_an_empty_mask_array_is_refused() -> None:
    image = read_image(RGB, field=FIELD)
    with pytest.raises(InvalidMask, match="paint white"):
        read_mask(MARKED & False, of=image, field="main_image_mask")
