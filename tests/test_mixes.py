"""What hosts' activities are made of, in a real log, against amounts worked by hand."""

from datetime import date
from fractions import Fraction

import pytest

from lianjian.core import ALL, Family, Words, activity_themes, indicator
from lianjian.core.activities import (
    ActivityHeld,
    Successor,
    TermDefined,
    UnitRegistered,
    UnitReorganized,
)
from lianjian.core.measures import effective_number
from lianjian.core.mixes import Source, by_code, measured, mixes, part
from lianjian.core.testing import Trial

NONE = Words("不详", "not known")
THEMES = Source(
    table="activity_themes",
    code="theme",
    amount="minute_bp",
    per="10000",
    none=NONE,
    lack=("场不详", "activities unknown"),
)
# Minutes of an activity, evenly over its themes: `per` may be a column.
EVENLY = Source(
    table="(SELECT t.event, t.theme, a.minutes, k.kinds FROM activity_themes t "
    "JOIN activities_held a ON a.event = t.event JOIN (SELECT event, count(*) AS kinds "
    "FROM activity_themes GROUP BY event) k ON k.event = t.event)",
    code="theme",
    amount="minutes",
    per="kinds",
    none=NONE,
)
COUNTED = Source(table="activity_themes", code="theme", none=NONE)
NOBODY = Source(table="activity_themes", code="NULL", none=NONE, lack=("场不详", "say nothing"))


def unit(id_, kind="town", day=2020):
    return UnitRegistered(id_, id_, kind, "town", date(day, 1, 1))


def held(id_, host, minutes, **themes):
    return ActivityHeld(id_, date(2021, 5, 1), host, minutes=minutes, themes=themes or None)


@pytest.fixture
def ask(tmp_path):
    """Return a function that runs another with a query over a log.

    x holds 100 minutes of warning and 50 half of it, half of family; y one of unknown length; e,
    from outside, and `late`, registered in 2022, 10 each. x is split into y (7,000) and z in 2022.
    """
    asked = []

    @indicator("probe.asked", of=activity_themes, unit="items", better="neither", zh="试", en="A")
    def probe(q):
        asked.append(question(q))
        yield q.reading(ALL, 0)

    question = None
    family = Family("probe", version=1, zh="试", en="Probe", indicators=[probe])
    with Trial(tmp_path, [family]) as trial:
        trial.record(
            *map(unit, "xyz"),
            unit("e", "external"),
            unit("late", day=2022),
            TermDefined("theme", "art", "廉政艺术", "Art", date(2021, 1, 1)),
            held("a", "x", 100, warning=10_000),
            held("b", "x", 50, warning=5_000, family=5_000),
            held("c", "y", None, warning=10_000),
            held("d", "e", 10, family=10_000),
            held("f", "late", 10, family=10_000),
            UnitReorganized(
                "split", ("x",), date(2022, 2, 1), (Successor("y", 7_000), Successor("z", 3_000))
            ),
        )

        def put(function, period="2021", tree="then"):
            nonlocal question
            question = function
            trial.readings("probe.asked", period, tree=tree)
            return asked[-1]

        yield put


def amounts(source):
    return lambda q: {s: (dict(m.amounts), m.known, m.silent) for s, m in mixes(q, source).items()}


def test_amounts_of_all_and_of_each_host_of_the_district(ask):
    assert ask(amounts(THEMES)) == {
        ALL: ({"warning": 125, "family": 45}, 4, 1),
        "unit:x": ({"warning": 125, "family": 25}, 2, 0),
        "unit:y": ({}, 0, 1),
    }
    assert ask(amounts(THEMES), "2019") == {ALL: ({}, 0, 0)}


def test_amounts_of_a_unit_that_is_gone_are_split_and_its_activities_are_not(ask):
    found = ask(amounts(THEMES), tree="now")
    assert found[ALL] == ({"warning": 125, "family": 45}, 4, 1)
    assert found["unit:y"] == ({"warning": Fraction(175, 2), "family": Fraction(35, 2)}, 2, 1)
    assert found["unit:z"] == ({"warning": Fraction(75, 2), "family": Fraction(15, 2)}, 2, 0)
    assert found.keys() == {ALL, "unit:y", "unit:z"}  # late was not there yet


def test_amounts_may_be_divided_by_a_column_or_be_activities(ask):
    assert ask(amounts(EVENLY))["unit:x"] == ({"warning": 125, "family": 25}, 2, 0)
    assert ask(amounts(COUNTED))[ALL] == ({"warning": 3, "family": 3}, 5, 0)
    assert ask(amounts(NOBODY))[ALL] == ({}, 0, 5)


def test_a_mix_says_how_many_do_not_say_it(ask):
    found = ask(lambda q: mixes(q, THEMES))
    assert [f.en for f in found[ALL].flags] == ["1 activities unknown"]
    assert (found[ALL].unknown, found["unit:x"].unknown, found["unit:y"].unknown) == (0, 0, 1)
    assert (found[ALL].total(), found[ALL].total(["family", "art"])) == (170, 45)
    assert not ask(lambda q: mixes(q, THEMES), "2019")[ALL].unknown  # nothing was held at all


def test_a_reading_for_each_code_those_the_log_defined_too(ask):
    made = ask(lambda q: list(by_code(q, mixes(q, THEMES))))
    of_all = {r.dimensions["theme"]: r.value for r in made if r.subject == ALL}
    assert {code: n for code, n in of_all.items() if n} == {"warning": 125, "family": 45}
    assert len(of_all) == 8  # seven and art
    assert {(r.value, r.reason) for r in made if r.subject == "unit:y"} == {(None, NONE)}


def test_parts_and_measures(ask):
    def found(readings):
        return {r.subject: (r.value, r.reason) for r in readings}

    assert found(ask(lambda q: list(part(q, THEMES, ["warning"])))) == {
        ALL: (round(125 / 170, 6), None),
        "unit:x": (round(125 / 150, 6), None),
        "unit:y": (None, NONE),
    }
    kinds = found(ask(lambda q: list(measured(q, mixes(q, COUNTED), effective_number))))
    assert kinds[ALL] == (2, None)
    assert kinds["unit:y"] == (1, None)
    assert found(ask(lambda q: list(measured(q, mixes(q, NOBODY), effective_number))))[ALL] == (
        None, NONE,
    )  # fmt: skip
