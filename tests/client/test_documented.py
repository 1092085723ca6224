"""The examples of docs/client.md, run against a real server."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "client.md").read_text(), re.DOTALL)
MADE = (
    ["staged.jpg"],
    ["staged_sofa.png", "staged_side_table.png"],
    ["sofa_1.png", "sofa_2.png"],
)


@pytest.mark.parametrize(("block", "made"), list(zip(BLOCKS, MADE, strict=True)))
def test_the_examples_work(
    block: str,
    made: list[str],
    server: str,
    key: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert "http://127.0.0.1:8000" in block
    monkeypatch.setenv("ROOMSTAGE_API_KEY", key)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    exec(compile(block.replace("http://127.0.0.1:8000", server), "client.md", "exec"), {})
    for name in made:
        assert (tmp_path / name).stat().st_size > 10_000
