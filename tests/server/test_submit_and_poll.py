"""The asynchronous call: submit, poll, fetch, cancel."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from roomstage.errors import InvalidMask

from . import ledger
from .conftest import PAINTED

PATH = "/v2/furniture-staging"
Start = Callable[..., TestClient]
Ended = Callable[..., dict[str, Any]]


def test_a_job_is_submitted_polled_and_its_picture_fetched_without_a_key(
    start: Start, database: str, fields: dict[str, Any], ended: Ended
) -> None:
    client = start(database=database)
    headers = {"x-api-key": ledger.new_key(database, credits=30)}
    answer = client.post(PATH, json=fields | {"seed": 5, "base64": True}, headers=headers)
    assert answer.status_code == 200
    assert answer.headers["x-remaining-credits"] == "18"
    submitted = answer.json()
    assert submitted["status"] in ("QUEUED", "PROCESSING")
    root = "http://testserver"
    identity = submitted["request_id"]
    assert submitted["status_url"] == f"{root}/v2/requests/{identity}/status"
    assert submitted["response_url"] == f"{root}/v2/requests/{identity}"
    assert submitted["poll_url"] == f"{root}/v1/requests/{identity}"
    told = ended(client, submitted, **headers)
    assert told["status"] == "COMPLETED"
    whole = client.get(submitted["response_url"], headers=headers).json()
    assert whole["seed"] == 5
    assert whole["prompt"] == "a sofa"
    (image,) = whole["images"]
    assert whole["output"] == image["url"]
    assert (image["content_type"], image["file_size"]) == ("image/png", len(PAINTED))
    metrics = whole["metrics"]
    assert (metrics["cost"], metrics["remaining_credits"], metrics["retry_count"]) == (12, 18, 0)
    assert metrics["total_time"] >= metrics["queue_time"] >= 0
    picture = client.get(image["url"])
    assert (picture.content, picture.headers["content-type"]) == (PAINTED, "image/png")
    assert client.get(submitted["poll_url"], headers=headers).json() == whole
    for path in (f"/v1/v2/requests/{identity}", f"/v2/requests/{identity}/"):
        assert client.get(path, headers=headers).json() == whole


def test_a_job_that_fails_is_422_with_its_reason_and_costs_nothing(
    start: Start, database: str, fake: Any, fields: dict[str, Any], ended: Ended
) -> None:
    def fail() -> None:
        raise InvalidMask("main_image_mask is empty: paint white", field="main_image_mask")

    fake.act = fail
    client = start(database=database)
    headers = {"x-api-key": ledger.new_key(database, credits=12)}
    submitted = client.post(PATH, json=fields, headers=headers).json()
    told = ended(client, submitted, **headers)
    for url in (submitted["status_url"], submitted["response_url"], submitted["poll_url"]):
        answer = client.get(url, headers=headers)
        assert answer.status_code == 422
        assert answer.json()["status"] == "FAILED"
        assert answer.json()["error"] == "main_image_mask is empty: paint white"
        assert answer.json()["field"] == "main_image_mask"
    assert told["metrics"]["cost"] == 0
    assert ledger.balance(database) == 12


def test_a_fault_of_ours_is_tried_twice_and_then_told_without_its_details(
    start: Start, database: str, fake: Any, fields: dict[str, Any], ended: Ended
) -> None:
    def fail() -> None:
        raise ZeroDivisionError("secret detail")

    fake.act = fail
    client = start(database=database)
    headers = {"x-api-key": ledger.new_key(database, credits=12)}
    told = ended(client, client.post(PATH, json=fields, headers=headers).json(), **headers)
    assert told["error"].startswith("internal error")
    assert "secret" not in str(told)
    assert told["metrics"]["retry_count"] == 1
    assert len(fake.calls) == 2
    assert ledger.kinds(database) == ["grant", "hold", "release"]


def test_wrong_requests_are_refused_before_they_are_jobs(
    client: TestClient, fields: dict[str, Any]
) -> None:
    for change, field in (
        ({"steps": 9}, "steps"),
        ({"main_image": None}, "main_image"),
        ({"main_image": "!!"}, "main_image"),
        ({"main_image": "file:///etc/passwd"}, "main_image"),
        ({"main_image": "http://a@b/c"}, "main_image"),
    ):
        answer = client.post(PATH, json=fields | change)
        assert (answer.status_code, answer.json()["field"]) == (400, field)


def test_an_address_is_fetched_when_the_job_runs(
    client: TestClient, fields: dict[str, Any], ended: Ended
) -> None:
    asked = fields | {"main_image": "http://127.0.0.1:9/room.png"}
    told = ended(client, client.post(PATH, json=asked).json())
    assert (told["status"], told["code"]) == ("FAILED", "fetch_refused")


def test_a_waiting_job_is_cancelled_and_a_running_one_too(
    start: Start,
    database: str,
    fake: Any,
    fields: dict[str, Any],
    ended: Ended,
    gate: threading.Event,
) -> None:
    begun = threading.Event()

    def block() -> None:
        begun.set()
        assert gate.wait(30)

    fake.act = block
    client = start(database=database, concurrency=1)
    headers = {"x-api-key": ledger.new_key(database, credits=24)}
    running = client.post(PATH, json=fields, headers=headers).json()
    assert begun.wait(10)
    waiting = client.post(PATH, json=fields, headers=headers).json()
    for submitted in (waiting, running):
        url = submitted["response_url"]
        for _ in range(2):
            answer = client.delete(url, headers=headers)
            assert answer.status_code == 200
            assert answer.json()["status"] == "CANCELLED"
        told = ended(client, submitted, **headers)
        assert (told["status"], told["code"]) == ("FAILED", "cancelled")
    gate.set()
    assert ledger.balance(database) == 24
    assert len(fake.calls) == 1


def test_a_job_that_has_ended_is_not_cancelled(
    client: TestClient, fields: dict[str, Any], ended: Ended
) -> None:
    submitted = client.post(PATH, json=fields).json()
    ended(client, submitted)
    answer = client.delete(submitted["response_url"])
    assert answer.status_code == 409
    assert answer.json()["code"] == "already_ended"


def test_anothers_job_is_as_unknown_as_one_that_never_was(
    start: Start, database: str, fields: dict[str, Any]
) -> None:
    client = start(database=database)
    anna = {"x-api-key": ledger.new_key(database, credits=30)}
    ben = {"x-api-key": ledger.new_key(database, "ben")}
    identity = client.post(PATH, json=fields, headers=anna).json()["request_id"]
    for method in ("GET", "DELETE"):
        theirs = client.request(method, f"/v2/requests/{identity}", headers=ben)
        nobodys = client.request(method, "/v2/requests/" + "0" * 36, headers=ben)
        assert theirs.status_code == nobodys.status_code == 404
        assert theirs.json()["error"] == f"Request {identity} not found"
        assert theirs.json()["code"] == nobodys.json()["code"]


@pytest.mark.parametrize("identity", ["x" * 5000, "%00", "..%2f..%2fetc", "%F0%9F%9B%8B", "a b"])
def test_odd_ids_are_404_and_not_echoed_at_length(client: TestClient, identity: str) -> None:
    answer = client.get(f"/v2/requests/{identity}")
    assert answer.status_code == 404
    assert len(answer.content) < 500


def test_links_are_good_for_what_they_were_made_for_and_nothing_else(
    client: TestClient, fields: dict[str, Any], ended: Ended
) -> None:
    submitted = client.post(PATH, json=fields).json()
    ended(client, submitted)
    url = client.get(submitted["response_url"]).json()["output"]
    path, _, query = url.partition("?")
    assert client.get(url).status_code == 200
    assert client.head(url).status_code == 200
    for wrong in (
        path,
        f"{path}?{query}0",
        url.replace("expires=1", "expires=2"),
        url.replace("expires=", "expires=-"),
        url.replace("signature=", "signature=é"),
        url.replace("/results/", "/assets/"),
        url.replace(submitted["request_id"], "0" * 36),
    ):
        assert client.get(wrong).status_code == 404, wrong


def test_retention_zero_forgets_a_picture_once_it_is_fetched(
    start: Start, database: str, fields: dict[str, Any], ended: Ended
) -> None:
    client = start(database=database, retention=0)
    submitted = client.post(PATH, json=fields).json()
    ended(client, submitted)
    url = client.get(submitted["response_url"]).json()["output"]
    assert client.head(url).status_code == 200
    assert client.get(url).content == PAINTED
    assert client.get(url).status_code == 410
    assert client.get(submitted["response_url"]).status_code == 410
    assert client.get(submitted["status_url"]).json()["status"] == "COMPLETED"


def test_a_result_that_has_expired_is_gone_and_then_its_job_is_unknown(
    start: Start, database: str, fields: dict[str, Any], ended: Ended
) -> None:
    client = start(database=database, retention=3600)
    submitted = client.post(PATH, json=fields).json()
    ended(client, submitted)
    picture = client.get(submitted["response_url"]).json()["output"]
    for later, status in ((3590, 200), (3610, 410), (3610 + 86_400, 404)):
        with ledger.store(database, clock=lambda later=later: time.time() + later) as store:
            store.retention.expire()
        assert client.get(submitted["response_url"]).status_code == status
        assert client.get(picture).status_code == status


def test_a_configured_public_address_is_the_root_of_all_links(
    start: Start, fields: dict[str, Any], ended: Ended
) -> None:
    client = start(public_url="https://stage.example.com/api/")
    submitted = client.post(PATH, json=fields, headers={"Host": "evil.example"}).json()
    assert submitted["status_url"].startswith("https://stage.example.com/api/v2/requests/")
    own = {"status_url": f"/v2/requests/{submitted['request_id']}/status"}
    ended(client, own)
    whole = client.get(f"/v2/requests/{submitted['request_id']}").json()
    assert whole["output"].startswith("https://stage.example.com/api/results/")


def test_the_host_header_is_not_believed(client: TestClient, fields: dict[str, Any]) -> None:
    submitted = client.post(PATH, json=fields, headers={"Host": "evil.example"}).json()
    assert "evil" not in str(submitted)


def test_a_bound_on_what_one_account_has_underway(
    start: Start,
    database: str,
    fake: Any,
    fields: dict[str, Any],
    gate: threading.Event,
) -> None:
    fake.act = lambda: gate.wait(30)
    client = start(database=database, account_jobs=2)
    headers = {"x-api-key": ledger.new_key(database, credits=100)}
    statuses = [client.post(PATH, json=fields, headers=headers) for _ in range(3)]
    gate.set()
    assert [answer.status_code for answer in statuses] == [200, 200, 429]
    assert int(statuses[2].headers["retry-after"]) > 0
    assert ledger.balance(database) >= 100 - 24
