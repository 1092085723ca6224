"""Painting engines and their failures through the command line and a real server's worker."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from roomstage.cli.main import app
from roomstage.engines import base
from roomstage.server.app import build_app
from roomstage.server.config import Config
from server import live

from . import short, tiny

FIELDS = {"prompt": "a blue box", "steps": "10", "remove": "false", "seed": "5"}
FILES = live.pictures()
ROUTE = "/v1/furniture-staging"


@pytest.fixture
def served(painting: Path, tmp_path: Path) -> Iterator[TestClient]:
    """A server with the tiny weights, whose worker is a process of its own."""
    config = Config(database=str(tmp_path / "store.sqlite3"), sync_seconds=120)
    with TestClient(build_app(config), raise_server_exceptions=False) as client:
        yield client


def test_a_worker_has_no_bound_on_addresses_and_is_alone_where_it_may_paint(
    painting: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Config().for_workers()
    assert (settings.count, settings.memory_mb, settings.job_seconds) == (1, 0, 600)
    assert Config(concurrency=3, job_seconds=90).for_workers().count == 3
    assert Config(job_seconds=90).for_workers().job_seconds == 90
    monkeypatch.setenv("ROOMSTAGE_WEIGHTS", str(tmp_path))
    assert Config().for_workers().memory_mb == 4096


def test_requests_choose_their_engine_and_errors_have_their_status(served: TestClient) -> None:
    painted = served.post(ROUTE, data=FIELDS | {"engine": "FLUX2-klein"}, files=FILES)
    assert painted.status_code == 200, painted.text
    told = json.loads(painted.headers["x-output-metadata"])
    assert told["engine"] == "flux2-klein"
    assert told["painting"]["fidelity"] == "faithful"
    plain = served.post(ROUTE, data=FIELDS, files=FILES)
    assert json.loads(plain.headers["x-output-metadata"])["engine"] == "cpu"
    assert plain.content != painted.content
    again = served.post(ROUTE, data=FIELDS | {"engine": "flux2-klein"}, files=FILES)
    assert again.content == painted.content
    two = {"engine": "flux2-klein", "fidelity": "generative", "variants": "2"}
    several = served.post(ROUTE, data=FIELDS | two, files=FILES)
    told = json.loads(several.headers["x-output-metadata"])
    assert (told["width"], told["height"], told["engine"]) == (640, 240, "flux2-klein")
    assert [each["box"][0] for each in told["variants"]] == [0, 320]
    assert all(each["drift"] for each in told["variants"])
    wrong = served.post(ROUTE, data=FIELDS | {"engine": "steam"}, files=FILES)
    assert wrong.status_code == 400
    assert "give one of auto, cpu, flux-fill" in wrong.json()["error"]
    submitted = served.post(
        "/v2/furniture-staging", data=FIELDS | {"engine": "qwen-edit"}, files=FILES
    ).json()
    with served.stream("GET", f"/v2/requests/{submitted['request_id']}/events") as events:
        text = "".join(events.iter_text())
    assert text.count('"paint"') >= 3, text
    assert "COMPLETED" in text


def test_without_weights_it_is_503_with_the_command_and_nothing_is_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROOMSTAGE_WEIGHTS", str(tmp_path / "none"))
    config = Config(database=str(tmp_path / "store.sqlite3"), concurrency=1)
    with TestClient(build_app(config)) as client:
        answer = client.post(ROUTE, data=FIELDS | {"engine": "qwen-edit"}, files=FILES)
        assert answer.status_code == 503
        body = answer.json()
        assert (body["code"], body["field"]) == ("engine_unavailable", "engine")
        assert "roomstage models pull qwen-edit" in body["error"]
        assert "x-roomstage-job" not in answer.headers
        path = "/v2/furniture-staging"
        submitted = client.post(path, data=FIELDS | {"engine": "qwen-edit"}, files=FILES)
        assert submitted.status_code == 503


@pytest.mark.parametrize(
    ("name", "told"),
    [("qwen-edit", "roomstage models pull qwen-edit"), ("steam", "give one of auto, cpu")],
)
def test_a_server_does_not_start_with_an_engine_that_can_not_run(
    name: str, told: str, tmp_path: Path
) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "roomstage", "serve", "--engine", name, "--port", "0"],
        env=os.environ | {"ROOMSTAGE_WEIGHTS": str(tmp_path), "ROOMSTAGE_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode in (1, 2)
    assert told in result.stderr
    assert "Traceback" not in result.stderr


def test_an_owner_may_offer_less(
    painting: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = str(tmp_path / "store.sqlite3")
    with TestClient(build_app(Config(database=database, engines="flux2-klein"))) as client:
        answer = client.post(ROUTE, data=FIELDS | {"engine": "flux-fill"}, files=FILES)
    assert answer.status_code == 503
    assert "not offered here" in answer.json()["error"]


def test_damaged_weights_are_503_and_the_worker_lives_on(
    tmp_path: Path, painting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = tiny.save(tmp_path / "weights", "flux2-klein")
    file = next((snapshot / "transformer").glob("*.safetensors"))
    file.write_bytes(file.read_bytes()[:-500])
    monkeypatch.setenv("ROOMSTAGE_WEIGHTS", str(tmp_path / "weights"))
    with TestClient(build_app(Config(database=str(tmp_path / "s.sqlite3")))) as client:
        answer = client.post(ROUTE, data=FIELDS | {"engine": "flux2-klein"}, files=FILES)
        assert answer.status_code == 503
        assert "roomstage models verify flux2-klein" in answer.json()["error"]
        assert client.post(ROUTE, data=FIELDS, files=FILES).status_code == 200
        assert "roomstage_worker_restarts_total{" not in client.get("/metrics").text


@pytest.mark.parametrize(("most", "status"), [(48 * 48, 200), (0, 503)])
def test_out_of_memory_in_the_worker_is_a_smaller_plan_or_503(
    most: int, status: int, painting: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in short.installed(tmp_path, most).items():
        monkeypatch.setenv(name, value)
    monkeypatch.syspath_prepend(str(tmp_path))
    base._addresses.cache_clear()
    try:
        config = Config(database=str(tmp_path / "store.sqlite3"), engine="short", sync_seconds=120)
        with TestClient(build_app(config)) as client:
            answer = client.post(ROUTE, data=FIELDS, files=FILES)
            assert answer.status_code == status, answer.text
            if status == 200:
                told = json.loads(answer.headers["x-output-metadata"])["painting"]["plan"]
                assert "about 48x48 pixels" in told
            else:
                assert "too little memory" in answer.json()["error"]
                assert "choose engine cpu" in answer.json()["error"]
                assert answer.json()["field"] == "engine"
            after = client.post(ROUTE, data=FIELDS | {"engine": "cpu"}, files=FILES)
            assert after.status_code == 200
            assert "roomstage_worker_restarts_total{" not in client.get("/metrics").text
    finally:
        base._addresses.cache_clear()


def test_the_command_line_paints(painting: Path, tmp_path: Path) -> None:
    paths = {name: tmp_path / f"{name}.png" for name in FILES}
    for name, path in paths.items():
        path.write_bytes(FILES[name])
    out = tmp_path / "staged.png"
    arguments = [
        "stage",
        *(str(paths[name]) for name in ("main_image", "overlay_image")),
        *("--main-image-mask", str(paths["main_image_mask"])),
        *("--overlay-image-mask", str(paths["overlay_image_mask"])),
        *("--prompt", "a blue box", "--steps", "10", "--remove", "false"),
        *("--engine", "flux-fill", "--fidelity", "generative", "-o", str(out)),
        *("--json", str(tmp_path / "report.json")),
    ]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert out.read_bytes().startswith(b"\x89PNG")
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["engine"] == "flux-fill"
    assert "warning: the product's colour drifted" in result.stderr
