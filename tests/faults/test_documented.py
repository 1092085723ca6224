"""The page of promises names tests that are there, what they measured, and what others do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import figures

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reliability.md"
ROWS = [cells for line in PAGE.read_text("utf-8").splitlines() if (cells := figures.row(line))]
FOLDERS = ("tests/faults", "tests/server")
NAMES = {
    name
    for folder in FOLDERS
    for path in (ROOT / folder).glob("test_*.py")
    for name in re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
}


@pytest.mark.parametrize("cells", ROWS, ids=lambda cells: cells[0])
def test_every_promise_has_a_test_a_figure_and_a_comparison(cells: list[str]) -> None:
    assert all(cells)
    assert re.search(r"\d", cells[3]), "no figure"
    for test in figures.tests(cells):
        found = (ROOT / test).is_file() or any(name.startswith(test) for name in NAMES)
        assert found, f"{test} is no test"


def test_every_fault_of_the_list_has_its_row() -> None:
    named = [test for cells in ROWS for test in figures.tests(cells)]
    faults = {found[0] for name in NAMES if (found := re.match(r"test_f\d+_", name))}
    assert len(faults) > 18
    assert [fault for fault in faults if not any(test.startswith(fault) for test in named)] == []
