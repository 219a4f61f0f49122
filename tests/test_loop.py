"""The loop against answers worked by hand."""

from datetime import date

import pytest

from lianjian.core import ALL
from lianjian.core.activities import ActivityHeld, Successor, UnitRegistered, UnitReorganized
from lianjian.core.figures import Figures
from lianjian.core.indicator import Moment, Period
from lianjian.core.planning import NormIssued, PlanAdopted, PlanItemEvaluated, PlanItemSet, RoleOf
from lianjian.core.posts import PostDesignated
from lianjian.core.resources import EvidenceAttached
from lianjian.core.supervision import (
    CheckConducted,
    FindingRaised,
    RectificationAssigned,
    RectificationDone,
    RectificationVerified,
)
from lianjian.core.testing import Trial, check_family
from lianjian.core.tree import root
from lianjian.core.vocabulary import installed
from lianjian.plugins.loop import lianjian_family

NAMES = [i.name for i in lianjian_family().indicators]


@pytest.fixture
def t(tmp_path):
    with Trial(tmp_path, [lianjian_family()]) as trial:
        yield trial


def on(day):
    return date.fromisoformat(day)


def unit(name, day="2020-01-01", kind="town"):
    return UnitRegistered(name, name, kind, "town", on(day))


def plan(id_="p", of="x", starts="2022-01-01", ends="2022-12-31", day="2022-01-20", **more):
    return PlanAdopted(id_, id_, of, on(starts), on(ends), on(day), **more)


def item(id_, obligation="required", due=None, day="2022-01-20", plan="p", unit="x", **more):
    due_on = on(due) if due else None
    return PlanItemSet(id_, plan, id_, obligation, on(day), unit=unit, due_on=due_on, **more)


def evaluated(item, day, outcome="met"):
    return PlanItemEvaluated(item, outcome, on(day))


def held(id_, day, *items, host="x", **more):
    return ActivityHeld(id_, on(day), host, plan_items=items, **more)


def check(id_, day, *items):
    return CheckConducted(id_, id_, on(day), "routine", plan_items=items)


def norm(id_, day, series="s", issuer="unit", **more):
    return NormIssued(id_, series, id_, id_, issuer, on(day), **more)


def merged(one, into, day):
    return UnitReorganized("merge", (one,), on(day), into=(Successor(into, 10_000),))


def roles(*codes, unit="x"):
    return tuple(RoleOf(unit, code) for code in codes)


def reading(t, name, subject=ALL, period="2022", **more):
    return t.reading(f"loop.{name}", period, subject, **more)


def value(t, name, subject=ALL, period="2022", **more):
    return reading(t, name, subject, period, **more).value


def parts(t, name, subject=ALL, period="2022", **more):
    r = reading(t, name, subject, period, **more)
    return r.numerator, r.denominator


def subjects(t, name, period="2022", **more):
    return {r.subject for r in t.readings(f"loop.{name}", period, **more)}


def said(reading):
    """What stands beside a reading, in English: why it has no value, and its flags."""
    return reading.reason and reading.reason.en, [f.en for f in reading.flags]


def rounded(number):
    return pytest.approx(number, abs=5e-7)


def the_year(t):
    """Four items of one plan: closed in time, closed late, begun, and not begun."""
    return t.record(
        unit("x"),
        plan(),
        item("i1", due="2022-03-31"),
        item("i2", due="2022-06-30"),
        item("i3", "elective", due="2022-12-31"),
        item("i4"),
        held("a1", "2022-03-01", "i1"),
        held("a2", "2022-03-11", "i2"),
        held("a3", "2022-03-31", "i3"),
        held("a4", "2022-05-30"),
        evaluated("i1", "2022-03-20"),
        evaluated("i2", "2022-07-05"),
    )


# The worked example, and its second quarter


def test_the_year_of_the_worked_example(t):
    the_year(t)
    assert value(t, "adoption_lag") == value(t, "adoption_lag", "unit:x") == 19
    assert parts(t, "on_time") == (1, 3)  # i1; i2 was late, i3 is open, i4 has no day
    assert value(t, "on_time") == rounded(1 / 3)
    # i3 is due on the year's last day: not late on it, and late from the day after.
    assert value(t, "overdue") == value(t, "overdue", "unit:x") == 0
    more = reading(t, "overdue", period="2022-01-01..2023-01-01")
    assert (more.value, said(more)) == (1, (None, ["i3: 1 days overdue"]))
    assert more.flags[0].zh == "i3 逾期 1 天"
    assert parts(t, "required_completion") == (2, 3)  # i4 was due when the plan ended
    assert parts(t, "elective_share") == (1, 4)
    assert parts(t, "stage_conversion", stage="advance") == (3, 4)
    assert parts(t, "stage_conversion", stage="supervise") == (0, 4)
    assert value(t, "burstiness") == value(t, "burstiness", "unit:x") == -0.162735
    assert parts(t, "active_months") == parts(t, "active_months", "unit:x") == (2, 12)


def test_a_quarter_knows_what_was_known_by_its_end(t):
    the_year(t)
    assert parts(t, "on_time", period="2022Q2") == (0, 1)  # i2 alone is due in it
    assert value(t, "overdue", period="2022Q2") == 0  # i2 is due on its last day
    assert value(t, "overdue", period="2022-04-01..2022-07-04") == 1
    assert said(reading(t, "overdue", period="2022-04-01..2022-07-04"))[1] == ["i2: 4 days overdue"]
    assert value(t, "overdue", period="2022Q3") == 0  # closed late is not overdue any more
    assert parts(t, "on_time", period="2022Q1") == (1, 1)
    assert parts(t, "required_completion", period="2022Q2") == (1, 2)
    assert parts(t, "required_completion", period="2022Q3") == (2, 2)
    assert parts(t, "stage_conversion", period="2022-02", stage="advance") == (0, 4)
    assert parts(t, "stage_conversion", period="2022-03", stage="advance") == (3, 4)
    assert parts(t, "stage_conversion", period="2022Q2", stage="evaluate") == (1, 4)
    assert parts(t, "stages", "plan_item:i1", "2022-02") == (1, 4)
    assert parts(t, "stages", "plan_item:i1", "2022Q2") == (3, 4)


