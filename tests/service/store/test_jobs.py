from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from roomstage.errors import (
    AlreadyEnded,
    IdempotencyInFlight,
    IdempotencyMismatch,
    InsufficientCredits,
    TooManyJobs,
)
from roomstage.service.store import Account, Failure, LeaseLost, Result, Store
from roomstage.service.store.history import Search

from .conftest import Clock, order, with_credits

PICTURE = Result(b"picture", "image/png", {"x-seed-value": "7"})
BROKEN = Failure(400, "invalid_mask", "main_image_mask is empty", "main_image_mask")


def kinds(store: Store, account: Account) -> list[str]:
    return [entry.kind for entry in store.accounts.entries(account.id)][1:]


def files(folder: Path) -> list[bytes]:
    return sorted(p.read_bytes() for p in (folder / "files").rglob("*") if p.is_file())


def test_a_job_is_held_run_and_captured(
    store: Store, account: Account, clock: Clock, tmp_path: Path
) -> None:
    asked = order(account, pictures={"main_image": b"room"}, urls={"overlay_image": "http://a/b"})
    job, earlier = store.jobs.admit(asked)
    assert (job.state, job.cost, earlier) == ("queued", 0, False)
    assert store.accounts.balance(account.id) == 7
    clock.now += 2
    claimed = store.jobs.claim("w")
    assert claimed is not None
    assert (claimed.id, claimed.state, claimed.started_at) == (job.id, "running", clock.now)
    assert store.jobs.data_of(claimed) == {"main_image": b"room"}
    assert claimed.urls == {"overlay_image": "http://a/b"}
    assert claimed.fields == {"prompt": "a sofa"}
    assert store.jobs.claim("w") is None
    ended = store.jobs.succeed(claimed, PICTURE)
    assert (ended.state, ended.cost) == ("succeeded", 3)
    assert store.jobs.get(account.id, job.id) == ended
    assert store.jobs.result_of(ended) == b"picture"
    assert ended.result is not None
    assert ended.result.headers == {"x-seed-value": "7"}
    assert files(tmp_path) == [b"picture"], "the inputs go when the job has ended"
    assert kinds(store, account) == ["hold", "capture"]
    assert store.accounts.balance(account.id) == 7


def test_a_job_that_fails_costs_nothing(store: Store, account: Account, tmp_path: Path) -> None:
    store.jobs.admit(order(account, pictures={"main_image": b"room"}))
    claimed = store.jobs.claim("w")
    assert claimed is not None
    ended = store.jobs.fail(claimed, BROKEN)
    assert (ended.state, ended.error, ended.cost) == ("failed", BROKEN, 0)
    assert kinds(store, account) == ["hold", "release"]
    assert store.accounts.balance(account.id) == 10
    assert files(tmp_path) == []


def test_who_cannot_pay_gets_no_row_and_no_file(
    store: Store, account: Account, tmp_path: Path
) -> None:
    store.jobs.admit(order(account, price=10))
    with pytest.raises(InsufficientCredits, match="Insufficient credits: the balance is 0"):
        store.jobs.admit(order(account, price=1))
    assert store.jobs.counts() == {"queued": 1}
    assert store.accounts.balance(account.id) == 0
    store.jobs.admit(order(account, price=0))


def test_a_silent_workers_job_is_run_again_and_its_late_result_is_not_taken(
    store: Store, account: Account, clock: Clock
) -> None:
    store.jobs.admit(order(account))
    first = store.jobs.claim("first")
    assert first is not None
    clock.now += 14
    store.jobs.beat("first")
    clock.now += 14
    assert store.jobs.claim("second") is None, "its lease was renewed"
    clock.now += 2
    second = store.jobs.claim("second")
    assert second is not None
    assert (second.id, second.attempt) == (first.id, 2)
    with pytest.raises(LeaseLost):
        store.jobs.succeed(first, PICTURE)
    with pytest.raises(LeaseLost):
        store.jobs.fail(first, BROKEN)
    store.jobs.succeed(second, PICTURE)
    assert kinds(store, account) == ["hold", "capture"]


def test_a_poison_job_fails_after_two_attempts(
    store: Store, account: Account, clock: Clock
) -> None:
    job, _ = store.jobs.admit(order(account))
    for attempt in (1, 2):
        claimed = store.jobs.claim(f"worker {attempt}")
        assert claimed is not None
        assert store.jobs.sweep("other") == 0
        clock.now += 16
    assert store.jobs.claim("third") is None
    assert store.jobs.sweep("third") == 1
    ended = store.jobs.get(account.id, job.id)
    assert ended is not None
    assert ended.error is not None
    assert (ended.state, ended.error.code) == ("failed", "job_abandoned")
    assert store.accounts.balance(account.id) == 10


