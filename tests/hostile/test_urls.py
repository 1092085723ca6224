"""URL mode: addresses that are never connected to, and web servers that misbehave."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import trustme
from fastapi.testclient import TestClient

from roomstage.errors import FetchRefused, RoomstageError
from roomstage.inputs import decode_image
from roomstage.server.app import build_app
from roomstage.server.config import Config
from roomstage.service import addresses as public_addresses
from roomstage.service import fetch
from roomstage.service.fetch import Fetcher, Limits
from roomstage.service.post import Poster

from . import never, web
from .addresses import Address, addresses, redirected_to
from .conftest import PATH, Server

PUBLIC = "127.0.0.2"  # stands for a public host: loopback to the machine, public to the check
QUICK = Limits(connect_seconds=0.5, total_seconds=1.0)
# What is slow by design has the time that a fetch may take, and a second on top.
PATIENT = QUICK.total_seconds + never.SECONDS
ANSWERS = web.answers()
PROMPT = [answer for answer in ANSWERS if not answer.patient]


def refusal(fetcher: Fetcher, url: str) -> FetchRefused:
    """What is said to whoever asks for `url`, within a bounded time."""
    start = time.perf_counter()
    with pytest.raises(FetchRefused) as refused:
        fetcher.fetch(url, field="main_image")
    assert time.perf_counter() - start < PATIENT
    assert len(refused.value.message) < 300
    return refused.value


# Addresses.


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(build_app(Config()), raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize("address", list(addresses()), ids=lambda address: address.url[:60])
def test_an_address_of_the_list_is_refused_unasked(
    address: Address, client: TestClient, good: dict[str, str], connections: list[Any]
) -> None:
    given = good | {"main_image": address.url}
    answer, seconds = never.timed(lambda: client.post(PATH, json=given))
    never.check(answer, seconds, given.values())
    assert answer.status_code == 400
    assert answer.json()["field"] == "main_image"
    assert connections == []


def test_all_refused_addresses_get_the_same_words(connections: list[Any]) -> None:
    words = {refusal(Fetcher(), address.url).message for address in addresses()}
    assert len(words) == 1
    assert connections == []


@pytest.mark.parametrize("address", list(addresses()), ids=lambda address: address.url[:60])
def test_no_address_of_the_list_is_told_the_end_of_a_job(
    address: Address, connections: list[Any]
) -> None:
    assert Poster().post(address.url, b"{}", {}).status == 0
    assert connections == []


# Name servers.


def pinned(*found: Sequence[str]) -> Callable[[str, int], Sequence[str]]:
    """A name server that gives one answer after the other."""
    answers = iter(found)
    return lambda host, port: next(answers)


@pytest.mark.parametrize(
    "found",
    [
        ["8.8.8.8", "127.0.0.1"],
        ["8.8.8.8", "::1"],
        ["169.254.169.254"],
        ["::ffff:10.0.0.1"],
        ["8.8.8.8", "64:ff9b::a9fe:a9fe"],
        ["8.8.8.8"] * 9 + ["10.0.0.1"],
        [],
    ],
    ids=str,
)
def test_a_name_with_any_private_address_is_refused(
    found: list[str], connections: list[Any]
) -> None:
    refusal(Fetcher(resolver=pinned(found)), "http://a.example/")
    assert connections == []


@pytest.fixture
def one_public(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public_addresses, "is_public", lambda address: address == PUBLIC)


@pytest.mark.usefixtures("one_public")
def test_a_name_server_that_changes_its_mind_gains_nothing() -> None:
    with ExitStack() as stack:
        inside, trapped = stack.enter_context(web.serving({}))
        port, seen = stack.enter_context(
            web.serving({"/a": web.reply(web.PICTURE), "/b": b""}, address=PUBLIC)
        )
        fetcher = Fetcher(resolver=pinned([PUBLIC], ["127.0.0.1"]))
        assert fetcher.fetch(f"http://a.example:{port}/a", field="x") == web.PICTURE
        hop = {"/c": web.reply(status=302, Location=f"http://a.example:{inside}/")}
        port, _ = stack.enter_context(web.serving(hop, address=PUBLIC))
        refusal(Fetcher(resolver=pinned([PUBLIC], ["127.0.0.1"])), f"http://a.example:{port}/c")
        assert len(seen) == 1
        assert trapped == []


def test_a_name_server_that_does_not_answer_is_given_up() -> None:
    end = threading.Event()

    def silent(host: str, port: int) -> Sequence[str]:
        end.wait(30)
        return []

    try:
        refusal(Fetcher(QUICK, resolver=silent), "http://a.example/")
    finally:
        end.set()


# Redirects.


@pytest.mark.usefixtures("one_public")
@pytest.mark.parametrize("hops", [1, 3])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("to", redirected_to())
def test_a_public_host_cannot_send_the_fetch_inside(to: str, status: int, hops: int) -> None:
    with ExitStack() as stack:
        inside, trapped = stack.enter_context(web.serving({"/": web.reply(web.PICTURE)}))
        to = to.replace("http://127.0.0.1/", f"http://127.0.0.1:{inside}/")
        paths = {f"/{n}": web.reply(status=status, Location=f"/{n + 1}") for n in range(1, hops)}
        paths[f"/{hops}"] = web.reply(status=status, Location=to)
        port, seen = stack.enter_context(web.serving(paths, address=PUBLIC))
        refusal(Fetcher(resolver=_this_or_numeric), f"http://{PUBLIC}:{port}/1")
        assert len(seen) == hops
        assert trapped == []


def _this_or_numeric(host: str, port: int) -> Sequence[str]:
    return [PUBLIC] if host == PUBLIC else ["127.0.0.1"]


# What servers answer.


@pytest.fixture(scope="module")
def root() -> Iterator[str]:
    with web.serving({answer.path: answer.raw for answer in ANSWERS}) as (port, _):
        yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer.path)
def test_any_answer_gives_the_picture_or_a_code(answer: web.Answer, root: str) -> None:
    most = PATIENT if answer.patient else never.SECONDS
    outcome, seconds = never.timed(lambda: _fetched(root + answer.path), most)
    assert seconds < most
    if isinstance(outcome, RoomstageError):
        assert outcome.code == answer.expect
        assert len(outcome.message) < 300
    else:
        assert answer.expect == "ok"
        assert outcome == web.PICTURE


def _fetched(url: str) -> bytes | RoomstageError:
    try:
        found = Fetcher(QUICK, allow_private=True).fetch(url, field="main_image")
        decode_image(found, field="main_image")
    except RoomstageError as error:
        return error
    return found


@pytest.mark.parametrize("answer", PROMPT, ids=lambda answer: answer.path)
def test_any_answer_through_the_server(
    answer: web.Answer, root: str, server: Server, good: dict[str, str]
) -> None:
    given = good | {"main_image": root + answer.path}
    told = server.send("POST", PATH, json=given, sent=given)
    status, code, field = never.outcome(told)
    assert (status, code) == (never.STATUS.get(answer.expect, 400), answer.expect), told.text
    assert field == (None if code == "ok" else "main_image")
    assert root.removeprefix("http://") not in told.text


@pytest.mark.parametrize("path", ["/", "/v1/furniture-staging", "/health/ready", "/openapi.json"])
def test_the_server_itself_is_no_picture(path: str, server: Server, good: dict[str, str]) -> None:
    given = good | dict.fromkeys(("main_image", "overlay_image"), server.root + path)
    told = server.send("POST", PATH, json=given, sent=given)
    assert never.outcome(told)[0] == 400


def test_a_host_that_does_not_take_the_connection_is_given_up() -> None:
    with socket.socket() as listener, ExitStack() as stack:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):  # fill what the system accepts for a program that does not
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        refusal(Fetcher(QUICK, allow_private=True), url)


# TLS.


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def tls(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


@pytest.fixture
def trusting(authority: trustme.CA, monkeypatch: pytest.MonkeyPatch) -> None:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    monkeypatch.setattr(fetch, "ssl_context", lambda: context)


def secured(certificate: trustme.LeafCert, answer: bytes) -> Any:
    return web.serving({"/": answer}, tls=tls(certificate))


@pytest.mark.usefixtures("trusting")
def test_a_sound_certificate_is_trusted_and_others_are_not(authority: trustme.CA) -> None:
    picture = web.reply(web.PICTURE)
    fetcher = Fetcher(QUICK, allow_private=True)
    yesterday = datetime.now(UTC) - timedelta(days=1)
    with secured(authority.issue_cert("127.0.0.1"), picture) as (port, _):
        assert fetcher.fetch(f"https://127.0.0.1:{port}/", field="x") == web.PICTURE
    unsound = (
        authority.issue_cert("another.example"),
        authority.issue_cert("127.0.0.1", not_after=yesterday),
        trustme.CA().issue_cert("127.0.0.1"),
    )
    for certificate in unsound:
        with secured(certificate, picture) as (port, seen):
            refusal(fetcher, f"https://127.0.0.1:{port}/")
            assert seen == []


@pytest.mark.usefixtures("trusting")
def test_a_secure_address_may_not_lead_to_an_open_one(authority: trustme.CA) -> None:
    with web.serving({"/": web.reply(web.PICTURE)}) as (open_port, seen):
        away = web.reply(status=302, Location=f"http://127.0.0.1:{open_port}/")
        with secured(authority.issue_cert("127.0.0.1"), away) as (port, _):
            refusal(Fetcher(QUICK, allow_private=True), f"https://127.0.0.1:{port}/")
        assert seen == []
