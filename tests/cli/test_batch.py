"""`roomstage batch` as its users start it."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from client import trouble
from faults import engine
from faults.waiting import until
from roomstage.cli.main import app
from roomstage.client import Client
from roomstage.server.app import build_app
from roomstage.server.config import Config
from server import ledger, live

START = "from roomstage.cli.main import app; app()"
PICTURES = live.pictures()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with the four pictures in it."""
    for name, data in PICTURES.items():
        (tmp_path / f"{name}.png").write_bytes(data)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def manifest(*rows: tuple[str, str], picture: str = "overlay_image.png") -> str:
    lines = [f"{name},main_image.png,{picture},{prompt}" for name, prompt in rows]
    text = "\n".join(["name,main_image,overlay_image,prompt", *lines]) + "\n"
    Path("list.csv").write_text(text)
    return "list.csv"


def roomstage(*arguments: str) -> Any:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def rows(out: str = "out") -> dict[str, dict[str, str]]:
    with Path(out, "summary.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["name"]: row for row in csv.DictReader(file)}


def noted(out: str = "out") -> list[str]:
    """Outputs by the order in which the journal has them."""
    lines = Path(out, "journal.jsonl").read_text().splitlines()
    return [told["output"] for line in lines if "output" in (told := json.loads(line))]


@pytest.mark.usefixtures("folder")
def test_a_catalogue_is_staged_but_for_its_bad_row() -> None:
    path = manifest(("sofa", "a box"), ("tall", "a box"))
    with open(path, "a") as file:
        file.write("bad,main_image.png,list.csv,a box\n")
    result = roomstage("batch", path, "-o", "out", "--image-format", "jpeg", "--seed", "3")
    assert result.exit_code == 1
    assert "2 of 3 rows done, 1 failed" in result.stdout
    assert "failed: line 4, bad: overlay_image is no picture" in result.stderr
    assert Path("out/sofa.jpg").read_bytes().startswith(b"\xff\xd8")
    assert Path("out/sofa.jpg").read_bytes() == Path("out/tall.jpg").read_bytes()
    told = rows()
    assert (told["sofa"]["status"], told["sofa"]["seed"]) == ("done", "3")
    assert (told["bad"]["code"], told["bad"]["field"]) == ("unsupported_format", "overlay_image")
    assert Path("out/index.html").exists()
    assert not list(Path("out").rglob("*.part"))
    again = roomstage("batch", path, "-o", "out", "--image-format", "jpeg", "--seed", "3", "-q")
    assert again.exit_code == 1
    assert sorted(noted()) == ["bad.jpg", "bad.jpg", "sofa.jpg", "tall.jpg"], "bad was tried again"
    single = roomstage(
        *("stage", "main_image.png", "overlay_image.png", "--prompt", "a box", "--seed", "3"),
        *("-o", "one.jpg"),
    )
    assert single.exit_code == 0
    assert Path("one.jpg").read_bytes() == Path("out/sofa.jpg").read_bytes()


@pytest.mark.usefixtures("folder")
def test_a_wrong_manifest_is_exit_code_2_and_nothing_is_done() -> None:
    path = manifest(("a", "x"), ("a", "x"), ("c", "x"), picture="no.png")
    result = roomstage("batch", path, "-o", "out", "--steps", "9")
    assert result.exit_code == 2
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert lines[0] == "error: 7 problems in list.csv, nothing was done:"
    assert [line.split(":")[0] for line in lines[1:]] == [
        *["  line 2"] * 2,
        *["  line 3"] * 3,
        *["  line 4"] * 2,
    ]
    assert not Path("out").exists()


@pytest.mark.usefixtures("folder")
def test_an_engine_that_there_is_not_is_told_before_any_work() -> None:
    manifest(("a", "x"))
    result = roomstage("batch", "list.csv", "--engine", "steam")
    assert result.exit_code == 2
    assert "engine is 'steam': give one of" in result.stderr


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "MANIFEST, or --rooms and --products"),
        (["no.csv"], "does not exist"),
        (["--rooms", "."], "--rooms and --products"),
        (["list.csv", "--rooms", ".", "--products", "."], "MANIFEST, or"),
        (["list.csv", "-o", "list.csv"], "can't write"),
        (["list.csv", "--jobs", "many"], "jobs"),
        (["list.csv", "--server", "stage.example.com"], "base_url"),
    ],
)
def test_what_the_user_can_mend_is_one_line_and_exit_code_2(
    arguments: list[str], words: str
) -> None:
    manifest(("a", "x"))
    result = roomstage("batch", *arguments)
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert words in line


@pytest.mark.usefixtures("folder")
def test_two_folders_are_staged_crosswise_and_a_dry_run_tells_what_would_be() -> None:
    for name, picture in (("rooms/hall", "main_image"), ("products/box", "overlay_image")):
        Path(name).parent.mkdir()
        Path(f"{name}.png").write_bytes(PICTURES[picture])
        Path(f"{name}_mask.png").write_bytes(PICTURES[f"{picture}_mask"])
    arguments = ("batch", "--rooms", "rooms", "--products", "products", "-o", "out")
    assert "1 row would be staged into out" in roomstage(*arguments, "--dry-run").stdout
    assert not Path("out").exists()
    assert roomstage(*arguments).exit_code == 0
    assert Path("out/hall_box.png").exists()
    assert "0 rows would be staged, 1 are done" in roomstage(*arguments, "--dry-run").stdout


