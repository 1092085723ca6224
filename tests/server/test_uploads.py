"""Pictures that are handed in first and named later."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from roomstage.service.fetch import Fetcher

from . import live

PICTURES = live.pictures()
ROOM = PICTURES["main_image"]


def data_url(data: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(data).decode()


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_an_upload_is_an_input_without_leaving_the_box(
    version: str,
    client: TestClient,
    fake: Any,
    fields: dict[str, Any],
    ended: Callable[..., dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def never(*_: Any, **__: Any) -> bytes:
        raise AssertionError("fetched")

    monkeypatch.setattr(Fetcher, "fetch", never)
    told = client.post("/upload-asset", json={"data_urls": [data_url(ROOM)]}).json()
    (url,) = told["file_urls"]
    assert told["urls"] == [url]
    stored = client.get(url)
    assert (stored.content, stored.headers["content-type"]) == (ROOM, "image/png")
    answer = client.post(f"/{version}/furniture-staging", json=fields | {"main_image": url})
    assert answer.status_code == 200
    if version == "v2":
        assert ended(client, answer.json())["status"] == "COMPLETED"
    assert fake.calls[0][1]["main_image"] == ROOM


def test_a_result_is_an_input_too(
    client: TestClient, fake: Any, fields: dict[str, Any], ended: Callable[..., dict[str, Any]]
) -> None:
    submitted = client.post("/v2/furniture-staging", json=fields).json()
    ended(client, submitted)
    url = client.get(submitted["response_url"]).json()["output"]
    answer = client.post("/v1/furniture-staging", json=fields | {"main_image": url})
    assert answer.status_code == 200
    assert fake.calls[1][1]["main_image"] == answer.content


def test_files_of_a_form_are_uploads_too(client: TestClient) -> None:
    for path in ("/upload-asset", "/inference-request/input-upload"):
        told = client.post(path, files={"file": ("room.png", ROOM, "image/png")}).json()
        assert client.get(told["urls"][0]).content == ROOM


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({}, 400),
        ({"data_urls": []}, 400),
        ({"data_urls": "x"}, 400),
        ({"data_urls": [5]}, 400),
        ({"data_urls": ["data:image/png;base64,"]}, 400),
        ({"data_urls": [data_url(b"<html>")]}, 400),
        ({"data_urls": ["http://a.example/b.png"]}, 400),
        ({"data_urls": [data_url(ROOM)] * 17}, 413),
    ],
)
def test_what_is_no_picture_is_not_kept(
    sent: dict[str, Any], status: int, client: TestClient
) -> None:
    answer = client.post("/upload-asset", json=sent)
    assert answer.status_code == status
    assert isinstance(answer.json()["error"], str)


def test_a_forged_link_is_not_an_upload(client: TestClient, fields: dict[str, Any]) -> None:
    told = client.post("/upload-asset", json={"data_urls": [data_url(ROOM)]}).json()
    forged = told["urls"][0][:-1] + "x"
    assert client.get(forged).status_code == 404
    answer = client.post("/v1/furniture-staging", json=fields | {"main_image": forged})
    assert answer.json()["code"] == "fetch_refused"
