"""Coverage against answers worked by hand."""

from datetime import date

import pytest
from attrs import evolve

from lianjian.core.activities import (
    ActivityHeld,
    Attendance,
    HeadcountDeclared,
    Successor,
    TermDefined,
    UnitRegistered,
    UnitReorganized,
)
from lianjian.core.errors import NoSuchReading
from lianjian.core.testing import Trial, check_family
from lianjian.plugins.coverage import lianjian_family

# 2021 has 365 days: 1 January to 1 July are 181 of them, the rest 184.

NAMES = [i.name for i in lianjian_family().indicators]


@pytest.fixture
def t(tmp_path):
    """The district's own organ J, the town A and its village V, all open since 2020."""
    with Trial(tmp_path, [lianjian_family()]) as trial:
        trial.record(unit("J", "organ", "district"), unit("A"), unit("V", "village", "village"))
        yield trial


def unit(id_, kind="town", tier="town", day="2020-01-01"):
    return UnitRegistered(id_, id_, kind, tier, date.fromisoformat(day))


def heads(id_, persons, category="general", day="2020-01-01"):
    return HeadcountDeclared(id_, category, persons, date.fromisoformat(day))


def held(id_, *came, host="J", day="2021-03-01", **more):
    """An activity to which (unit, attended) or (unit, attended, category) came."""
    lines = [(*line, "general")[:3] for line in came]
    attendance = tuple(Attendance(u, category, None, n) for u, n, category in lines)
    return ActivityHeld(id_, date.fromisoformat(day), host, attendance=attendance, **more)


def closed(id_, day="2021-07-02"):
    return UnitReorganized("close", (id_,), date.fromisoformat(day))


def merged(units, into, day="2021-07-01"):
    return UnitReorganized("merge", units, date.fromisoformat(day), (Successor(into, 10_000),))


def flags(reading):
    return [f.en for f in reading.flags]


def ends(reading):
    return reading.low, reading.high, reading.denominator


# Unit reach.


def test_reach_is_units_of_which_somebody_came_over_active_units(t):
    t.record(held("a", ("A", 3), ("V", 0)))
    reading = t.reading("coverage.unit_reach", "2021")
    # A of J, A, V: a host alone is not reached, and nobody of V came.
    assert (reading.numerator, reading.denominator, reading.value) == (1, 3, 0.333333)
    assert t.reading("coverage.unit_reach", "2021", "unit:A").value == 1
    assert t.reading("coverage.unit_reach", "2021", "unit:V").value == 0
    assert t.reading("coverage.unit_reach", "2022").value == 0


def test_nobody_to_reach_is_no_figure(t):
    reading = t.reading("coverage.unit_reach", "2019")
    assert reading.value is None
    assert reading.reason.en == "no unit was active in the period"
    assert t.reading("coverage.persons", "2019").reason.en == reading.reason.en
    assert t.reading("coverage.minutes_per_head", "2019").reason.en == reading.reason.en
    assert t.reading("coverage.grid_fill", "2019").reason.en == "no cell is required"


def test_a_blank_reaches_nobody_and_is_not_zero(t):
    t.record(held("a", ("A", None)), held("b", ("V", None), entry="town"), held("c", ("V", 1)))
    reading = t.reading("coverage.unit_reach", "2021")
    assert (reading.numerator, reading.denominator) == (1, 3)
    assert flags(reading) == ["attendance blank, not counted as reached: A"]
    assert t.reading("coverage.unit_reach", "2021", "unit:A").reason.en == "attendance is blank"
    assert t.reading("coverage.unit_reach", "2021", "unit:V").value == 1


def test_reach_weighs_a_unit_by_its_days(t):
    t.record(unit("B", day="2021-07-01"), held("a", ("B", 5), ("A", 5), day="2021-08-01"))
    reading = t.reading("coverage.unit_reach", "2021")
    # B is open on 184 of 365 days: (1 + 184/365) / (3 + 184/365) = 549 / 1279.
    assert reading.value == round(549 / 1279, 6)
    assert reading.denominator == round(3 + 184 / 365, 6)
    assert t.reading("coverage.unit_reach", "2021", "unit:B").value == 1


