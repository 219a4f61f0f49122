"""What plans want done and how far it came, and how regularly units host, in a real log."""

from datetime import date

import pytest

from lianjian.core import ALL, Family, indicator, plan_items
from lianjian.core.activities import ActivityHeld, Successor, UnitRegistered, UnitReorganized
from lianjian.core.kit import listed
from lianjian.core.planned import (
    activities_held,
    items,
    mechanisms,
    norms_followed,
    odd_plans,
    of_each,
    open_roles,
    own_norms,
    reached,
    without_day,
)
from lianjian.core.planning import NormIssued, PlanAdopted, PlanItemEvaluated, PlanItemSet, RoleOf
from lianjian.core.regularity import gaps, months_hosted, year_end_minutes
from lianjian.core.testing import Trial


def on(day):
    return date.fromisoformat(day)


def item(id_, unit="x", due=None, day="2022-01-20", **more):
    due_on = on(due) if due else None
    return PlanItemSet(id_, "p", id_, "required", on(day), unit=unit, due_on=due_on, **more)


def held(id_, day, *served, host="x", **more):
    return ActivityHeld(id_, on(day), host, plan_items=served, **more)


@pytest.fixture
def ask(tmp_path):
    """Return a function that runs another with a query over a log.

    A plan of 2022 with three items: of x, with an owner, closed late; of y, due on the last day of
    September; of nobody, without a day. A norm of x, followed on 10 March. Hosts are x, y and e,
    which is from outside; x is split into y (6,000 of 10,000) and z after the year.
    """
    asked = []

    @indicator("probe.asked", of=plan_items, unit="items", better="neither", zh="试", en="Asked")
    def probe(q):
        asked.append(question(q))
        yield q.reading(ALL, 0)

    question = None
    family = Family("probe", version=1, zh="试", en="Probe", indicators=[probe])
    with Trial(tmp_path, [family]) as trial:
        trial.record(
            *(UnitRegistered(u, u, "town", "town", on("2020-01-01")) for u in "xyz"),
            UnitRegistered("e", "e", "external", "municipal", on("2020-01-01")),
            NormIssued("n", "s", "n", "n", "unit", on("2022-03-01"), unit="x"),
            PlanAdopted("p", "p", "y", on("2022-01-01"), on("2022-12-31"), on("2022-01-10")),
            item("i", due="2022-06-30", norm_ref="n", roles=(RoleOf("z", "own"),)),
            item("j", "y", due="2022-09-30"),
            item("k", None),
            held("a", "2022-02-28", "i", minutes=40),
            held("b", "2022-03-10", "i", "j", minutes=50, cohosts=("y",)),
            held("c", "2022-11-30", minutes=10),
            held("d", "2022-12-31", host="e"),
            PlanItemEvaluated("i", "partly", on("2022-05-01")),
            PlanItemEvaluated("i", "met", on("2022-07-01")),
            PlanItemEvaluated("i", "met", on("2022-08-01")),
            PlanItemEvaluated("k", "partly", on("2022-08-01")),
            UnitReorganized(
                "split",
                ("x",),
                on("2023-02-01"),
                into=(Successor("y", 6_000), Successor("z", 4_000)),
            ),
        )

        def put(function, period="2022", tree="then"):
            nonlocal question
            question = function
            trial.readings("probe.asked", period, tree=tree)
            return asked[-1]

        yield put


def test_an_item_is_closed_on_the_first_day_that_found_it_met(ask):
    found = {i.id: (i.closed, i.in_time) for i in ask(items)}
    assert found == {"i": ("2022-07-01", False), "j": (None, False), "k": (None, False)}
    assert [i.closed for i in ask(items, "2022Q2")] == [None, None, None]
    assert ask(items, "2023") == []
    assert ask(items, "2022-01-01..2022-01-19") == []  # they were not yet set


def test_an_item_is_late_by_the_days_from_its_own_to_the_last_of_the_period(ask):
    def late(q):
        return {i.id: i.days_late(q) for i in items(q)}

    assert ask(late, "2022Q2") == {"i": 0, "j": 0, "k": 0}  # on the day itself it is in time
    assert ask(late, "2022-04-01..2022-06-30") == {"i": 0, "j": 0, "k": 0}
    assert ask(late, "2022Q3") == {"i": 0, "j": 0, "k": 0}  # closed late is not open
    assert ask(late, "2022-10-01") == {"i": 0, "j": 1, "k": 0}
    assert ask(late) == {"i": 0, "j": 92, "k": 0}


