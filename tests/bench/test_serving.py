"""`roomstage bench serve` on tiny pictures, without its peer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from roomstage.bench import contestants, load, subject
from roomstage.bench.cli import app
from roomstage.bench.load import Load, Reply


def test_it_prints_and_writes_what_the_server_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "PRODUCT_SIDE", 200)
    given = ["serve", "--no-peer", "--megapixels", "0.05", "--seconds", "0.4", "--jobs", "20"]
    done = CliRunner().invoke(app, [*given, "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    written = (tmp_path / "benchmarks.md").read_text(encoding="utf-8")
    assert written in done.output or "| saturated: pictures/s" in done.stdout

    def figure(name: str) -> str:
        found = re.search(rf"^\| {re.escape(name)} +\| +(.+?) +\|$", written, re.MULTILINE)
        assert found, name
        return found[1]

    assert float(figure("saturated: pictures/s")) > 0
    assert 0 < float(figure("overhead over the engine, p50 ms")) < 1000
    assert figure("overload: no answer or another") == "0"
    assert "the right picture" in figure("workers killed: answer")
    assert figure("different answers to equal requests") == "1"
    assert "20 jobs queued" in written
    assert "0 were claimed twice, 20 charged." in written


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contestants.importlib.util, "find_spec", lambda name: None)
    done = CliRunner().invoke(app, ["serve"])
    assert done.exit_code != 0
    assert "install roomstage[bench-serve]" in str(done.exception)


def test_loads_are_summed_up_by_status() -> None:
    both = Load((Reply(200, 10.0), Reply(429, 1.0)), 1.0) + Load((Reply(200, 30.0),), 1.0)
    assert (both.count(), both.count(429), both.rate) == (2, 1, 1.0)
    assert (both.p(50), both.p(50, 429)) == (20.0, 1.0)
    assert str(both.p(50, 500)) == "nan"


def test_a_server_that_is_not_there_is_no_answer() -> None:
    reply = load.send(contestants._free_port(), load.Call("/", b"", "text/plain"), 1)
    assert reply.status == load.NONE
