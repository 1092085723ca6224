"""What callers see of faults in workers and connections, on one real server."""

from __future__ import annotations

import re
import socket
import struct
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
import requests

from figures import Record

from . import served
from .served import Served
from .waiting import until

HEAD_SECONDS = BODY_SECONDS = 1
CONNECTIONS = 40


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served.server(
        tmp_path_factory.mktemp("served"),
        concurrency=2,
        job_seconds=4,
        worker_memory_mb=1500,
        max_waiting=3,
        head_seconds=HEAD_SECONDS,
        body_seconds=BODY_SECONDS,
        max_connections=CONNECTIONS,
    ) as running:
        yield running


def check_sound(server: Served) -> None:
    """Nothing is left of a fault: all slots filled, nobody waits, pictures come out."""
    until(lambda: server.figure("roomstage_underway") == 0)
    until(lambda: len(server.workers()) == 2)
    until(server.ready)
    assert server.stage().content.startswith(b"\x89PNG")


def test_f1_a_worker_killed_amid_a_request_costs_time_only(
    server: Served, record_property: Record
) -> None:
    right = server.stage("a box").content
    answer = server.stage("once killed")
    record_property("the right picture after {} s", answer.elapsed.total_seconds())
    assert (answer.status_code, answer.content) == (200, right)
    assert server.figure('roomstage_worker_restarts_total{reason="crash"}') >= 1
    check_sound(server)


def test_f2_a_segfault_fails_its_request_and_no_other(
    server: Served, record_property: Record
) -> None:
    with ThreadPoolExecutor(4) as threads:
        poison = threads.submit(server.stage, "segfault")
        others = [threads.submit(server.stage) for _ in range(3)]
    answer = poison.result()
    assert (answer.status_code, answer.json()["code"]) == (500, "worker_crashed")
    assert "Traceback" not in answer.text
    assert [other.result().status_code for other in others] == [200, 200, 200]
    record_property("500 after {} s", answer.elapsed.total_seconds())
    for other in others:
        record_property("pictures beside it {} s", other.result().elapsed.total_seconds())
    check_sound(server)


def test_f3_a_request_that_devours_memory_fails_alone(
    server: Served, record_property: Record
) -> None:
    answer = server.stage("devour")
    record_property("413 after {} s", answer.elapsed.total_seconds())
    assert (answer.status_code, answer.json()["code"]) == (413, "memory_exceeded")
    check_sound(server)
    most = max(worker.memory_info().rss for worker in server.workers())
    record_property("workers have {} MB then", most / 1e6)
    assert most < 1_000_000_000


def test_f11_an_engine_that_raises_is_told_in_the_log_alone(
    server: Served, record_property: Record
) -> None:
    answer = server.stage("raise")
    record_property("500 after {} s", answer.elapsed.total_seconds())
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "a fault of the engine" not in answer.text
    until(lambda: "ZeroDivisionError: a fault of the engine" in "".join(server.log))
    check_sound(server)


def test_f12_a_hung_engine_is_ended_at_the_deadline(
    server: Served, record_property: Record
) -> None:
    before = {worker.pid for worker in server.workers()}
    answer = server.stage("hang")
    record_property("504 after {} s where the deadline is 4 s", answer.elapsed.total_seconds())
    assert (answer.status_code, answer.json()["code"]) == (504, "deadline_exceeded")
    check_sound(server)
    assert len(before & {worker.pid for worker in server.workers()}) == 1


def test_a_full_queue_is_429_before_the_body_is_read(
    server: Served, record_property: Record
) -> None:
    with ThreadPoolExecutor(5) as threads:
        busy = [threads.submit(server.stage, f"pause busy{n} 1") for n in range(5)]
        until(lambda: server.figure("roomstage_underway") == 5)
        assert not server.ready()
        with connected(server) as end:  # a body that never comes
            end.sendall(head(1_000_000))
            start = time.monotonic()
            answer = end.recv(4096)
            record_property("429 after {} ms", 1000 * (time.monotonic() - start))
    assert answer.startswith(b"HTTP/1.1 429 ")
    found = re.search(rb"(?i)\r\nretry-after: (\d+)\r\n", answer)
    assert found
    record_property("Retry-After {} s", int(found[1]))
    assert [one.result().status_code for one in busy] == [200] * 5
    assert server.figure("roomstage_rejected_total") >= 1
    check_sound(server)


