from __future__ import annotations

import base64

import pytest

from roomstage.errors import FetchRefused, InvalidImage
from roomstage.models.furniture_staging import FurnitureStagingParams
from roomstage.service import sources

PICTURE = b"\x89PNG\r\n\x1a\n and more"
ENCODED = base64.b64encode(PICTURE).decode()


class Web:
    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def fetch(self, url: str, *, field: str) -> bytes:
        self.asked.append((field, url))
        return PICTURE


@pytest.mark.parametrize(
    "value",
    [
        PICTURE,
        ENCODED,
        f"data:image/png;base64,{ENCODED}",
        "https://a.example/x.png",
        "HTTP://a.example/x",
        " http://a.example/x\n",
    ],
)
def test_every_form_of_a_picture_gives_its_bytes(value: str | bytes) -> None:
    assert sources.read(value, Web(), field="main_image") == PICTURE


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://a.example/x", "gopher://a/"])
def test_other_schemes_are_refused_unasked(url: str) -> None:
    web = Web()
    with pytest.raises(FetchRefused, match="main_image is a URL of a kind"):
        sources.read(url, web, field="main_image")
    assert web.asked == []


def test_a_path_is_never_opened() -> None:
    with pytest.raises(InvalidImage, match="file path"):
        sources.read("/etc/passwd", Web(), field="main_image")


def test_a_service_without_fetching_says_so() -> None:
    with pytest.raises(FetchRefused, match="send the picture as base64"):
        sources.read("https://a.example/x.png", sources.NoFetching(), field="main_image")


def test_all_pictures_of_a_request_are_read_and_absent_ones_left_out() -> None:
    web = Web()
    params = FurnitureStagingParams.parse(
        {
            "prompt": "a sofa",
            "main_image": "https://a.example/1",
            "overlay_image": PICTURE,
            "overlay_image_mask": "https://a.example/2",
            "main_image_mask": None,
        }
    )
    pictures = sources.read_all(params, web)
    assert set(pictures) == {"main_image", "overlay_image", "overlay_image_mask"}
    assert sorted(web.asked) == [
        ("main_image", "https://a.example/1"),
        ("overlay_image_mask", "https://a.example/2"),
    ]
