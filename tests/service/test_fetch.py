from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from hostile.addresses import addresses
from roomstage.errors import FetchRefused
from roomstage.service import addresses as public_addresses
from roomstage.service.fetch import Fetcher, Limits

PUBLIC = "127.0.0.2"  # stands for a public host: loopback to the machine, public to the check
REFUSED = (
    "main_image could not be fetched from that address: give a public http or https URL of the "
    "picture itself, or send the picture as base64"
)


@pytest.mark.parametrize("url", [address.url for address in addresses()])
def test_forbidden_addresses_are_refused_alike_and_never_connected_to(
    url: str, connections: list[Any]
) -> None:
    with pytest.raises(FetchRefused) as refusal:
        Fetcher().fetch(url, field="main_image")
    assert connections == []
    assert refusal.value.message == REFUSED
    assert refusal.value.field == "main_image"


@pytest.mark.parametrize("found", [["8.8.8.8", "127.0.0.1"], ["8.8.8.8", "::1"], ["10.0.0.1"], []])
def test_a_name_with_any_private_address_is_refused(
    found: list[str], connections: list[Any]
) -> None:
    with pytest.raises(FetchRefused, match="from that address"):
        Fetcher(resolver=lambda host, port: found).fetch("http://a.example/", field="main_image")
    assert connections == []


def test_a_closed_public_port_and_a_private_address_give_the_same_words(
    connections: list[Any],
) -> None:
    with pytest.raises(FetchRefused) as refusal:
        Fetcher(resolver=lambda host, port: ["8.8.8.8"]).fetch(
            "http://a.example/", field="main_image"
        )
    assert connections == [("8.8.8.8", 80)]
    assert refusal.value.message == REFUSED


@pytest.fixture
def one_public(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public_addresses, "is_public", lambda address: address == PUBLIC)


@pytest.mark.usefixtures("one_public")
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0", "[::ffff:127.0.0.1]"])
def test_a_redirect_into_the_machine_is_refused_and_not_followed(
    host: str, serve: Callable[[str], Any]
) -> None:
    trap, public = serve("127.0.0.1"), serve(PUBLIC)
    inside = f"http://{host}:{trap.server_port}/picture"
    with pytest.raises(FetchRefused) as refusal:
        Fetcher().fetch(f"{public.url}/go?{public.url}/go?{inside}", field="main_image")
    assert refusal.value.message == REFUSED
    assert len(public.seen) == 2
    assert trap.seen == []


@pytest.mark.usefixtures("one_public")
def test_the_checked_address_is_the_one_connected_to(serve: Callable[[str], Any]) -> None:
    """A name server that answers with something else the second time gains nothing."""
    trap, public = serve("127.0.0.1"), serve(PUBLIC)
    answers = iter([[PUBLIC], ["127.0.0.1"]])

    def rebinding(host: str, port: int) -> Sequence[str]:
        return next(answers)

    url = f"http://rebind.example:{public.server_port}/picture"
    assert Fetcher(resolver=rebinding).fetch(url, field="main_image")
    assert public.seen[0][1]["Host"] == f"rebind.example:{public.server_port}"
    assert trap.seen == []


def test_loopback_is_fetched_when_explicitly_allowed(serve: Callable[..., Any]) -> None:
    server = serve()
    fetcher = Fetcher(allow_private=True)
    plain = fetcher.fetch(f"{server.url}/picture", field="main_image")
    assert plain.startswith(b"\x89PNG")
    assert fetcher.fetch(f"{server.url}/to-picture", field="main_image") == plain
    assert fetcher.fetch(f" {server.url}/unannounced ", field="main_image") == plain
    assert server.seen[0][1]["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/empty", "is empty at its address"),
        ("/gzip", "came compressed"),
        ("/part", "status 206"),
        ("/gone", "status 404"),
        ("/nothing", "status 204"),
        ("/loop", "redirected more than 3 times"),
        ("/nowhere", "redirected more than 3 times"),
        ("/to-file", "from that address"),
        ("/short", "from that address"),
        ("/garbage-chunks", "from that address"),
        ("/announces-much", "has more than 20 MB"),
    ],
)
def test_answers_that_are_no_picture_are_refused(
    path: str, words: str, serve: Callable[..., Any]
) -> None:
    with pytest.raises(FetchRefused, match=words):
        Fetcher(allow_private=True).fetch(serve().url + path, field="main_image")


def test_the_byte_limit_holds_for_bodies_of_unknown_length(serve: Callable[..., Any]) -> None:
    fetcher = Fetcher(Limits(max_bytes=500), allow_private=True)
    with pytest.raises(FetchRefused, match="has more than"):
        fetcher.fetch(f"{serve().url}/unannounced", field="main_image")


def test_a_trickle_of_bytes_ends_at_the_deadline(serve: Callable[..., Any]) -> None:
    fetcher = Fetcher(Limits(total_seconds=0.3), allow_private=True)
    with pytest.raises(FetchRefused, match="from that address"):
        fetcher.fetch(f"{serve().url}/slow", field="main_image")
