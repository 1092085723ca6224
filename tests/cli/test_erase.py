"""`roomstage erase`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from removal import drawn
from roomstage.cli.main import app

ROOM = drawn.furnished()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current folder, with a room and the mask of a cabinet in it."""
    Image.fromarray(ROOM.image.rgb).save(tmp_path / "room.png")
    Image.fromarray(ROOM.piece.values).save(tmp_path / "mask.png")
    monkeypatch.chdir(tmp_path)


def erase(*arguments: str):
    return CliRunner().invoke(app, ["erase", *arguments])


def test_the_room_is_written_without_the_piece() -> None:
    given = ("room.png", "--main-image-mask", "mask.png", "-o", "out.png", "--sheet", "sheet.png")
    result = erase(*given, "--json", "report.json")
    assert result.exit_code == 0, result.stderr
    assert "out.png written in" in result.stdout
    assert "sheet.png shows room and cleared room" in result.stdout
    with Image.open("out.png") as picture:
        cleared = np.asarray(picture).astype(int)
    inside = ROOM.piece.values > 0
    assert np.abs(cleared - ROOM.empty.rgb)[inside].mean() < 10
    report = json.loads(Path("report.json").read_text())
    assert report["removal"]["removed"]
    assert report["pixels_changed"] + report["pixels_identical"] == 720 * 480
    with Image.open("sheet.png") as sheet:
        assert sheet.width > 2 * 700


def test_streams_go_through_stdin_and_stdout() -> None:
    given = ["erase", "-", "--main-image-mask", "mask.png", "-o", "-", "-q"]
    result = CliRunner().invoke(app, given, input=Path("room.png").read_bytes())
    assert result.exit_code == 0, result.stderr
    assert result.stdout_bytes.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["room.png"], "--main-image-mask"),
        (["room.png", "--main-image-mask", "none.png"], "there is no file 'none.png'"),
        (["room.png", "--main-image-mask", "mask.png", "--seed", "x"], "seed"),
        (["room.png", "--main-image-mask", "black.png"], "paint white what is to be taken out"),
        (["room.png", "--main-image-mask", "mask.png", "-o", "a.tiff"], "a.tiff"),
    ],
)
def test_what_can_be_mended_is_one_line_and_exit_code_2(arguments: list[str], words: str) -> None:
    Image.fromarray(np.zeros((480, 720), np.uint8)).save("black.png")
    result = erase(*arguments)
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith("error: ")
    assert words in line


def test_help_teaches_by_example() -> None:
    result = erase("--help")
    assert result.exit_code == 0
    assert "roomstage erase room.jpg --main-image-mask chair.png" in result.stdout
