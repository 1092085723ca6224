"""What a photo tells beside its pixels (place, time, owner, profile) is in no answer."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import ExifTags, Image, PngImagePlugin

from . import profiles
from .conftest import GOOD, PATH, Server
from .pictures import jpeg_with, saved

SECRET = "17 Hidden Lane"
XMP = f"http://ns.adobe.com/xap/1.0/\0<x>{SECRET}</x>".encode()


def exif() -> bytes:
    """EXIF with a name, and a place in degrees."""
    notes = Image.Exif()
    notes[ExifTags.Base.Artist] = SECRET
    notes[ExifTags.Base.ImageDescription] = SECRET
    place = notes.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitude] = (51.0, 30.0, 26.0)
    place[ExifTags.GPS.GPSLatitudeRef] = "N"
    return notes.tobytes()


def telling(picture: Image.Image, kind: str) -> bytes:
    """A file that tells the secret in every way that its kind has."""
    profile = profiles.wide("Display P3")
    if kind == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Comment", SECRET)
        text.add_itxt("XML:com.adobe.xmp", SECRET)
        return saved(picture, kind, pnginfo=text, exif=exif(), icc_profile=profile)
    if kind == "WEBP":
        return saved(picture, kind, exif=exif(), xmp=XMP, icc_profile=profile)
    data = saved(picture, kind, exif=exif(), comment=SECRET, icc_profile=profile)
    return jpeg_with(XMP, data)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("image_format", ["jpeg", "png", "webp"])
def test_nothing_but_pixels_comes_back(kind: str, image_format: str, server: Server) -> None:
    room, product = (
        telling(Image.open(io.BytesIO(GOOD[name])), kind)
        for name in ("main_image", "overlay_image")
    )
    assert SECRET.encode() in room
    files: dict[str, Any] = {**GOOD, "main_image": room, "overlay_image": product}
    asked = {"prompt": "a box", "steps": "10", "image_format": image_format}
    answer = server.send("POST", PATH, files=files, data=asked)
    assert answer.status_code == 200, answer.text
    assert SECRET.encode() not in answer.content
    assert SECRET not in str(answer.headers)
    shown = Image.open(io.BytesIO(answer.content))
    shown.load()
    assert shown.format == image_format.upper()
    assert dict(shown.getexif()) == {}
    assert not {"icc_profile", "xmp", "comment", "exif", "XML:com.adobe.xmp"} & set(shown.info)
