"""The table of edges: for every indicator, what it does where figures go wrong, and where that is tried.

Each family has its rows in `edges_FAMILY.py`. A cell names a test, or says why the edge cannot be:

    zero          the denominator is zero, or there is nothing to count
    missing       an input was left blank: unknown, never zero
    part          something was there for a part of the period only
    reorganised   a unit was merged, split or closed on the way
    corrected     an event was corrected or voided
"""

import re
import runpy
from pathlib import Path

import pytest

from lianjian.core import Period
from lianjian.core.registry import load
from lianjian.core.testing import Trial

HERE = Path(__file__).parent
CELLS = {"zero", "missing", "part", "reorganised", "corrected"}
FAMILIES = [f for f in load().families if f.indicators]
NAMES = [i.name for f in FAMILIES for i in f.indicators]


def rows():
    found = {}
    for path in sorted(HERE.glob("edges_*.py")):
        edges = runpy.run_path(str(path))["EDGES"]
        family = path.stem.removeprefix("edges_")
        assert all(name.startswith(f"{family}.") for name in edges), path.name
        found |= edges
    return found


EDGES = rows()


def names_in(file):
    path = HERE / file
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return set(re.findall(r"^def (test_\w+)", text, re.MULTILINE))


def test_every_indicator_has_its_row_and_no_row_is_of_none():
    assert sorted(EDGES) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_cell_is_a_test_or_says_why_not(name):
    row = EDGES.get(name, {})
    assert row.keys() == CELLS
    for edge, cell in row.items():
        file, _, test = cell.partition("::")
        named = test and test.partition("[")[0] in names_in(file)
        assert named or re.fullmatch(r"does not apply: .{4,}", cell), (edge, cell)


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    with Trial(tmp_path_factory.mktemp("empty"), FAMILIES) as trial:
        yield trial


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("tree", ["then", "now"])
def test_an_empty_log_is_answered_with_a_count_of_zero_or_a_reason(empty, name, tree):
    for period in ("2021", "2021Q3", "2021-05-07"):
        for reading in empty.readings(name, period, tree=tree):
            assert reading.value == 0 or (reading.value is None and reading.reason), reading
            assert reading.period == Period.parse(period)
