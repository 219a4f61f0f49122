"""Who took part in what, and whose resources are used by others, in a real log."""

from datetime import date
from fractions import Fraction

import pytest

from lianjian.core import Family, Period, activity_hosts, indicator
from lianjian.core.activities import (
    ActivityHeld,
    Attendance,
    Successor,
    UnitRegistered,
    UnitReorganized,
)
from lianjian.core.holdings import resources_of, used_by_others
from lianjian.core.participation import months_taking_part, regularly_taking_part
from lianjian.core.resources import ResourcePublished, ResourceUsed
from lianjian.core.testing import Trial

FORMS = ("seminar", "quiz")


def on(text):
    return date.fromisoformat(text)


@pytest.fixture
def ask(tmp_path):
    """Return a function that asks a query of units a, b and c something, and the log itself."""
    asked = []

    @indicator(
        "probe.asked", of=activity_hosts, unit="share", better="neither", zh="试", en="Asked"
    )
    def probe(q):
        asked.append(question(q))
        yield from ()

    question = None
    family = Family("probe", version=1, zh="试", en="Probe", indicators=[probe])
    with Trial(tmp_path, [family]) as trial:
        trial.record(*(UnitRegistered(u, u, "organ", "district", on("2020-01-01")) for u in "abc"))

        def put(function, period="2021", tree="then"):
            nonlocal question
            question = function
            trial.readings("probe.asked", period, tree=tree)
            return asked[-1]

        put.record = trial.record
        yield put


def held(id_, day, form, *came):
    lines = tuple(Attendance(u, "general", None, n) for u, n in came)
    minutes, formats = (30, {form: 30}) if form else (None, {})
    return ActivityHeld(id_, on(day), "a", minutes=minutes, formats=formats, attendance=lines)


def test_months_are_certain_or_open(ask):
    ask.record(
        held("1", "2021-01-05", "quiz", ("b", 3), ("c", None)),
        held("2", "2021-02-05", "lecture", ("b", 3)),
        held("3", "2021-03-05", None, ("b", 3)),
        held("4", "2021-04-05", "seminar", ("b", 0)),
    )
    sure, perhaps = ask(lambda q: months_taking_part(q, FORMS))
    assert sure == {"a": {"2021-01", "2021-04"}, "b": {"2021-01"}}
    assert perhaps == {
        "a": {"2021-01", "2021-03", "2021-04"},
        "b": {"2021-01", "2021-03"},
        "c": {"2021-01"},
    }
    first = Period(on("2021-01-01"), on("2021-05-01"))
    assert ask(lambda q: regularly_taking_part(q.over(first), FORMS, Fraction(1, 2))) == (
        {"a"},
        {"b"},
    )
    assert ask(lambda q: regularly_taking_part(q.over(first), FORMS, Fraction(1, 4))) == (
        {"a", "b"},
        {"c"},
    )


def test_resources_are_used_by_others_or_nobody_knows(ask):
    def resource(id_, owner):
        return ResourcePublished(id_, id_, "film", on("2020-05-01"), owner)

    ask.record(*(resource(id_, owner) for id_, owner in zip("rstu", "aaac", strict=True)))
    ask.record(resource("nobodys", None), resource("left", "b"))
    uses = {"r": ["a", None, "b"], "s": [None, "a"], "t": ["a"], "u": ["a"], "nobodys": ["a"]}
    ask.record(
        *(ResourceUsed(id_, on("2021-05-01"), by) for id_, users in uses.items() for by in users)
    )
    then = {"r": True, "s": None, "t": False, "u": True}
    assert ask(used_by_others) == then
    ask.record(
        UnitReorganized("merge", ("b",), on("2022-01-01"), (Successor("a", 10_000),)),
    )
    assert ask(used_by_others) == then
    assert ask(used_by_others, tree="now") == then | {"r": None}
    owners = {r.id: r.owners for r in ask(resources_of, tree="now")}
    assert (owners["left"], owners["nobodys"]) == ({"a"}, frozenset())
    assert ask(lambda q: resources_of(q, "")) == []
