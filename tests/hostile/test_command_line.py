"""The table as files, and every address and text, given to the command."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from roomstage.cli.main import app

from .addresses import addresses
from .conftest import GOOD
from .corpus import Case, abridged
from .texts import Text, texts

WORDS = ("--prompt", "a box", "--steps", "10", "-o", "out.jpg")
SAYABLE = [t for t in texts() if isinstance(t.value, str) and "\0" not in t.value and t.value]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def stage(*arguments: str) -> Any:
    result = CliRunner().invoke(app, ["stage", *arguments, *WORDS])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def check_refused(result: Any) -> str:
    """Exit code 2, one short line on stderr, nothing on stdout and no file."""
    assert result.exit_code == 2, result.stderr
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("error: ")
    assert len(line) < 1000
    assert not Path("out.jpg").exists()
    return line


@pytest.mark.parametrize("case", abridged(), ids=lambda case: case.name)
def test_every_file_is_staged_or_refused_in_one_line(case: Case) -> None:
    given = {**GOOD, **case.beside, case.field: case.data}
    arguments = [*("main_image.txt", "overlay_image.txt")]  # the bytes decide, not the suffix
    for name, data in given.items():
        if data is not None:
            Path(f"{name}.txt").write_bytes(data)
            if name.endswith("mask"):
                arguments += [f"--{name.replace('_', '-')}", f"{name}.txt"]
    result = stage(*arguments)
    if case.whole == "ok":
        assert result.exit_code == 0, result.stderr
        assert Path("out.jpg").stat().st_size
    else:
        assert case.expect == "ok" or case.field in check_refused(result)


@pytest.mark.parametrize("url", [address.url for address in addresses()])
def test_no_address_of_the_list_is_connected_to(url: str, connections: list[Any]) -> None:
    Path("overlay.png").write_bytes(GOOD["overlay_image"])
    line = check_refused(stage(url, "overlay.png"))
    assert "main_image" in line
    assert connections == []


@pytest.mark.skipif(os.name == "nt", reason="arguments of other kinds")
@pytest.mark.parametrize("text", SAYABLE, ids=lambda text: text.name)
def test_text_in_place_of_a_path(text: Text) -> None:
    """Data URIs work; anything else is the path of a file that is not there."""
    if len(text.value) > 100_000:
        pytest.skip("longer than an argument may be")
    Path("overlay.png").write_bytes(GOOD["overlay_image"])
    Path("mask.png").write_bytes(GOOD["overlay_image_mask"])
    result = stage(text.value, "overlay.png", "--overlay-image-mask", "mask.png")
    if text.expect == "ok" and text.value.lower().startswith("data:"):
        assert result.exit_code == 0, result.stderr
    else:
        check_refused(result)