def test_the_last_day_of_an_item_is_in_time(t):
    the_year(t)
    t.record(
        item("on", due="2022-09-30"),
        item("late", due="2022-09-30"),
        evaluated("on", "2022-09-30"),
        evaluated("late", "2022-10-01"),
    )
    assert parts(t, "on_time", period="2022Q3") == (1, 2)
    assert value(t, "overdue", period="2022Q3") == 0


def test_overdue_counts_to_the_last_day_of_the_period(t):
    t.record(
        unit("x"), plan(), item("last", due="2022-09-30"), item("before", due="2022-09-29"),
        item("long", due="2022-08-31"),
    )  # fmt: skip
    r = reading(t, "overdue", period="2022Q3")
    assert (r.value, said(r)[1]) == (2, ["before: 1 days overdue", "long: 30 days overdue"])
    assert value(t, "overdue", period="2022-09-01..2022-09-29") == 1
    assert value(t, "overdue", period="2022-09-01..2022-10-01") == 3
    assert parts(t, "required_completion", period="2022Q3") == (0, 3)  # due on it is due


# Nothing at all, and nothing of a kind

ITEM = "no item of a plan of the period"
UNIT = "no unit was active in the period"
EMPTY = {
    "items": 0,
    "pillar_balance": ITEM,
    "stages": ITEM,
    "stage_conversion": ITEM,
    "on_time": ITEM,
    "overdue": 0,
    "required_completion": ITEM,
    "elective_share": ITEM,
    "target_reached": ITEM,
    "missing_roles": ITEM,
    "norm_based": ITEM,
    "adoption_lag": "no plan that starts in the period was adopted",
    "active_months": UNIT,
    "burstiness": "no unit has three gaps between activity days",
    "year_end_share": "no minutes are known",
    "norm_lag": "no norm was issued in the period",
    "mechanisms": UNIT,
    "own_norm": UNIT,
    "closed_chain": "nothing was due",
    "contradictions": 0,
}


def test_an_empty_log_gives_counts_of_zero_and_reasons_for_the_rest(t):
    found = {name: t.readings(name, "2022") for name in NAMES}
    assert {n.removeprefix("loop.") for n in found} == EMPTY.keys()
    for name, readings in found.items():
        assert {r.subject for r in readings} == {ALL}
        for r in readings:
            expected = EMPTY[name.removeprefix("loop.")]
            assert (r.value if r.reason is None else r.reason.en) == expected, name


def test_what_was_not_due_not_required_or_without_target_has_no_share(t):
    t.record(unit("x"), unit("y"), plan(), item("i", "elective"), item("j", due="2023-03-01"))
    t.record(item("k", unit="y", due="2022-02-01"))
    assert said(reading(t, "on_time", "unit:x")) == (
        "nothing was due", ["1 items without a due day"],
    )  # fmt: skip
    assert parts(t, "on_time", "unit:y") == parts(t, "on_time") == (0, 1)
    assert reading(t, "required_completion", "unit:x").reason.en == "nothing was due"  # j is not
    assert parts(t, "required_completion", "unit:y") == (0, 1)
    assert said(reading(t, "target_reached")) == (
        "no item has a target", ["3 items without a target"],
    )  # fmt: skip
    t.record(unit("z"), item("l", "elective", unit="z", due="2022-02-01"))
    assert reading(t, "required_completion", "unit:z").reason.zh == "没有规定动作"
    assert parts(t, "required_completion") == (0, 1)


def test_either_a_value_or_a_reason(t):
    the_year(t)
    for name in NAMES:
        for period in ("2019", "2021", "2022", "2022Q2", "2022-05-30"):
            for r in t.readings(name, period):
                assert (r.value is None) == (r.reason is not None), (name, period, r.subject)
                assert r.reason is None or (r.reason.zh and r.reason.en)


# Which items, and whose


def test_items_are_those_of_plans_that_touch_the_period(t):
    t.record(
        unit("x"),
        plan("p", starts="2021-12-01", ends="2022-11-30", day="2021-11-20"),
        item("i", "elective", day="2021-12-01", pillar="system", norm_ref=None),
        item("later", day="2022-12-01", plan="p", pillar="innovation", target_n=1),
    )
    for period in ("2021", "2022Q1", "2022-11", "2021-12-01..2022-11-30"):
        assert value(t, "items", period=period) == 1, period
        assert parts(t, "elective_share", period=period) == (1, 1)
        assert parts(t, "norm_based", period=period) == (0, 1)
        assert parts(t, "missing_roles", period=period) == (5, 5)
        assert value(t, "pillar_balance", period=period) == 0
        assert reading(t, "target_reached", period=period).reason.en == "no item has a target"
    # Set when the plan was over: of the year, but not of the months that the plan had.
    assert value(t, "items", period="2022") == 2
    assert value(t, "pillar_balance", period="2022") == rounded(0.5)  # ln 2 / ln 4
    assert parts(t, "target_reached", period="2022") == (0, 1)
    assert value(t, "items", period="2022-12") == 0
    assert value(t, "items", period="2021-11") == 0


def test_a_plan_touches_a_period_by_its_first_and_by_its_last_day(t):
    t.record(unit("x"), plan(starts="2022-02-10", ends="2022-02-20", day="2022-01-01"))
    t.record(item("i", day="2022-01-02"))
    touched = [d for d in ("09", "10", "20", "21") if value(t, "items", period=f"2022-02-{d}")]
    assert touched == ["10", "20"]


