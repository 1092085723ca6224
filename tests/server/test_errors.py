from __future__ import annotations

import json
import logging
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient

from roomstage.errors import (
    CutoutNotFound,
    EngineUnavailable,
    ImageTooLarge,
    InvalidMask,
    NoPlaceFound,
    RoomstageError,
    UnsupportedFormat,
)

PATH = "/v1/furniture-staging"


def check_shape(answer: Any, status: int) -> dict[str, Any]:
    """Every error is a JSON object with a string `error`, and says whose fault in which request."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert set(body) == {"error", "code", "field", "request_id"}
    assert isinstance(body["error"], str)
    assert body["error"]
    assert re.fullmatch(r"[a-z_]+", body["code"])
    assert body["request_id"] == answer.headers["x-request-id"]
    assert answer.headers["access-control-allow-origin"] == "*"
    assert len(answer.content) < 1000
    assert "Traceback" not in answer.text
    assert "/src/" not in answer.text
    return body


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"steps": 9}, "steps", "give a whole number from 10 to 100"),
        ({"steps": 25.5}, "steps", "10 to 100"),
        ({"steps": True}, "steps", "10 to 100"),
        ({"steps": [25]}, "steps", "10 to 100"),
        ({"guidance": 50.01}, "guidance", "1 to 50"),
        ({"seed": 2**63}, "seed", "whole number"),
        ({"image_format": "tiff"}, "image_format", "png, jpeg, webp"),
        ({"image_quality": 101}, "image_quality", "10 to 100"),
        ({"prompt": None}, "prompt", "missing"),
        ({"prompt": "  "}, "prompt", "empty"),
        ({"prompt": "x" * 100_000}, "prompt", "2000"),
        ({"prompt": "\ud800"}, "prompt", "prompt"),
        ({"main_image": None}, "main_image", "missing"),
        ({"main_image": ["AAEC"]}, "main_image", "no picture"),
        ({"main_image": {"url": "x"}}, "main_image", "no picture"),
        ({"main_image": 5}, "main_image", "no picture"),
        ({"main_image": "/etc/passwd"}, "main_image", "file path"),
        ({"overlay_image": "!!!"}, "overlay_image", "base64"),
        ({"overlay_image": "\ud800"}, "overlay_image", "overlay_image"),
        ({"overlay_image": "file:///etc/passwd"}, "overlay_image", "http"),
    ],
)
def test_a_wrong_field_is_named_with_its_remedy(
    change: dict[str, Any], field: str, words: str, client: TestClient, fields: dict[str, Any]
) -> None:
    content = json.dumps(fields | change)
    answer = client.post(PATH, content=content, headers={"Content-Type": "application/json"})
    body = check_shape(answer, 400)
    assert body["field"] == field
    assert words in body["error"]


def test_another_kind_of_body_is_415(client: TestClient) -> None:
    answer = client.post(PATH, content=b"<xml/>", headers={"Content-Type": "text/xml"})
    assert "application/json" in check_shape(answer, 415)["error"]
    packed = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    check_shape(client.post(PATH, content=b"x", headers=packed), 415)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/v1/no-such-model", 404),
        ("POST", "/v1/%00", 404),
        ("POST", "/v1/" + "x" * 5000, 404),
        ("POST", "/v1/FURNITURE-STAGING", 404),
        ("POST", "/v1/../../etc/passwd", 404),
        ("POST", "/v2/furniture-staging", 404),
        ("GET", "/nothing/here", 404),
        ("GET", "/v1/furniture-staging", 405),
        ("DELETE", "/v1/furniture-staging", 405),
        ("PUT", "/health/live", 405),
        ("POST", "/", 405),
    ],
)
def test_the_frameworks_own_errors_have_the_shape_too(
    method: str, path: str, status: int, client: TestClient
) -> None:
    check_shape(client.request(method, path), status)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InvalidMask("main_image_mask is empty: paint white", field="main_image_mask"), 400),
        (UnsupportedFormat("main_image is a TIFF: give PNG", field="main_image"), 400),
        (CutoutNotFound("no product: give overlay_image_mask", field="overlay_image"), 400),
        (NoPlaceFound("no free floor: give main_image_mask", field="main_image_mask"), 400),
        (ImageTooLarge("main_image is too large", field="main_image"), 413),
        (EngineUnavailable("engine x can't run here", field="engine"), 503),
    ],
)
def test_each_error_of_the_model_has_its_status(
    error: RoomstageError, status: int, client: TestClient, fake: Any, fields: dict[str, Any]
) -> None:
    def fail() -> None:
        raise error

    fake.act = fail
    body = check_shape(client.post(PATH, json=fields), status)
    assert (body["error"], body["code"], body["field"]) == (error.message, error.code, error.field)


def test_a_fault_of_ours_is_500_with_its_traceback_in_the_log_only(
    client: TestClient, fake: Any, fields: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise ZeroDivisionError("secret detail")

    fake.act = fail
    with caplog.at_level(logging.ERROR, "roomstage.server"):
        answer = client.post(PATH, json=fields, headers={"X-Request-Id": "abc"})
    body = check_shape(answer, 500)
    assert body["error"].startswith("internal error, request id abc")
    assert "secret" not in answer.text
    assert "abc" in caplog.text
    assert "secret detail" in caplog.text


def test_a_body_above_the_limit_is_413_before_it_is_read(
    start: Callable[..., TestClient], fields: dict[str, Any]
) -> None:
    client = start(max_body_mb=1)
    read = []

    def chunks() -> Iterator[bytes]:
        for _ in range(100):
            read.append(1)
            yield b"x" * 100_000

    check_shape(client.post(PATH, content=b"x" * 1_000_001), 413)
    check_shape(client.post(PATH, content=chunks()), 413)
    fits = json.dumps(fields)
    assert client.post(PATH, content=fits + " " * (1_000_000 - len(fits))).status_code == 200


def test_when_the_queue_is_full_the_next_request_is_429_and_may_come_back(
    start: Callable[..., TestClient], fake: Any, fields: dict[str, Any], gate: threading.Event
) -> None:
    client = start(concurrency=1, max_waiting=1)
    begun = threading.Semaphore(0)

    def block() -> None:
        begun.release()
        assert gate.wait(30)

    fake.act = block
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(client.post, PATH, json=fields)
        assert begun.acquire(timeout=10)
        second = threads.submit(client.post, PATH, json=fields)
        while client.get("/health/ready").status_code == 200:
            pass
        answer = client.post(PATH, json=fields)
        gate.set()
        assert first.result(10).status_code == second.result(10).status_code == 200
    check_shape(answer, 429)
    assert int(answer.headers["retry-after"]) >= 1
    assert client.post(PATH, json=fields).status_code == 200


def test_preflight_requests_are_answered_for_what_clients_send(client: TestClient) -> None:
    answer = client.options(
        PATH,
        headers={
            "Origin": "https://a.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "x-api-key,content-type",
        },
    )
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "x-api-key" in answer.headers["access-control-allow-headers"]
    assert "POST" in answer.headers["access-control-allow-methods"]
