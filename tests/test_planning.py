"""Norms, plans and plan items: what each event states, and what is refused in whose words."""

from datetime import date

import pytest
from attrs import evolve

from lianjian.core.activities import ActivityHeld, UnitRegistered
from lianjian.core.errors import BadId, OutOfBounds, PartWrong, Refused, RegisteredTwice
from lianjian.core.event import event_type
from lianjian.core.planning import (
    Hours,
    Limit,
    NormIssued,
    PlanAdopted,
    PlanItemEvaluated,
    PlanItemSet,
    RoleOf,
    norm_versions,
    norms_issued,
    plan_item_activities,
    plan_item_evaluations,
    plan_item_roles,
    plan_item_tags,
    plan_items,
    plans_adopted,
)
from lianjian.core.shapes import faults
from lianjian.core.testing import Trial

DAY = date(2022, 1, 18)
NORM = NormIssued("n1", "opinions", "2021", "意见", "district", DAY, unit="u")
PLAN = PlanAdopted("p", "年度计划", "u", date(2022, 1, 1), date(2022, 12, 31), DAY)
ITEM = PlanItemSet("i", "p", "警示教育月", "required", DAY)


def rows(table, event):
    return list(table(event))


def told(cls, **data):
    """Return (path, class, zh, en) of each fault of data."""
    found = faults(event_type(cls).shape, data)
    return {(f.path, type(f), f.message("zh"), f.message("en")) for f in found}


def test_a_norm_states_itself_and_from_when_it_is_in_force():
    assert rows(norms_issued, NORM) == [(DAY, "n1", "opinions", "2021", "意见", "district", "u")]
    assert rows(norm_versions, NORM) == [(DAY, "opinions", "n1")]
    later = evolve(NORM, effective_on=date(2022, 3, 1))
    assert rows(norm_versions, later) == [(date(2022, 3, 1), "opinions", "n1")]
    assert rows(norms_issued, later)[0][0] == DAY


def test_a_plan_states_its_days():
    within = evolve(PLAN, within="five", norm_ref="n1")
    assert rows(plans_adopted, within) == [
        (DAY, "p", "年度计划", "u", date(2022, 1, 1), date(2022, 12, 31), "five", "n1")
    ]


def test_an_item_states_what_is_known_and_leaves_the_rest_blank():
    assert rows(plan_items, ITEM) == [
        (DAY, "i", "p", "警示教育月", "required", None, None, None, None, None, None)
    ]
    full = evolve(
        ITEM,
        unit="u",
        due_on=date(2022, 6, 30),
        pillar="leadership",
        themes=("warning", "discipline"),
        topics=("micro",),
        audience=("top_leader",),
        goals=("lianzhu",),
        target_n=4,
        roles=(RoleOf("u", "lead"), RoleOf("v", "own"), RoleOf("u", "own")),
        norm_ref="n1",
        owner_post="t1",
    )
    assert rows(plan_items, full) == [
        (
            DAY,
            "i",
            "p",
            "警示教育月",
            "required",
            "leadership",
            "u",
            date(2022, 6, 30),
            "n1",
            "t1",
            4,
        )
    ]
    assert rows(plan_item_roles, full) == [
        (DAY, "i", "lead", "u"),
        (DAY, "i", "own", "v"),
        (DAY, "i", "own", "u"),
    ]
    assert rows(plan_item_tags, full) == [
        (DAY, "i", "theme", "warning"),
        (DAY, "i", "theme", "discipline"),
        (DAY, "i", "topic", "micro"),
        (DAY, "i", "audience", "top_leader"),
        (DAY, "i", "goal", "lianzhu"),
    ]
    assert rows(plan_item_roles, ITEM) == rows(plan_item_tags, ITEM) == []


def test_an_evaluation_states_its_outcome():
    done = PlanItemEvaluated("i", "partly", DAY, evaluator="u")
    assert rows(plan_item_evaluations, done) == [(DAY, "i", "partly", "u")]