def test_items_by_unit_pillar_obligation_and_goal(t):
    t.record(
        *(unit(u) for u in "xy"),
        plan(),
        item("i", pillar="leadership", goals=("lianzhu", "politics_clear")),
        item("j", "elective", pillar="system", goals=("lianzhu",)),
        item("k", pillar="system", unit="y", themes=("warning",)),
        plan("old", starts="2021-01-01", ends="2021-12-31", day="2021-01-20"),
        item("o", plan="old", goals=("clean_jiading",)),
    )
    assert value(t, "items") == 3
    assert {u: value(t, "items", f"unit:{u}") for u in "xy"} == {"x": 2, "y": 1}
    by = {
        (name, code): r.value
        for r in t.readings("loop.items", "2022")
        for name, code in r.dimensions.items()
    }
    assert by == {
        ("pillar", "leadership"): 1,
        ("pillar", "system"): 2,
        ("pillar", "innovation"): 0,
        ("pillar", "evaluation"): 0,
        ("obligation", "required"): 2,
        ("obligation", "elective"): 1,
        **{("goal", code): 0 for code in installed()["goal"]},
        ("goal", "lianzhu"): 2,
        ("goal", "politics_clear"): 1,
    }


def test_an_item_without_a_unit_counts_for_all_alone(t):
    t.record(
        unit("x"), plan(), item("i", due="2022-02-01", target_n=1), evaluated("i", "2022-02-01")
    )
    t.record(item("nobody", "elective", unit=None, due="2022-03-01", target_n=1))
    flag = ["1 items without a responsible unit"]
    for name, all_, own in (
        ("on_time", (1, 2), (1, 1)),
        ("elective_share", (1, 2), (0, 1)),
        ("target_reached", (0, 2), (0, 1)),
        ("required_completion", (1, 1), (1, 1)),
    ):
        assert parts(t, name) == all_
        assert parts(t, name, "unit:x") == own
        assert said(reading(t, name)) == (None, flag)
        assert reading(t, name, "unit:x").flags == ()
    assert (value(t, "items"), value(t, "items", "unit:x")) == (2, 1)
    assert reading(t, "items").flags[0].zh == "1 项未定责任单位"
    assert said(reading(t, "overdue"))[1] == [*flag, "nobody: 305 days overdue"]
    assert value(t, "overdue", "unit:x") == 0


def test_the_four_pillars_are_even_or_not(t):
    t.record(unit("x"), plan(), item("blank"))
    assert said(reading(t, "pillar_balance")) == (
        "of no item is the pillar known", ["1 items without a pillar"],
    )  # fmt: skip
    for i, pillar in enumerate(["leadership", "system", "innovation", "evaluation"]):
        t.record(item(f"i{i}", pillar=pillar))
        # n pillars alike: ln n / ln 4.
        assert value(t, "pillar_balance") == rounded([0, 0.5, 0.792481, 1][i])
    assert reading(t, "pillar_balance").denominator == 4
    assert said(reading(t, "pillar_balance"))[1] == ["1 items without a pillar"]
    t.record(item("i4", pillar="system"), item("i5", pillar="system"))
    # 1, 3, 1, 1 of 6: H = (3 ln 6) / 6 + (ln 2) / 2 = 1.242453, by ln 4 = 1.386294.
    assert value(t, "pillar_balance") == rounded(0.896241)


# The stages


def test_an_item_reaches_stages_each_by_its_own_kind_of_event(t):
    t.record(
        unit("x"),
        plan(),
        *(item(f"i{n}") for n in range(4)),
        held("a", "2022-02-01", "i0", "i1"),  # one activity advances both
        check("c", "2022-03-01", "i0", "i2"),
        evaluated("i0", "2022-04-01", "unmet"),
        EvidenceAttached(on("2022-05-01"), "0" * 64, plan_item="i3"),
        held("i2", "2022-02-01"),  # an activity of the same name is not the item
        EvidenceAttached(on("2022-05-01"), "1" * 64, activity="i2"),
    )
    found = {f"i{n}": parts(t, "stages", f"plan_item:i{n}")[0] for n in range(4)}
    assert found == {"i0": 4, "i1": 2, "i2": 2, "i3": 2}
    assert value(t, "stages", "plan_item:i1") == 0.5
    assert parts(t, "stages") == (10, 16)
    by = {s: parts(t, "stage_conversion", stage=s)[0] for s in installed()["stage"]}
    assert by == {"plan": 4, "advance": 3, "supervise": 2, "evaluate": 1}
    assert said(reading(t, "stages", "plan_item:i2"))[1] == ["not reached: Advance, Evaluate"]
    assert reading(t, "stages", "plan_item:i2").flags[0].zh == "未达环节：推进、评估"
    assert reading(t, "stages", "plan_item:i0").flags == ()


def test_items_of_other_years_reach_no_stage_of_this_one(t):
    the_year(t)
    old = {"starts": "2021-01-01", "ends": "2021-12-31", "day": "2021-01-20"}
    t.record(plan("old", **old), item("o", plan="old", day="2021-02-01"))
    t.record(held("b", "2022-06-01", "o"), evaluated("o", "2022-06-01"))
    assert parts(t, "stage_conversion", stage="evaluate") == (2, 4)
    assert "plan_item:o" not in subjects(t, "stages")


def test_what_is_evaluated_in_part_is_evaluated_and_not_closed(t):
    t.record(unit("x"), plan(), item("i", due="2022-06-30"), held("a", "2022-02-01", "i"))
    t.record(evaluated("i", "2022-05-01", "partly"))
    assert parts(t, "stage_conversion", stage="evaluate") == (1, 1)
    assert parts(t, "required_completion") == parts(t, "on_time") == (0, 1)
    assert value(t, "overdue") == 1
    t.record(evaluated("i", "2022-06-01"), evaluated("i", "2022-08-01", "unmet"))
    t.record(evaluated("i", "2022-09-01"))
    assert parts(t, "on_time") == (1, 1)  # the first that found it met closed it
    assert value(t, "overdue") == 0


# Days, targets, roles, norms, adoption


def test_items_without_a_due_day_are_left_out_and_counted(t):
    the_year(t)
    assert said(reading(t, "on_time"))[1] == ["1 items without a due day"]
    assert reading(t, "on_time").flags[0].zh == "1 项未定期限"
    assert said(reading(t, "required_completion"))[1] == ["1 items without a due day"]
    # Until the plan is over, i4 is due nowhere.
    assert parts(t, "required_completion", period="2022-01-01..2022-12-30") == (2, 2)
    assert parts(t, "required_completion", period="2022") == (2, 3)


