"""`variants` over HTTP: one picture with all of them, and where in it each lies."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from PIL import Image

from roomstage.server.app import build_app
from roomstage.server.config import Config

from . import ledger, live

PICTURES = live.pictures()
ROUTE = "/v1/furniture-staging"


@pytest.fixture(scope="module")
def server() -> Iterator[TestClient]:
    with TestClient(build_app(Config(concurrency=1))) as client:
        yield client


def staged(server: TestClient, **fields: str) -> Response:
    data = {"prompt": "a blue box", "remove": "false", "seed": "7", **fields}
    return server.post(ROUTE, data=data, files=PICTURES)


def decoded(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)))


def test_the_answer_is_one_picture_and_tells_where_each_variant_lies(server: TestClient) -> None:
    answer = staged(server, variants="3")
    assert answer.status_code == 200, answer.text
    whole = decoded(answer.content)
    assert whole.shape == (480, 640, 3)
    told = json.loads(answer.headers["x-output-metadata"])
    assert (told["width"], told["height"], answer.headers["x-seed-value"]) == (640, 480, "7")
    assert [each["seed"] for each in told["variants"]] == [7, 8, 9]
    for each in told["variants"][1:]:
        x0, y0, x1, y1 = each["box"]
        alone = staged(server, seed=str(each["seed"]))
        assert (whole[y0:y1, x0:x1] == decoded(alone.content)).all()


def test_one_is_as_if_nothing_had_been_said(server: TestClient) -> None:
    plain = staged(server)
    assert "variants" not in json.loads(plain.headers["x-output-metadata"])
    for said in ("1", "1.0"):
        answer = staged(server, variants=said)
        assert answer.content == plain.content
        assert answer.headers["x-output-metadata"] == plain.headers["x-output-metadata"]


@pytest.mark.parametrize("wrong", ["0", "5", "two", "1.5", "", "true"])
def test_other_numbers_are_refused(server: TestClient, wrong: str) -> None:
    answer = staged(server, variants=wrong)
    assert answer.status_code == 400
    assert answer.json()["field"] == "variants"
    assert "give a whole number from 1 to 4" in answer.json()["error"]


def test_a_picture_that_would_be_too_large_is_refused_with_what_would_do(
    server: TestClient,
) -> None:
    file = io.BytesIO()
    Image.new("RGB", (3000, 2400), (180, 170, 160)).save(file, "PNG")
    files = PICTURES | {"main_image": file.getvalue()}
    data = {"prompt": "a blue box", "variants": "4"}
    answer = server.post(ROUTE, data=data, files=files)
    assert answer.status_code == 400
    assert answer.json()["field"] == "variants"
    assert "6,000 x 4,800 pixels" in answer.json()["error"]
    assert "give at most 2, or a smaller room" in answer.json()["error"]


def test_jobs_tell_the_same_and_numbers_are_forgiven_as_elsewhere(server: TestClient) -> None:
    fields = {"prompt": "a blue box", "remove": "false", "variants": "2"}
    job = server.post("/v2/furniture-staging", data=fields, files=PICTURES).json()
    with server.stream("GET", f"/v2/requests/{job['request_id']}/events") as events:
        text = "".join(events.iter_text())
    # A step that is over before anybody looks is not told; that both are composed, the library's
    # tests say.
    told_of = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]
    done = [each["fraction"] for each in told_of if "fraction" in each]
    assert done
    assert done == sorted(done)
    told = server.get(f"/v2/requests/{job['request_id']}").json()
    assert told["status"] == "COMPLETED"
    assert [each["box"] for each in told["metadata"]["variants"]] == [
        [0, 0, 320, 240],
        [320, 0, 640, 240],
    ]
    assert told["metadata"]["variants"][1]["seed"] == told["seed"] + 1


def test_what_a_header_can_not_hold_leaves_seeds_and_boxes() -> None:
    from roomstage.server.calls import _metadata
    from roomstage.service.workers import Done

    variants = [
        {"seed": n, "box": [0, 0, 1, 1], "pixels_changed": 1, "warnings": ["x" * 2000]}
        for n in range(4)
    ]
    done = Done(b"", "image/png", 0, (2, 2), {"variants": variants, "engine": "cpu"}, 0.0, 0.0)
    told = json.loads(_metadata(done))
    assert told["variants"] == [{"seed": n, "box": [0, 0, 1, 1]} for n in range(4)]


def test_each_variant_has_its_price(tmp_path: Path) -> None:
    database = str(tmp_path / "store.sqlite3")
    headers = {"x-api-key": ledger.new_key(database, credits=40)}
    fields = {"prompt": "a blue box", "remove": "false", "variants": "2"}
    with TestClient(build_app(Config(database=database, concurrency=1))) as client:
        at_once = client.post(ROUTE, data=fields, files=PICTURES, headers=headers)
        assert (at_once.status_code, at_once.headers["x-cost"]) == (200, "24")
        too_many = client.post(
            "/v2/furniture-staging", data=fields, files=PICTURES, headers=headers
        )
        assert too_many.status_code == 406
    assert ledger.balance(database) == 16