def test_external_units_are_not_the_districts_to_reach_social_groups_are(t):
    t.record(unit("X", "external", "municipal"), unit("S", "social"))
    t.record(held("a", ("X", 9), ("S", 1, "public"), themes={"warning": 10_000}))
    reading = t.reading("coverage.unit_reach", "2021")
    assert (reading.numerator, reading.denominator) == (1, 4)
    for name in ("unit_reach", "grid_fill", "map", "persons", "minutes_per_head"):
        assert "unit:X" not in {r.subject for r in t.readings(f"coverage.{name}", "2021")}
    assert {r.dimensions["kind"] for r in t.readings("coverage.kind_map", "2021")} == {
        "organ",
        "town",
        "village",
        "social",
    }


# Grid fill.


def test_each_kind_has_its_own_required_cell(t):
    entries = {
        "organ": "organ",
        "public_inst": "organ",
        "town": "town",
        "zone": "town",
        "village": "village",
        "soe": "enterprise",
    }
    for kind, entry in entries.items():
        t.record(unit(f"u-{kind}", kind), held(f"a-{kind}", (f"u-{kind}", 1), entry=entry))
        assert t.reading("coverage.grid_fill", "2021", f"unit:u-{kind}").value == 1
    t.record(unit("S", "social"), held("s", ("S", 1), entry="enterprise"))
    social = t.reading("coverage.grid_fill", "2021", "unit:S")
    assert (social.value, social.reason.en) == (None, "no cell is required")
    # The six, and J through the activity it hosted; of A and V nobody came: 7 / 9.
    reading = t.reading("coverage.grid_fill", "2021")
    assert (reading.numerator, reading.denominator) == (7, 9)


def test_the_grid_lists_its_gaps(t):
    t.record(held("a", ("A", 2), entry="town"), held("b", ("V", 2), entry="town"))
    reading = t.reading("coverage.grid_fill", "2021")
    # A has its 进街镇. V went to somebody else's, J hosted two, but neither 进机关.
    assert (reading.numerator, reading.denominator, reading.value) == (1, 3, 0.333333)
    assert flags(reading) == ["gap (Into organs): J", "gap (Into villages/communities): V"]
    assert reading.flags[0].zh == "空缺（进机关）：J"
    village = t.reading("coverage.grid_fill", "2021", entry="village")
    assert (village.value, flags(village)) == (0, ["gap (Into villages/communities): V"])
    assert t.reading("coverage.grid_fill", "2021", entry="town").value == 1
    enterprise = t.reading("coverage.grid_fill", "2021", entry="enterprise")
    assert (enterprise.value, enterprise.denominator) == (None, 0)


def test_host_and_cohost_fill_the_cell_and_a_blank_does_not(t):
    t.record(
        unit("B"),
        unit("C"),
        held("a", ("V", None), host="A", cohosts=("B",), entry="town"),
        held("b", ("C", None), ("V", 0), entry="town"),
    )
    reading = t.reading("coverage.grid_fill", "2021", entry="town")
    assert (reading.numerator, reading.denominator) == (2, 3)
    blank = "attendance blank, does not fill: C"
    assert flags(reading) == ["gap (Into streets/towns): C", blank]
    own = t.reading("coverage.grid_fill", "2021", "unit:C")
    assert (own.value, blank in flags(own)) == (0, True)
    t.record(held("c", host="C", entry="town"))
    assert flags(t.reading("coverage.grid_fill", "2021", "unit:C")) == []


def test_grid_fill_weighs_a_unit_by_its_days(t):
    t.record(closed("A"), held("a", ("A", 2), entry="town"))
    # A was open on 182 of 365 days.
    expected = round((182 / 365) / (2 + 182 / 365), 6)
    assert t.reading("coverage.grid_fill", "2021").value == expected
    assert t.reading("coverage.grid_fill", "2021", "unit:A").value == 1