def test_a_target_is_reached_up_to_the_target(t):
    t.record(
        unit("x"),
        unit("y"),
        plan(),
        item("i", target_n=2),
        item("j", target_n=4, unit="y"),
        item("k", unit="y"),
        *(held(f"a{n}", f"2022-0{n}-01", "i", host="y") for n in range(1, 6)),
        held("b", "2022-06-01", "j", "k"),
    )
    assert parts(t, "target_reached", "unit:x") == (2, 2)  # five, of which two were asked for
    assert parts(t, "target_reached", "unit:y") == (1, 4)
    assert parts(t, "target_reached") == (3, 6)
    assert said(reading(t, "target_reached", "unit:y"))[1] == ["1 items without a target"]
    assert parts(t, "target_reached", period="2022-01") == (1, 6)
    assert parts(t, "target_reached", period="2022-02") == (2, 6)


def test_roles_that_nobody_has(t):
    t.record(
        unit("x"),
        unit("y"),
        plan(),
        item("full", roles=roles(*installed()["role"])),
        item("two", roles=(*roles("lead", "own"), *roles("own", unit="y"))),
        item("none"),
    )
    assert {i: value(t, "missing_roles", f"plan_item:{i}") for i in ("full", "two", "none")} == {
        "full": 0, "two": 3, "none": 5,
    }  # fmt: skip
    assert (value(t, "missing_roles"), *parts(t, "missing_roles")) == (8, 8, 15)
    r = reading(t, "missing_roles", "plan_item:two")
    assert r.flags[0].zh == "无人承担：齐抓共管、组织协调、广泛参与"
    assert said(r)[1] == ["nobody has: Co-manage, Coordinate, Participate"]
    assert reading(t, "missing_roles", "plan_item:full").flags == ()


def test_items_that_cite_a_norm(t):
    t.record(unit("x"), norm("n", "2021-01-01"), plan(), item("i", norm_ref="n"), item("j"))
    assert parts(t, "norm_based") == (1, 2)
    t.record(item("later", day="2022-06-01"))
    assert parts(t, "norm_based", period="2022Q1") == (1, 2)
    assert parts(t, "norm_based") == (1, 3)


def test_plans_are_adopted_after_their_first_day_or_ahead_of_it(t):
    t.record(
        *(unit(u) for u in "xy"),
        plan("p", "x", starts="2022-01-01", day="2022-01-20"),
        plan("q", "x", starts="2022-07-01", day="2022-06-20"),
        plan("r", "y", starts="2022-03-01", day="2022-03-05"),
        plan("s", "y", starts="2021-12-31", day="2022-06-01"),
        plan("t", "y", starts="2022-12-01", day="2023-01-05"),
    )
    # x: 19 and -11, y: 4; s starts before the year, and t was not adopted by its end.
    assert value(t, "adoption_lag", "unit:x") == 4
    assert (value(t, "adoption_lag"), reading(t, "adoption_lag").denominator) == (4, 3)
    assert value(t, "adoption_lag", period="2022Q3") == -11
    assert value(t, "adoption_lag", period="2022Q1") == 11.5
    assert reading(t, "adoption_lag", period="2022Q4").reason.zh == "期间内没有通过计划"
    assert value(t, "adoption_lag", period="2022-12-01..2023-01-31") == 35


# How regularly


def test_months_count_while_a_unit_is_open(t):
    t.record(
        unit("x"),
        unit("y", "2022-07-15"),
        unit("out", kind="external"),
        held("a", "2022-07-20", host="y", cohosts=("x", "out")),
        held("b", "2022-07-31", host="y"),
        held("c", "2022-10-01", host="y"),
        held("d", "2021-10-01", host="x"),
    )
    assert parts(t, "active_months", "unit:y") == (2, 6)  # July to December
    assert parts(t, "active_months", "unit:x") == (1, 12)
    assert parts(t, "active_months") == (3, 18)
    assert subjects(t, "active_months") == {ALL, "unit:x", "unit:y"}
    assert parts(t, "active_months", "unit:y", "2022-07-25..2022-08-03") == (1, 2)
    t.record(UnitReorganized("close", ("y",), on("2022-10-01")))
    assert parts(t, "active_months", "unit:y") == (
        1,
        3,
    )  # July to September, on whose last day it ended


def test_what_a_unit_held_before_it_was_there_fills_no_month(t):
    t.record(unit("x", "2022-07-01"), held("a", "2022-06-30"))
    assert parts(t, "active_months") == (0, 6)


def test_bursts_are_measured_by_days_of_hosting(t):
    t.record(
        *(unit(u) for u in "wxyz"),
        *(held(f"x{d}", f"2022-01-{d:02}", host="x") for d in (1, 3, 5, 7)),
        held("twice", "2022-01-07", host="x"),
        *(held(f"y{d}", d, host="y") for d in ("2022-01-01", "2022-01-03", "2022-01-05")),
        held("y4", "2022-04-01", host="z", cohosts=("y",)),
    )
    assert value(t, "burstiness", "unit:x") == -1  # every other day
    # 2, 2, 86: μ 30, σ 39.597980.
    assert value(t, "burstiness", "unit:y") == 0.137906
    assert said(reading(t, "burstiness", "unit:z"))[0] == "fewer than 3 value(s)"
    assert subjects(t, "burstiness") == {ALL, "unit:x", "unit:y", "unit:z"}
    r = reading(t, "burstiness")
    assert (r.value, r.denominator) == (rounded((0.137906 - 1) / 2), 2)
    assert said(r)[1] == ["1 units with too few gaps"]
    assert said(reading(t, "burstiness", period="2022Q2"))[1] == ["2 units with too few gaps"]
    # To the end of March y has three days only; x has all four.
    assert value(t, "burstiness", period="2022Q1") == -1


