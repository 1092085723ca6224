from __future__ import annotations

from roomstage.service.store import Account, Failure, Result, Store
from roomstage.service.store.deliveries import WAITS, Delivery

from .conftest import Clock, order

URL = "https://a.example/hook"


def ended(store: Store, account: Account) -> None:
    store.jobs.admit(order(account, webhook_url=URL, price=0))
    job = store.jobs.claim("w")
    assert job is not None
    store.jobs.succeed(job, Result(b"x", "image/png", {}))


def taken(store: Store) -> Delivery:
    found = store.deliveries.take()
    assert found is not None
    return found


def test_each_end_queues_one_message_and_a_job_without_an_address_none(
    store: Store, account: Account
) -> None:
    ended(store, account)
    assert taken(store).url == URL
    assert store.deliveries.take() is None, "it is being sent"
    for attempt in ("fail", "cancel"):
        job, _ = store.jobs.admit(order(account, webhook_url=URL, price=0))
        if attempt == "cancel":
            store.jobs.cancel(account.id, job.id)
        else:
            claimed = store.jobs.claim("w")
            assert claimed is not None
            store.jobs.fail(claimed, Failure(400, "x", "x"))
        assert taken(store).job == job.id
    store.jobs.admit(order(account, waited_for=True, price=0), worker="w")
    assert store.deliveries.take() is None


def test_a_message_is_tried_at_growing_intervals_and_then_given_up(
    store: Store, account: Account, clock: Clock
) -> None:
    ended(store, account)
    first = taken(store)
    delivery = first
    for wait in WAITS:
        store.deliveries.failed(delivery, "status 500")
        clock.now += wait - 1
        assert store.deliveries.take() is None
        clock.now += 1
        delivery = taken(store)
        assert (delivery.id, delivery.body) == (first.id, first.body)
    store.deliveries.failed(delivery, "status 500")
    clock.now += 10 * WAITS[-1]
    assert store.deliveries.take() is None
    assert [row[2:] for row in store.deliveries.log(account.id)] == [
        ("given_up", len(WAITS) + 1, "status 500")
    ]


def test_the_receiver_may_ask_for_patience_and_for_silence(
    store: Store, account: Account, clock: Clock
) -> None:
    ended(store, account)
    store.deliveries.failed(taken(store), "status 429", wait=600)
    clock.now += 599
    assert store.deliveries.take() is None
    clock.now += 1
    store.deliveries.failed(taken(store), "status 410", for_good=True)
    clock.now += 10 * WAITS[-1]
    assert store.deliveries.take() is None


def test_a_message_whose_sender_died_is_sent_by_another(
    store: Store, account: Account, clock: Clock
) -> None:
    ended(store, account)
    first = taken(store)
    clock.now += 60
    again = taken(store)
    assert (again.id, again.attempt) == (first.id, 2)
    store.deliveries.delivered(again, "status 200")
    clock.now += 3600
    assert store.deliveries.take() is None