def test_a_jump_of_the_clock_takes_no_job_from_a_live_worker(
    store: Store, account: Account, clock: Clock
) -> None:
    store.jobs.admit(order(account))
    running = store.jobs.claim("w")
    clock.now += 3600
    assert store.jobs.claim("w") is None
    assert store.jobs.sweep("w") == 0
    assert running is not None
    clock.now -= 7200
    store.jobs.succeed(running, PICTURE)


def test_a_job_that_is_waited_for_runs_at_once_and_is_never_resumed(
    store: Store, account: Account, clock: Clock
) -> None:
    job, _ = store.jobs.admit(order(account, waited_for=True), worker="w")
    assert (job.state, job.attempt) == ("running", 1)
    clock.now += 16
    assert store.jobs.claim("other") is None
    assert store.jobs.sweep("other") == 1
    ended = store.jobs.get(account.id, job.id)
    assert ended is not None
    assert ended.state == "failed"
    assert ended.error is not None
    assert ended.error.code == "interrupted"
    assert store.accounts.balance(account.id) == 10


def test_a_stopping_worker_hands_its_jobs_back(store: Store, account: Account) -> None:
    store.jobs.admit(order(account))
    store.jobs.claim("w")
    store.jobs.hand_back("w")
    again = store.jobs.claim("next")
    assert again is not None
    assert again.attempt == 1


def test_cancelling_gives_the_credits_back_once(store: Store, account: Account) -> None:
    queued, _ = store.jobs.admit(order(account))
    store.jobs.admit(order(account))
    for _ in range(2):
        cancelled = store.jobs.cancel(account.id, queued.id)
        assert cancelled is not None
        assert cancelled.state == "cancelled"
    running = store.jobs.claim("w")
    assert running is not None
    store.jobs.cancel(account.id, running.id)
    with pytest.raises(LeaseLost):
        store.jobs.succeed(running, PICTURE)
    assert store.accounts.balance(account.id) == 10
    assert kinds(store, account) == ["hold", "hold", "release", "release"]


def test_what_has_ended_is_not_cancelled(store: Store, account: Account) -> None:
    job, _ = store.jobs.admit(order(account, waited_for=True), worker="w")
    store.jobs.succeed(job, PICTURE)
    with pytest.raises(AlreadyEnded):
        store.jobs.cancel(account.id, job.id)
    assert store.jobs.cancel("somebody else", job.id) is None
    assert store.jobs.get("somebody else", job.id) is None


def test_the_same_key_finds_the_same_job(store: Store, account: Account) -> None:
    asked = {"idempotency_key": "k", "fingerprint": "a"}
    first, _ = store.jobs.admit(order(account, **asked))
    again, earlier = store.jobs.admit(order(account, **asked))
    assert (again.id, earlier) == (first.id, True)
    assert store.accounts.balance(account.id) == 7
    with pytest.raises(IdempotencyMismatch):
        store.jobs.admit(order(account, idempotency_key="k", fingerprint="b"))
    other = with_credits(store, 5, "ben")
    assert not store.jobs.admit(order(other, **asked))[1], "keys are each account's own"


def test_a_key_whose_first_request_is_waited_for_says_so(store: Store, account: Account) -> None:
    asked = {"idempotency_key": "k", "fingerprint": "a", "waited_for": True}
    first, _ = store.jobs.admit(order(account, **asked), worker="w")
    with pytest.raises(IdempotencyInFlight):
        store.jobs.admit(order(account, **asked), worker="w")
    store.jobs.succeed(first, PICTURE)
    again, earlier = store.jobs.admit(order(account, **asked), worker="w")
    assert earlier
    assert store.jobs.result_of(again) == b"picture"


@pytest.mark.parametrize(("status", "again"), [(400, False), (500, True)])
def test_only_a_failure_of_ours_frees_the_key(
    store: Store, account: Account, status: int, again: bool
) -> None:
    asked = {"idempotency_key": "k", "fingerprint": "a", "waited_for": True}
    first, _ = store.jobs.admit(order(account, **asked), worker="w")
    store.jobs.fail(first, Failure(status, "x", "x"))
    _, earlier = store.jobs.admit(order(account, **asked), worker="w")
    assert earlier is not again


