"""A job as its watcher sees it."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import requests
from fastapi.testclient import TestClient
from PIL import Image

from roomstage.server.app import build_app
from roomstage.server.config import Config

from . import live

FIELDS = {"prompt": "a blue box"} | {
    name: base64.b64encode(data).decode() for name, data in live.pictures().items()
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    database = str(tmp_path_factory.mktemp("store") / "store.sqlite3")
    with live.running(build_app(Config(database=database, concurrency=1))) as root:
        yield root


def events(url: str) -> list[tuple[str, dict[str, Any]]]:
    answer = requests.get(url, timeout=30)
    assert answer.headers["content-type"].startswith("text/event-stream")
    blocks = [block.split("\n") for block in answer.text.strip().split("\n\n")]
    return [
        (name.removeprefix("event: "), json.loads(data.removeprefix("data: ")))
        for name, data in (block for block in blocks if len(block) == 2)
    ]


def test_a_watcher_sees_the_states_the_steps_and_the_end(server: str) -> None:
    jobs = [
        requests.post(f"{server}/v2/furniture-staging", json=FIELDS | {"seed": seed}, timeout=10)
        for seed in range(3)
    ]
    last = jobs[-1].json()["request_id"]
    seen = events(f"{server}/v2/requests/{last}/events")
    names = [name for name, _ in seen]
    assert names[0] == "status"
    assert names[-1] == "end"
    assert set(names) <= {"status", "progress", "end"}
    fractions = [data["fraction"] for name, data in seen if name == "progress"]
    assert fractions, "the job that waited behind two others was seen to run"
    assert fractions == sorted(fractions)
    assert all(0 <= fraction <= 1 for fraction in fractions)
    assert all(data["request_id"] == last for _, data in seen)
    previews = [data["preview"] for name, data in seen if "preview" in data]
    assert len(previews) == 1, "a preview is told once"
    assert shows_the_box(previews[0])
    whole = seen[-1][1]
    assert whole["status"] == "COMPLETED"
    assert requests.get(whole["output"], timeout=10).status_code == 200
    assert whole["metadata"]["placement"]["surface"] == "floor"
    assert whole["warnings"] == []


def shows_the_box(preview: str) -> bool:
    """Whether a preview is a small copy of the room with something in it."""
    head, _, data = preview.partition(",")
    assert head == "data:image/jpeg;base64"
    seen = Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")
    room = Image.open(io.BytesIO(live.pictures()["main_image"])).convert("RGB")
    assert seen.width / seen.height == pytest.approx(room.width / room.height, rel=0.02)
    there, here = (np.asarray(p.resize((64, 64)), float) for p in (seen, room))
    return float(np.abs(there - here).max()) > 60


def test_who_comes_late_sees_the_end_alone(server: str) -> None:
    job = requests.post(f"{server}/v2/furniture-staging", json=FIELDS, timeout=10).json()
    url = f"{server}/v2/requests/{job['request_id']}/events"
    events(url)  # until the end
    seen = events(url)
    assert [name for name, _ in seen] == ["end"]


def test_unknown_jobs_have_no_events(client: TestClient) -> None:
    assert client.get("/v2/requests/unknown/events").status_code == 404
