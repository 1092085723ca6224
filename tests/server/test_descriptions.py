from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from roomstage.errors import InvalidParameter
from roomstage.server.app import build_app
from roomstage.server.config import Config


def test_the_models_are_listed_with_their_schemas(client: TestClient) -> None:
    (model,) = client.get("/v1/models").json()["models"]
    assert model["slug"] == "furniture-staging"
    assert model["schema"]["properties"]["steps"]["maximum"] == 100
    assert model["schema"]["required"] == ["prompt", "main_image", "overlay_image"]


def test_openapi_describes_call_forms_and_answers(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    operation = document["paths"]["/v1/furniture-staging"]["post"]
    content = operation["requestBody"]["content"]
    assert content["application/json"]["schema"]["properties"]["steps"]["default"] == 25
    form = content["multipart/form-data"]["schema"]["properties"]
    assert form["main_image"]["format"] == "binary"
    assert form["prompt"]["type"] == "string"
    answers = operation["responses"]
    assert {"image/png", "image/jpeg", "image/webp"} <= set(answers["200"]["content"])
    assert {"400", "404", "413", "429", "500", "503"} <= set(answers)
    assert client.get("/docs").status_code == 200


def test_the_root_points_to_the_documentation(client: TestClient) -> None:
    root = client.get("/").json()
    assert client.get(root["docs"]).status_code == client.get(root["models"]).status_code == 200


def test_health_is_live_and_ready(client: TestClient) -> None:
    for path in ("/health/live", "/health/ready", "/health/ready/"):
        assert client.get(path).json()["status"] == "ok"
        assert client.head(path).status_code == 200


def test_not_ready_says_why(client: TestClient) -> None:
    work: Any = client.app.state.work  # type: ignore[attr-defined]
    work.pool.ailment = "engine cpu can't run here: no numpy"
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert "no numpy" in answer.json()["error"]
    assert client.get("/health/live").status_code == 200


def test_settings_come_from_the_environment() -> None:
    config = Config.from_env(
        {
            "ROOMSTAGE_PORT": "81",
            "ROOMSTAGE_FETCH_ALLOW_PRIVATE": "1",
            "ROOMSTAGE_FETCH": "no",
            "ROOMSTAGE_HOST": "0.0.0.0",
            "OTHER": "x",
        }
    )
    assert (config.port, config.fetch_allow_private, config.fetch) == (81, True, False)
    assert (config.host, config.max_body_mb) == ("0.0.0.0", 64)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ROOMSTAGE_PORT", "x"),
        ("ROOMSTAGE_PORT", "70000"),
        ("ROOMSTAGE_MAX_BODY_MB", "0"),
        ("ROOMSTAGE_FETCH", "maybe"),
        ("ROOMSTAGE_LOG_LEVEL", "loud"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(InvalidParameter, match=name) as error:
        Config.from_env({name: value})
    assert error.value.field == name


def test_settings_given_in_code_are_checked_too() -> None:
    with pytest.raises(InvalidParameter, match="ROOMSTAGE_PORT"):
        build_app(Config(port=-1))


def test_cors_can_be_narrowed(start: Callable[..., Any]) -> None:
    answer = start(cors_origin="https://shop.example").get("/health/live")
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    assert "Origin" in answer.headers["vary"]