def test_an_activity_serves_each_of_its_items():
    held = ActivityHeld("a", DAY, "u", minutes=90, plan_items=("i", "j"), topics=("ideals",))
    assert rows(plan_item_activities, held) == [(DAY, "i", "a", "u", 90), (DAY, "j", "a", "u", 90)]
    assert rows(plan_item_activities, evolve(held, plan_items=())) == []


def test_an_activity_of_before_topics_were_told_is_read_as_it_stands():
    entry = b'{"data":{"activity":"a","day":"2022-01-18","host":"u"},"recorder":"r"}'
    assert event_type(NORM).version == event_type(ActivityHeld).version == 1
    assert event_type(ActivityHeld).read(entry, 1) == ActivityHeld("a", DAY, "u")
    twice = {"activity": "a", "day": "2022-01-18", "host": "u", "topics": ["micro", "micro"]}
    assert [(p, c) for p, c, *_ in told(ActivityHeld, **twice)] == [("topics.1", RegisteredTwice)]


def norm(**more):
    return {
        "norm": "n",
        "series": "s",
        "version": "1",
        "name": "意见",
        "issuer": "unit",
        "day": "2022-01-18",
    } | more


def test_hours_and_limits_stand_once_and_within_bounds():
    assert not told(NormIssued, **norm(limits=[{"duty": "announce", "months": 1, "extended": 1}]))
    found = told(
        NormIssued,
        **norm(
            hours=[{"rank": "county", "hours": -1, "years": 11}],
            limits=[{"duty": "announce", "months": 6, "extended": 1}],
        ),
    )
    assert {(p, c) for p, c, *_ in found} == {
        ("hours.0.hours", OutOfBounds),
        ("hours.0.years", OutOfBounds),
        ("limits.0.extended", PartWrong),
    }
    (said,) = [(zh, en) for p, _, zh, en in found if p == "limits.0.extended"]
    assert "延长后的月数不得少于原月数" in said[0]
    assert "the extended limit is shorter than the limit" in said[1]
    again = norm(
        hours=[{"rank": "county", "hours": 550, "years": 5}] * 2,
        limits=[{"duty": "announce", "months": 1}] * 2,
    )
    assert {(p, c) for p, c, *_ in told(NormIssued, **again)} == {
        ("hours.1", RegisteredTwice),
        ("limits.1", RegisteredTwice),
    }


def test_a_plan_ends_after_it_starts_and_is_not_within_itself():
    found = told(
        PlanAdopted,
        plan="p",
        name="计划",
        unit="u",
        starts="2022-12-31",
        ends="2022-01-01",
        day="2022-01-18",
        within="p",
    )
    assert {(p, c) for p, c, *_ in found} == {("ends", PartWrong), ("within", PartWrong)}
    texts = "".join(zh + en for _, _, zh, en in found)
    for part in ("止日不得早于起日", "before it starts", "不能是本计划", "within itself"):
        assert part in texts
    one_day = evolve(PLAN, ends=PLAN.starts)
    assert one_day.ends == one_day.starts


def test_an_item_has_a_role_of_a_unit_once_and_a_target_above_zero():
    found = told(
        PlanItemSet,
        plan_item="i",
        plan="p",
        name="事项",
        obligation="required",
        day="2022-01-18",
        target_n=0,
        roles=[{"unit": "u", "role": "own"}] * 2,
        owner_post="no id",
    )
    assert {(p, c) for p, c, *_ in found} == {
        ("target_n", OutOfBounds),
        ("roles.1", RegisteredTwice),
        ("owner_post", BadId),
    }


def test_the_door_takes_what_is_introduced_and_refuses_what_is_not(tmp_path):
    unit = UnitRegistered("u", "甲", "town", "town", date(2021, 1, 1))
    with Trial(tmp_path, []) as t:
        with pytest.raises(Refused) as caught:
            t.record(unit, PLAN, evolve(ITEM, plan="q", norm_ref="n9"))
        assert {f.path for f in caught.value.faults} == {"plan", "norm_ref"}
        assert t.size == 0
        limits = (Limit("announce", 1, 6),)
        t.record(unit, evolve(NORM, limits=limits, hours=(Hours("county", 550, 5),)), PLAN, ITEM)
        t.record(PlanItemEvaluated("i", "met", DAY))
        assert t.size == 5
