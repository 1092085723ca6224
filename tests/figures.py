"""`--figures PAGE`: what the tests measured goes into the page's table of promises.

A test tells a figure by pytest's own `record_property(words, number)`; the words hold a `{}` for
it. A row of the table names its tests in the third cell, in full or as `test_f1_...`; what they
told goes into the fourth. Rows whose tests told nothing are left as they are. Run all tests of a
row together.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

Record = Callable[[str, object], None]  # the type of `record_property`

_NAME = re.compile(r"`(\S+?)(?:\.\.\.)?`")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--figures", type=Path, metavar="PAGE", help="write measured figures into its table"
    )


def pytest_configure(config: pytest.Config) -> None:
    page = config.getoption("figures")
    if page is not None and not hasattr(config, "workerinput"):  # of xdist, which reports here
        config.pluginmanager.register(_Figures(page))


class _Figures:
    def __init__(self, page: Path) -> None:
        self._page = page
        self._told: dict[str, dict[str, list[float]]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.passed:
            told = self._told.setdefault(report.nodeid.split("[")[0], {})
            for words, number in report.user_properties:
                told.setdefault(words, []).append(float(str(number)))

    def pytest_sessionfinish(self) -> None:
        lines = self._page.read_text("utf-8").split("\n")
        self._page.write_text("\n".join(map(self._filled, lines)), "utf-8")

    def _filled(self, line: str) -> str:
        cells = row(line)
        figures = "; ".join(self._figures(tests(cells))) if cells else ""
        if not figures:
            return line
        cells[3] = figures
        return f"| {' | '.join(cells)} |"

    def _figures(self, names: list[str]) -> list[str]:
        return [
            words.format(_span(numbers))
            for name in names
            for test, told in self._told.items()
            if test.startswith(name) or test.split("::")[-1].startswith(name)
            for words, numbers in told.items()
        ]


def row(line: str) -> list[str]:
    """The cells of a row that names tests, else nothing."""
    cells = [cell.strip() for cell in line.strip("|").split(" | ")]
    return cells if len(cells) == 5 and tests(cells) else []


def tests(cells: list[str]) -> list[str]:
    """The beginnings of the names of a row's tests."""
    return _NAME.findall(cells[2])


def _span(numbers: list[float]) -> str:
    low, high = _short(min(numbers)), _short(max(numbers))
    return low if low == high else f"{low} to {high}"


def _short(number: float) -> str:
    """Two digits that count; whole numbers as they are."""
    return f"{number if number == int(number) else float(f'{number:.2g}'):g}"