def test_the_rush_at_the_end_of_the_year(t):
    t.record(
        *(unit(u) for u in "xyz"),
        held("a", "2022-01-01", minutes=60),
        held("b", "2022-10-31", minutes=60),
        held("c", "2022-11-01", minutes=100, cohosts=("y",)),
        held("d", "2022-12-31", minutes=20, host="y"),
        held("e", "2022-12-31", host="y"),
        held("f", "2022-12-31", host="z"),
        held("g", "2023-01-01", minutes=1000),
    )
    assert parts(t, "year_end_share", "unit:x") == (100, 220)
    assert parts(t, "year_end_share", "unit:y") == (20, 20)  # minutes are the host's alone
    assert parts(t, "year_end_share") == (120, 240)
    assert said(reading(t, "year_end_share"))[1] == ["2 activities without minutes"]
    assert said(reading(t, "year_end_share", "unit:z")) == (
        "no minutes are known", ["1 activities without minutes"],
    )  # fmt: skip


def test_a_rush_needs_a_whole_calendar_year(t):
    t.record(
        unit("x"),
        *(held(f"a{y}", f"{y}-06-01", minutes=90) for y in (2021, 2022, 2023)),
        *(held(f"b{y}", f"{y}-12-01", minutes=10) for y in (2021, 2022, 2023)),
    )
    for period in ("2022Q4", "2022-12", "2021-12-01..2022-11-30", "2022-01-02..2023-12-30"):
        assert reading(t, "year_end_share", period=period).reason.zh == "期间不含完整年度"
    assert parts(t, "year_end_share") == (10, 100)
    assert parts(t, "year_end_share", period="2021-01-01..2022-12-31") == (20, 200)
    # Only whole years count: of the rest, two months in twelve would not be even.
    assert parts(t, "year_end_share", period="2021-11-01..2022-12-31") == (10, 100)
    assert parts(t, "year_end_share", period="2022-01-01..2023-11-30") == (10, 100)


# Norms and mechanisms


def test_how_long_norms_waited_for_their_first_activity(t):
    t.record(
        unit("x"),
        norm("n1", "2022-01-10", series="s1", issuer="central"),
        norm("n2", "2022-03-01", series="s2", issuer="district"),
        norm("n3", "2022-12-01", series="s3", issuer="district"),
        plan(),
        *(item(f"i{n}", norm_ref=f"n{n}") for n in (1, 2, 3)),
        item("free"),
        held("early", "2022-01-09", "i1"),
        held("a", "2022-01-15", "i1", "free"),
        held("b", "2022-02-01", "i1"),
        held("c", "2022-03-01", "i2"),
    )
    assert {f"n{n}": value(t, "norm_lag", f"norm:n{n}") for n in (1, 2)} == {"n1": 5, "n2": 0}
    assert said(reading(t, "norm_lag", "norm:n3"))[0] == "nothing had been held by the period's end"
    # 0 and 5 seen, 30 (to 31 December) not over: S(0) = 2/3, S(5) = 1/3.
    r = reading(t, "norm_lag")
    assert (r.value, r.numerator, r.denominator) == (5, 2, 3)
    assert said(r)[1] == ["1 not over by the period's end"]
    assert value(t, "norm_lag", issuer="central") == 5
    assert value(t, "norm_lag", issuer="district") == 0  # S(0) = 1/2
    r = reading(t, "norm_lag", period="2022Q4")
    assert said(r)[0] == "more than half are not over: the median is not reached"
    assert subjects(t, "norm_lag", "2022Q1") == {ALL, "norm:n1", "norm:n2"}
    assert reading(t, "norm_lag", period="2022Q2").reason.zh == "期间内没有制度印发"


def test_a_norm_of_ones_own_is_in_force_from_its_day_on(t):
    t.record(
        unit("x"),
        unit("y"),
        unit("z", "2022-07-02"),  # open for half of the year
        norm("n", "2022-03-01", unit="x", effective_on=on("2022-07-01")),
        norm("others", "2022-03-01", series="o", issuer="district"),
        norm("zs", "2022-08-01", series="zs", unit="z"),
    )
    half = 183 / 365
    assert {u: value(t, "own_norm", f"unit:{u}") for u in "xyz"} == {"x": 1, "y": 0, "z": 1}
    assert value(t, "own_norm") == rounded((1 + half) / (2 + half))
    assert value(t, "own_norm", "unit:x", "2022Q2") == 0
    assert parts(t, "own_norm", period="2022Q2") == (0, 2)
    assert value(t, "own_norm", "unit:x", "2022-07-01") == 1
    # The rule goes over to the district: x has none of its own any more.
    t.record(norm("n2", "2022-10-01", issuer="district"))
    assert value(t, "own_norm", "unit:x") == 0
    assert value(t, "own_norm", "unit:x", "2022Q3") == 1


def test_four_mechanisms(t):
    t.record(
        *(unit(u) for u in "wxyz"),
        norm("n", "2021-01-01", unit="x"),
        plan("p", "x"),
        item("i", unit="x", roles=roles("own")),
        item("j", unit="y", owner_post=None, roles=roles("lead", unit="y")),
        evaluated("i", "2022-05-01", "unmet"),
        evaluated("j", "2022-05-01", "unmet"),
    )
    found = {u: parts(t, "mechanisms", f"unit:{u}") for u in "wxyz"}
    assert found == {"w": (0, 4), "x": (4, 4), "y": (1, 4), "z": (0, 4)}
    assert value(t, "mechanisms") == rounded(5 / 16)
    assert said(reading(t, "mechanisms", "unit:y"))[1] == ["lacks: a norm, an owner, a plan"]
    assert reading(t, "mechanisms", "unit:w").flags[0].zh == "缺：制度、责任人、计划、评估"
    assert reading(t, "mechanisms", "unit:x").flags == ()
    # Without an evaluation in it, a quarter has three.
    assert parts(t, "mechanisms", "unit:x", "2022Q1") == (3, 4)


def test_an_item_is_owned_by_a_post_or_by_whoever_has_the_role(t):
    t.record(unit("x"), unit("y"), plan(of="y"), item("i", roles=roles("own", unit="y")))
    assert parts(t, "mechanisms", "unit:x") == (1, 4)  # its item has an owner, whoever it is
    assert parts(t, "mechanisms", "unit:y") == (1, 4)  # a plan
    t.record(PostDesignated(post="post", unit="y", category="leader", day=date(2022, 1, 1)))
    t.record(item("j", unit="y", owner_post="post"))
    assert parts(t, "mechanisms", "unit:y") == (2, 4)