def test_bounds_on_what_is_underway(opened: Callable[..., Store], account: Account) -> None:
    store = opened(max_queued=3, max_per_account=2)
    ben = with_credits(store, 10, "ben")
    store.jobs.admit(order(account))
    store.jobs.admit(order(account))
    with pytest.raises(TooManyJobs, match="this account has 2"):
        store.jobs.admit(order(account))
    store.jobs.admit(order(ben))
    with pytest.raises(TooManyJobs, match="are waiting"):
        store.jobs.admit(order(ben))
    store.jobs.admit(order(ben, waited_for=True), worker="w")
    assert store.accounts.balance(ben.id) == 4


def test_accounts_take_turns(store: Store, account: Account, clock: Clock) -> None:
    for _ in range(3):
        store.jobs.admit(order(account))
        clock.now += 1
    ben = with_credits(store, 3, "ben")
    store.jobs.admit(order(ben))
    order_of_service = [job.account for _ in range(4) if (job := store.jobs.claim("w"))]
    assert order_of_service == [account.id, ben.id, account.id, account.id]


def test_what_was_kept_long_enough_goes(
    opened: Callable[..., Store], account: Account, clock: Clock, tmp_path: Path
) -> None:
    store = opened(retention_seconds=7200)
    job, _ = store.jobs.admit(order(account, idempotency_key="k", fingerprint="a"))
    claimed = store.jobs.claim("w")
    assert claimed is not None
    store.jobs.succeed(claimed, PICTURE)
    clock.now += 7199
    assert store.retention.expire() == 0
    clock.now += 1
    assert store.retention.expire() == 1
    assert files(tmp_path) == []
    gone = store.jobs.get(account.id, job.id)
    assert gone is not None
    assert gone.expired
    assert store.jobs.result_of(gone) is None
    assert dict(gone.fields) == {}
    assert not store.jobs.admit(order(account, idempotency_key="k", fingerprint="a"))[1]
    clock.now += 86_400
    store.retention.expire()
    assert store.jobs.get(account.id, job.id) is None
    assert kinds(store, account) == ["hold", "capture", "hold"], "the ledger stays"


def test_retention_zero_keeps_nothing_that_was_delivered(
    opened: Callable[..., Store], account: Account, clock: Clock, tmp_path: Path
) -> None:
    store = opened(retention_seconds=0)
    waited, _ = store.jobs.admit(order(account, waited_for=True), worker="w")
    ended = store.jobs.succeed(waited, PICTURE)
    assert ended.expired
    assert files(tmp_path) == []
    store.jobs.admit(order(account))
    polled = store.jobs.claim("w")
    assert polled is not None
    polled = store.jobs.succeed(polled, PICTURE)
    clock.now += 3599
    store.retention.expire()
    assert store.jobs.result_of(polled) == b"picture", "nobody has fetched it yet"
    store.retention.delivered(polled)
    assert files(tmp_path) == []
    found = store.jobs.get(account.id, polled.id)
    assert found is not None
    assert dict(found.fields) == {}


def test_a_file_that_two_need_stays_until_both_are_done(
    store: Store, account: Account, tmp_path: Path, clock: Clock
) -> None:
    upload = store.uploads.keep(account.id, b"room", "image/png", seconds=60)
    store.jobs.admit(order(account, pictures={"main_image": b"room"}))
    assert files(tmp_path) == [b"room"]
    clock.now += 60
    store.retention.expire()
    assert store.uploads.get(upload.id) is None
    claimed = store.jobs.claim("w")
    assert claimed is not None
    assert store.jobs.data_of(claimed) == {"main_image": b"room"}
    store.jobs.fail(claimed, BROKEN)
    assert files(tmp_path) == []


def test_the_history_is_searched_and_paged(store: Store, account: Account, clock: Clock) -> None:
    start = clock.now
    for model in ("a-model", "b-model", "b_model"):
        store.jobs.admit(order(account, model=model, price=1))
        clock.now += 1

    def found(**more: object) -> tuple[list[str], int]:
        search = Search(account.id, start, clock.now, **more)  # type: ignore[arg-type]
        page, total = store.history.page(search)
        return [job.model for job in page], total

    assert found() == (["b_model", "b-model", "a-model"], 3)
    assert found(ascending=True, per_page=2, page=2) == (["b_model"], 3)
    assert found(model="b_") == (["b_model"], 1)
    assert found(states=("failed",)) == ([], 0)
    assert store.history.page(Search("other", start, clock.now)) == ([], 0)