# Persons.


def test_persons_lie_between_the_largest_attendance_and_headcount_or_sum(t):
    t.record(heads("A", 40), heads("V", 100))
    t.record(held("a", ("A", 30), ("V", 5)), held("b", ("A", 20), ("V", 5)), held("c", ("A", 10)))
    # A: at least 30, at most min(40, 60) = 40. V: at least 5, at most min(100, 10) = 10.
    assert ends(t.reading("coverage.persons", "2021", "unit:A")) == (30, 40, 40)
    assert ends(t.reading("coverage.persons", "2021", "unit:V")) == (5, 10, 100)
    reading = t.reading("coverage.persons", "2021")
    assert (reading.value, *ends(reading)) == (None, 35, 50, 140)
    share = t.reading("coverage.person_share", "2021")
    assert (share.low, share.high) == (0.25, round(50 / 140, 6))


def test_where_the_ends_meet_there_is_a_value(t):
    t.record(heads("A", 40), held("a", ("A", 30)))
    assert t.reading("coverage.persons", "2021", "unit:A").value == 30
    assert t.reading("coverage.person_share", "2021", "unit:A").value == 0.75
    assert t.reading("coverage.persons", "2021", "unit:V").value == 0


def test_categories_add_because_a_person_stands_in_one(t):
    t.record(heads("A", 3, "top_leader"), heads("A", 40), heads("V", 10))
    t.record(
        held("a", ("A", 3, "top_leader"), ("A", 10)), held("b", ("A", 2, "top_leader"), ("V", 4))
    )
    # A's leaders 3 to min(3, 5) = 3, its others 10; V 4.
    assert ends(t.reading("coverage.persons", "2021", "unit:A")) == (13, 13, 43)
    assert ends(t.reading("coverage.persons", "2021", category="top_leader")) == (3, 3, 3)
    assert ends(t.reading("coverage.persons", "2021", category="general")) == (14, 14, 50)
    assert ends(t.reading("coverage.persons", "2021")) == (17, 17, 53)


def test_a_cell_with_attendance_but_no_headcount_has_no_figure(t):
    t.record(heads("A", 40), heads("V", 10))
    t.record(held("a", ("A", 3), ("A", 1, "young"), ("V", 4), minutes=30))
    for name in ("persons", "person_share", "minutes_per_head"):
        reading = t.reading(f"coverage.{name}", "2021", "unit:A")
        assert (reading.value, reading.low) == (None, None)
        assert reading.reason.en == "attendance without a headcount: young"
        assert flags(t.reading(f"coverage.{name}", "2021")) == [
            "left out for want of a headcount: A"
        ]
    assert ends(t.reading("coverage.persons", "2021")) == (4, 4, 10)
    assert ends(t.reading("coverage.persons", "2021", category="general")) == (4, 4, 10)


def test_where_no_unit_can_be_computed_there_is_no_figure(tmp_path):
    with Trial(tmp_path, [lianjian_family()]) as t:
        t.record(unit("A"), held("a", ("A", 3), host="A"))
        assert t.reading("coverage.persons", "2021").reason.en == (
            "no unit for which it can be computed"
        )
        t.record(heads("A", 0))
        assert t.reading("coverage.person_share", "2021").reason.en == "no headcount was declared"


def test_a_blank_may_have_been_the_whole_cell(t):
    t.record(heads("A", 40), held("a", ("A", 30)), held("b", ("A", None)))
    reading = t.reading("coverage.persons", "2021", "unit:A")
    assert ends(reading) == (30, 40, 40)
    assert flags(reading) == ["1 lines without a number"]
    t.record(heads("V", 7), held("c", ("V", None)))
    assert ends(t.reading("coverage.persons", "2021", "unit:V")) == (0, 7, 7)
    t.record(held("d", ("J", None)))
    reading = t.reading("coverage.persons", "2021", "unit:J")
    assert reading.reason.en == "attendance without a headcount: general"


