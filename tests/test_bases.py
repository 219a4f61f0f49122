"""Bases against answers worked by hand."""

from datetime import date
from math import log

import pytest

from lianjian.core.activities import ActivityHeld, Successor, UnitRegistered, UnitReorganized
from lianjian.core.errors import PartWrong, Refused, RegisteredTwice
from lianjian.core.figures import Figures
from lianjian.core.indicator import Moment, Period
from lianjian.core.testing import Trial, check_family
from lianjian.core.tree import root
from lianjian.plugins.bases import (
    BaseClosed,
    BaseOpened,
    BaseReopened,
    BaseUpgraded,
    RouteDefined,
    VisitHeld,
    lianjian_family,
)

NAMES = [i.name for i in lianjian_family().indicators]


@pytest.fixture
def t(tmp_path):
    with Trial(tmp_path, [lianjian_family()]) as trial:
        yield trial


def opened(base, day="2020-01-01", **more):
    return BaseOpened(base, base, "garden", date.fromisoformat(day), **more)


def closed(base, day):
    return BaseClosed(base, date.fromisoformat(day))


def reopened(base, day):
    return BaseReopened(base, date.fromisoformat(day))


def visit(base, day="2021-05-01", persons=None, **more):
    return VisitHeld(base, date.fromisoformat(day), persons=persons, **more)


def reading(t, name, subject="all", period="2021", **more):
    return t.reading(f"bases.{name}", period, subject, **more)


def value(t, name, subject="all", period="2021", **more):
    return reading(t, name, subject, period, **more).value


def values(t, name, period="2021", **more):
    return {
        (r.subject, *r.dimensions.values()): r.value
        for r in t.readings(f"bases.{name}", period, **more)
    }


def said(reading):
    """What stands beside a reading, in English: why it has no value, and its flags."""
    return reading.reason and reading.reason.en, [f.en for f in reading.flags]


def four(t):
    """Two towns with 10 and 20 persons, two villages with 30 and 40: the mean is 25, the sum 100."""
    t.record(
        *(opened(base, tier="town") for base in "ab"),
        *(opened(base, tier="village") for base in "cd"),
        *(visit(base, persons=n) for base, n in {"a": 10, "b": 20, "c": 30, "d": 40}.items()),
    )


# Visits and persons


def test_visits_and_persons_of_the_period(t):
    t.record(
        opened("a"),
        opened("b"),
        opened("c"),
        opened("later", "2022-01-01"),
        visit("a", "2020-12-31", 1000),
        visit("a", "2021-01-01", 30),
        visit("a", "2021-12-31", 12),
        visit("b", "2021-04-01", 0),
        visit("a", "2022-01-01", 1000),
    )
    assert values(t, "visits") == {("all",): 3, ("base:a",): 2, ("base:b",): 1, ("base:c",): 0}
    assert values(t, "persons") == {("all",): 42, ("base:a",): 42, ("base:b",): 0, ("base:c",): 0}
    assert value(t, "persons", "base:a", "2021Q1") == 30
    assert value(t, "visits", "base:b", "2021Q1") == 0


def test_blank_persons_are_not_zero(t):
    t.record(
        opened("some"),
        opened("blank"),
        opened("none"),
        visit("some", persons=10),
        visit("some"),
        visit("blank"),
        visit("blank"),
    )
    assert value(t, "visits", "base:blank") == 2
    r = reading(t, "persons", "base:blank")
    assert (r.value, r.reason.zh, r.flags[0].zh) == (None, "参观人数全部空白", "2 批人数空白")
    assert said(r)[0] == "the figures of all visits are blank"
    assert (value(t, "persons", "base:some"), value(t, "persons", "base:none")) == (10, 0)
    assert said(reading(t, "persons", "base:some")) == (None, ["1 visits without a number"])
    assert value(t, "persons") == 10
    assert said(reading(t, "persons")) == (None, ["3 visits without a number"])


def test_where_all_is_blank_there_is_no_total_though_a_base_had_no_visit(t):
    t.record(opened("blank"), opened("none"), visit("blank"))
    assert said(reading(t, "persons")) == (
        "the figures of all visits are blank",
        ["1 visits without a number"],
    )


def test_a_base_with_blanks_alone_is_named_and_left_out(t):
    four(t)
    t.record(opened("e", tier="town", capacity=1, slots=1), visit("e"))
    flags = ["the figures of all visits are blank: e", "1 visits without a number"]
    # As of four bases: (-3*10 - 1*20 + 1*30 + 3*40) / (4 * 100) = 1/4.
    r = reading(t, "gini")
    assert (r.value, r.denominator, *said(r)) == (0.25, 4, None, flags)
    r = reading(t, "theil")
    assert (r.denominator, *said(r)) == (4, None, flags)
    assert said(reading(t, "theil_capacity"))[1][:2] == flags
    assert said(reading(t, "utilisation"))[1][:2] == flags
    assert said(reading(t, "hot_or_cold"))[1][-2:] == flags
    for name in ("relative_use", "utilisation"):
        assert said(reading(t, name, "base:e")) == ("the figures of all visits are blank", [])


