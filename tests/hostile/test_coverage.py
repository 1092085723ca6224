"""Every group of the list has a row in a table, or a test of its own."""

from __future__ import annotations

from pathlib import Path

from .addresses import addresses
from .arrays import arrays
from .corpus import cases
from .groups import GROUPS, IN_TESTS
from .test_requests import EVERY
from .test_wire import WIRES
from .texts import texts
from .web import answers

TESTS = Path(__file__).parents[1]
TABLES = (cases(), texts(), addresses(), arrays(), answers(), EVERY, WIRES)


def test_no_group_is_left_out() -> None:
    rows = {row.group for table in TABLES for row in table}
    assert list(GROUPS) == list(range(1, 124))
    assert rows <= set(GROUPS)
    assert rows | set(IN_TESTS) == set(GROUPS)
    for place in IN_TESTS.values():
        file, _, words = place.partition(": ")
        assert f"\n{words}" in (TESTS / file).read_text(), place


def test_names_are_unique() -> None:
    for table in (cases(), list(texts()), arrays(), EVERY, WIRES):
        names = [row.name for row in table]
        assert len(set(names)) == len(names), {name for name in names if names.count(name) > 1}