def test_f10_a_client_that_leaves_takes_its_work_along(
    server: Served, record_property: Record
) -> None:
    with pytest.raises(requests.Timeout):
        server.stage("pause run 2", wait=1)
    freed = until(lambda: server.figure("roomstage_underway") == 0)
    record_property("its place free {} s after it left, amid a step of 2 s", freed)
    for cut in (200, 20_000):  # during the upload
        with connected(server) as end:
            body, kind = multipart("a box")
            end.sendall((head(len(body), kind) + body)[:cut])
    with connected(server) as end:  # during the download
        body, kind = multipart("a box")
        end.sendall(head(len(body), kind) + body)
        end.recv(100)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    check_sound(server)


def test_f10_a_client_that_leaves_the_queue_is_never_worked_for(server: Served) -> None:
    with ThreadPoolExecutor(2) as threads:
        busy = [threads.submit(server.stage, f"pause b{n} 1.5") for n in range(2)]
        server.begun("b0")
        server.begun("b1")
        with pytest.raises(requests.Timeout):
            server.stage("pause abandoned 0", wait=0.5)
        assert [one.result().status_code for one in busy] == [200, 200]
    check_sound(server)
    assert not (server.traces / "abandoned").exists()


POST = b"POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{"


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        (b"", b""),
        (b"POST /v1/furn", b"HTTP/1.1 408 "),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX-A: ", b"HTTP/1.1 408 "),
        (POST % b"/v1/furniture-staging", b"HTTP/1.1 408 "),
        (POST % b"/nothing", b"HTTP/1.1 404 "),
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HT", b"HTTP/1.1 200 "),
    ],
)
def test_f19_what_is_half_sent_is_cut_off(
    sent: bytes, answered: bytes, server: Served, record_property: Record
) -> None:
    start = time.monotonic()
    with connected(server) as end:
        end.settimeout(30)
        end.sendall(sent)
        got = everything(end)
    assert got.startswith(answered)
    took = time.monotonic() - start
    record_property(
        "cut off after {} s where head and body have 1 s and an unread body 5 more", took
    )
    assert took < 20


@pytest.mark.parametrize(("piece", "pause"), [(b"X-A: b\r\n", 0.05), (b"X" * 9999, 0.0)])
def test_f19_a_trickle_of_head_and_a_flood_of_it_are_cut_off(
    piece: bytes, pause: float, server: Served
) -> None:
    with connected(server) as end:
        end.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n")
        with pytest.raises(OSError, match=r"(?i)pipe|reset"):
            send_on(end, piece, pause)


def send_on(end: socket.socket, piece: bytes, pause: float) -> None:
    until_then = time.monotonic() + 20
    while time.monotonic() < until_then:
        end.sendall(piece)
        time.sleep(pause)


def test_f19_crowds_of_silent_clients_leave_room_for_others(
    server: Served, record_property: Record
) -> None:
    idle: list[socket.socket] = []
    stop = threading.Event()

    def crowd() -> None:
        while not stop.is_set():
            end = connected(server)
            idle.append(end)
            time.sleep(0.002)

    crowding = threading.Thread(target=crowd)
    crowding.start()
    try:
        until(lambda: len(idle) > 3 * CONNECTIONS)
        answer = server.stage()
        assert answer.status_code == 200
        files = psutil.Process(server.process.pid).num_fds()
    finally:
        stop.set()
        crowding.join()
        for end in idle:
            end.close()
    record_property("a picture after {} s among 120 silent clients", answer.elapsed.total_seconds())
    record_property("{} open files where 40 connections may be", files)
    assert files < 3 * CONNECTIONS
    check_sound(server)


def connected(server: Served) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), 20)


def head(length: int, kind: str = "application/json") -> bytes:
    return (
        f"POST /v1/furniture-staging HTTP/1.1\r\nHost: a\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {length}\r\n\r\n"
    ).encode()


def multipart(prompt: str) -> tuple[bytes, str]:
    prepared = requests.Request(
        "POST", "http://a/", data={"prompt": prompt}, files=served.FILES
    ).prepare()
    assert isinstance(prepared.body, bytes)
    return prepared.body, str(prepared.headers["Content-Type"])


def everything(end: socket.socket) -> bytes:
    got = bytearray()
    try:
        while part := end.recv(65_536):
            got += part
    except ConnectionResetError:
        pass  # cut off, as hard as it gets
    return bytes(got)