def test_a_base_that_was_shut_all_year_is_not_among_the_open_ones(t):
    four(t)
    t.record(opened("shut"), closed("shut", "2020-06-01"))
    assert ("base:shut",) not in values(t, "visits")
    assert reading(t, "gini").denominator == 4
    # Somebody came all the same: reported, so counted, and a contradiction; not compared.
    t.record(visit("shut", persons=1000))
    assert value(t, "visits", "base:shut") == 1
    assert value(t, "persons") == 1100
    assert value(t, "contradictions", "base:shut") == 1
    assert (value(t, "gini"), reading(t, "gini").denominator) == (0.25, 4)
    for name in ("utilisation", "relative_use"):
        assert ("base:shut",) not in values(t, name)


# Utilisation


def test_utilisation_is_persons_by_places(t):
    t.record(
        opened("a", capacity=10, slots=2),
        opened("b", capacity=10, slots=4),
        visit("a", persons=730),
        visit("b", persons=1460),
        visit("b", "2021-05-02", 1460),
    )
    # 10 x 2 x 365 = 7,300 places and 14,600: 730/7,300 and 2,920/14,600; 3,650/21,900 together.
    r = reading(t, "utilisation", "base:a")
    assert (r.value, r.numerator, r.denominator) == (0.1, 730, 7300)
    assert value(t, "utilisation", "base:b") == 0.2
    r = reading(t, "utilisation")
    assert (r.value, r.numerator, r.denominator, said(r)) == (0.166667, 3650, 21900, (None, []))
    # May alone has 31 days: 730/620 is more than there were places for.
    assert value(t, "utilisation", "base:a", "2021-05") == 1.177419


def test_only_open_weekdays_of_open_days_are_offered(t):
    """January 2021 began on a Friday: 5 Fridays, Saturdays and Sundays, 4 of each other day."""
    week = {"weekdays": (6, 7), "capacity": 5, "slots": 1}
    t.record(
        opened("all", **week),
        opened("shut", **week),
        closed("shut", "2021-01-09"),  # a Saturday
        reopened("shut", "2021-01-17"),  # a Sunday
        opened("new", "2021-01-30", **week),  # the last Saturday
        closed("new", "2021-01-31"),
        *(visit(base, "2021-01-02", 10) for base in ("all", "shut")),
        visit("new", "2021-01-30", 5),
    )
    # all: 10 days. shut: 2 and 3 January, then 17, 23, 24, 30, 31: 7. new: 30 January alone.
    found = {
        r.subject: (r.numerator, r.denominator) for r in t.readings("bases.utilisation", "2021-01")
    }
    assert found == {
        "all": (25, 5 * (10 + 7 + 1)),
        "base:all": (10, 50),
        "base:shut": (10, 35),
        "base:new": (5, 5),
    }


def test_a_weekday_given_twice_is_one(t):
    t.record(opened("a", capacity=1, slots=1, weekdays=(3, 1, 3)), visit("a", persons=52))
    assert reading(t, "utilisation", "base:a").denominator == 104  # Mondays and Wednesdays


def test_utilisation_without_capacity_open_days_or_figures_says_so(t):
    part = {"capacity": 5, "slots": 1}
    t.record(
        opened("good", **part),
        opened("no_slots", capacity=5),
        opened("no_day", "2021-12-31", weekdays=(1,), **part),  # a Friday, and its only day
        opened("blank", **part),
        visit("good", persons=365),
        visit("no_slots", persons=1),
        visit("no_day", "2021-12-31", 1000),
        visit("blank"),
    )
    found = {r.subject: r for r in t.readings("bases.utilisation", "2021")}
    assert said(found["base:no_slots"]) == ("capacity or slots not known", [])
    assert said(found["base:no_day"]) == ("no open day", [])
    assert (found["base:no_day"].numerator, found["base:no_day"].denominator) == (1000, 0)
    assert found["base:no_day"].reason.zh == "没有开放日"
    # Together: the 1,000 of a base without a place are not divided by another base's places.
    r = found["all"]
    assert (r.value, r.numerator, r.denominator) == (0.2, 365, 5 * 365)
    assert said(r)[1] == [
        "the figures of all visits are blank: blank",
        "1 visits without a number",
        "capacity or slots not known: no_slots",
    ]