def test_items_go_whole_to_every_heir_and_those_of_nobody_to_all(ask):
    def found(q):
        return {s: ([i.id for i in own], [f.en for f in flags]) for s, own, flags in of_each(q)}

    nobody = ["1 items without a responsible unit"]
    assert ask(found) == {
        ALL: (["i", "j", "k"], nobody), "unit:x": (["i"], []), "unit:y": (["j"], []),
    }  # fmt: skip
    assert ask(found, tree="now") == {
        ALL: (["i", "j", "k"], nobody), "unit:y": (["i", "j"], []), "unit:z": (["i"], []),
    }  # fmt: skip
    assert [f.en for f in ask(lambda q: without_day(items(q)))] == ["1 items without a due day"]


def test_stages_roles_and_activities_of_items(ask):
    assert ask(reached) == {
        "plan": {"i", "j", "k"}, "advance": {"i", "j"}, "supervise": set(), "evaluate": {"i", "k"},
    }  # fmt: skip
    assert ask(activities_held) == {"i": 2, "j": 1}
    assert ask(activities_held, "2022-02") == {"i": 1}
    open_ = ask(open_roles)
    assert {id_: len(roles) for id_, roles in open_.items()} == {"i": 4, "j": 5, "k": 5}
    assert "own" not in {role.code for role in open_["i"]}


def test_a_norm_is_followed_from_the_first_activity_on_or_after_its_issue(ask):
    assert ask(norms_followed) == [("n", "unit", "2022-03-01", "2022-03-10")]  # not in February
    assert ask(norms_followed, "2022-03-01..2022-03-09") == [("n", "unit", "2022-03-01", None)]
    assert ask(norms_followed, "2022Q2") == []


def test_units_with_mechanisms(ask):
    assert ask(own_norms, "2022-02") == set()
    assert (ask(own_norms), ask(own_norms, tree="now")) == ({"x"}, {"y", "z"})
    found = {what.en: units for what, units in ask(mechanisms).items()}
    assert found == {"a norm": {"x"}, "an owner": {"x"}, "a plan": {"y"}, "an evaluation": {"x"}}
    now = {what.en: units for what, units in ask(mechanisms, tree="now").items()}
    assert now["an owner"] == {"y", "z"}


def test_what_is_odd_of_plans(ask):
    found = ask(lambda q: list(odd_plans(q)))
    assert [(id_, said.en) for id_, _, said in found] == [
        ("k", "evaluated on 2022-08-01, before it was advanced")
    ]
    (all_, *_) = ask(lambda q: list(listed(q, "plan_item", odd_plans(q))))
    assert (all_.subject, all_.value) == (ALL, 1)


# How regularly


def test_months_with_an_activity_of_those_that_a_unit_was_open(ask):
    assert ask(months_hosted) == {
        ALL: (4, 36), "unit:x": (3, 12), "unit:y": (1, 12), "unit:z": (0, 12),
    }  # fmt: skip
    assert ask(months_hosted, "2022Q1", "now") == {ALL: (4, 6), "unit:y": (2, 3), "unit:z": (2, 3)}
    assert ask(months_hosted, "2019") == {ALL: (0, 0)}


def test_the_days_between_hosting(ask):
    assert ask(gaps) == {"unit:x": [10, 265], "unit:y": []}  # not of those outside
    assert ask(gaps, tree="now") == {"unit:y": [10, 265], "unit:z": [10, 265]}


def test_minutes_at_the_end_of_whole_years(ask):
    def found(q):
        return {s: (m.late, m.minutes, m.blank) for s, m in year_end_minutes(q).items()}

    assert ask(found) == {ALL: (10, 100, 1), "unit:x": (10, 100, 0), "unit:e": (0, 0, 1)}
    assert ask(found, tree="now") == {
        ALL: (10, 100, 1), "unit:y": (6, 60, 0), "unit:z": (4, 40, 0), "unit:e": (0, 0, 1),
    }  # fmt: skip
    assert ask(found, "2022Q4") == {}
