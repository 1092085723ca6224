"""`erase-furniture` over HTTP."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from removal import drawn
from roomstage.server.app import build_app
from roomstage.server.config import Config

PATH = "/v1/erase-furniture"
ROOM = drawn.furnished()


def png(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(array).save(file, "PNG")
    return file.getvalue()


PICTURES = {"main_image": png(ROOM.image.rgb), "main_image_mask": png(ROOM.piece.values)}


@pytest.fixture(scope="module")
def server() -> Iterator[TestClient]:
    with TestClient(build_app(Config())) as client:
        yield client


def as_json(**changes: Any) -> dict[str, Any]:
    given = {name: base64.b64encode(data).decode() for name, data in PICTURES.items()}
    return {k: v for k, v in {**given, **changes}.items() if v is not None}


def test_the_piece_is_gone_and_the_rest_is_the_room(server: TestClient) -> None:
    answer = server.post(PATH, json=as_json(seed=7))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-seed-value"] == "7"
    told = json.loads(answer.headers["x-output-metadata"])
    assert told["removal"]["removed"]
    assert "remove;dur=" in answer.headers["server-timing"]
    cleared = np.asarray(Image.open(io.BytesIO(answer.content)).convert("RGB")).astype(int)
    same = (cleared == ROOM.image.rgb).all(axis=2).sum()
    assert same >= told["pixels_identical"] > 0.6 * cleared.shape[0] * cleared.shape[1]
    inside = ROOM.piece.values > 0
    assert np.abs(cleared - ROOM.empty.rgb)[inside].mean() < 10


def test_forms_and_other_formats_are_answered_alike(server: TestClient) -> None:
    fields = {"image_format": "JPG", "base64": "true"}
    answer = server.post(PATH, data=fields, files={k: (k, v) for k, v in PICTURES.items()})
    assert answer.status_code == 200
    picture = base64.b64decode(answer.json()["image"])
    assert Image.open(io.BytesIO(picture)).format == "JPEG"


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"main_image_mask": None}, "main_image_mask", "main_image_mask is missing: give"),
        ({"main_image_mask": ""}, "main_image_mask", "main_image_mask is missing: give"),
        (
            {"main_image_mask": base64.b64encode(png(np.zeros((480, 720), np.uint8))).decode()},
            "main_image_mask",
            "main_image_mask is empty: paint white what is to be taken out",
        ),
        ({"main_image": None}, "main_image", "main_image is missing"),
        ({"seed": -2}, "seed", "seed is -2"),
        ({"image_quality": 101}, "image_quality", "from 10 to 100"),
    ],
)
def test_what_is_wrong_is_named(
    server: TestClient, changes: dict[str, Any], field: str, words: str
) -> None:
    given = as_json() | changes
    answer = server.post(PATH, json={k: v for k, v in given.items() if v is not None})
    assert answer.status_code == 400
    assert answer.json()["field"] == field
    assert words in answer.json()["error"]


def test_the_models_are_listed_and_described(server: TestClient) -> None:
    slugs = [model["slug"] for model in server.get("/v1/models").json()["models"]]
    assert slugs == ["furniture-staging", "erase-furniture", "sdxl-img2img"]
    document = server.get("/openapi.json").json()
    schema = document["paths"][PATH]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert schema["required"] == ["main_image", "main_image_mask"]
    assert set(schema["properties"]) == {
        "main_image", "main_image_mask", "seed", "image_format", "image_quality", "base64",
    }  # fmt: skip


def test_a_room_that_was_staged_is_known_to_the_eraser(server: TestClient) -> None:
    server.post(PATH, json=as_json())
    assert "analyse" not in server.post(PATH, json=as_json()).headers["server-timing"]


def test_staging_tells_of_its_removal(server: TestClient) -> None:
    product = np.full((120, 160, 3), 255, np.uint8)
    product[30:110, 30:130] = (170, 60, 40)
    x0, y0, x1, y1 = ROOM.box
    box = drawn.box_mask(x0 - 30, y0 - 20, x1 + 30, y1 + 10).values
    fields = as_json(
        prompt="a cabinet",
        overlay_image=base64.b64encode(png(product)).decode(),
        main_image_mask=base64.b64encode(png(box)).decode(),
    )
    for remove, expected in ((None, True), ("false", False), (True, True)):
        answer = server.post("/v1/furniture-staging", json=fields | {"remove": remove})
        assert answer.status_code == 200, answer.text
        told = json.loads(answer.headers["x-output-metadata"])
        assert told["removal"]["removed"] is expected
    refused = server.post("/v1/furniture-staging", json=fields | {"remove": "perhaps"})
    assert refused.status_code == 400
    assert refused.json()["error"] == "remove is 'perhaps': give true or false"
