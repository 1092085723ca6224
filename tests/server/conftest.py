"""A model that paints nothing, so that the tests of HTTP are about HTTP."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pytest
from fastapi.testclient import TestClient

from roomstage.models import Output
from roomstage.models.base import RoomStore
from roomstage.models.furniture_staging import FurnitureStagingParams
from roomstage.params import Params
from roomstage.server import models, openapi
from roomstage.server.app import build_app
from roomstage.server.config import Config

PAINTED = b"\x89PNG\r\n\x1a\n painted"


@dataclass
class _Room:
    nbytes: int = 100


@dataclass
class FakeModel:
    """Records its calls; `act` may raise or block in place of work."""

    slug: ClassVar[str] = "furniture-staging"
    summary: ClassVar[str] = "Paints nothing"
    schema: ClassVar[type[Params]] = FurnitureStagingParams
    credits: ClassVar[int] = 12
    calls: list[tuple[Any, dict[str, bytes]]] = field(default_factory=list)
    analyses: list[bytes] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    act: Callable[[], None] = lambda: None

    def run(
        self,
        params: Any,
        pictures: Mapping[str, bytes],
        *,
        rooms: RoomStore | None = None,
        engine: str = "cpu",
        progress: Any = None,
    ) -> Output:
        self.calls.append((params, dict(pictures)))
        self.act()
        assert rooms is not None
        rooms.room(str(pictures["main_image"]), lambda: self._analyse(pictures["main_image"]))
        return Output(
            data=PAINTED,
            content_type=f"image/{params.image_format}",
            seed=7 if params.seed == -1 else params.seed,
            size=(640, 480),
            report={
                "warnings": self.warnings,
                "timings_ms": {"analyse": 1.25},
                "pixels_changed": 5,
                "placement": {"how": "mask"},
            },
        )

    def _analyse(self, data: bytes) -> Any:
        self.analyses.append(data)
        return _Room()


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeModel:
    model = FakeModel()
    for module in (models, openapi):
        monkeypatch.setattr(module, "registry", lambda: {model.slug: model})
    return model


@pytest.fixture
def start(fake: FakeModel) -> Iterator[Callable[..., TestClient]]:
    """Build a server with the given settings; its own exceptions become answers."""
    running: list[TestClient] = []

    def build(**settings: Any) -> TestClient:
        app = build_app(Config(**settings))
        client = TestClient(app, raise_server_exceptions=False, follow_redirects=False)
        running.append(client.__enter__())
        return client

    yield build
    for client in running:
        client.__exit__(None, None, None)


@pytest.fixture
def client(start: Callable[..., TestClient]) -> TestClient:
    return start()


@pytest.fixture
def fields() -> dict[str, Any]:
    """The smallest request that is complete."""
    return {"prompt": "a sofa", "main_image": "AAEC", "overlay_image": "AwQF"}


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Set at the end of the test whatever happens, so that blocked work ends."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def database(tmp_path: Path) -> str:
    """An empty database of this test alone."""
    return str(tmp_path / "store.sqlite3")


@pytest.fixture
def ended() -> Callable[..., dict[str, Any]]:
    """Poll a job until it has ended, and return the last status."""

    def wait(client: TestClient, submitted: dict[str, Any], **headers: str) -> dict[str, Any]:
        told: dict[str, Any] = {}
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            told = client.get(submitted["status_url"], headers=headers).json()
            if told["status"] in ("COMPLETED", "FAILED"):
                return told
            time.sleep(0.01)
        raise AssertionError(told)

    return wait
