"""Weights come whole or not at all, go on where they stopped, and are held to their hashes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from roomstage.cli.main import app
from roomstage.errors import WeightsTrouble
from roomstage.weights import CATALOGUE, lacking, snapshot, weights, weights_folder
from roomstage.weights import pull as pulling
from roomstage.weights.pull import pull

from . import hub as hubs
from .hub import Hub

pytest.importorskip("huggingface_hub")
KLEIN = weights("flux2-klein")[0]
LARGE = np.random.default_rng(0).integers(0, 256, 3_000_000, np.uint8).tobytes()
FILES = {
    "model_index.json": b'{"_class_name": "Flux2KleinInpaintPipeline"}',
    "README.md": b"not wanted",
    "flux-2-klein-4b.safetensors": b"the whole model in one file, not wanted",
    "transformer/config.json": b"{}",
    "transformer/diffusion_pytorch_model.safetensors": LARGE,
    "tokenizer/merges.txt": b"a b\n",
    "../outside.json": b"{}",
}
WEIGHT = "transformer/diffusion_pytorch_model.safetensors"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setenv("ROOMSTAGE_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setenv("HF_HUB_DISABLE_TELEMETRY", "1")
    with hubs.running(Hub(dict(FILES), {WEIGHT})) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.root)
        yield server


def command(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["models", *arguments])


def test_a_pull_brings_what_is_wanted_and_records_its_hashes(hub: Hub) -> None:
    assert lacking(KLEIN) == "roomstage models pull flux2-klein"
    result = command("pull", "flux2-klein")
    assert result.exit_code == 0, result.output
    folder = snapshot(KLEIN)
    assert folder is not None
    assert lacking(KLEIN) is None
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert found == {"model_index.json", "transformer/config.json", "tokenizer/merges.txt", WEIGHT}
    assert (folder / WEIGHT).read_bytes() == LARGE
    assert "ok    flux2-klein: 4 files" in command("verify", "flux2-klein").stdout
    assert "yes, 89abcdef0123" in command("list").stdout


def test_a_second_pull_fetches_nothing_again(hub: Hub) -> None:
    command("pull", "flux2-klein")
    hub.requests.clear()
    assert command("pull", "flux2-klein").exit_code == 0
    assert [path for path, _ in hub.requests if "/resolve/" in path] == []


def test_a_broken_connection_is_taken_up_where_it_broke(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.cut_after = 1_000_000
    pauses: list[float] = []
    told: list[int] = []
    pull(KLEIN, lambda name, done, total: told.append(done), pause=pauses.append)
    ranges = [asked for path, asked in hub.requests if path.endswith(WEIGHT)]
    assert ranges[0] is None
    assert ranges[1] is not None
    assert 0 < int(ranges[1].removeprefix("bytes=").rstrip("-")) <= 1_000_000
    assert len(pauses) == 1
    assert told == sorted(told)
    folder = snapshot(KLEIN)
    assert folder is not None
    assert (folder / WEIGHT).read_bytes() == LARGE


def test_a_pull_that_ended_half_way_does_not_count_and_goes_on_later(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.cut_after = 500_000
    monkeypatch.setattr(pulling, "_TRIES", 1)
    with pytest.raises(WeightsTrouble):
        pull(KLEIN, lambda *_: None)
    assert snapshot(KLEIN) is None
    hub.requests.clear()
    pull(KLEIN, lambda *_: None)
    asked = [asked for path, asked in hub.requests if path.endswith(WEIGHT)]
    assert asked
    assert asked[0] is not None
    assert asked[0] != "bytes=0-"
    assert snapshot(KLEIN) is not None


def test_what_comes_with_another_hash_is_thrown_away(hub: Hub) -> None:
    hub.lie = True
    with pytest.raises(WeightsTrouble, match="another hash"):
        pull(KLEIN, lambda *_: None)
    assert snapshot(KLEIN) is None
    hub.lie = False
    pull(KLEIN, lambda *_: None)
    assert snapshot(KLEIN) is not None


def test_verify_finds_what_changed_on_the_disk_and_a_pull_mends_it(hub: Hub) -> None:
    pull(KLEIN, lambda *_: None)
    folder = snapshot(KLEIN)
    assert folder is not None
    (folder / WEIGHT).write_bytes(LARGE[:-1] + b"?")
    (folder / "tokenizer" / "merges.txt").unlink()
    result = command("verify")
    assert result.exit_code == 1
    assert f"FAIL  flux2-klein: {WEIGHT} has another content" in result.stdout
    assert "merges.txt is missing" in result.stdout
    assert command("pull", "flux2-klein").exit_code == 0
    assert command("verify").exit_code == 0


def test_a_licence_without_commercial_use_is_agreed_to_once(hub: Hub) -> None:
    refused = command("pull", "flux-fill")
    assert refused.exit_code == 2
    assert "not known to allow commercial use" in refused.stderr
    assert "--accept-license" in refused.stderr
    assert not any("/resolve/" in path for path, _ in hub.requests)
    assert command("pull", "flux-fill", "--accept-license").exit_code == 0
    assert all(snapshot(each) is not None for each in weights("flux-fill"))
    assert command("pull", "flux-fill").exit_code == 0
    kept = json.loads((weights_folder() / "licences.json").read_text())
    assert list(kept) == ["FLUX.1 [dev] Non-Commercial License"]


@pytest.mark.parametrize(
    ("status", "name", "words"),
    [
        (401, "flux-fill", "HF_TOKEN"),
        (404, "flux2-klein", "answers 404"),
        (500, "flux2-klein", "answers 500"),
    ],
)
def test_what_the_hub_refuses_is_told(status: int, name: str, words: str, hub: Hub) -> None:
    hub.status = status
    result = command("pull", name, "--accept-license")
    assert result.exit_code == 1
    assert words in result.stderr
    assert "Traceback" not in result.output


def test_a_busy_hub_is_asked_again(hub: Hub) -> None:
    hub.busy = 2
    pauses: list[float] = []
    pull(KLEIN, lambda *_: None, pause=pauses.append)
    assert pauses == [0.5, 1.0]
    assert snapshot(KLEIN) is not None


def test_a_disk_that_fills_up_meanwhile_is_told(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pulling, "_download", full)
    with pytest.raises(WeightsTrouble, match=r"can't write .*: No space left on device"):
        pull(KLEIN, lambda *_: None)


@pytest.mark.parametrize("status", [401, 403])
def test_a_gated_repository_that_lists_its_files_and_gives_none_is_told(
    status: int, hub: Hub
) -> None:
    hub.file_status = status
    result = command("pull", "flux-fill", "--accept-license")
    assert result.exit_code == 1
    assert "agree at https://huggingface.co/black-forest-labs/FLUX.1-Fill-dev" in result.stderr
    asked = [path for path, _ in hub.requests if "/resolve/" in path]
    assert len(asked) == 1  # asking again is of no use
    assert snapshot(weights("flux-fill")[0]) is None


def test_a_full_disk_is_told_before_the_pull(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    from collections import namedtuple

    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(pulling.shutil, "disk_usage", lambda _: usage(1, 1, 1000))
    result = command("pull", "flux2-klein")
    assert result.exit_code == 1
    assert "ROOMSTAGE_WEIGHTS" in result.stderr


def test_the_list_tells_licence_size_and_source_of_each() -> None:
    text = command("list").stdout
    for each in CATALOGUE:
        (line,) = [row for row in text.splitlines() if row.startswith(each.name + " ")]
        assert each.licence in line
        assert each.repository in line
        assert f"{each.gigabytes:.1f} GB" in line
    assert command("pull", "nothing").exit_code == 2
    assert "there are no weights 'nothing'" in command("verify", "nothing").stderr


def test_doctor_tells_engines_and_plans() -> None:
    text = CliRunner().invoke(app, ["doctor"]).stdout
    assert "engine flux2-klein can't run: its weights are not here" in text
    assert "engine flux-fill would work on cpu in float32" in text