def test_utilisation_of_nothing_is_none(t):
    assert said(reading(t, "utilisation")) == ("no base for which it can be computed", [])
    t.record(opened("a", capacity=1, slots=1))
    assert (value(t, "utilisation"), value(t, "utilisation", "base:a")) == (0, 0)


# How evenly


def test_gini_counts_bases_nobody_came_to(t):
    four(t)
    assert value(t, "gini") == 0.25
    t.record(opened("e"))
    # Ascending 0 10 20 30 40, n = 5: (-2*10 + 0*20 + 2*30 + 4*40 - 4*0) / (5 * 100) = 200/500.
    r = reading(t, "gini")
    assert (r.value, r.denominator) == (0.4, 5)


def test_gini_of_a_part_period_has_the_bases_open_in_it(t):
    four(t)
    t.record(
        opened("new", "2021-07-01"),
        closed("a", "2021-07-01"),
        visit("b", "2021-08-01", 30),
        visit("c", "2021-08-01", 30),
        visit("new", "2021-08-01", 60),
    )
    # b c d new, of which d had nobody. 0 30 30 60: (-1*30 + 1*30 + 3*60) / (4 * 120) = 3/8.
    r = reading(t, "gini", period="2021Q3")
    assert (r.value, r.denominator) == (0.375, 4)
    assert reading(t, "gini", period="2021Q2").denominator == 4
    assert reading(t, "gini").denominator == 5


def test_theil_splits_into_between_and_within_tiers(t):
    four(t)
    # x/mean = 0.4 0.8 1.2 1.6: a quarter of the sum of x/mean * ln(x/mean).
    whole = sum(x * log(x) for x in (0.4, 0.8, 1.2, 1.6)) / 4
    assert value(t, "theil") == round(whole, 6) == 0.106440
    # Towns have 30 of 100 with half of the bases, villages 70.
    between = 0.3 * log(0.3 / 0.5) + 0.7 * log(0.7 / 0.5)
    # Inside: 1/3 and 2/3 against a half each; 3/7 and 4/7. Weighed by 0.3 and 0.7.
    towns = log(2 / 3) / 3 + log(4 / 3) * 2 / 3
    villages = log(6 / 7) * 3 / 7 + log(8 / 7) * 4 / 7
    within = 0.3 * towns + 0.7 * villages
    assert value(t, "theil", part="between_tiers") == round(between, 6) == 0.082283
    assert value(t, "theil", part="within_tiers") == round(within, 6) == 0.024157
    assert between + within == pytest.approx(whole)


def test_theil_is_not_split_where_a_tier_is_not_known(t):
    four(t)
    (last,) = t.record(opened("e"))
    assert {r.dimensions.get("part") for r in t.readings("bases.theil", "2021")} == {None}
    t.correct(last, opened("e", tier="district"))
    # 0 of 100 with a fifth of the bases; towns 30 and villages 70 with two fifths each.
    between = 0.3 * log(0.3 / 0.4) + 0.7 * log(0.7 / 0.4)
    assert value(t, "theil", part="between_tiers") == round(between, 6)
    # Blanks alone, and no tier: it is left out, and the others can be split.
    t.record(opened("f"), visit("f"))
    assert value(t, "theil", part="between_tiers") == round(between, 6)


def test_theil_capacity_is_zero_where_use_follows_capacity(t):
    t.record(
        opened("a", capacity=10, slots=1),
        opened("b", capacity=10, slots=3),
        visit("a", persons=100),
        visit("b", persons=300),
    )
    assert value(t, "theil_capacity") == 0
    assert value(t, "theil") > 0
    t.record(visit("a", persons=200))
    # Half of the persons each, with a quarter and three quarters of the places.
    due = log(0.5 / 0.25) / 2 + log(0.5 / 0.75) / 2
    assert value(t, "theil_capacity") == round(due, 6) == 0.143841
    # b closes after 90 days: 30 x 90 places, against 10 x 365.
    t.record(closed("b", "2021-04-01"))
    share = 2700 / (2700 + 3650)
    due = log(0.5 / share) / 2 + log(0.5 / (1 - share)) / 2
    assert value(t, "theil_capacity") == round(due, 6)


def test_theil_capacity_needs_every_capacity(t):
    t.record(
        opened("a", capacity=10, slots=1),
        opened("b", capacity=10),
        opened("c", capacity=10, slots=1),
        visit("a", persons=1),
        visit("c", persons=1),
    )
    assert said(reading(t, "theil_capacity")) == (
        "not every base has a capacity",
        ["capacity or slots not known: b"],
    )


def test_theil_capacity_where_people_came_and_no_place_was_offered(t):
    t.record(
        opened("a", capacity=10, slots=1),
        opened("b", "2021-12-31", capacity=10, slots=1, weekdays=(1,)),
        visit("a", persons=1),
        visit("b", "2021-12-31", 1),
    )
    r = reading(t, "theil_capacity")
    assert (r.value, said(r)[0]) == (None, "an amount whose reference share is zero")


