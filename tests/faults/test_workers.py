"""What the pool of workers does when work goes wrong."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from figures import Record
from roomstage.errors import (
    DeadlineExceeded,
    EngineUnavailable,
    InvalidMask,
    MemoryExceeded,
    RoomstageError,
    WorkerCrashed,
)
from roomstage.service.workers import Done, Job, Pool, Settings, WorkerFault
from server import live

from . import engine
from .loop import Loop, running
from .waiting import until

PICTURES = live.pictures()
Traces = Path


@pytest.fixture(scope="module")
def loop() -> Iterator[Loop]:
    with running() as loop:
        yield loop


@pytest.fixture(scope="module")
def traces(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traces]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in engine.installed(tmp_path_factory.mktemp("faulty")).items():
            patch.setenv(name, value)
        yield Path(os.environ[engine.TRACES])


@pytest.fixture(scope="module")
def pool(loop: Loop, traces: Traces) -> Iterator[Pool]:
    settings = Settings(engine="faulty", count=1, memory_mb=1500, job_seconds=3)
    yield from started(loop, settings)


def started(loop: Loop, settings: Settings) -> Iterator[Pool]:
    pool = Pool(settings)

    async def start() -> None:
        pool.start()

    loop.run(start())
    until(lambda: not pool.trouble())
    yield pool
    loop.run(pool.close())


def job(prompt: str, *, room: str = "", **fields: Any) -> Job:
    pictures = PICTURES | {"main_image": PICTURES["main_image"] + room.encode()}
    return Job("furniture-staging", {"prompt": prompt, **fields}, pictures, kinship=room)


def pids() -> set[int]:
    """Workers of this process, not of a server that another test keeps."""
    return {
        child.pid
        for child in psutil.Process().children()
        if any("workers.child" in word for word in child.cmdline())
    }


def check_sound(loop: Loop, pool: Pool) -> None:
    """The pool works as on its first day."""
    assert loop.run(pool.run(job("a box"))).data.startswith(b"\x89PNG")
    assert (pool.running, pool.waiting, len(pids())) == (0, 0, pool.size)


def test_a_job_comes_back_as_a_picture_with_its_report(loop: Loop, pool: Pool) -> None:
    steps: list[tuple[str, float, bytes | None]] = []
    done = loop.run(pool.run(job("a box", seed=5), lambda *step: steps.append(step)))
    assert done.data.startswith(b"\x89PNG")
    assert (done.content_type, done.seed, done.size) == ("image/png", 5, (320, 240))
    assert done.report["placement"]
    assert done.report["timings_ms"].keys() >= {"cut", "shade"}
    assert [name for name, _, _ in steps][-2:] == ["composite", "done"]
    assert [share for _, share, _ in steps] == sorted(share for _, share, _ in steps)
    (preview,) = [shown for _, _, shown in steps if shown is not None]
    assert preview.startswith(b"\xff\xd8"), "a small JPEG on the way"


def test_a_known_room_is_not_analysed_again(loop: Loop, pool: Pool) -> None:
    first, second = (loop.run(pool.run(job("a box", room="known"))) for _ in range(2))
    assert "analyse" in first.report["timings_ms"]
    assert "analyse" not in second.report["timings_ms"]
    assert first.data == second.data


def test_errors_of_the_tree_cross_with_code_field_and_message(loop: Loop, pool: Pool) -> None:
    black = live._png(live.np.zeros((240, 320), "uint8"))
    bad = job("a box")
    bad = Job(bad.slug, bad.fields, {**bad.pictures, "main_image_mask": black})
    with pytest.raises(InvalidMask) as error:
        loop.run(pool.run(bad))
    assert (error.value.code, error.value.field) == ("invalid_mask", "main_image_mask")
    assert "paint white" in error.value.message


@pytest.mark.parametrize("fault", ["raise", "exit"])
def test_a_fault_in_python_fails_its_job_and_the_worker_lives(
    fault: str, loop: Loop, pool: Pool
) -> None:
    before = pids()
    with pytest.raises(WorkerFault, match="Traceback"):
        loop.run(pool.run(job(fault)))
    assert pids() == before
    check_sound(loop, pool)


def test_a_worker_killed_amid_a_job_is_replaced_and_the_job_done(loop: Loop, pool: Pool) -> None:
    before, crashes = pids(), pool.restarts["crash"]
    assert loop.run(pool.run(job("once killed"))).data.startswith(b"\x89PNG")
    assert pool.restarts["crash"] == crashes + 1
    assert not pids() & before
    check_sound(loop, pool)


@pytest.mark.parametrize("fault", ["segfault", "abort", "leave"])
def test_a_job_that_kills_every_worker_fails_after_the_second(
    fault: str, loop: Loop, pool: Pool
) -> None:
    crashes = pool.restarts["crash"]
    poison, harmless = (loop.begin(pool.run(job(prompt))) for prompt in (fault, "a box"))
    with pytest.raises(WorkerCrashed, match="died 2 times"):
        poison.result(30)
    assert harmless.result(30).data.startswith(b"\x89PNG")
    assert pool.restarts["crash"] == crashes + 2
    check_sound(loop, pool)


@pytest.mark.parametrize("fault", ["hang", "spin"])
def test_a_hung_job_ends_at_its_deadline_and_its_slot_waits_for_its_worker(
    fault: str, loop: Loop, pool: Pool
) -> None:
    """BentoML #5642: two jobs must never share a slot because one has timed out."""
    (worker,) = pids()
    hung = loop.begin(pool.run(job(fault)))
    following = loop.begin(pool.run(job("a box")))
    with pytest.raises(DeadlineExceeded, match="took longer than 3 s"):
        hung.result(30)
    following.result(30)
    assert not psutil.pid_exists(worker)
    check_sound(loop, pool)