def test_mechanisms_of_a_unit_open_for_half_of_the_year_weigh_half(t):
    t.record(unit("x", "2022-07-02"), unit("y"), norm("n", "2022-07-02", unit="x"), plan(of="x"))
    half = 183 / 365
    assert parts(t, "mechanisms", "unit:x") == (2, 4)
    assert value(t, "mechanisms") == rounded((half * 2 / 4) / (1 + half))
    assert subjects(t, "mechanisms", "2022Q1") == {ALL, "unit:y"}


def test_last_years_item_is_evaluated_in_january(t):
    old = {"starts": "2021-01-01", "ends": "2021-12-31", "day": "2021-01-20"}
    t.record(unit("x"), plan(**old), item("i", day="2021-02-01", due="2021-12-20"))
    t.record(held("a", "2021-03-01", "i"), evaluated("i", "2022-01-10"))
    assert parts(t, "mechanisms", "unit:x") == (1, 4)
    assert value(t, "items") == 0
    # What the year knew by its end, and what two weeks more tell.
    assert value(t, "overdue", period="2021") == 1
    assert value(t, "overdue", period="2021-01-01..2022-01-14") == 0


# What was found and mended


def assigned(id_, due=None, day="2022-01-10", **target):
    return RectificationAssigned(
        id_, "x", on(day), due_on=on(due) if due else None, **(target or {"finding": "f"})
    )


def verified(id_, day, outcome="met"):
    return RectificationVerified(id_, on(day), outcome)


def test_the_chain_is_closed_where_it_was_verified_last(t):
    t.record(
        unit("x"),
        plan(),
        item("i"),
        FindingRaised("f", "problem", on("2022-01-01"), "f"),
        *(assigned(f"r{n}", "2022-06-30") for n in range(1, 6)),
        assigned("item", "2022-06-30", plan_item="i"),
        assigned("blank"),
        assigned("later", "2023-01-01"),
        verified("r1", "2022-06-01"),
        RectificationDone("r1", on("2022-06-01")),  # recorded behind its verification
        verified("r2", "2022-12-31"),  # late
        verified("r3", "2022-06-01"),
        verified("r3", "2022-07-01", "unmet"),  # and yet returned
        verified("r4", "2022-06-01", "partly"),
        RectificationDone("r5", on("2022-06-01")),
        verified("item", "2022-05-01"),
        verified("later", "2022-05-01"),
        verified("blank", "2022-05-01"),
    )
    assert parts(t, "closed_chain") == (3, 6)
    assert parts(t, "closed_chain", kind_of_target="finding") == (2, 5)
    assert parts(t, "closed_chain", kind_of_target="plan_item") == (1, 1)
    assert said(reading(t, "closed_chain"))[1] == ["1 rectifications without a due day"]
    assert parts(t, "closed_chain", period="2022Q2") == (3, 6)  # r3 not yet returned, r2 not closed
    assert said(reading(t, "closed_chain", period="2022Q1")) == (
        "nothing was due", ["1 rectifications without a due day"],
    )  # fmt: skip
    assert parts(t, "closed_chain", period="2023") == (4, 7)


# Units that changed


def test_items_and_hosting_go_to_every_heir(t):
    t.record(
        *(unit(u) for u in "xyz"),
        plan("p", "x"),
        plan("q", "y", day="2022-01-10"),
        item("i", due="2022-02-01", target_n=1, roles=roles("own")),
        item("j", "elective", unit="y", due="2022-03-01"),
        norm("n", "2022-01-01", unit="x"),
        *(held(f"a{m}", f"2022-0{m}-01", "i", minutes=10) for m in (1, 2)),
        held("b", "2022-02-01", "j", host="y", cohosts=("x",), minutes=80),
        held("c", "2022-04-01", host="y", minutes=10),
        evaluated("i", "2022-01-30"),
        UnitReorganized(
            "split", ("x",), on("2023-02-01"), into=(Successor("y", 6_000), Successor("z", 4_000))
        ),
    )
    then = {u: parts(t, "on_time", f"unit:{u}") for u in "xy"}
    assert then == {"x": (1, 1), "y": (0, 1)}
    now = {"tree": "now"}
    assert subjects(t, "on_time", **now) == {ALL, "unit:y", "unit:z"}
    assert {u: parts(t, "on_time", f"unit:{u}", **now) for u in "yz"} == {"y": (1, 2), "z": (1, 1)}
    assert {u: value(t, "items", f"unit:{u}", **now) for u in "yz"} == {"y": 2, "z": 1}
    assert {u: value(t, "overdue", f"unit:{u}", **now) for u in "yz"} == {"y": 1, "z": 0}
    assert parts(t, "required_completion", "unit:z", **now) == (1, 1)
    assert parts(t, "elective_share", "unit:y", **now) == (1, 2)
    assert parts(t, "target_reached", "unit:y", **now) == (1, 1)
    assert {u: value(t, "adoption_lag", f"unit:{u}", **now) for u in "yz"} == {"y": 14, "z": 19}
    # All counts each once, under whichever tree.
    for name in ("items", "on_time", "overdue", "elective_share", "adoption_lag", "target_reached"):
        assert value(t, name, **now) == value(t, name)
    # January and February of x, February and April of y; the split is after the year.
    assert {u: parts(t, "active_months", f"unit:{u}")[0] for u in "xyz"} == {"x": 2, "y": 2, "z": 0}
    assert {u: parts(t, "active_months", f"unit:{u}", **now) for u in "yz"} == {
        "y": (3, 12), "z": (2, 12),
    }  # fmt: skip
    assert {u: value(t, "own_norm", f"unit:{u}", **now) for u in "yz"} == {"y": 1, "z": 1}
    assert {u: parts(t, "mechanisms", f"unit:{u}") for u in "xyz"} == {
        "x": (4, 4), "y": (1, 4), "z": (0, 4),
    }  # fmt: skip
    assert {u: parts(t, "mechanisms", f"unit:{u}", **now) for u in "yz"} == {
        "y": (4, 4), "z": (4, 4),
    }  # fmt: skip