def test_nobody_came_of_a_cell_without_headcount(t):
    t.record(held("a", ("A", 0)))
    assert t.reading("coverage.persons", "2021", "unit:A").value == 0
    assert t.reading("coverage.person_share", "2021", "unit:A").reason.en == (
        "no headcount was declared"
    )


def test_the_public_is_not_counted_among_persons(t):
    t.record(heads("V", 10), heads("V", 5000, "public"))
    t.record(held("a", ("V", 4), ("V", 300, "public"), ("A", 20, "public"), minutes=30))
    assert ends(t.reading("coverage.persons", "2021", "unit:V")) == (4, 4, 10)
    assert t.reading("coverage.minutes_per_head", "2021", "unit:V").value == 12
    assert flags(t.reading("coverage.persons", "2021")) == [
        "320 attendances of the public left out"
    ]
    assert t.reading("coverage.unit_reach", "2021", "unit:A").value == 1
    with pytest.raises(NoSuchReading):
        t.reading("coverage.persons", "2021", category="public")


def test_more_than_there_are_is_cut_to_the_headcount_and_flagged(t):
    t.record(heads("A", 10), held("a", ("A", 12)))
    reading = t.reading("coverage.persons", "2021", "unit:A")
    assert (reading.value, flags(reading)) == (10, ["more came than were declared: A"])


# Minutes per head and the tier gap.


def test_minutes_per_head_by_unit_tier_and_all(t):
    t.record(heads("J", 20), heads("A", 30), heads("V", 50))
    t.record(held("a", ("J", 10), ("V", 10), minutes=60), held("b", ("J", 10), minutes=90))
    # J: (60 × 10 + 90 × 10) / 20 = 75; A: 0 / 30; V: 600 / 50 = 12; all: 2100 / 100.
    assert t.reading("coverage.minutes_per_head", "2021", "unit:J").value == 75
    assert t.reading("coverage.minutes_per_head", "2021", "unit:A").value == 0
    assert t.reading("coverage.minutes_per_head", "2021", tier="village").value == 12
    reading = t.reading("coverage.minutes_per_head", "2021")
    assert (reading.numerator, reading.denominator, reading.value) == (2100, 100, 21)
    gap = t.reading("coverage.tier_gap", "2021")
    assert (gap.value, gap.numerator, gap.denominator) == (0.16, 12, 75)  # 12 / 75


def test_lines_without_persons_or_minutes_are_left_out_and_counted(t):
    t.record(heads("A", 10), heads("V", 10))
    t.record(
        held("a", ("A", 5), minutes=60),
        held("b", ("A", None), minutes=60),
        held("c", ("A", 5), ("V", 5)),
        held("d", ("A", 0)),
    )
    reading = t.reading("coverage.minutes_per_head", "2021", "unit:A")
    assert (reading.value, flags(reading)) == (30, ["2 lines lack persons or minutes"])
    blank = t.reading("coverage.minutes_per_head", "2021", "unit:V")
    assert (blank.value, blank.reason.en) == (None, "persons or minutes are blank in all lines")


def test_no_headcount_no_minutes_per_head(t):
    reading = t.reading("coverage.minutes_per_head", "2021", "unit:A")
    assert (reading.value, reading.reason.en) == (None, "no headcount was declared")


def test_the_tier_gap_says_which_side_is_missing(t):
    t.record(heads("V", 10), held("a", ("V", 5), minutes=60))
    gap = t.reading("coverage.tier_gap", "2021")
    assert (gap.value, gap.reason.en) == (None, "District: no headcount was declared")
    assert gap.reason.zh == "区：未申报人数"
    t.record(heads("J", 10), held("b", ("A", 5)))
    gap = t.reading("coverage.tier_gap", "2021")
    assert gap.reason.en == "minutes per head of district units are zero"
    assert flags(gap) == []  # A is a town, and neither side of the gap
    t.record(held("c", ("V", 1, "young"), minutes=60))
    gap = t.reading("coverage.tier_gap", "2021")
    assert gap.reason.zh == "村居：没有可计算的单位"
    assert flags(gap) == ["left out for want of a headcount: V"]


