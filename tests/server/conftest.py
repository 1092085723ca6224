"""A model that paints nothing, so that the tests of HTTP are about HTTP."""

from __future__ import annotations

import asyncio
import base64
import io
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from roomstage.models import Output
from roomstage.models.base import RoomStore
from roomstage.models.furniture_staging import FurnitureStagingParams
from roomstage.params import Params
from roomstage.server import models, openapi
from roomstage.server.app import build_app
from roomstage.server.config import Config
from roomstage.service.rooms import RoomCache
from roomstage.service.workers import Done, Job

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


class InThreads:
    """Computes with models of this process, where the server would take workers."""

    def __init__(self, models: Mapping[str, Any], size: int = 2) -> None:
        self.size = size
        self.running = self.waiting = 0
        self.restarts: dict[str, int] = {}
        self.ailment: str | None = None
        self._models = models
        self._rooms = RoomCache(1_000_000)
        self._threads = ThreadPoolExecutor(size)

    def start(self) -> None:
        return

    def trouble(self) -> str | None:
        return self.ailment

    async def run(self, job: Job, progress: Any = None) -> Done:
        loop = asyncio.get_running_loop()

        def tell(step: str, fraction: float) -> None:
            if progress is not None:
                loop.call_soon_threadsafe(progress, step, fraction)

        return await loop.run_in_executor(self._threads, self._run, job, tell)

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _run(self, job: Job, progress: Any) -> Done:
        model = self._models[job.slug]
        params = model.schema.parse({**job.fields, **job.pictures})
        output = model.run(params, job.pictures, rooms=self._rooms, progress=progress)
        return Done(
            output.data, output.content_type, output.seed, output.size, output.report, seconds=0.25
        )


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
        config = Config(**settings)
        app = build_app(config, InThreads({fake.slug: fake}, config.concurrency or 2))
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
    pictures = {"main_image": (9, 9, 9), "overlay_image": (90, 90, 90)}
    return {"prompt": "a sofa"} | {name: _picture(colour) for name, colour in pictures.items()}


def _picture(colour: tuple[int, int, int]) -> str:
    drawn = io.BytesIO()
    Image.new("RGB", (16, 16), colour).save(drawn, "PNG")
    return base64.b64encode(drawn.getvalue()).decode()


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