def test_days_of_merged_units_are_days_of_the_heir_and_minutes_follow_shares(t):
    t.record(
        *(unit(u) for u in "xyz"),
        *(held(f"x{m}", f"2022-01-0{m}", minutes=10) for m in (1, 5)),
        *(held(f"y{m}", f"2022-01-0{m}", host="y") for m in (3, 7)),
        held("late", "2022-12-01", minutes=60),
        merged("y", "z", "2022-06-01"),
        UnitReorganized(
            "split", ("x",), on("2023-01-01"), into=(Successor("y", 5_000), Successor("z", 5_000))
        ),
    )
    assert said(reading(t, "burstiness", "unit:y"))[0] == "fewer than 3 value(s)"
    assert reading(t, "burstiness").value is None
    # z has all of it: 1, 3, 5, 7 January, and 1 December: gaps 2, 2, 2, 328.
    r = reading(t, "burstiness", "unit:z", tree="now")
    assert (r.denominator, r.value) == (4, rounded((3**0.5 * 326 - 334) / (3**0.5 * 326 + 334)))
    assert parts(t, "year_end_share", "unit:x") == (60, 80)
    assert parts(t, "year_end_share", "unit:z", tree="now") == (60, 80)  # by way of y, and at once
    t.record(unit("w"))
    assert parts(t, "year_end_share", tree="now") == (60, 80)


def test_minutes_of_a_split_unit_are_shared_out(t):
    t.record(
        *(unit(u) for u in "xyz"),
        held("a", "2022-01-01", minutes=100),
        held("b", "2022-11-01", minutes=50),
        held("c", "2022-11-01"),
        held("d", "2022-12-01", host="y", minutes=10),
        UnitReorganized(
            "split", ("x",), on("2023-01-01"), into=(Successor("y", 6_000), Successor("z", 4_000))
        ),
    )
    assert parts(t, "year_end_share", "unit:y", tree="now") == (40, 100)
    assert parts(t, "year_end_share", "unit:z", tree="now") == (20, 60)
    assert said(reading(t, "year_end_share", "unit:z", tree="now"))[1] == [
        "1 activities without minutes"
    ]
    assert parts(t, "year_end_share", tree="now") == (60, 160)


# What was corrected or taken back


def test_a_corrected_item_moves_what_rests_on_it_and_the_past_keeps_its_own(t):
    ids = the_year(t)
    t.record(norm("n", "2022-01-01", issuer="district"))
    before = t.size
    old = {
        "pillar_balance": None,
        "on_time": rounded(1 / 3),
        "overdue": 0,
        "required_completion": rounded(2 / 3),
        "elective_share": 0.25,
        "target_reached": None,
        "missing_roles": 20,
        "norm_based": 0,
        "norm_lag": None,
    }
    new = {
        "pillar_balance": 0,
        "on_time": rounded(2 / 3),
        "overdue": 0,
        "required_completion": 0.5,
        "elective_share": 0.5,
        "target_reached": rounded(1 / 3),
        "missing_roles": 19,
        "norm_based": 0.25,
        "norm_lag": 69,  # to 11 March
    }
    assert {name: value(t, name) for name in old} == old
    given = {"pillar": "system", "target_n": 3, "roles": roles("lead"), "norm_ref": "n"}
    fixed = t.correct(ids[3], item("i2", "elective", due="2022-07-31", unit=None, **given))
    assert {name: value(t, name) for name in new} == new
    assert {name: value(t, name, at=before) for name in old} == old
    assert value(t, "items", obligation="elective") == 2
    assert value(t, "items", "unit:x") == 3
    assert value(t, "items", "unit:x", at=before) == 4
    assert value(t, "overdue", period="2022-07-01..2022-07-04") == 0
    assert value(t, "overdue", period="2022-07-01..2022-07-04", at=before) == 1
    assert t.correct(fixed, item("i2", due="2022-06-30"))
    assert {name: value(t, name) for name in old} == old


def test_a_voided_evaluation_reopens_the_item(t):
    ids = the_year(t)
    before = t.size
    t.void(ids[-2])  # i1 was met in time
    assert parts(t, "on_time") == (0, 3)
    assert value(t, "overdue") == 1
    assert parts(t, "required_completion") == (1, 3)
    assert parts(t, "stages", "plan_item:i1") == (2, 4)
    assert parts(t, "stage_conversion", stage="evaluate") == (1, 4)
    assert parts(t, "on_time", at=before) == (1, 3)
    assert value(t, "overdue", at=before) == 0
    assert parts(t, "required_completion", at=before) == (2, 3)
    assert parts(t, "stages", "plan_item:i1", at=before) == (3, 4)
    assert parts(t, "stage_conversion", stage="evaluate", at=before) == (2, 4)
    t.void(ids[-1])
    assert parts(t, "mechanisms", "unit:x") == (1, 4)
    assert parts(t, "mechanisms", "unit:x", at=before) == (2, 4)


def test_a_corrected_plan_moves_its_items_and_its_lag(t):
    ids = the_year(t)
    before = t.size
    t.correct(ids[1], plan(starts="2022-02-01", ends="2022-11-30", day="2022-01-25"))
    assert value(t, "adoption_lag") == -7
    assert value(t, "items", period="2022-12") == 0
    assert value(t, "adoption_lag", at=before) == 19
    assert value(t, "items", period="2022-12", at=before) == 4


def test_a_corrected_activity_moves_how_regular_a_unit_is(t):
    ids = the_year(t)
    before = t.size
    t.correct(ids[9], held("a4", "2022-04-10", minutes=60))
    # 10, 20, 10: μ 40/3, σ 4.714045.
    assert value(t, "burstiness") == rounded((4.714045 - 40 / 3) / (4.714045 + 40 / 3))
    assert parts(t, "active_months") == (2, 12)
    assert parts(t, "year_end_share") == (0, 60)
    moved = t.correct(ids[8], held("a3", "2022-12-10", minutes=40))
    assert parts(t, "active_months") == (3, 12)
    assert parts(t, "year_end_share") == (40, 100)
    assert parts(t, "stage_conversion", stage="advance") == (2, 4)
    t.void(moved)
    assert parts(t, "active_months") == (2, 12)
    assert reading(t, "burstiness").value is None
    assert value(t, "burstiness", at=before) == -0.162735
    assert parts(t, "active_months", at=before) == (2, 12)
    assert reading(t, "year_end_share", at=before).reason.en == "no minutes are known"