def test_help_teaches_by_a_manifest() -> None:
    text = " ".join(roomstage("batch", "--help").stdout.replace("│", " ").split())
    for words in ("name,main_image,overlay_image", "roomstage batch manifest.csv", "--server"):
        assert words in text
    for flag in ("--prompt", "--image-quality", "--steps", "default 25", "Exit code"):
        assert flag in text


@pytest.fixture
def faulty(folder: Path) -> dict[str, str]:
    """Environment of a process that has the engine which goes wrong on demand."""
    return os.environ | engine.installed(folder / "engine")


def started(faulty: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", START, "batch", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=faulty,
    )


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_killed_midway_it_goes_on_where_it_was(faulty: dict[str, str]) -> None:
    path = manifest(("a", "a box"), ("b", "pause b 1"), ("c", "a box"))
    command = (path, "-o", "out", "--engine", "faulty", "--jobs", "1")
    with started(faulty, *command) as first:
        until((Path(faulty[engine.TRACES]) / "b").exists, 60)
        first.send_signal(signal.SIGKILL)
        first.communicate(timeout=30)
    assert noted() == ["a.png"]
    made = Path("out/a.png").stat().st_mtime_ns
    with started(faulty, *command) as second:
        stdout, stderr = second.communicate(timeout=60)
        assert second.returncode == 0, stderr
    assert "3 of 3 rows done (1 of them before)" in stdout
    assert noted() == ["a.png", "b.png", "c.png"]
    assert Path("out/a.png").stat().st_mtime_ns == made
    assert {row["status"] for row in rows().values()} == {"done"}


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_ctrl_c_ends_what_is_underway_and_says_how_to_go_on(faulty: dict[str, str]) -> None:
    path = manifest(("a", "a box"), ("b", "pause b 0.5"), ("c", "a box"))
    command = (path, "-o", "out", "--engine", "faulty", "--jobs", "1")
    with started(faulty, *command) as first:
        until((Path(faulty[engine.TRACES]) / "b").exists, 60)
        os.kill(first.pid, signal.SIGINT)
        stdout, stderr = first.communicate(timeout=60)
        assert first.returncode == 130, stderr
    assert "2 of 3 rows done" in stdout
    assert "1 row left: give the same command again to go on" in stderr
    assert "Traceback" not in stderr
    assert rows()["c"]["status"] == "waiting"
    with started(faulty, *command) as second:
        second.communicate(timeout=60)
        assert second.returncode == 0
    assert noted() == ["a.png", "b.png", "c.png"]


def test_a_row_that_kills_its_worker_takes_no_other_along(faulty: dict[str, str]) -> None:
    path = manifest(("a", "a box"), ("b", "abort"), ("c", "raise"), ("d", "a box"))
    with started(faulty, path, "-o", "out", "--engine", "faulty", "--jobs", "1") as process:
        _, stderr = process.communicate(timeout=60)
        assert process.returncode == 1, stderr
    told = rows()
    assert [told[name]["status"] for name in "abcd"] == ["done", "failed", "failed", "done"]
    assert told["b"]["code"] == "worker_crashed"
    assert "a fault of the engine" in told["c"]["error"]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("store") / "store.sqlite3")


@pytest.fixture(scope="module")
def served(database: str) -> Iterator[tuple[str, str]]:
    """A server's root and a key for it."""
    key = ledger.new_key(database, credits=12 * 40)
    with live.running(build_app(Config(database=database, concurrency=1))) as root:
        yield root, key