# Hot and cold


def test_hot_from_twice_the_mean_cold_below_half_of_it(t):
    counts = {"a": 200, "b": 199, "c": 50, "d": 49, "e": 2}  # 500: the mean is 100
    t.record(
        *(opened(b) for b in counts),
        *(visit(b, persons=n) for b, n in counts.items()),
    )
    found = {r.subject: r for r in t.readings("bases.relative_use", "2021")}
    assert {s: (r.value, r.denominator) for s, r in found.items()} == {
        "base:a": (2, 100),
        "base:b": (1.99, 100),
        "base:c": (0.5, 100),
        "base:d": (0.49, 100),
        "base:e": (0.02, 100),
    }
    assert [r.flags[0].zh if r.flags else "" for r in found.values()] == ["热", "", "", "冷", "冷"]
    r = reading(t, "hot_or_cold")
    assert (r.value, r.numerator, r.denominator) == (0.6, 3, 5)
    assert said(r)[1] == ["hot: a", "cold: d, e"]
    assert r.flags[0].zh == "热：a"


def test_the_mean_is_exact_and_of_the_period(t):
    t.record(
        *(opened(b) for b in "abc"),
        opened("d", "2021-06-01"),
        visit("a", persons=1),
        visit("d", "2021-06-01", 1),
    )
    # Until 31 May three bases and one person: 1 / (1/3) = 3. In the year 1 / (2/4) = 2: hot.
    r = reading(t, "relative_use", "base:a", "2021-01-01..2021-05-31")
    assert (r.value, r.numerator, r.denominator) == (3, 1, 0.333333)
    assert value(t, "relative_use", "base:a") == 2
    assert said(reading(t, "hot_or_cold"))[1] == ["hot: a, d", "cold: b, c"]


def test_where_nobody_is_known_to_have_come_nothing_is_hot_or_cold(t):
    r = reading(t, "hot_or_cold")
    assert (r.value, r.denominator, said(r)) == (None, 0, ("nobody is known to have come", []))
    t.record(opened("a"), opened("b"), visit("a", persons=0), visit("b"))
    assert said(reading(t, "hot_or_cold"))[0] == "nobody is known to have come"
    assert said(reading(t, "relative_use", "base:a")) == ("nobody is known to have come", [])
    assert said(reading(t, "relative_use", "base:b")) == ("the figures of all visits are blank", [])


# Education visits


def test_guided_or_part_of_an_activity_is_education(t):
    t.record(
        UnitRegistered("anting", "anting", "town", "town", date(2020, 1, 1)),
        ActivityHeld("A", date(2021, 5, 1), "anting"),
        *(opened(b) for b in ("a", "mute", "none")),
        visit("a", guided=True),
        visit("a", guided=False),
        visit("a", guided=False, activity="A"),
        visit("a", activity="A"),
        visit("a"),
        visit("a", "2022-01-01", guided=False),
        visit("mute"),
    )
    # Four of a's five visits say: guided, not, and two of an activity.
    r = reading(t, "guided_share", "base:a")
    assert (r.value, r.numerator, r.denominator) == (0.75, 3, 4)
    assert said(r) == (None, ["1 visits do not say whether guided"])
    r = reading(t, "guided_share", "base:mute")
    assert (r.value, r.numerator, r.denominator) == (None, 0, 0)
    assert said(r) == (
        "of no visit is it known whether it was guided",
        ["1 visits do not say whether guided"],
    )
    assert said(reading(t, "guided_share", "base:none")) == ("no visits in the period", [])
    r = reading(t, "guided_share")
    assert (r.value, r.flags[0].zh) == (0.75, "2 批未注明有无讲解")
    assert value(t, "guided_share", period="2022") == 0
    assert said(reading(t, "guided_share", period="2020")) == ("no visits in the period", [])


# Contradictions


def test_visits_while_not_open_are_listed_not_refused(t):
    t.record(
        opened("a", "2021-02-01"),
        closed("a", "2021-04-01"),
        reopened("a", "2021-06-01"),
        opened("b"),
        visit("a", "2021-01-31"),  # position 4: the day before it opened
        visit("a", "2021-02-01"),
        visit("a", "2021-03-31"),
        visit("a", "2021-04-01"),  # 7: the day it closed
        visit("a", "2021-05-31"),  # 8
        visit("a", "2021-06-01"),
        visit("b", "2021-05-01"),
        visit("b", "2019-12-31"),  # 11, of another year
    )
    assert values(t, "contradictions") == {("all",): 3, ("base:a",): 3}
    r = reading(t, "contradictions", "base:a")
    assert said(r)[1] == [
        "position 4: not open on 2021-01-31",
        "position 7: not open on 2021-04-01",
        "position 8: not open on 2021-05-31",
    ]
    assert r.flags[0].zh == "第 4 条：2021-01-31 未开放"
    assert value(t, "contradictions", period="2021Q2") == 2
    assert value(t, "contradictions", period="2021Q3") == 0
    assert value(t, "contradictions", "base:b", "2019") == 1
    assert value(t, "visits") == 7  # they were reported all the same


