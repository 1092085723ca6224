"""`roomstage bench diffusion`, on models so small that only its form can be judged."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from roomstage.cli.main import app


@pytest.mark.parametrize("engine", ["flux-fill", "flux2-klein", "qwen-edit"])
def test_the_bench_times_the_plain_pipeline_and_says_what_it_left_out(
    engine: str, tmp_path: Path
) -> None:
    arguments = ["bench", "diffusion", "--engine", engine, "--tiny", "--side", "64"]
    arguments += ["--steps", "3", "--rounds", "1", "--out", str(tmp_path / "page.md")]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    row = re.search(r"\| plain diffusers pipeline \|(.*)\|\n", result.stdout)
    assert row is not None
    seconds, step, peak, share, psnr = (cell.strip() for cell in row[1].split("|"))
    assert float(seconds) >= float(step) >= 0
    assert (peak, psnr) == ("", "same")
    assert share.endswith("%")
    several = re.search(r"\| 4 variants at once +\|(.*)\|\n", result.stdout)
    if engine == "qwen-edit":
        assert several is None
        assert "4 variants at once: qwen-edit paints them one after the other" in result.stdout
    else:
        assert several is not None
        assert float(several[1].split("|")[0]) > 0
    assert "compiling is measured on a card only" in result.stdout
    assert not (tmp_path / "page.md").exists()  # no figure of a tiny model counts