def test_a_job_that_devours_memory_fails_alone(loop: Loop, pool: Pool) -> None:
    (worker,) = pids()
    with pytest.raises(MemoryExceeded, match="more memory"):
        loop.run(pool.run(job("devour")))
    check_sound(loop, pool)
    assert not psutil.pid_exists(worker)  # its heap went with it


def test_a_running_job_is_cancelled_at_its_next_step(
    loop: Loop, pool: Pool, traces: Traces
) -> None:
    before = pids()
    running = loop.begin(pool.run(job("pause begun 0.3")))
    until((traces / "begun").exists)
    running.cancel()
    check_sound(loop, pool)
    assert pids() == before


def test_a_job_that_heeds_no_cancel_is_killed(loop: Loop, pool: Pool, traces: Traces) -> None:
    before = pids()
    hung = loop.begin(pool.run(job("pause deaf 3600")))
    until((traces / "deaf").exists)
    hung.cancel()
    check_sound(loop, pool)
    assert not pids() & before


def test_a_waiting_job_is_cancelled_without_a_trace(loop: Loop, pool: Pool, traces: Traces) -> None:
    first = loop.begin(pool.run(job("pause first 0.5")))
    waiting = loop.begin(pool.run(job("pause second 0")))
    until(lambda: pool.waiting == 1)
    waiting.cancel()
    first.result(30)
    check_sound(loop, pool)
    assert not (traces / "second").exists()


def test_signals_to_the_group_leave_workers_to_the_service(loop: Loop, pool: Pool) -> None:
    before = pids()
    for pid in before:
        os.kill(pid, signal.SIGTERM)
        os.kill(pid, signal.SIGINT)
    check_sound(loop, pool)
    assert pids() == before


def test_an_idle_worker_that_dies_or_stops_is_found_out(
    loop: Loop, traces: Traces, record_property: Record
) -> None:
    settings = Settings(engine="faulty", count=1, job_seconds=1, canary_seconds=0.2)
    pools = started(loop, settings)
    pool = next(pools)
    (worker,) = pids_beside(pool)
    os.kill(worker, signal.SIGKILL)
    noticed = until(lambda: pool.restarts["idle"] == 1)
    ready = until(lambda: not pool.trouble())
    record_property("killed: noticed after {} s", noticed)
    record_property("its place taken after {} s more", ready)
    (worker,) = pids_beside(pool)
    os.kill(worker, signal.SIGSTOP)
    noticed = until(lambda: pool.restarts["canary"] == 1)
    record_property("stopped: noticed after {} s where a canary has 1 s", noticed)
    until(lambda: not pool.trouble())
    assert next(pools, None) is None


def pids_beside(pool: Pool) -> list[int]:
    return [worker.pid for worker in pool._workers if worker.alive]


def test_workers_that_die_at_their_start_are_renewed_ever_more_slowly(
    loop: Loop, traces: Traces, monkeypatch: pytest.MonkeyPatch, record_property: Record
) -> None:
    monkeypatch.setenv("FAULTY_AT_START", "1")
    pool = Pool(Settings(engine="faulty", count=1))

    async def starts() -> list[float]:
        pool.start()
        seen = [time.monotonic()]
        while len(seen) < 3:
            while pool.restarts["start"] < len(seen):
                await asyncio.sleep(0.01)
            seen.append(time.monotonic())
        return seen

    began, first, second = loop.run(starts())
    record_property("the first dead after {} s", first - began)
    record_property("the second {} s later", second - first)
    assert second - first >= 0.2
    assert pool.trouble() == "the workers do not start"
    loop.run(pool.close())


def test_an_engine_that_cannot_run_here_is_told(
    loop: Loop, traces: Traces, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAULTY_MISSING", "no such GPU: take engine cpu")
    pool = Pool(Settings(engine="faulty", count=1))

    async def start() -> None:
        pool.start()

    loop.run(start())
    until(lambda: "no such GPU" in (pool.trouble() or ""))
    loop.run(pool.close())
    assert EngineUnavailable.code == "engine_unavailable"


def test_closing_ends_jobs_and_leaves_no_process(loop: Loop, traces: Traces) -> None:
    before = pids()
    pools = started(loop, Settings(engine="faulty", count=1))
    pool = next(pools)
    doomed: list[Any] = [loop.begin(pool.run(job(p))) for p in ("pause doomed 3600", "a box")]
    until((traces / "doomed").exists)
    assert next(pools, None) is None
    for one in doomed:
        with pytest.raises(RoomstageError, match="is stopping"):
            one.result(10)
    assert pids() == before


def test_one_room_goes_to_one_worker_and_many_rooms_to_all(loop: Loop, traces: Traces) -> None:
    pools = started(loop, Settings(engine="faulty", count=2))
    pool = next(pools)
    until(lambda: len(pool._idle) == 2)

    def analysed(rooms: list[str]) -> list[bool]:
        dones: list[Done] = [loop.run(pool.run(job("a box", room=room))) for room in rooms]
        return ["analyse" in done.report["timings_ms"] for done in dones]

    assert analysed(["a", "b", "a", "b", "a"]) == [True, True, False, False, False]
    assert next(pools, None) is None
