"""`overlay_width_cm` and `overlay_height_cm` over HTTP."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

import numpy as np
import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from PIL import Image

from removal import drawn
from roomstage.server.app import build_app
from roomstage.server.config import Config


def png(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(array).save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="module")
def server() -> Iterator[TestClient]:
    with TestClient(build_app(Config())) as client:
        yield client


def staged(server: TestClient, **fields: str) -> Response:
    """The answer for a product three halves as wide as high, on a small place on the floor."""
    product = np.full((120, 160, 3), 255, np.uint8)
    product[30:110, 20:140] = (170, 60, 40)
    pictures = {
        "main_image": drawn.plate(),
        "overlay_image": product,
        "main_image_mask": drawn.box_mask(330, 340, 390, 380).values,
    }
    files = {name: (name, png(array)) for name, array in pictures.items()}
    data = {"prompt": "a cabinet", **fields}
    return server.post("/v1/furniture-staging", data=data, files=files)


@pytest.mark.parametrize("field", ["overlay_width_cm", "overlay_height_cm"])
def test_a_true_size_is_staged_and_told(server: TestClient, field: str) -> None:
    answer = staged(server, **{field: "90"})
    assert answer.status_code == 200, answer.text
    told = json.loads(answer.headers["x-output-metadata"])["placement"]
    assert told["chosen_by"] == "true size"
    wide, tall = told["size_cm"]
    assert (wide if field == "overlay_width_cm" else tall) == pytest.approx(90, rel=0.02)
    assert wide / tall == pytest.approx(1.5, rel=0.05)


@pytest.mark.parametrize("wrong", ["0", "5000", "wide", "nan"])
def test_a_wrong_size_is_named_with_its_bounds(server: TestClient, wrong: str) -> None:
    answer = staged(server, overlay_height_cm=wrong)
    assert answer.status_code == 400
    assert answer.json()["field"] == "overlay_height_cm"
    assert "give a number from 1 to 2000" in answer.json()["error"]