def test_a_reading_of_a_tier_or_category_names_its_own_units_alone(t):
    t.record(unit("B"), *(heads(u, 10) for u in "JABV"))
    t.record(held("a", ("A", 3, "young"), ("B", None), ("J", 2), minutes=60))
    left, blank = "left out for want of a headcount: A", "1 lines lack persons or minutes"
    name = "coverage.minutes_per_head"
    assert flags(t.reading(name, "2021", tier="town")) == [left, blank]
    assert flags(t.reading(name, "2021", tier="district")) == []
    assert flags(t.reading(name, "2021", tier="village")) == []
    assert flags(t.reading(name, "2021")) == [left, blank]
    for name in ("coverage.persons", "coverage.person_share"):
        young = t.reading(name, "2021", category="young")
        assert (young.value, young.reason.en) == (None, "no unit for which it can be computed")
        assert flags(young) == [left]
        # A is left out whole, of what it declared as well.
        assert flags(t.reading(name, "2021", category="general"))[0] == left
    t.record(heads("V", 5, "leader"))
    assert flags(t.reading("coverage.persons", "2021", category="leader")) == []


def test_minutes_per_head_do_not_weigh_by_days(t):
    t.record(heads("A", 10), heads("V", 10), closed("A"))
    t.record(held("a", ("A", 5), ("V", 10), minutes=60))
    # Persons, not units, are averaged over: A's ten were there and had 300, V's ten 600.
    assert t.reading("coverage.minutes_per_head", "2021", "unit:A").value == 30
    assert t.reading("coverage.minutes_per_head", "2021").value == 45


def test_the_latest_headcount_of_the_period_counts(t):
    t.record(heads("A", 10), heads("A", 20, day="2021-06-01"), heads("A", 99, day="2022-01-01"))
    t.record(held("a", ("A", 5), minutes=60))
    assert t.reading("coverage.minutes_per_head", "2021", "unit:A").denominator == 20


# The map.


def test_the_map_splits_themes_and_counts_an_activity_once(t):
    t.record(
        held("a", ("A", 5), ("A", 1, "leader"), ("V", None), host="A", entry="town",
             themes={"warning": 7500, "family": 2500}),
        held("b", ("A", 5), ("V", 2), entry="village", themes={"warning": 10_000}),
        held("c", ("A", 0), ("V", 3)),
    )  # fmt: skip
    found = {(r.subject, *r.dimensions.values()): r for r in t.readings("coverage.map", "2021")}
    # A hosted a and came to b; V came to b and c (a is blank); J hosted b and c.
    assert found["unit:A", "warning"].value == 1.75
    assert found["unit:A", "family"].value == 0.25
    assert found["unit:A", "discipline"].value == 0
    assert found["unit:A", "town"].value == found["unit:A", "village"].value == 1
    assert found["unit:V", "warning"].value == found["unit:V", "village"].value == 1
    assert found["unit:V", "town"].value == 0
    assert flags(found["unit:V", "warning"]) == ["1 activities do not say their theme"]
    assert flags(found["unit:V", "town"]) == ["1 activities do not say their entry"]
    assert len(found) == 3 * (7 + 4)


def test_the_map_by_kind_counts_an_activity_once_for_each_kind(t):
    t.record(unit("B"), held("a", ("A", 5), ("B", 5), themes={"warning": 10_000}))
    for kind, count in (("organ", 1), ("town", 1), ("village", 0)):
        found = t.reading("coverage.kind_map", "2021", kind=kind, theme="warning")
        assert found.value == count