def test_a_corrected_or_voided_norm(t):
    t.record(unit("x"))
    (issued,) = t.record(norm("n", "2022-03-01", unit="x"))
    before = t.size
    assert (value(t, "own_norm"), value(t, "mechanisms")) == (1, 0.25)
    assert reading(t, "norm_lag").denominator == 1
    issued = t.correct(issued, norm("n", "2023-03-01", unit="x"))
    assert (value(t, "own_norm"), value(t, "mechanisms")) == (0, 0)
    assert reading(t, "norm_lag").denominator == 0
    t.void(issued)
    assert value(t, "own_norm", period="2023") == 0
    assert (value(t, "own_norm", at=before), value(t, "mechanisms", at=before)) == (1, 0.25)
    assert reading(t, "norm_lag", at=before).denominator == 1


def test_a_voided_verification_opens_the_chain(t):
    t.record(unit("x"), FindingRaised("f", "problem", on("2022-01-01"), "f"))
    first, last = t.record(assigned("r", "2022-06-30"), verified("r", "2022-06-01"))
    before = t.size
    assert parts(t, "closed_chain") == (1, 1)
    t.void(last)
    assert parts(t, "closed_chain") == (0, 1)
    t.correct(first, assigned("r", "2023-06-30"))
    assert parts(t, "closed_chain") == (0, 0)
    assert parts(t, "closed_chain", at=before) == (1, 1)


# Contradictions


def listed(t, subject=ALL, period="2022", **more):
    return said(reading(t, "contradictions", subject, period, **more))[1]


def test_items_due_outside_their_plan(t):
    t.record(unit("x"), plan(), item("ok", due="2022-12-31"), item("open"))
    assert value(t, "contradictions") == 0
    (late, _) = t.record(item("late", due="2023-01-01"), item("early", due="2021-12-31"))
    before = t.size
    assert value(t, "contradictions") == 2
    assert listed(t, "plan_item:late") == ["position 4: due on 2023-01-01, outside the plan"]
    assert listed(t, "plan_item:early") == ["position 5: due on 2021-12-31, outside the plan"]
    assert value(t, "contradictions", period="2022Q2") == 0  # they were set in January
    t.correct(late, item("late", due="2022-12-01"))
    assert value(t, "contradictions") == 1
    assert value(t, "contradictions", at=before) == 2


def test_evaluations_before_an_item_was_set_or_advanced(t):
    t.record(
        unit("x"),
        plan(),
        item("i", day="2022-02-01"),
        item("j"),
        item("k", day="2023-01-10"),
        item("proved"),
        held("a", "2022-03-01", "i", "k"),
        EvidenceAttached(on("2022-03-01"), "0" * 64, plan_item="proved"),
        evaluated("i", "2022-01-31", "unmet"),
        evaluated("i", "2022-02-28", "partly"),  # the day before anything was done
        evaluated("i", "2022-03-01"),
        evaluated("j", "2022-04-01", "unmet"),  # nothing was done: what it says
        evaluated("k", "2022-05-01"),
        evaluated("proved", "2022-05-01"),
    )
    assert listed(t, "plan_item:i") == [
        "position 8: evaluated on 2022-01-31, before it was set",
        "position 9: evaluated on 2022-02-28, before it was advanced",
    ]
    assert listed(t, "plan_item:k") == ["position 12: evaluated on 2022-05-01, before it was set"]
    assert reading(t, "contradictions", "plan_item:k").flags[0].zh == (
        "第 12 条：2022-05-01 评估时尚未设立"
    )
    assert value(t, "contradictions") == 3
    assert subjects(t, "contradictions") == {ALL, "plan_item:i", "plan_item:k"}


def test_versions_of_one_day_and_plans_outside_their_plan(t):
    t.record(
        unit("x"),
        norm("n1", "2022-01-01"),
        norm("n2", "2021-05-01", effective_on=on("2022-01-01")),
        norm("n3", "2022-01-02"),
        norm("other", "2022-01-01", series="o"),
        plan("five", starts="2021-01-01", ends="2022-11-30"),
        plan("in", within="five", ends="2022-11-30"),
        plan("beyond", within="five"),
        plan("before", within="five", starts="2020-12-31", ends="2022-11-30"),
    )
    assert value(t, "contradictions") == 3
    assert listed(t) == [
        "position 2: s has another version in force from the same day",
        "position 7: plan beyond reaches beyond the plan it is within",
        "position 8: plan before reaches beyond the plan it is within",
    ]
    assert reading(t, "contradictions").flags[0].zh == "第 2 条：s 同日有另一版生效"


# Evidence, and the laws


def test_evidence_is_the_items_of_the_unit_and_what_became_of_them(t):
    the_year(t)
    t.record(unit("y"), item("yours", unit="y"))
    moment = Moment(t.size, root(t.size, t.log.store))
    t.readings("loop.items", "2022")
    with Figures(t.records.views, t.registry.families, moment) as figures:
        year = Period.parse("2022")
        assert figures.evidence("loop.items", year, "unit:y") == [13]
        assert figures.evidence("loop.items", year, "unit:x") == [2, 3, 4, 5]
        assert figures.evidence("loop.stages", year, "plan_item:i2") == [3, 7, 11]
        assert figures.evidence("loop.adoption_lag", year) == [1]
        assert figures.evidence("loop.active_months", year, "unit:x") == [6, 7, 8, 9]


def test_every_indicator_says_its_formula():
    assert all(i.formula for i in lianjian_family().indicators)


def test_laws():
    check_family(lianjian_family())


def test_laws_over_long_histories():
    check_family(lianjian_family(), size=200, histories=2)