def test_a_base_closed_and_reopened_on_a_day_was_open(t):
    t.record(opened("a"), closed("a", "2021-05-01"), reopened("a", "2021-05-01"), visit("a"))
    assert value(t, "contradictions") == 0


# History


def test_what_was_voided_or_corrected_is_gone_and_what_stood_can_be_asked(t):
    four(t)
    t.record(closed("c", "2021-03-01"))
    first, second = t.record(
        visit("a", "2021-05-02", 80, guided=False), visit("d", "2021-05-03", 60, guided=True)
    )
    before = t.size
    then = {name: t.readings(name, "2021") for name in NAMES}
    t.correct(first, visit("a", "2021-05-02", 10, guided=True))
    # 20 20 30 100: (-3*20 - 1*20 + 1*30 + 3*100) / (4 * 170) = 250/680.
    assert value(t, "persons") == 170
    assert value(t, "gini") == 0.367647
    assert value(t, "guided_share") == 1
    t.void(second)
    # 20 20 30 40: (-60 - 20 + 30 + 120) / (4 * 110) = 70/440; the mean is 27.5.
    assert (value(t, "visits"), value(t, "persons")) == (5, 110)
    assert value(t, "gini") == 0.159091
    assert value(t, "relative_use", "base:d") == 1.454545
    assert value(t, "guided_share", "base:d") is None
    for name in NAMES:
        assert _bare(t.readings(name, "2021", at=before)) == _bare(then[name])


def _bare(readings):
    return [(r.subject, r.value, r.numerator, r.denominator, r.reason, r.flags) for r in readings]


def test_a_visit_that_moved_to_another_base_and_day(t):
    t.record(opened("a"), opened("b"))
    (moved,) = t.record(visit("a", "2021-05-01", 8))
    t.correct(moved, visit("b", "2022-05-01", 8))
    assert values(t, "visits") == {("all",): 0, ("base:a",): 0, ("base:b",): 0}
    assert value(t, "visits", "base:b", "2022") == 1
    assert value(t, "visits", "base:a", at=3) == 1


def test_a_closure_taken_back_was_none(t):
    t.record(opened("a", capacity=1, slots=1), visit("a", persons=73))
    (closure,) = t.record(closed("a", "2021-03-01"))
    r = reading(t, "utilisation", "base:a")
    assert (r.numerator, r.denominator) == (73, 31 + 28)
    assert value(t, "contradictions") == 1
    closure = t.correct(closure, closed("a", "2021-06-01"))
    assert reading(t, "utilisation", "base:a").denominator == 151  # January to May
    assert value(t, "contradictions") == 0
    t.void(closure)
    assert value(t, "utilisation", "base:a") == 0.2


def test_a_base_that_two_visits_refer_to_is_corrected_not_taken_back(t):
    (base,) = t.record(opened("a", "2021-07-01", capacity=1, slots=1))
    t.record(visit("a", "2021-05-01", 20), visit("a", "2021-08-01", 26))
    before = t.size
    assert reading(t, "utilisation", "base:a").denominator == 184  # July to December
    assert value(t, "contradictions") == 1
    with pytest.raises(Refused):
        t.void(base)
    with pytest.raises(Refused):
        t.correct(base, opened("another"))
    base = t.correct(base, opened("a", "2021-01-01", capacity=2, slots=1))
    r = reading(t, "utilisation", "base:a")
    assert (r.numerator, r.denominator) == (46, 730)
    assert value(t, "contradictions") == 0
    t.correct(base, opened("a", "2021-01-01"))
    assert said(reading(t, "utilisation", "base:a")) == ("capacity or slots not known", [])
    assert value(t, "persons") == 46
    assert reading(t, "utilisation", "base:a", at=before).denominator == 184


def test_a_merger_of_units_moves_no_figure_of_bases(t):
    """A base is what is looked at, not the unit that keeps it or came to it."""
    t.record(
        *(UnitRegistered(u, u, "town", "town", date(2020, 1, 1)) for u in ("x", "y")),
        opened("a", unit="x", tier="town"),
        opened("b", unit="y", tier="town"),
        visit("a", persons=3, unit="x", guided=True),
        visit("b", persons=1, unit="x"),
        UnitReorganized("merge", ("x",), date(2022, 1, 1), into=(Successor("y", 10_000),)),
    )
    for name in NAMES:
        for period in ("2021", "2022"):
            then, now = (t.readings(name, period, tree=tree) for tree in ("then", "now"))
            assert _bare(then) == _bare(now)
    assert value(t, "gini", tree="now") == 0.25  # (-1 + 3) / (2 * 4)