def test_a_code_that_the_log_defined_is_on_the_map(t):
    t.record(TermDefined("theme", "archives", "档案", "Archives", date(2020, 1, 1)))
    t.record(held("a", ("A", 5), themes={"archives": 10_000}))
    assert t.reading("coverage.map", "2021", "unit:A", theme="archives").value == 1


# Reorganised units, under the tree as it was then and as it is now.


@pytest.fixture
def m(tmp_path):
    """A and B, 40 and 60 heads, merge into C on 1 July 2021; the organ J hosts."""
    with Trial(tmp_path, [lianjian_family()]) as trial:
        trial.record(unit("J", "organ", "district"), unit("A"), unit("B"), unit("C"))
        trial.record(heads("A", 40), heads("B", 60), heads("C", 10))
        trial.record(held("a", ("A", 30), ("B", 20), minutes=60, themes={"warning": 10_000}))
        trial.record(held("b", ("A", 20), minutes=60), merged(("A", "B"), "C"))
        yield trial


def test_a_merger_under_the_tree_of_then(m):
    # J and C for the whole year, A and B for 181 days; only A and B were reached.
    half = 181 / 365
    reading = m.reading("coverage.unit_reach", "2021")
    assert reading.value == round(2 * half / (2 + 2 * half), 6)
    assert ends(m.reading("coverage.persons", "2021", "unit:A")) == (30, 40, 40)
    assert ends(m.reading("coverage.persons", "2021", "unit:C")) == (0, 0, 10)
    with pytest.raises(NoSuchReading):
        m.reading("coverage.unit_reach", "2022", "unit:A")


def test_a_merger_under_the_tree_of_now(m):
    assert {r.subject for r in m.readings("coverage.unit_reach", "2021", tree="now")} == {
        "all",
        "unit:C",
        "unit:J",
    }
    assert m.reading("coverage.unit_reach", "2021", tree="now").value == 0.5
    # To a came 30 + 20 different people, so at least 50; at most 70 attendances, of 110 heads.
    assert ends(m.reading("coverage.persons", "2021", "unit:C", tree="now")) == (50, 70, 110)
    # (60 × 50 + 60 × 20) / 110
    minutes = m.reading("coverage.minutes_per_head", "2021", "unit:C", tree="now")
    assert (minutes.numerator, minutes.denominator) == (4200, 110)
    # Both came to a: one activity, not two. Before the merger is also C's.
    assert m.reading("coverage.map", "2021", "unit:C", tree="now", theme="warning").value == 1
    assert m.reading("coverage.unit_reach", "2021Q1", "unit:C", tree="now").value == 1


def test_a_split_goes_by_shares(t):
    into = Successor("B", 6000), Successor("C", 4000)
    t.record(unit("B"), unit("C"), heads("A", 100))
    t.record(held("a", ("A", 50), minutes=30, themes={"warning": 10_000}))
    t.record(UnitReorganized("split", ("A",), date(2022, 1, 1), into))
    assert ends(t.reading("coverage.persons", "2021", "unit:A")) == (50, 50, 100)
    assert ends(t.reading("coverage.persons", "2021", "unit:B", tree="now")) == (30, 30, 60)
    assert t.reading("coverage.map", "2021", "unit:C", tree="now", theme="warning").value == 0.4
    assert t.reading("coverage.minutes_per_head", "2021", "unit:C", tree="now").value == 15
    town = {"kind": "town", "theme": "warning"}
    for tree in ("then", "now"):
        assert t.reading("coverage.kind_map", "2021", tree=tree, **town).value == 1
        assert t.reading("coverage.persons", "2021", tree=tree).low == 50


# Corrected and voided events.


