"""What was called, and what can be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from roomstage.errors import InvalidMask

from . import ledger

Start = Callable[..., TestClient]


def test_the_history_tells_every_request_with_its_cost(
    start: Start,
    database: str,
    fake: Any,
    fields: dict[str, Any],
    ended: Callable[..., dict[str, Any]],
) -> None:
    client = start(database=database)
    headers = {"x-api-key": ledger.new_key(database, credits=100)}
    sync = client.post("/v1/furniture-staging", json=fields, headers=headers)
    submitted = client.post("/v2/furniture-staging", json=fields, headers=headers).json()
    ended(client, submitted, **headers)

    def fail() -> None:
        raise InvalidMask("it is empty")

    fake.act = fail
    client.post("/v1/furniture-staging", json=fields, headers=headers)
    path = "/inference-request/request-history"
    told = client.get(path, headers=headers).json()
    assert (told["total"], told["page"], told["total_pages"]) == (3, 1, 1)
    failed, polled, first = told["data"]
    assert (failed["model_status"], failed["error"]) == ("FAILED", "it is empty")
    assert failed["credits_deduction"] == 0
    assert polled["request_id"] == submitted["request_id"]
    assert client.get(polled["generation_url"]).status_code == 200
    assert first["request_id"] == sync.headers["x-request-id"]
    assert (first["model_status"], first["credits_deduction"]) == ("COMPLETED", 12)
    assert first["request_body"]["prompt"] == "a sofa"
    assert first["generation_url"] is None, "a synchronous answer is delivered, not kept"
    assert client.get(f"{path}/{first['request_id']}", headers=headers).json() == first
    assert client.get(f"{path}/unknown", headers=headers).status_code == 404
    chosen = {"status": "COMPLETED", "per_page": 1, "page": 2, "sort_order": "asc"}
    page = client.get(path, params=chosen, headers=headers).json()
    assert [row["request_id"] for row in page["data"]] == [submitted["request_id"]]
    recent = "/inference-request/recent-generations"
    rows = client.get(recent, params={"model_name": "furniture"}, headers=headers).json()["data"]
    assert len(rows) == 2


@pytest.mark.parametrize(
    "query",
    [
        {"page": "0"},
        {"page": "x"},
        {"per_page": "101"},
        {"from_date": "yesterday"},
        {"from_date": "2025-01-01", "to_date": "2025-03-01"},
        {"from_date": "2025-03-01", "to_date": "2025-01-01"},
        {"status": "DONE"},
        {"sort_by": "password"},
        {"sort_order": "up"},
    ],
)
def test_a_wrong_query_is_named(client: TestClient, query: dict[str, str]) -> None:
    answer = client.get("/inference-request/request-history", params=query)
    assert answer.status_code == 400
    assert answer.json()["field"] in query


def test_the_models_are_told_to_machines_and_to_readers(client: TestClient) -> None:
    (listed,) = client.get("/inference-model-information/list").json()["models"]
    assert (listed["slug"], listed["credits"]) == ("furniture-staging", 12)
    text = client.get("/llms.txt").text
    assert "furniture-staging" in text
    about = client.get("/models/furniture-staging/llms.txt").text
    assert "main_image (required)" in about
    assert client.get("/models/unknown/llms.txt").status_code == 404
