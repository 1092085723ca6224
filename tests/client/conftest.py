"""One real server for all tests of the client, a proxy before it, and both clients as one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from roomstage.client import AsyncClient, Client, again
from roomstage.server.app import build_app
from roomstage.server.config import Config
from server import ledger, live

from . import trouble

Call = Callable[..., Any]


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("store") / "store.sqlite3")


@pytest.fixture(scope="session")
def key(database: str) -> str:
    """A key of the account anna."""
    return ledger.new_key(database, credits=12_000)


@pytest.fixture(scope="session")
def server(database: str, key: str) -> Iterator[str]:
    """The root of a real server with workers."""
    with live.running(build_app(Config(database=database, concurrency=1))) as root:
        yield root


@pytest.fixture
def proxy(server: str) -> Iterator[trouble.Proxy]:
    with trouble.before(server) as proxy:
        yield proxy


@pytest.fixture
def pictures(tmp_path: Path) -> dict[str, Path]:
    """Four picture files, by field."""
    paths = {name: tmp_path / f"{name}.png" for name in live.pictures()}
    for name, data in live.pictures().items():
        paths[name].write_bytes(data)
    return paths


@pytest.fixture(params=["blocking", "async"])
def call(request: pytest.FixtureRequest, key: str) -> Call:
    """Calls a method of either client: call(root, "stage", ..., then="wait").

    `then` is a method of what came back; `client` are arguments of the client.
    """

    def blocking(
        root: str, method: str, *args: Any, then: str = "", client: Any = None, **named: Any
    ) -> Any:
        given: dict[str, Any] = {"api_key": key} | (client or {})
        with Client(root, **given) as opened:
            found = getattr(opened, method)(*args, **named)
            return getattr(found, then)() if then else found

    def on_a_loop(
        root: str, method: str, *args: Any, then: str = "", client: Any = None, **named: Any
    ) -> Any:
        async def called() -> Any:
            given: dict[str, Any] = {"api_key": key} | (client or {})
            async with AsyncClient(root, **given) as opened:
                found = await getattr(opened, method)(*args, **named)
                return await getattr(found, then)() if then else found

        return asyncio.run(called())

    return blocking if request.param == "blocking" else on_a_loop


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Pauses are noted and take no time."""
    pauses: list[float] = []
    monkeypatch.setattr(again.Patience, "pause", lambda self, attempt: 0.001)

    def slept(seconds: float) -> None:
        pauses.append(seconds)

    async def slept_on_a_loop(seconds: float) -> None:
        pauses.append(seconds)
        await asyncio.sleep(0)

    monkeypatch.setattr("roomstage.client.sync.time.sleep", slept)
    monkeypatch.setattr("roomstage.client.aio.anyio.sleep", slept_on_a_loop)
    return pauses
