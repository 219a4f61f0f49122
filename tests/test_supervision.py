"""Checks, findings and rectifications: what each event states, and what is refused."""

from datetime import date

import pytest
from attrs import evolve

from lianjian.core.errors import OutOfBounds, PartWrong, RegisteredTwice
from lianjian.core.event import event_type
from lianjian.core.shapes import faults
from lianjian.core.supervision import (
    TARGETS,
    CheckConducted,
    CheckSession,
    FindingRaised,
    RectificationAssigned,
    RectificationDone,
    RectificationVerified,
    check_plan_items,
    check_units,
    checks,
    findings,
    rectification_assignments,
    rectification_status,
)

DAY, LATER = date(2021, 5, 1), date(2021, 8, 26)


def rows(table, event):
    return list(table(event))


def told(cls, **data):
    """Return (path, class, zh, en) of each fault of data."""
    found = faults(event_type(cls).shape, data)
    return {(f.path, type(f), f.message("zh"), f.message("en")) for f in found}


def places(found):
    return {(path, cls) for path, cls, *_ in found}


def test_a_check_states_itself_its_units_and_its_items():
    check = CheckConducted(
        "npc-2021",
        "专项监督",
        DAY,
        "special",
        ends=LATER,
        checker="npc",
        units=("u", "v"),
        units_total=17,
        sessions=(CheckSession("report", DAY, ("mechanism",), kickoff=True),),
        team={"head": 1, "member": 9},
        plan_items=("i",),
        delegated_by="standing",
        approved_by="directors",
        approved_on=date(2021, 4, 20),
    )
    assert rows(checks, check) == [
        (DAY, "npc-2021", "专项监督", "special", LATER, "npc", "standing", "directors",
         date(2021, 4, 20), 17)
    ]  # fmt: skip
    assert rows(check_units, check) == [(DAY, "npc-2021", "u"), (DAY, "npc-2021", "v")]
    assert rows(check_plan_items, check) == [(DAY, "npc-2021", "i")]
    bare = CheckConducted("c", "检查", DAY, "routine")
    assert rows(checks, bare) == [(DAY, "c", "检查", "routine", *[None] * 6)]
    assert rows(check_units, bare) == rows(check_plan_items, bare) == []


def test_a_finding_states_what_was_found():
    found = FindingRaised("f", "problem", DAY, "力度不够", "npc-2021", "P2", "u")
    assert rows(findings, found) == [(DAY, "f", "problem", "P2", "u", "npc-2021")]


@pytest.mark.parametrize("kind", TARGETS)
def test_a_rectification_states_its_one_target(kind):
    given = RectificationAssigned("r", "u", DAY, "v", LATER, **{"finding": None, kind: "x"})
    assert rows(rectification_assignments, given) == [(DAY, "r", "u", "v", LATER, "x", kind)]
    assert rows(rectification_status, given) == [(DAY, "r", "assigned", None)]


@pytest.mark.parametrize(
    ("outcome", "status"), [("met", "verified"), ("partly", "returned"), ("unmet", "returned")]
)
def test_only_met_closes_a_rectification(outcome, status):
    assert rows(rectification_status, RectificationDone("r", LATER)) == [(LATER, "r", "done", None)]
    looked = RectificationVerified("r", LATER, outcome, "v")
    assert rows(rectification_status, looked) == [(LATER, "r", status, "v")]


RECTIFICATION = {"rectification": "r", "unit": "u", "day": "2021-09-01"}


def test_a_rectification_is_about_exactly_one_thing():
    assert not told(RectificationAssigned, **RECTIFICATION, post="t1")
    (none,) = told(RectificationAssigned, **RECTIFICATION)
    (two,) = told(RectificationAssigned, **RECTIFICATION, plan_item="i", loophole="l")
    assert places({none, two}) == {("finding", PartWrong), ("plan_item", PartWrong)}
    assert "须且只须有一个对象" in none[2]
    assert "exactly one of finding, loophole, post, recommendation, plan_item" in two[3]


def test_only_a_problem_has_a_problems_code():
    found = told(
        FindingRaised, finding="f", kind="achievement", day="2021-08-26", text="好", problem="P1"
    )
    assert places(found) == {("problem", PartWrong)}
    ((_, _, zh, en),) = found
    assert "只有问题不足" in zh
    assert "only a finding of the kind problem" in en


CHECK = {"inspection": "c", "name": "检查", "day": "2021-05-01", "kind": "special"}


def test_a_check_ends_when_it_began_or_later():
    assert not told(CheckConducted, **CHECK, ends="2021-05-01")
    (found,) = told(CheckConducted, **CHECK, ends="2021-04-30")
    assert places({found}) == {("ends", PartWrong)}
    assert "止日不得早于起日" in found[2]
    assert "before it starts" in found[3]


def test_a_team_is_of_somebody_and_units_are_named_once():
    found = told(
        CheckConducted,
        **CHECK,
        team={"head": 0},
        units=["u", "u"],
        units_total=-1,
        sessions=[{"method": "report", "topics": ["base", "base"]}],
    )
    assert places(found) == {
        ("team.head", OutOfBounds),
        ("units.1", RegisteredTwice),
        ("units_total", OutOfBounds),
        ("sessions.0.topics.1", RegisteredTwice),
    }


def test_what_is_broken_itself_is_not_said_to_be_missing_as_well():
    found = told(RectificationAssigned, **RECTIFICATION, finding=7)
    assert {path for path, *_ in found} == {"finding"}
    assert len(found) == 1
    assert evolve(RectificationDone("r", DAY), day=LATER).day == LATER
