from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

ROOM = b"\x00\x01\x02"
PAINTED = b"\x89PNG\r\n\x1a\n painted"
PATH = "/v1/furniture-staging"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/furniture-staging",
        "/v1/furniture-staging/",
        "/v1/models/furniture-staging",
        "/v1/models/furniture-staging/",
        "/furniture-staging",
        "/furniture-staging/",
    ],
)
def test_every_address_of_the_model_answers_without_redirect(
    path: str, client: TestClient, fields: dict[str, Any]
) -> None:
    answer = client.post(path, json=fields)
    assert (answer.status_code, answer.content) == (200, PAINTED)


def test_an_answer_carries_what_clients_of_the_hosted_api_read(
    client: TestClient, fake: Any, fields: dict[str, Any]
) -> None:
    fake.warnings = ["the mask was 640 × 480", "second"]
    answer = client.post(PATH, json=fields | {"image_format": "webp", "seed": -1})
    headers = answer.headers
    assert headers["content-type"] == "image/webp"
    assert int(headers["x-remaining-credits"]) > 0
    assert re.fullmatch(r"[0-9a-f-]{36}", headers["x-request-id"])
    assert float(headers["x-generation-time"]) >= 0
    assert headers["x-seed-value"] == "7"
    metadata = json.loads(headers["x-output-metadata"])
    assert (metadata["width"], metadata["height"], metadata["pixels_changed"]) == (640, 480, 5)
    assert json.loads(headers["x-roomstage-warnings"]) == fake.warnings
    assert "analyse;dur=1." in headers["server-timing"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["access-control-allow-origin"] == "*"
    for name in ("x-remaining-credits", "x-seed-value", "x-request-id"):
        assert name in headers["access-control-expose-headers"]


def test_headers_stay_small_however_much_there_is_to_tell(
    client: TestClient, fake: Any, fields: dict[str, Any]
) -> None:
    fake.warnings = ["wide" * 50] * 500
    answer = client.post(PATH, json=fields)
    assert answer.status_code == 200
    assert 0 < len(answer.headers["x-roomstage-warnings"]) <= 4096


def test_no_warnings_no_header(client: TestClient, fields: dict[str, Any]) -> None:
    assert "x-roomstage-warnings" not in client.post(PATH, json=fields).headers


def test_base64_answers_json(client: TestClient, fields: dict[str, Any]) -> None:
    answer = client.post(PATH, json=fields | {"base64": True})
    assert answer.headers["content-type"] == "application/json"
    assert base64.b64decode(answer.json()["image"]) == PAINTED
    assert "x-remaining-credits" in answer.headers


@pytest.mark.parametrize(
    ("given", "returned"),
    [("my-id_1.2", True), ("x" * 64, True), ("x" * 65, False), ("a b", False), ("a;b", False)],
)
def test_a_clean_request_id_is_kept_and_another_replaced(
    given: str, returned: bool, client: TestClient, fields: dict[str, Any]
) -> None:
    answer = client.post(PATH, json=fields, headers={"X-Request-Id": given})
    assert (answer.headers["x-request-id"] == given) is returned


def test_sloppy_values_mean_what_they_look_like(
    client: TestClient, fake: Any, fields: dict[str, Any]
) -> None:
    sloppy = {
        "steps": "50",
        "seed": "42",
        "guidance": "12.5",
        "image_format": "JPG",
        "image_quality": 80.0,
        "main_image_mask": None,
        "overlay_image_mask": "",
        "samples": 4,
        "negative_prompt": None,
        "base64": "false",
    }
    assert client.post(PATH, json=fields | sloppy).status_code == 200
    params, pictures = fake.calls[0]
    assert (params.steps, params.seed, params.guidance) == (50, 42, 12.5)
    assert (params.image_format, params.image_quality) == ("jpeg", 80)
    assert pictures == {name: base64.b64decode(fields[name]) for name in pictures}


def test_multipart_takes_files_and_text_in_any_mixture(client: TestClient, fake: Any) -> None:
    large = base64.b64encode(bytes(3_000_000)).decode()  # above the framework's limit for text
    answer = client.post(
        PATH,
        data={"prompt": "a chaise é", "overlay_image": large, "steps": "30", "base64": "true"},
        files={
            "main_image": ("../../room.png", ROOM, "image/png"),
            "main_image_mask": ("m.png", bytes(2_000_000), "application/octet-stream"),
            "overlay_image_mask": ("", b"", "application/octet-stream"),
        },
    )
    assert answer.json()["image"]
    params, pictures = fake.calls[0]
    assert (params.prompt, params.steps) == ("a chaise é", 30)
    assert pictures["main_image"] == ROOM
    assert len(pictures["overlay_image"]) == 3_000_000
    assert len(pictures["main_image_mask"]) == 2_000_000
    assert "overlay_image_mask" not in pictures


def test_urlencoded_forms_are_read(client: TestClient, fake: Any, fields: dict[str, Any]) -> None:
    assert client.post(PATH, data=fields | {"steps": "40"}).status_code == 200
    assert fake.calls[0][0].steps == 40


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "application/octet-stream", None],
)
def test_json_is_recognised_whatever_its_type_says(
    content_type: str | None, client: TestClient, fields: dict[str, Any]
) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    answer = client.post(PATH, content=json.dumps(fields).encode(), headers=headers)
    assert answer.status_code == 200


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_json_with_a_byte_order_mark_is_read(
    encoding: str, client: TestClient, fields: dict[str, Any]
) -> None:
    content = json.dumps(fields).encode(encoding)
    answer = client.post(PATH, content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200


def test_of_a_repeated_field_the_last_counts(client: TestClient, fake: Any) -> None:
    content = b'{"prompt":"a","main_image":"AAEC","overlay_image":"AwQF","steps":20,"steps":30}'
    assert client.post(PATH, content=content).status_code == 200
    assert fake.calls[0][0].steps == 30


def test_a_second_request_for_a_room_does_not_analyse_it_again(
    client: TestClient, fake: Any, fields: dict[str, Any]
) -> None:
    for prompt in ("a sofa", "a lamp"):
        client.post(PATH, json=fields | {"prompt": prompt})
    client.post(PATH, json=fields | {"main_image": "AQEB"})
    assert len(fake.calls) == 3
    assert fake.analyses == [base64.b64decode(fields["main_image"]), b"\x01\x01\x01"]


def test_keys_of_any_kind_are_accepted(client: TestClient, fields: dict[str, Any]) -> None:
    for headers in ({"x-api-key": "SG_0123456789abcdef"}, {"Authorization": "Bearer x"}):
        assert client.post(PATH, json=fields, headers=headers).status_code == 200


def test_private_urls_are_refused_unless_the_setting_allows_them(
    start: Callable[..., TestClient], fields: dict[str, Any]
) -> None:
    answer = start().post(PATH, json=fields | {"main_image": "http://127.0.0.1:9/x.png"})
    assert answer.status_code == 400
    assert (answer.json()["code"], answer.json()["field"]) == ("fetch_refused", "main_image")
    off = start(fetch=False).post(PATH, json=fields | {"main_image": "https://a.example/x.png"})
    assert "fetches none" in off.json()["error"]