# What holds for all


def test_an_empty_log_gives_counts_of_zero_and_reasons_for_the_rest(t):
    found = {name: t.readings(name, "2021") for name in NAMES}
    zero = {"bases.visits", "bases.persons", "bases.contradictions"}
    assert {n for n, rs in found.items() if any(r.value == 0 for r in rs)} == zero
    for name in set(NAMES) - zero:
        assert all(r.value is None and r.reason.zh and r.reason.en for r in found[name])
    assert said(reading(t, "gini"))[0] == "fewer than 2 value(s)"
    assert said(reading(t, "theil"))[0] == "fewer than 2 value(s)"
    assert said(reading(t, "theil_capacity"))[0] == "fewer than 2 value(s)"


@pytest.mark.parametrize("name", ["gini", "theil", "theil_capacity"])
def test_no_inequality_among_bases_to_which_nobody_came(t, name):
    t.record(*(opened(b, tier="town", capacity=1, slots=1) for b in "ab"))
    for r in t.readings(f"bases.{name}", "2021"):
        assert (r.value, r.reason.en) == (None, "the sum is zero")
    t.record(visit("a", persons=5), closed("b", "2020-02-01"))
    for r in t.readings(f"bases.{name}", "2021"):
        assert (r.value, r.reason.en) == (None, "fewer than 2 value(s)")


def test_either_a_value_or_a_reason(t):
    four(t)
    t.record(
        opened("blank", tier="town"),
        visit("blank"),
        opened("good", capacity=1, slots=1, tier="town"),
        visit("good", "2020-05-01"),
    )
    for name in NAMES:
        for period in ("2019", "2020", "2021", "2021-05-01"):
            for r in t.readings(name, period):
                assert (r.value is None) == (r.reason is not None), (name, period, r.subject)


def test_evidence_is_the_visits_and_what_says_that_a_base_was_open(t):
    t.record(
        opened("a"),
        opened("b"),
        visit("a", persons=1),
        visit("b", persons=1),
        visit("b", "2020-05-01", 1),
        closed("b", "2021-07-01"),
    )
    t.readings("bases.gini", "2021")
    with Figures(t.records.views, t.registry.families, Moment(6, root(6, t.log.store))) as figures:
        year = Period.parse("2021")
        assert figures.evidence("bases.persons", year, "base:b") == [3]
        assert figures.evidence("bases.utilisation", year, "base:b") == [1, 3, 5]
        assert figures.evidence("bases.gini", year) == [0, 1, 2, 3, 5]


@pytest.mark.parametrize("name", ["gini", "theil", "theil_capacity", "relative_use", "hot_or_cold"])
def test_figures_over_a_made_up_base_are_made_up(t, name):
    t.record(opened("a"), visit("a", persons=1))
    assert not any(r.synthetic for r in t.readings(f"bases.{name}", "2021"))
    t.record(opened("b"), recorder="synthetic demo")
    assert all(r.synthetic for r in t.readings(f"bases.{name}", "2021"))
    assert not reading(t, "persons").synthetic


# Routes


def route(name, bases, day="2021-01-01"):
    return RouteDefined(name, name, tuple(bases), date.fromisoformat(day))


def test_bases_are_connected_by_way_of_routes_with_a_base_in_common(t):
    t.record(*(opened(b) for b in "abcdefg"), opened("later", "2022-01-01"))
    assert said(reading(t, "connected")) == ("no route is defined", [])
    t.record(route("r", "ab"), route("s", "de"))
    assert value(t, "connected") == pytest.approx(2 / 7, abs=1e-6)
    (third,) = t.record(route("t", "bcd", "2021-12-31"))
    # a-b, b-c-d and d-e are one group of five out of seven.
    r = reading(t, "connected")
    assert (r.value, r.numerator, r.denominator) == (pytest.approx(5 / 7, abs=1e-6), 5, 7)
    assert value(t, "connected", period="2021Q3") == pytest.approx(2 / 7, abs=1e-6)  # not yet
    before = t.size
    newest = t.correct(third, route("t", "bc", "2021-12-31"))
    assert value(t, "connected") == pytest.approx(3 / 7, abs=1e-6)
    assert value(t, "connected", at=before) == pytest.approx(5 / 7, abs=1e-6)
    t.void(newest)
    assert value(t, "connected") == pytest.approx(2 / 7, abs=1e-6)


