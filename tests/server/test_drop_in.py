"""The published sample of the hosted API, run against our server."""

from __future__ import annotations

import base64
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from PIL import Image

from roomstage.server.app import build_app
from roomstage.server.config import Config

from . import live

SAMPLE = """\
import requests
import base64

# Use this function to convert an image file from the filesystem to base64
def image_file_to_base64(image_path):
    with open(image_path, 'rb') as f:
        image_data = f.read()
    return base64.b64encode(image_data).decode('utf-8')

# Use this function to fetch an image from a URL and convert it to base64
def image_url_to_base64(image_url):
    response = requests.get(image_url)
    image_data = response.content
    return base64.b64encode(image_data).decode('utf-8')

# Use this function to convert a list of image URLs to base64
def image_urls_to_base64(image_urls):
    return [image_url_to_base64(url) for url in image_urls]

api_key = "YOUR_API_KEY"
url = "https://api.segmind.com/v1/furniture-staging"

# Request payload
data = {
  "prompt": "photo of a white table with plant pot placed on an interior",
  "main_image": image_url_to_base64("https://i.ibb.co/z8pdz41/main-image.png"), # Or use image_file_to_base64("IMAGE_PATH")
  "overlay_image": image_url_to_base64("https://i.ibb.co/bHhQFBq/overlay-image.png"), # Or use image_file_to_base64("IMAGE_PATH")
  "main_image_mask": image_url_to_base64("https://i.ibb.co/GFxb3SX/main-image-mask.png"), # Or use image_file_to_base64("IMAGE_PATH")
  "overlay_image_mask": image_url_to_base64("https://i.ibb.co/8cqzRHL/overlay-image-mask.png"), # Or use image_file_to_base64("IMAGE_PATH")
  "steps": 25,
  "seed": 42424242,
  "guidance": 30,
  "image_format": "png",
  "image_quality": 95
}

headers = {'x-api-key': api_key}

response = requests.post(url, json=data, headers=headers)
print(response.content) # The response is the generated image
"""  # noqa: E501
ADDRESSES = {
    "main_image": "https://i.ibb.co/z8pdz41/main-image.png",
    "overlay_image": "https://i.ibb.co/bHhQFBq/overlay-image.png",
    "main_image_mask": "https://i.ibb.co/GFxb3SX/main-image-mask.png",
    "overlay_image_mask": "https://i.ibb.co/8cqzRHL/overlay-image-mask.png",
}
PICTURES = live.pictures()
_BESIDE = Path(__file__).parents[3] / "shared"
SHARED = Path(os.environ.get("ROOMSTAGE_SHARED", _BESIDE))


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with live.running(build_app(Config(fetch_allow_private=True))) as root:
        yield root


@pytest.fixture(scope="module")
def web() -> Iterator[str]:
    with live.files(PICTURES) as root:
        yield root


def decoded(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def fields(form: str, web: str) -> dict[str, Any]:
    forms = {
        "url": lambda name: f"{web}/{name}",
        "base64": lambda name: base64.b64encode(PICTURES[name]).decode(),
        "broken lines": lambda name: base64.encodebytes(PICTURES[name]).decode(),
        "data uri": lambda name: (
            "data:image/png;base64," + base64.b64encode(PICTURES[name]).decode()
        ),
    }
    return {"prompt": "a blue box"} | {name: forms[form](name) for name in PICTURES}


def test_the_published_sample_runs_unchanged_but_for_its_addresses(
    server: str, web: str, capsys: pytest.CaptureFixture[str]
) -> None:
    sample = SAMPLE.replace("https://api.segmind.com", server)
    for name, address in ADDRESSES.items():
        sample = sample.replace(address, f"{web}/{name}")
    names: dict[str, Any] = {}
    exec(compile(sample, "sample", "exec"), names)
    response = names["response"]
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "image/png"
    assert response.headers["X-remaining-credits"]
    assert response.headers["x-seed-value"] == "42424242"
    room, staged = decoded(PICTURES["main_image"]), decoded(response.content)
    assert staged.shape == room.shape
    assert (staged[:60] == room[:60]).all(), "pixels far from the product changed"
    # The product is blue where the room was brownish grey.
    assert staged[170, 160, 2] > staged[170, 160, 0] + 20
    assert capsys.readouterr().out.startswith("b'\\x89PNG")


def test_our_copy_of_the_sample_is_the_published_one() -> None:
    pages = sorted((SHARED / "seeds").glob("*.txt"))
    if not pages:
        pytest.skip("the published page is not beside this checkout")
    lines = [line.strip() for line in pages[0].read_text().splitlines()]
    first = lines.index("import requests")
    ours = [line.strip() for line in SAMPLE.splitlines() if line.strip()]
    assert lines[first : first + len(ours)] == ours


@pytest.mark.parametrize("form", ["url", "broken lines", "data uri"])
def test_every_form_of_the_pictures_gives_the_same_bytes(form: str, server: str, web: str) -> None:
    endpoint = f"{server}/v1/furniture-staging"
    plain = requests.post(endpoint, json=fields("base64", web), timeout=60)
    other = requests.post(endpoint, json=fields(form, web), timeout=60)
    assert plain.status_code == other.status_code == 200, other.text
    assert other.content == plain.content


def test_multipart_gives_the_same_bytes_as_json(server: str, web: str) -> None:
    endpoint = f"{server}/v1/furniture-staging"
    plain = requests.post(endpoint, json=fields("base64", web), timeout=60)
    form = requests.post(endpoint, data={"prompt": "a blue box"}, files=PICTURES, timeout=60)
    assert form.content == plain.content


@pytest.mark.parametrize(("image_format", "magic"), [("jpeg", b"\xff\xd8"), ("webp", b"RIFF")])
def test_the_content_type_is_that_of_the_bytes(
    image_format: str, magic: bytes, server: str, web: str
) -> None:
    asked = fields("base64", web) | {"image_format": image_format}
    answer = requests.post(f"{server}/furniture-staging", json=asked, timeout=60)
    assert answer.headers["content-type"] == f"image/{image_format}"
    assert answer.content.startswith(magic)


def test_a_body_of_unknown_length_above_the_limit_is_413() -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(30):
            yield b" " * 100_000

    with live.running(build_app(Config(max_body_mb=1))) as root:
        try:
            answer = requests.post(f"{root}/v1/furniture-staging", data=endless(), timeout=60)
        except requests.ConnectionError:
            return  # the server closed while the body was still being sent: as good
        assert answer.status_code == 413
        assert answer.json()["code"] == "request_too_large"


def test_a_room_is_analysed_once_for_many_products(server: str, web: str) -> None:
    fresh = fields("base64", web) | {
        "main_image": base64.b64encode(PICTURES["main_image"] + b"fresh").decode()
    }
    answers = [
        requests.post(f"{server}/v1/furniture-staging", json=fresh | {"seed": seed}, timeout=60)
        for seed in (1, 1, 2)
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert answers[0].content == answers[1].content
    analysed = ["analyse;" in answer.headers["server-timing"] for answer in answers]
    assert analysed == [True, False, False]
