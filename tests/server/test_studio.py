"""What the studio's page asks for: geometry, cut-outs, previews; free, and for those with a key."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from fastapi.testclient import TestClient
from PIL import Image

from roomstage.server.app import build_app
from roomstage.server.config import Config

from . import ledger, live

SAMPLES = Path(__file__).parents[2] / "samples"
PICTURES = live.pictures()
FIELDS = {"prompt": "a blue box", "steps": 10}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    database = str(tmp_path_factory.mktemp("store") / "store.sqlite3")
    with live.running(build_app(Config(database=database, concurrency=1))) as root:
        yield root


def ask(server: str, tool: str, **given: Any) -> requests.Response:
    files = {name: value for name, value in given.items() if isinstance(value, bytes)}
    data = {name: value for name, value in given.items() if name not in files}
    return requests.post(f"{server}/studio/{tool}", data=data, files=files or None, timeout=30)


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def test_the_room_tells_where_things_can_stand(server: str) -> None:
    answer = ask(server, "room", main_image=sample("rooms/living_room.jpg"))
    assert answer.status_code == 200, answer.text
    room = answer.json()
    assert (room["width"], room["height"]) == (1536, 1024)
    assert 350 < room["horizon"] < 550
    floor, back = (
        next(p for p in room["planes"] if p["name"] == n) for n in ("floor", "back wall")
    )
    x, y, w = np.array(floor["to_image"]) @ (0.0, 3.0, 1.0)  # three metres ahead of the camera
    assert 0 < x / w < 1536
    assert room["horizon"] < y / w < 1024
    assert len(back["outline"]) >= 3


def test_a_plain_ground_is_keyed_and_laid_out_as_the_photo_is(server: str) -> None:
    answer = ask(server, "cutout", overlay_image=sample("products/sofa.png"))
    assert answer.headers["content-type"] == "image/png"
    told = json.loads(answer.headers["x-output-metadata"])["cutout"]
    cutout = Image.open(io.BytesIO(answer.content))
    assert cutout.mode == "RGBA"
    assert cutout.size == (1200, 664)
    assert told["origin"] == "keyed"
    shown = np.asarray(cutout.getchannel("A")) > 2
    box = Image.fromarray(shown).getbbox()
    assert box == pytest.approx(told["box"], abs=1)


def test_a_box_frees_what_stands_in_a_room(server: str) -> None:
    photo, truth = sample("products/cabinet.jpg"), sample("products/cabinet_mask.png")
    refused = ask(server, "cutout", overlay_image=photo)
    assert (refused.status_code, refused.json()["code"]) == (400, "cutout_not_found")
    freed = ask(server, "cutout", overlay_image=photo, overlay_box="338,430,852,808")
    assert freed.status_code == 200, freed.text
    alpha = np.asarray(Image.open(io.BytesIO(freed.content)).getchannel("A"), float)
    mask = np.asarray(Image.open(io.BytesIO(truth)).convert("L"), float)
    assert np.minimum(alpha, mask).sum() / np.maximum(alpha, mask).sum() > 0.95


@pytest.mark.parametrize("box", ["1,2,3", "a,b,c,d", "9,9,3,3", "5000,5000,6000,6000", "-1,0,9,9"])
def test_a_box_that_is_none_is_told(server: str, box: str) -> None:
    answer = ask(server, "cutout", overlay_image=PICTURES["overlay_image"], overlay_box=box)
    assert answer.status_code == 400
    assert answer.json()["field"] == "overlay_box"


def test_a_mask_that_was_corrected_by_hand_is_followed(server: str) -> None:
    photo = Image.open(io.BytesIO(PICTURES["overlay_image"]))
    mask = Image.new("L", photo.size)
    mask.paste(255, (photo.width // 3, photo.height // 3, photo.width // 2, photo.height // 2))
    drawn = io.BytesIO()
    mask.save(drawn, "PNG")
    answer = ask(
        server,
        "cutout",
        overlay_image=PICTURES["overlay_image"],
        overlay_image_mask=drawn.getvalue(),
    )
    told = json.loads(answer.headers["x-output-metadata"])["cutout"]
    near = [photo.width // 3, photo.height // 3, photo.width // 2, photo.height // 2]
    assert told["box"] == pytest.approx(near, abs=4)


def test_a_preview_is_what_a_staging_of_the_same_pictures_is(server: str) -> None:
    fields = FIELDS | {"image_format": "png"} | PICTURES
    preview = ask(server, "preview", **fields)
    assert preview.headers["x-cost"] == "0"
    given = {name: fields[name] for name in fields if name not in PICTURES}
    staged = requests.post(f"{server}/v1/furniture-staging", data=given, files=PICTURES, timeout=30)
    assert preview.content == staged.content
    quick = ask(server, "preview", **FIELDS, **PICTURES)
    assert quick.headers["content-type"] == "image/jpeg"


def test_a_preview_of_a_large_photo_is_refused(server: str) -> None:
    answer = ask(
        server, "preview", **FIELDS | PICTURES | {"main_image": sample("rooms/living_room.jpg")}
    )
    assert answer.status_code == 413
    assert answer.json()["field"] == "main_image"
    assert "smaller copy" in answer.json()["error"]


def test_samples_are_inputs_by_the_servers_own_address_only(server: str) -> None:
    given = {"main_image": f"{server}/samples/rooms/evening_room.jpg"}
    assert ask(server, "room", **given).status_code == 200
    for root in ("http://169.254.1.1", "http://127.0.0.1:1/other"):
        other = ask(server, "room", main_image=f"{root}/samples/rooms/evening_room.jpg")
        assert other.json()["code"] == "fetch_refused"


def test_no_tool_is_a_model_or_leaves_a_trace(
    start: Callable[..., TestClient], database: str, fields: dict[str, Any]
) -> None:
    client = start(database=database)
    key = ledger.new_key(database, credits=30)
    known = {"x-api-key": key}
    assert client.post("/studio/preview", json=fields).status_code == 401
    assert client.post("/studio/nothing", json=fields, headers=known).status_code == 404
    for path in ("/v1/studio-preview", "/v2/studio-preview", "/studio-preview"):
        assert client.post(path, json=fields, headers=known).status_code == 404
    listed = client.get("/v1/models").json()["models"]
    assert not [model for model in listed if model["slug"].startswith("studio")]
    answer = client.post("/studio/room", json={}, headers=known)
    assert answer.status_code == 400
    assert client.get("/v1/get-user-credits", headers=known).json()["credits"] == 30
