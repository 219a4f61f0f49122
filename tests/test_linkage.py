"""Linkage against answers worked by hand."""

from datetime import date
from fractions import Fraction

import pytest

from lianjian.core import ALL, Family, indicator, plan_item_roles
from lianjian.core.activities import (
    ActivityHeld,
    Attendance,
    Successor,
    UnitRegistered,
    UnitReorganized,
)
from lianjian.core.planning import PlanAdopted, PlanItemSet, RoleOf
from lianjian.core.testing import Trial, check_family
from lianjian.plugins.linkage import lianjian_family

NAMES = [i.name.removeprefix("linkage.") for i in lianjian_family().indicators]

# 2021 has 365 days: 1 January to 1 July are 181 of them, the rest 184.


@indicator("loop.missing_roles", of=plan_item_roles, unit="roles", better="lower", per="plan_item",
           zh="五方职责缺口", en="Roles of the five that no unit has")  # fmt: skip
def missing_roles(q):
    items = q.column("SELECT DISTINCT plan_item FROM plan_item_roles")
    if not items:
        yield q.none(ALL, "no item")
        return
    roles = q.one("SELECT count(*) FROM (SELECT DISTINCT plan_item, role FROM plan_item_roles) z")
    missing = 5 * len(items) - roles
    said = {"numerator": missing, "denominator": 5 * len(items), "flags": ["gaps"]}
    yield q.reading(ALL, missing, **said)
    yield q.reading(f"plan_item:{items[0]}", 1)


LOOP = Family("loop", version=1, zh="闭环", en="Loop", indicators=[missing_roles])


@pytest.fixture
def t(tmp_path):
    """The units A, B, C and D, open since 2020, and Kunshan outside the district."""
    with Trial(tmp_path, [lianjian_family(), LOOP]) as trial:
        trial.record(*(unit(id_) for id_ in "ABCD"), outside("K", "320583"))
        yield trial


def unit(id_, day="2020-01-01", kind="town", **more):
    return UnitRegistered(id_, id_, kind, "town", date.fromisoformat(day), **more)


def outside(id_, code=None):
    return unit(id_, kind="external", code=code)


def held(id_, hosts, came=None, day="2021-03-01", **more):
    """An activity held by the first of `hosts` with the others, to which {unit: attended} came."""
    lines = tuple(Attendance(u, "general", None, n) for u, n in (came or {}).items())
    host, *others = hosts
    return ActivityHeld(
        id_, date.fromisoformat(day), host, cohosts=tuple(others), attendance=lines, **more
    )


def merged(one, into, day="2021-07-01"):
    return UnitReorganized("merge", (one,), date.fromisoformat(day), (Successor(into, 10_000),))