def test_a_closed_base_connects_nothing(t):
    t.record(
        *(opened(b) for b in "abx"), route("r", "ax"), route("s", "xb"), closed("x", "2020-06-01")
    )
    r = reading(t, "connected")
    assert (r.value, r.denominator) == (0, 2)
    t.record(route("o", "ab", "2020-05-01"))
    assert value(t, "connected") == 1
    r = reading(t, "connected", period="2020")  # when x was open, and joined to none of them
    assert (r.numerator, r.denominator) == (2, 3)


def test_a_route_joins_two_bases_or_more_each_once(t):
    t.record(opened("a"), opened("b"))
    for bases in ("a", "aa", "aba", ""):
        with pytest.raises((PartWrong, RegisteredTwice)):
            route("r", bases)
    with pytest.raises(Refused):
        t.record(route("r", ("a", "unknown")))
    assert t.size == 2


def units_of(t, *names, kind="organ"):
    t.record(*(UnitRegistered(u, u, kind, "district", date(2020, 1, 1)) for u in names))


def test_combined_visits_are_of_one_unit_on_one_day_to_bases_of_one_route(t):
    units_of(t, "u", "v")
    t.record(*(opened(b) for b in "abcd"), visit("a"))
    assert said(reading(t, "combined_visits"))[0] == "of no visit is the unit known"
    (combined, *_) = t.record(
        visit("a", "2021-05-01", unit="u"),  # combined with b, by route r
        visit("b", "2021-05-01", unit="u"),
        visit("b", "2021-05-01", unit="u"),
        visit("c", "2021-05-01", unit="u"),  # the same day, but on no route with a or b
        visit("b", "2021-05-01", unit="v"),  # another unit
        visit("a", "2021-05-02", unit="v"),  # another day
        visit("a", "2021-05-03", unit="v"),  # twice to one base is not two bases
        visit("a", "2021-05-03", unit="v"),
    )
    assert said(reading(t, "combined_visits"))[0] == "no route is defined"
    t.record(route("r", "ab"), route("s", "cd"))
    r = reading(t, "combined_visits")
    assert (r.value, r.numerator, r.denominator) == (0.375, 3, 8)
    assert said(r)[1] == ["1 visits do not say which unit came"]
    assert said(reading(t, "combined_visits", period="2020"))[0] == "no visits in the period"
    before = t.size
    t.correct(combined, visit("d", "2021-05-01", unit="u"))  # now c and d, by route s
    assert value(t, "combined_visits") == 0.25
    assert value(t, "combined_visits", at=before) == 0.375


# Who came


def test_the_units_that_came(t):
    units_of(t, "u", "v", "w")
    units_of(t, "x", kind="external")
    t.record(
        *(opened(b) for b in "abcd"),
        *(visit("a", unit=u) for u in ("u", "u", "v", "x")),
        visit("a"),
        *(visit("b", unit=u) for u in ("v", "w")),
        visit("c"),
    )
    assert values(t, "origins") == {
        ("all",): 4,
        ("all", "repeat"): 2,  # u twice to a, v to a and to b
        ("all", "outside"): 1,
        ("base:a",): 3,
        ("base:a", "repeat"): 1,
        ("base:a", "outside"): 1,
        ("base:b",): 2,
        ("base:b", "repeat"): 0,
        ("base:b", "outside"): 0,
        ("base:c",): None,
        ("base:d",): 0,
        ("base:d", "repeat"): 0,
        ("base:d", "outside"): 0,
    }
    assert said(reading(t, "origins", "base:a"))[1] == ["1 visits do not say which unit came"]
    assert said(reading(t, "origins", "base:c"))[0] == "of no visit is the unit known"
    before = t.size
    t.record(
        UnitReorganized(
            change="merge",
            units=("u", "v"),
            day=date(2022, 3, 1),
            into=(Successor("w", 10_000),),
        )
    )
    assert value(t, "origins", "base:a") == 3
    assert value(t, "origins", "base:a", tree="now") == 2  # w, in which u and v are, and x
    assert value(t, "origins", "base:b", tree="now") == 1
    assert value(t, "origins", "base:b", at=before, tree="now") == 2


# Upgrades


def upgraded(base, day, **more):
    return BaseUpgraded(base, date.fromisoformat(day), **more)


