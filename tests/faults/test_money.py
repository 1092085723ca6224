"""One price for one picture, whenever the server dies and however many ask at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from figures import Record
from server import ledger
from server.test_restart import ended

from . import served
from .dying import AT, POINTS
from .served import FILES, START, Served
from .waiting import until

DYING = "import faults.dying; " + START
SUBMIT, STAGE = "/v2/furniture-staging", "/v1/furniture-staging"
PRICE = 12


def post(server: Served, path: str, headers: dict[str, str]) -> requests.Response:
    return requests.post(
        server.root + path, data={"prompt": "a box"}, files=FILES, headers=headers, timeout=60
    )


def dies_at(
    point: str, folder: Path, database: str, path: str, headers: dict[str, str]
) -> requests.Response | None:
    """The answer, if there was one, of a server that died at a point of this request's life."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(AT, point)
        with served.server(
            folder, start=DYING, concurrency=1, database=database, lease_seconds=3
        ) as server:
            try:
                answer = post(server, path, headers)
            except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
                answer = None  # none, or one that broke off after its head
            until(lambda: server.process.poll() is not None)
            return answer


@pytest.fixture
def database(tmp_path: Path) -> str:
    return str(tmp_path / "store.sqlite3")


@pytest.mark.parametrize("point", POINTS)
def test_f7_a_submission_is_charged_once_wherever_the_server_dies(
    point: str, tmp_path: Path, database: str, record_property: Record
) -> None:
    headers = {"x-api-key": ledger.new_key(database, credits=2 * PRICE), "Idempotency-Key": "one"}
    dies_at(point, tmp_path / "first", database, SUBMIT, headers)
    with served.server(
        tmp_path / "second", concurrency=1, database=database, lease_seconds=3
    ) as server:
        start = time.monotonic()
        job = post(server, SUBMIT, headers).json()["request_id"]
        assert ended(server.root, job, headers)["status"] == "COMPLETED"
        record_property("a picture {} s after asking again", time.monotonic() - start)
    record_property("charged {} time", ledger.kinds(database).count("capture"))
    assert ledger.balance(database) == PRICE
    assert ledger.kinds(database) == ["grant", "hold", "capture"]


@pytest.mark.parametrize("point", ["stored, not captured", "captured, not told"])
def test_f7_a_call_is_charged_once_wherever_the_server_dies(
    point: str, tmp_path: Path, database: str, record_property: Record
) -> None:
    headers = {"x-api-key": ledger.new_key(database, credits=2 * PRICE), "Idempotency-Key": "one"}
    assert dies_at(point, tmp_path / "first", database, STAGE, headers) is None
    with served.server(
        tmp_path / "second", concurrency=1, database=database, lease_seconds=3
    ) as server:
        start = time.monotonic()
        answer = post(server, STAGE, headers)
        while answer.status_code == 409:  # as long as the lease of the dead server lasts
            time.sleep(0.5)
            answer = post(server, STAGE, headers)
        assert answer.status_code == 200
        took = time.monotonic() - start
        record_property("synchronous {} s, the dead server's lease being 3 s", took)
        assert answer.content == server.stage(headers={"x-api-key": headers["x-api-key"]}).content
    assert ledger.kinds(database).count("capture") == 2  # of the call, and of the one to compare
    assert ledger.balance(database) == 0


@pytest.fixture
def two(tmp_path: Path, database: str) -> Iterator[tuple[Served, Served]]:
    """Two servers on one database."""
    with (
        served.server(tmp_path / "one", concurrency=1, database=database) as one,
        served.server(tmp_path / "other", concurrency=1, database=database) as other,
    ):
        yield one, other


def test_f8_a_hundred_submissions_with_credits_for_ten(
    two: tuple[Served, Served], database: str, record_property: Record
) -> None:
    headers = {"x-api-key": ledger.new_key(database, credits=10 * PRICE)}
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda k: post(two[k % 2], SUBMIT, headers), range(100)))
    codes = [answer.status_code for answer in answers]
    record_property("{} taken", codes.count(200))
    record_property("{} refused", codes.count(406))
    assert (codes.count(200), codes.count(406)) == (10, 90)
    assert "Insufficient credits" in next(a.text for a in answers if a.status_code == 406)
    for answer in answers:
        if answer.status_code == 200:
            ended(two[0].root, answer.json()["request_id"], headers)
    record_property("balance {}", ledger.balance(database))
    assert ledger.balance(database) == 0


def test_f9_one_key_from_fifty_clients_at_two_servers_is_one_job(
    two: tuple[Served, Served], database: str, record_property: Record
) -> None:
    headers = {"x-api-key": ledger.new_key(database, credits=10 * PRICE), "Idempotency-Key": "x"}
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda k: post(two[k % 2], SUBMIT, headers), range(50)))
    jobs = {answer.json()["request_id"] for answer in answers}
    record_property("{} answers", len(answers))
    record_property("{} job", len(jobs))
    assert len(jobs) == 1
    assert ended(two[1].root, jobs.pop(), headers)["status"] == "COMPLETED"
    record_property("charged {} time", ledger.kinds(database).count("capture"))
    assert ledger.kinds(database) == ["grant", "hold", "capture"]