def split(one, *into, day="2021-07-01"):
    shares = tuple(Successor(u, 10_000 // len(into)) for u in into)
    return UnitReorganized("split", (one,), date.fromisoformat(day), shares)


def closed(id_, day="2021-07-02"):
    return UnitReorganized("close", (id_,), date.fromisoformat(day))


def plan(id_="p", starts="2021-01-01", ends="2021-12-31"):
    days = date.fromisoformat(starts), date.fromisoformat(ends)
    return PlanAdopted(id_, id_, "A", *days, date.fromisoformat("2020-12-01"))


def item(id_, unit_=None, plan_="p", day="2021-01-01", **roles):
    """An item of which `roles` are units by role."""
    given = tuple(RoleOf(u, role) for role, units in roles.items() for u in units)
    return PlanItemSet(
        id_, plan_, id_, "required", date.fromisoformat(day), unit=unit_, roles=given
    )


def reading(t, name, subject="all", period="2021", **more):
    return t.reading(f"linkage.{name}", period, subject, **more)


def value(t, name, subject="all", period="2021", **more):
    return reading(t, name, subject, period, **more).value


def of_units(t, name, period="2021", **more):
    found = t.readings(f"linkage.{name}", period, **more)
    return {r.subject.removeprefix("unit:"): r.value for r in found if r.subject != ALL}


def parts(r):
    return r.numerator, r.denominator


def none(r):
    assert r.value is None
    return r.reason.en


def flags(r):
    return [f.en for f in r.flags]


def four(t):
    t.record(held("a1", "AB"), held("a2", "A"), held("a3", "BCK"), held("a4", "C"))


# The network.


def test_four_units_and_a_neighbour(t):
    four(t)
    r = reading(t, "cohost_rate")
    assert (r.value, parts(r)) == (0.5, (2, 4))
    assert of_units(t, "cohost_rate") == {"A": 0.5, "B": 1, "C": 0.5, "D": None}
    assert of_units(t, "partners") == {"A": 1, "B": 3, "C": 2, "D": 0}
    r = reading(t, "isolated")
    assert (r.value, r.denominator, flags(r)) == (1, 4, ["isolated: D"])
    assert r.flags[0].zh == "孤立单位：D"
    assert of_units(t, "isolated") == {"A": 0, "B": 0, "C": 0, "D": 1}
    r = reading(t, "density")
    assert (r.value, parts(r)) == (0.666667, (2, 3))
    found = {r.dimensions.get("region"): r.value for r in t.readings("linkage.cross_district", "2021")
             if r.subject == ALL}  # fmt: skip
    assert found == {None: 1, "kunshan": 1, "taicang": 0, "delta": 1}
    assert of_units(t, "cross_district") == {"A": 0, "B": 1, "C": 1, "D": 0}


def test_partners_outside_are_told_apart_and_all_is_the_mean(t):
    four(t)
    assert flags(reading(t, "partners", "unit:B")) == ["1 of them outside the district"]
    assert reading(t, "partners", "unit:B").flags[0].zh == "1 家在区外"
    assert flags(reading(t, "partners", "unit:A")) == []
    r = reading(t, "partners")
    assert (r.value, parts(r), flags(r)) == (1.5, (6, 4), ["1 of them outside the district"])
    t.record(held("again", "BCK"), held("ak", "AK"))
    assert of_units(t, "partners") == {"A": 2, "B": 3, "C": 2, "D": 0}, "each partner once"
    assert flags(reading(t, "partners")) == ["1 of them outside the district"]


def test_without_activities_or_units_there_is_no_figure(t):
    assert none(reading(t, "cohost_rate")) == "no activity in the period"
    assert none(reading(t, "cohost_rate", "unit:A")) == "no activity in the period"
    assert none(reading(t, "origin_share")) == "no activity in the period"
    assert none(reading(t, "density")) == "fewer than two units hosted"
    assert (value(t, "isolated"), value(t, "partners")) == (4, 0)
    t.record(held("a", "A"), held("x", "K"))
    assert none(reading(t, "density")) == "fewer than two units hosted"
    assert (value(t, "cohost_rate"), parts(reading(t, "cohost_rate"))) == (0, (0, 2))
    for name in ("isolated", "partners"):
        r = reading(t, name, period="2019")
        assert (none(r), r.reason.zh) == ("no unit was active in the period", "期间内没有在册单位")


def test_only_the_period_counts(t):
    t.record(held("a", "AB", day="2020-12-31"), held("b", "AC", day="2022-01-01"))
    assert (value(t, "isolated"), value(t, "isolated", period="2022")) == (4, 2)
    assert none(reading(t, "cohost_rate")) == "no activity in the period"
    assert none(reading(t, "density")) == "fewer than two units hosted"
    assert value(t, "density", period="2022") == 1


def test_attendance_joins_nobody(t):
    t.record(held("a", "A", {"B": 30, "C": 5}))
    assert (value(t, "isolated"), value(t, "cohost_rate")) == (4, 0)


def test_isolated_units_weigh_by_their_days(t):
    t.record(unit("E", "2021-07-01"), closed("D"), held("a", "AB"))
    # C all year, E for 184 of 365 days, D for 182.
    r = reading(t, "isolated")
    assert r.value == round(float(1 + Fraction(184 + 182, 365)), 6)
    assert r.denominator == round(float(3 + Fraction(184 + 182, 365)), 6)
    assert flags(r) == ["isolated: C, D, E"]
    assert value(t, "isolated", "unit:E") == 1


def test_partners_weigh_by_the_days_of_the_unit(t):
    t.record(
        unit("E", "2021-07-01"), closed("D"), held("a", "AB"), held("e", "AEK", day="2021-08-01")
    )
    # A three, B one and C none all year, E two for 184 of 365 days, D none for 182.
    assert of_units(t, "partners") == {"A": 3, "B": 1, "C": 0, "D": 0, "E": 2}
    partners, units = 3 + 1 + 2 * Fraction(184, 365), 3 + Fraction(184 + 182, 365)
    r = reading(t, "partners")
    assert parts(r) == (round(float(partners), 6), round(float(units), 6))
    assert r.value == round(float(partners / units), 6)


# Reorganised units.


def test_merged_units_are_no_partners_and_an_activity_of_both_is_one(t):
    t.record(held("ab", "AB"), held("abc", "ABC"), held("b", "B"), merged("A", "B"))
    assert parts(reading(t, "cohost_rate")) == (2, 3)
    assert value(t, "partners", "unit:B") == 2
    assert parts(reading(t, "density")) == (3, 3)
    now = {"tree": "now"}
    assert parts(reading(t, "cohost_rate", **now)) == (1, 3)
    assert parts(reading(t, "cohost_rate", "unit:B", **now)) == (1, 3)
    assert of_units(t, "partners", **now) == {"B": 1, "C": 1, "D": 0}
    assert of_units(t, "isolated", **now) == {"B": 0, "C": 0, "D": 1}
    assert parts(reading(t, "density", **now)) == (1, 1)


def test_a_unit_is_no_partner_of_what_it_was_split_into(t):
    t.record(held("alone", "A"), held("ad", "AD"), split("A", "B", "C"))
    now = {"tree": "now"}
    assert of_units(t, "partners", **now) == {"B": 1, "C": 1, "D": 2}
    # Both heirs have both activities, and of all there are still two.
    assert of_units(t, "cohost_rate", **now) == {"B": 0.5, "C": 0.5, "D": 1}
    assert parts(reading(t, "cohost_rate", **now)) == (1, 2)
    assert parts(reading(t, "density", **now)) == (2, 3)
    assert value(t, "isolated", **now) == 0


def test_duties_and_presence_go_to_the_heirs(t):
    t.record(plan(), item("i", "A", lead="A"), held("ac", "AC"), merged("A", "B"))
    t.record(held("d", "D", {"A": 3}))
    assert of_units(t, "participation") == {"A": 1}
    assert of_units(t, "participation", tree="now") == {"B": 1}
    assert of_units(t, "with_lead") == {"A": 1, "B": None, "C": 1, "D": None}
    assert of_units(t, "with_lead", tree="now") == {"B": 1, "C": 1, "D": None}
    assert parts(reading(t, "with_lead", tree="now")) == (2, 3)


def test_origins_and_neighbours_go_to_the_heirs(t):
    t.record(outside("T", "320585"), held("ak", "AK", origin="local"), merged("A", "B"))
    t.record(merged("K", "T"))
    assert of_units(t, "origin_share") == {"A": 1, "B": None, "C": None, "D": None}
    assert of_units(t, "origin_share", tree="now") == {"B": 1, "C": None, "D": None}
    assert of_units(t, "cross_district", tree="now") == {"B": 1, "C": 0, "D": 0}
    assert value(t, "cross_district", region="kunshan") == 1
    assert value(t, "cross_district", region="kunshan", tree="now") == 0
    assert value(t, "cross_district", region="taicang", tree="now") == 1


# Duties.


def test_who_co_hosts_with_whoever_leads(t):
    t.record(plan(), item("i", lead="A", coordinate="B", own="D"))
    t.record(held("ac", "AC"), held("cd", "CD"), held("ck", "CK"), held("c", "C"))
    # C held three together, one of them with A; D one, without; A itself leads.
    assert of_units(t, "with_lead") == {"A": 1, "B": None, "C": 0.333333, "D": 0}
    assert parts(reading(t, "with_lead", "unit:C")) == (1, 3)
    assert none(reading(t, "with_lead", "unit:B")) == "no activity was co-hosted"
    r = reading(t, "with_lead")
    assert (r.value, parts(r)) == (0.5, (2, 4))


def test_with_lead_weighs_units_by_their_days(t):
    t.record(plan(), item("i", lead="A"), unit("E", "2021-07-01"))
    t.record(held("ae", "AE", day="2021-08-01"))
    r = reading(t, "with_lead")
    assert r.value == round((365 + 184) / (4 * 365 + 184), 6)


def test_without_a_plan_nobody_leads_or_is_responsible(t):
    t.record(held("ab", "AB"))
    r = reading(t, "with_lead")
    assert (none(r), r.reason.zh) == ("no unit leads or coordinates", "没有牵头单位")
    r = reading(t, "participation")
    assert (none(r), r.reason.zh) == ("no unit is named as responsible", "没有明确责任单位")
    assert of_units(t, "participation") == of_units(t, "with_lead") == {}
    assert none(reading(t, "duty_matrix")) == "no item"


def test_items_count_while_their_plan_runs_and_once_they_are_set(t):
    t.record(plan(starts="2021-04-01", ends="2021-09-30"), held("ab", "AB", day="2021-12-01"))
    t.record(item("i", "A", day="2021-05-01", lead="B"))
    for period, responsible in {
        "2021Q1": {}, "2021-04": {}, "2021-05": {"A": 0}, "2021Q3": {"A": 0}, "2021Q4": {},
        "2021-09-30": {"A": 0}, "2021-10-01": {}, "2021": {"A": 1},
    }.items():  # fmt: skip
        assert of_units(t, "participation", period) == responsible, period
        led = reading(t, "with_lead", period=period).reason is None
        assert led == bool(responsible), period


def test_responsible_units_take_part_by_hosting_or_by_coming(t):
    t.record(plan(), item("i", "A", own="B", participate="CK"), item("j", lead="D"))
    t.record(held("a", "DA", {"B": 1, "C": 0, "K": 9}))
    # D leads and is not among them; K is outside; nobody of C came.
    assert of_units(t, "participation") == {"A": 1, "B": 1, "C": 0}
    r = reading(t, "participation")
    assert (r.value, parts(r), flags(r)) == (0.666667, (2, 3), ["took no part: C"])
    assert r.flags[0].zh == "未参与的责任单位：C"


def test_a_blank_is_left_out_of_participation(t):
    t.record(plan(), item("i", own="ABC"))
    t.record(held("d", "D", {"A": None, "B": None}), held("d2", "D", {"A": 0, "B": 3}))
    r = reading(t, "participation")
    # A may have come; B did, C did not.
    assert (parts(r), flags(r)) == ((1, 2), ["took no part: C", "attendance blank, left out: A"])
    assert none(reading(t, "participation", "unit:A")) == "attendance is blank"
    t.record(held("b", "D", {"B": None}, day="2022-02-01"), plan("q", "2022-01-01", "2022-12-31"))
    t.record(item("k", "B", plan_="q", day="2022-01-01"))
    r = reading(t, "participation", period="2022")
    assert (none(r), r.reason.zh) == ("attendance is blank", "到场人数空白")


def test_participation_weighs_units_by_their_days(t):
    t.record(unit("E", "2021-07-01"), plan(), item("i", own="AE"), held("e", "E", day="2021-08-01"))
    assert value(t, "participation") == round(184 / (365 + 184), 6)


def test_the_duty_matrix_is_what_is_not_missing(t):
    t.record(plan(), item("i", lead="A", own="BC"), item("j", **dict.fromkeys(
        ("lead", "comanage", "coordinate", "own", "participate"), "A")))  # fmt: skip
    # Two of five and five of five.
    r = reading(t, "duty_matrix")
    assert (r.value, parts(r), flags(r)) == (0.7, (7, 10), ["gaps"])
    assert len(t.readings("linkage.duty_matrix", "2021")) == 1


# Where it comes from.


def test_origin_is_a_share_of_what_is_known(t):
    t.record(
        held("a", "A", origin="local"),
        held("b", "AB", origin="district"),
        held("c", "A", origin="district"),
        held("d", "A"),
        held("e", "B"),
    )
    r = reading(t, "origin_share")
    assert (r.value, parts(r)) == (0.333333, (1, 3))
    assert flags(r) == ["2 activities do not say where they came from"]
    assert parts(reading(t, "origin_share", "unit:A")) == (1, 3)
    r = reading(t, "origin_share", "unit:B")
    assert (none(r), r.reason.zh) == (
        "of no activity is it known where it came from",
        "均未注明来源",
    )
    assert none(reading(t, "origin_share", "unit:C")) == "no activity in the period"


# Beyond the district.


def test_regions_are_told_by_code_and_an_activity_counts_once(t):
    t.record(outside("T", "320585101"), outside("S", "310115"), outside("P", "110101"))
    t.record(
        held("kt", "AKT"),
        held("s", "A", {"S": 3}),
        held("p", "B", {"P": 1, "K": 0}),
        held("k", "KB"),
    )
    found = {r.dimensions.get("region"): r.value for r in t.readings("linkage.cross_district", "2021")
             if r.subject == ALL}  # fmt: skip
    assert found == {None: 4, "kunshan": 2, "taicang": 1, "delta": 3}
    assert of_units(t, "cross_district") == {"A": 2, "B": 2, "C": 0, "D": 0}


def test_who_has_no_code_or_no_number_is_not_counted_but_told(t):
    t.record(outside("N"), outside("H", "310114101"))
    t.record(
        held("n", "AN"),
        held("h", "AH"),
        held("blank", "A", {"K": None}),
        held("sure", "BK", {"K": None}),
    )
    r = reading(t, "cross_district")
    assert (r.value, flags(r)) == (1, [
        "outside, without a division code, left out: N",
        "1 activities left out: of those from outside the attendance is blank",
    ])  # fmt: skip
    assert r.flags[0].zh == "区外单位无区划代码，不计：N"
    assert value(t, "cross_district", "unit:A") == 0


def test_a_neighbour_that_is_recoded_counts_where_it_lies_by_the_end(t):
    t.record(outside("N"), held("n", "AN"))
    recoded = UnitReorganized("recode", ("N",), date(2021, 6, 1), code="320585")
    t.record(recoded)
    assert value(t, "cross_district", period="2021Q1") == 0
    assert (value(t, "cross_district"), value(t, "cross_district", region="taicang")) == (1, 1)


# Corrected, voided, at a past moment.

# C held something alone, A with B and Kunshan, or alone, or not at all; then another role is taken.
CORRECTED = {
    "cohost_rate": (0.5, 0, 0),
    "partners": (1, 0, 0),
    "isolated": (2, 4, 4),
    "density": (0.333333, 0, None),
    "with_lead": (0.5, 0, 0),
    "participation": (1, 0.5, 0.5),
    "duty_matrix": (0.4, 0.6, 0.6),
    "origin_share": (1, 0, None),
    "cross_district": (1, 0, 0),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_correction_moves_the_figure_and_at_shows_the_old(t, name):
    before, after, gone = CORRECTED[name]
    t.record(plan(), held("c", "C"))
    duty, joint = t.record(item("i", lead="A", own="BC"), held("a", "ABK", origin="local"))
    size = t.size
    assert value(t, name) == before
    alone = t.correct(joint, held("a", "A", origin="district"))
    t.correct(duty, item("i", lead="A", comanage="A", own="BC"))
    assert (value(t, name), value(t, name, at=size)) == (after, before)
    t.void(alone)
    assert (value(t, name), value(t, name, at=size)) == (gone, before)


def test_laws():
    check_family(lianjian_family(), LOOP, histories=5)


def test_laws_of_long_histories():
    check_family(lianjian_family(), LOOP, size=200, histories=2)