def test_only_what_stands_counts_and_the_past_stays(t):
    t.record(heads("A", 40))
    first, second = t.record(held("a", ("A", 30), entry="town"), held("b", ("V", 3)))
    before = t.size
    then = {name: t.readings(name, "2021") for name in NAMES}
    t.correct(first, held("a", ("A", 12), entry="village"))
    t.void(second)
    for name in NAMES:
        bare = [[evolve(r, moment=None) for r in t.readings(name, "2021", at=before)], []]
        bare[1] = [evolve(r, moment=None) for r in then[name]]
        assert bare[0] == bare[1], name
    assert t.reading("coverage.persons", "2021", "unit:A").value == 12
    assert t.reading("coverage.grid_fill", "2021", "unit:A").value == 0
    assert t.reading("coverage.unit_reach", "2021").numerator == 1
    assert t.reading("coverage.persons", "2021", "unit:A", at=before).value == 30
    assert t.reading("coverage.grid_fill", "2021", "unit:A", at=before).value == 1
    assert t.reading("coverage.unit_reach", "2021", at=before).numerator == 2


# Contradictions.


def test_contradictions_are_listed_with_their_events(t):
    t.record(heads("A", 10), heads("A", 20, day="2021-06-01"), closed("V"))  # 3, 4, 5
    t.record(
        held("a", ("A", 12), ("J", 99)),  # 6: more than there were on that day
        held("b", ("A", 12), day="2021-06-01"),  # 7: by then there were 20; J never declared
        held("c", ("V", 1), day="2021-07-02"),  # 8: V closed on that very day
        held("d", ("V", 1), day="2021-07-01"),  # 9
        held("e", ("V", 0), host="V", day="2021-08-01"),  # 10
        held("f", ("V", None), day="2021-08-01"),  # 11: a blank is not nobody
        held("g", ("V", 0), day="2021-08-01"),  # 12
        held("h", ("A", 99, "public"), ("A", 10)),  # 13: all ten, and the public has no duty
        heads("A", 50, "public"),
    )
    assert t.reading("coverage.contradictions", "2021").value == 4
    town = t.reading("coverage.contradictions", "2021", "unit:A")
    assert (town.value, flags(town)) == (1, ["position 6: 12 of A general came, 10 declared"])
    village = t.reading("coverage.contradictions", "2021", "unit:V")
    assert village.value == 3
    assert flags(village) == [
        "position 8: V was not open on 2021-07-02",
        "position 10: V was not open on 2021-08-01",
        "position 11: V was not open on 2021-08-01",
    ]
    assert t.reading("coverage.contradictions", "2022").value == 0


def test_a_unit_not_yet_registered_is_not_open(t):
    t.record(unit("B", day="2021-07-01"), held("a", ("B", 5), host="B", day="2021-06-30"))
    found = t.reading("coverage.contradictions", "2021", "unit:B")
    assert flags(found) == ["position 4: B was not open on 2021-06-30"]


def test_one_event_with_two_contradictions_counts_once(t):
    t.record(heads("V", 1), closed("V"), held("a", ("V", 5), host="V", day="2021-08-01"))
    found = t.reading("coverage.contradictions", "2021", "unit:V")
    assert (found.value, len(found.flags)) == (1, 2)


def test_contradictions_of_a_unit_that_is_gone_stand_under_its_successor(m):
    m.record(held("c", ("A", 1), day="2021-09-01"))
    found = m.reading("coverage.contradictions", "2021", "unit:C", tree="now")
    assert flags(found) == ["position 10: A was not open on 2021-09-01"]
    assert m.reading("coverage.contradictions", "2021", "unit:A").value == 1


# What holds for all of them.


def test_every_indicator_answers_an_empty_log(tmp_path):
    with Trial(tmp_path, [lianjian_family()]) as t:
        for i in t.indicators():
            for r in t.readings(i.name, "2021"):
                assert r.value == 0 or r.reason


def test_readings_per_unit_are_offered_to_methods():
    per = {i.name: i.per for i in lianjian_family().indicators}
    for name in ("unit_reach", "persons", "person_share", "grid_fill", "minutes_per_head"):
        assert per[f"coverage.{name}"] == "unit"


def test_the_laws_hold():
    check_family(lianjian_family())


def test_the_laws_hold_of_long_histories():
    check_family(lianjian_family(), size=200, histories=2)