def test_an_upgrade_is_judged_by_persons_a_day_before_and_after(t):
    assert said(reading(t, "upgrade_effect"))[0] == "no base was upgraded in the period"
    (_, upgrade, *_) = t.record(
        opened("a"),
        upgraded("a", "2021-07-01"),
        visit("a", "2021-01-01", 500),  # 181 days before: too early to count
        visit("a", "2021-01-02", 90),  # 180 days before
        visit("a", "2021-06-30", 90),
        visit("a", "2021-06-30"),
        visit("a", "2021-07-01", 200),
        visit("a", "2021-12-27", 70),  # the last of 180 days
        visit("a", "2021-12-28", 500),
    )
    # 270 persons in 180 days after, 180 in 180 days before.
    r = reading(t, "upgrade_effect", "base:a")
    assert (r.value, r.numerator, r.denominator) == (1.5, 1.5, 1)
    assert said(r)[1] == ["1 visits without a number"]
    # Cut at the end of September: 200 persons in 92 days.
    r = reading(t, "upgrade_effect", "base:a", "2021Q3")
    assert r.value == pytest.approx(200 / 92, abs=1e-6)
    assert said(reading(t, "upgrade_effect", "base:a", "2021-07"))[0] is None  # 31 days
    assert said(reading(t, "upgrade_effect", "base:a", "2021-07-01..2021-07-29"))[0] == (
        "open for fewer than 30 days before or after"
    )
    assert said(reading(t, "upgrade_effect", period="2022"))[0] is not None  # it was in 2021
    before = t.size
    newest = t.correct(upgrade, upgraded("a", "2021-12-27"))
    assert said(reading(t, "upgrade_effect", "base:a"))[0].startswith("open for fewer")
    assert value(t, "upgrade_effect", "base:a", at=before) == 1.5
    t.void(newest)
    assert said(reading(t, "upgrade_effect"))[0] == "no base was upgraded in the period"


def test_a_closure_before_the_upgrade_does_not_flatter_it(t):
    t.record(
        opened("a"),
        visit("a", "2021-01-10", 60),
        closed("a", "2021-03-03"),  # 60 days after 2 January, the first of the 180
        reopened("a", "2021-07-01"),
        upgraded("a", "2021-07-01"),
        visit("a", "2021-08-01", 180),
    )
    # 60 persons on 60 open days, then 180 on 180: nothing has changed.
    assert value(t, "upgrade_effect", "base:a") == 1


def test_the_newest_upgrade_counts_and_other_bases_do_not(t):
    t.record(
        *(opened(b) for b in "abc"),
        opened("new", "2021-06-10"),
        *(visit(b, "2021-03-01", 10) for b in "ac"),
        *(visit(b, "2021-08-01", 20) for b in "abc"),
        upgraded("a", "2021-02-01"),
        upgraded("a", "2021-07-01"),
        upgraded("b", "2021-07-01"),
        upgraded("new", "2021-07-01"),
    )
    found = {r.subject: (r.value, r.reason and r.reason.en) for r in t.readings(
        "bases.upgrade_effect", "2021")}  # fmt: skip
    assert found == {
        "base:a": (2, None),
        "base:b": (None, "nobody is known to have come before it"),
        "base:new": (None, "open for fewer than 30 days before or after"),
    }


def test_an_upgrade_with_blanks_alone_on_one_side_has_no_effect(t):
    t.record(
        opened("a"),
        visit("a", "2021-03-01", 10),
        visit("a", "2021-08-01"),
        upgraded("a", "2021-07-01"),
    )
    r = reading(t, "upgrade_effect", "base:a")
    assert said(r) == ("the figures of all visits are blank", ["1 visits without a number"])


def test_an_upgrade_may_raise_the_tier_from_its_day_on(t):
    four(t)
    # Towns 10 and 20, villages 30 and 40; with c a town, too: {10, 20, 30} and {40}.
    t.record(upgraded("c", "2021-06-01", tier="town"), upgraded("a", "2021-06-01"))
    between = 0.6 * log(0.6 / 0.75) + 0.4 * log(0.4 / 0.25)
    assert value(t, "theil", part="between_tiers") == pytest.approx(between, abs=1e-6)


def test_an_upgrade_before_the_opening_is_a_contradiction(t):
    t.record(
        opened("a", "2021-03-01"),
        upgraded("a", "2021-02-28"),
        upgraded("a", "2021-03-01"),
        visit("a", "2021-02-01"),
    )
    r = reading(t, "contradictions", "base:a")
    assert (r.value, value(t, "contradictions")) == (2, 2)
    assert said(r)[1] == [
        "position 1: upgraded on 2021-02-28, before it opened",
        "position 3: not open on 2021-02-01",
    ]
    assert value(t, "contradictions", period="2021-03") == 0


def a_route(m):
    """Two bases or more, which a route must have."""
    if len(m.known.get("base", [])) < 2:
        raise LookupError("base")
    return {"bases": m.known["base"][-2:]}


def test_laws():
    check_family(lianjian_family(), examples={RouteDefined: a_route}, histories=5)


def test_laws_of_long_histories():
    check_family(lianjian_family(), examples={RouteDefined: a_route}, size=200, histories=2)