@pytest.mark.usefixtures("folder")
def test_a_server_stages_the_same_pictures(
    served: tuple[str, str], database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, key = served
    before = ledger.balance(database)
    path = manifest(("a", "a box"), ("b", "a blue box"))
    with open(path, "a") as file:
        file.write("bad,main_image.png,list.csv,a box\n")
    assert roomstage("batch", path, "-o", "here").exit_code == 1
    refused = roomstage("batch", path, "-o", "there", "--server", root)
    assert refused.exit_code == 1
    assert "x-api-key" in refused.stderr
    monkeypatch.setenv("ROOMSTAGE_API_KEY", key)
    result = roomstage("batch", path, "-o", "there", "--server", root)
    assert result.exit_code == 1, result.stderr
    assert "2 of 3 rows done, 1 failed" in result.stdout
    for name in "ab":
        assert Path(f"here/{name}.png").read_bytes() == Path(f"there/{name}.png").read_bytes()
    told = rows("there")
    assert told["a"]["cost"] == "12"
    for column in ("code", "field", "error"):
        assert told["bad"][column] == rows("here")["bad"][column]
    assert ledger.balance(database) == before - 24


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.usefixtures("folder")
def test_killed_after_it_handed_in_a_row_it_pays_once(
    served: tuple[str, str], database: str
) -> None:
    root, key = served
    path = manifest(("a", "a red box"), ("b", "a green box"), ("c", "a white box"))
    command = (path, "-o", "out", "--server", root, "--api-key", key, "--jobs", "3")
    before = ledger.balance(database)
    with Client(root, key) as client:
        _keep_busy(client)
        with started(dict(os.environ), *command) as first:
            until(lambda: _handed_in(client, "a red box", "a green box", "a white box") == 3, 60)
            first.send_signal(signal.SIGKILL)
            first.communicate(timeout=30)
        result = roomstage("batch", *command)
        assert result.exit_code == 0, result.stderr
        assert _handed_in(client, "a red box", "a green box", "a white box") == 3
    assert ledger.balance(database) == before - 12 * (BUSY + 3)


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.usefixtures("folder")
def test_ctrl_c_cancels_what_a_server_has_underway(served: tuple[str, str], database: str) -> None:
    root, key = served
    path = manifest(("a", "a pink box"), ("b", "a grey box"))
    command = (path, "-o", "out", "--server", root, "--api-key", key)
    before = ledger.balance(database)
    with Client(root, key) as client:
        _keep_busy(client)
        with started(dict(os.environ), *command) as first:
            until(lambda: _handed_in(client, "a pink box", "a grey box") == 2, 60)
            first.send_signal(signal.SIGINT)
            _, stderr = first.communicate(timeout=30)
            assert first.returncode == 130, stderr
        assert "2 rows left" in stderr
        assert ledger.balance(database) == before - 12 * BUSY
        result = roomstage("batch", *command)
        assert result.exit_code == 0, result.stderr
        assert _handed_in(client, "a pink box", "a grey box") == 4
    assert ledger.balance(database) == before - 12 * (BUSY + 2)


BUSY = 6


def _keep_busy(client: Client) -> None:
    """So that rows wait in the queue."""
    room, product = PICTURES["main_image"], PICTURES["overlay_image"]
    for _ in range(BUSY):
        client.submit("furniture-staging", prompt="x", main_image=room, overlay_image=product)


def _handed_in(client: Client, *prompts: str) -> int:
    return sum(call.prompt in prompts for call in client.history(per_page=100))


@pytest.mark.usefixtures("folder")
def test_without_credits_the_batch_ends_and_can_be_gone_on_with(
    served: tuple[str, str], database: str
) -> None:
    root, _ = served
    poor = ledger.new_key(database, "ben", credits=12)
    path = manifest(("a", "a box"), ("b", "a box"), ("c", "a box"))
    command = ("batch", path, "-o", "out", "--server", root, "--api-key", poor, "--jobs", "1")
    result = roomstage(*command)
    assert result.exit_code == 1
    assert "Insufficient credits" in result.stderr
    assert "2 rows left: give the same command again" in result.stderr
    assert [row["status"] for row in rows().values()] == ["done", "waiting", "waiting"]
    with ledger.store(database) as store:
        store.accounts.grant("ben", 24)
    assert roomstage(*command).exit_code == 0
    assert ledger.balance(database, "ben") == 0


@pytest.mark.usefixtures("folder")
def test_a_server_gets_each_picture_once(served: tuple[str, str]) -> None:
    root, key = served
    path = manifest(("a", "a box"), ("b", "a box"), ("c", "a box"))
    with trouble.before(root) as proxy:
        proxy.faults = [trouble.Fault("lose", "POST", "^/v2/furniture", times=2)]
        result = roomstage("batch", path, "-o", "out", "--server", proxy.root, "--api-key", key)
        assert result.exit_code == 0, result.stderr
        assert proxy.count("POST", "/upload-asset") == 2
        assert proxy.count("POST", "^/v2/furniture") == 5


@pytest.mark.usefixtures("folder")
def test_pictures_may_be_addresses_here_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROOMSTAGE_FETCH_ALLOW_PRIVATE", "1")
    with live.files(PICTURES) as root:
        path = manifest(("a", "a box"), picture=f"{root}/overlay_image")
        with open(path, "a") as file:
            file.write("b,main_image.png,http://127.0.0.1:9/no.png,a box\n")
        result = roomstage("batch", path, "-o", "out")
    assert result.exit_code == 1
    assert Path("out/a.png").exists()
    assert rows()["b"]["code"] == "fetch_refused"


def test_the_sample_catalogue_is_sound(tmp_path: Path) -> None:
    samples = Path(__file__).parents[2] / "samples"
    listed = ("batch", str(samples / "catalogue.csv"), "-o", str(tmp_path / "a"), "--dry-run")
    assert "9 rows would be staged" in roomstage(*listed).stdout
    folders = ("--rooms", str(samples / "rooms"), "--products", str(samples / "products"))
    crossed = roomstage("batch", *folders, "-o", str(tmp_path / "b"), "--dry-run")
    assert "18 rows would be staged" in crossed.stdout
