"""Connections that break, servers that are busy, callers that leave."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from roomstage.client import (
    AsyncClient,
    Client,
    ClientError,
    RequestRefused,
    ServerBusy,
    ServerUnreachable,
)
from roomstage.client.again import Patience
from server import ledger, live

from .conftest import Call
from .drawn import mask
from .trouble import Fault, Proxy

BYTES = live.pictures()
SUBMIT, EVENTS, JOB, PICTURE = "^/v2/furniture", "/events$", "^/v2/requests/[^/]+$", "^/results/"
TWO: dict[str, Any] = {name: BYTES[name] for name in ("main_image", "overlay_image")}


@pytest.mark.parametrize("kind", ["lose", "half"])
@pytest.mark.usefixtures("quick")
def test_a_submission_whose_answer_was_lost_is_one_job_and_one_charge(
    kind: Any, proxy: Proxy, call: Call, database: str
) -> None:
    before, jobs = ledger.balance(database), _jobs(database)
    proxy.faults = [Fault(kind, "POST", SUBMIT, times=2)]
    result = call(proxy.root, "stage", **TWO, prompt="a box")
    assert proxy.count("POST", SUBMIT) == 3
    assert len(set(proxy.keys)) == 1
    assert len(_jobs(database) - jobs) == 1
    assert ledger.balance(database) == before - 12 == result.remaining_credits


@pytest.mark.usefixtures("quick")
def test_two_calls_are_two_jobs_unless_they_have_one_key(
    proxy: Proxy, call: Call, database: str
) -> None:
    jobs = _jobs(database)
    for key in (None, None, "mine-" + str(id(proxy)), "mine-" + str(id(proxy))):
        call(proxy.root, "run", "furniture-staging", **TWO, prompt="a box", idempotency_key=key)
    assert len(_jobs(database) - jobs) == 3


def test_a_busy_server_is_asked_again_when_it_says(
    proxy: Proxy, call: Call, quick: list[float]
) -> None:
    soon = formatdate(time.time() + 50, usegmt=True)
    proxy.faults = [
        Fault("answer", "POST", SUBMIT, status=429, headers={"Retry-After": "7"}),
        Fault("answer", "POST", SUBMIT, status=503, headers={"Retry-After": soon}),
        Fault("answer", "POST", SUBMIT, status=502),
        Fault("answer", "POST", SUBMIT, status=504),
    ]
    call(proxy.root, "stage", **TWO, prompt="a box")
    assert proxy.count("POST", SUBMIT) == 5
    assert quick[0] == 7
    assert 45 < quick[1] <= 50
    assert max(quick[2:4]) < 1


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("status", [400, 401, 404, 406, 409, 413, 422, 500])
def test_what_asking_again_does_not_change_is_asked_once(
    status: int, proxy: Proxy, key: str
) -> None:
    proxy.faults = [Fault("answer", "POST", SUBMIT, times=9, status=status)]
    with Client(proxy.root, key) as client, pytest.raises(ClientError) as refused:
        client.submit("furniture-staging", prompt="x", **TWO)
    assert refused.value.status == status
    assert proxy.count("POST", SUBMIT) == 1


@pytest.mark.usefixtures("quick")
def test_a_server_that_stays_busy_is_told(proxy: Proxy, call: Call) -> None:
    body = b'{"error": "too many waiting", "code": "too_many_requests", "request_id": "r1"}'
    proxy.faults = [Fault("answer", "POST", SUBMIT, times=99, status=429, body=body)]
    with pytest.raises(ServerBusy) as busy:
        call(proxy.root, "stage", **TWO, prompt="a box", client={"retries": 2})
    assert proxy.count("POST", SUBMIT) == 3
    assert (busy.value.code, busy.value.request_id) == ("too_many_requests", "r1")


def test_a_server_that_wants_to_be_left_alone_for_an_hour_is_not_waited_for(
    proxy: Proxy, key: str, quick: list[float]
) -> None:
    proxy.faults = [Fault("answer", "POST", SUBMIT, headers={"Retry-After": "3600"})]
    with Client(proxy.root, key) as client, pytest.raises(ServerBusy):
        client.submit("furniture-staging", prompt="x", **TWO)
    assert quick == []


@pytest.mark.usefixtures("quick")
def test_nobody_there_is_told(call: Call) -> None:
    with pytest.raises(ServerUnreachable, match="check that it runs"):
        call("http://127.0.0.1:9", "stage", **TWO, prompt="x")


@pytest.mark.usefixtures("quick")
def test_a_stranger_s_answer_is_no_traceback(proxy: Proxy, call: Call) -> None:
    page = b"<html>welcome</html>"
    for status, words in ((200, "root"), (403, "welcome"), (301, "sends on to")):
        proxy.faults = [Fault("answer", "GET", "credits", status=status, body=page)]
        with pytest.raises(ClientError, match=words):
            call(proxy.root, "credits")
    proxy.faults = [Fault("answer", "POST", SUBMIT, status=200, body=page)]
    with pytest.raises(ClientError, match="request_id"):
        call(proxy.root, "stage", **TWO, prompt="x")


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("kind", ["lose", "half"])
def test_a_picture_whose_download_broke_is_fetched_again(
    kind: Any, proxy: Proxy, call: Call
) -> None:
    proxy.faults = [Fault(kind, "GET", PICTURE)]
    result = call(proxy.root, "stage", **TWO, prompt="a box")
    assert proxy.count("GET", PICTURE) == 2
    assert result.content.endswith(b"IEND\xaeB`\x82")


@pytest.mark.usefixtures("quick")
def test_a_stream_of_events_that_was_cut_is_resumed(proxy: Proxy, call: Call) -> None:
    proxy.faults = [Fault("cut events", "GET", EVENTS, times=2)]
    steps: list[str] = []
    result = call(
        proxy.root, "stage", **TWO, prompt="a box", on_progress=lambda step, _: steps.append(step)
    )
    assert result.content
    assert steps[-1] == "done"


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "no events"},
        {"kind": "answer", "status": 404},
        {"kind": "answer", "status": 200, "body": b"<html>"},
        {"kind": "lose"},
    ],
    ids=["silent", "unknown", "a page", "broken"],
)
def test_without_events_the_job_is_asked_for(
    fault: dict[str, Any], proxy: Proxy, call: Call
) -> None:
    proxy.faults = [
        Fault(method="GET", path=EVENTS, times=99, **fault),
        Fault("lose", "GET", JOB),
    ]
    assert call(proxy.root, "stage", **TWO, prompt="a box").content
    assert proxy.count("GET", EVENTS) <= 2
    assert proxy.count("GET", JOB) >= 2


@pytest.mark.usefixtures("quick")
def test_a_refusal_is_told_without_events_too(proxy: Proxy, call: Call) -> None:
    proxy.faults = [Fault("no events", "GET", EVENTS, times=99)]
    with pytest.raises(RequestRefused) as refused:
        call(proxy.root, "stage", **TWO, prompt="a box", main_image_mask=mask(320, 240, 0))
    assert refused.value.field == "main_image_mask"
    assert proxy.count("GET", JOB) >= 1


def test_links_are_fetched_under_the_root_that_the_client_knows(proxy: Proxy, call: Call) -> None:
    """The server tells its own address, which may be one inside a container."""
    call(proxy.root, "stage", **TWO, prompt="a box")
    assert proxy.count("GET", PICTURE) == 1


def test_pauses_grow_and_are_never_the_same() -> None:
    patience = Patience(first=1, longest=8)
    for attempt, most in enumerate((1, 2, 4, 8, 8)):
        pauses = {patience.pause(attempt) for _ in range(50)}
        assert len(pauses) > 10
        assert most / 2 <= min(pauses) <= max(pauses) <= most
    assert patience.pause(10_000) <= 8


def test_a_callback_that_raises_has_the_job_cancelled(
    server: str, call: Call, database: str, busy: Callable[[], None]
) -> None:
    before = ledger.balance(database)
    busy()

    def stop(step: str, share: float) -> None:
        raise ZeroDivisionError(step)

    with pytest.raises(ZeroDivisionError):
        call(server, "stage", **TWO, prompt="a box", on_progress=stop)
    _settled(database, before - 12 * BUSY)


def test_a_cancelled_task_cancels_its_job(
    server: str, key: str, database: str, busy: Callable[[], None]
) -> None:
    before = ledger.balance(database)
    busy()

    async def leave() -> None:
        async with AsyncClient(server, key) as client:
            begun = asyncio.Event()
            task = asyncio.create_task(
                client.stage(**TWO, prompt="a box", on_progress=lambda *_: begun.set())
            )
            await begun.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(leave())
    _settled(database, before - 12 * BUSY)


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("name", ["Client", "AsyncClient"])
def test_ctrl_c_cancels_the_job(
    name: str,
    server: str,
    key: str,
    database: str,
    pictures: dict[str, Path],
    busy: Callable[[], None],
) -> None:
    before = ledger.balance(database)
    program = (
        "import asyncio, sys, roomstage\n"
        "arguments = sys.argv[3], sys.argv[4]\n"
        "def show(step, share): print(step, flush=True)\n"
        "def blocking():\n"
        "    with roomstage.Client(*sys.argv[1:3]) as client:\n"
        "        client.stage(*arguments, prompt='a box', on_progress=show)\n"
        "async def on_a_loop():\n"
        "    async with roomstage.AsyncClient(*sys.argv[1:3]) as client:\n"
        "        await client.stage(*arguments, prompt='a box', on_progress=show)\n"
        f"blocking() if '{name}' == 'Client' else asyncio.run(on_a_loop())\n"
    )
    busy()
    arguments = [server, key, *(str(pictures[n]) for n in ("main_image", "overlay_image"))]
    with subprocess.Popen(
        [sys.executable, "-c", program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"queued"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert b"KeyboardInterrupt" in errors
    _settled(database, before - 12 * BUSY)


BUSY = 24  # jobs that keep the only worker busy for longer than a program takes to start


@pytest.fixture
def busy(server: str, key: str) -> Callable[[], None]:
    """Gives the server so much to do that the next job waits."""

    def submit() -> None:
        with Client(server, key) as client:
            for _ in range(BUSY):
                client.submit("furniture-staging", prompt="a box", steps=100, **TWO)

    return submit


def _settled(database: str, balance: int) -> None:
    """Wait until nothing is held, then hold the balance against what it should be."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with ledger.store(database) as store:
            counts = store.jobs.counts()
        if not counts.get("queued") and not counts.get("running"):
            break
        threading.Event().wait(0.02)
    assert ledger.balance(database) == balance


def _jobs(database: str) -> set[str]:
    with ledger.store(database) as store:
        account = store.accounts.named("anna").id
        return {entry.job for entry in store.accounts.entries(account, last=10_000) if entry.job}
