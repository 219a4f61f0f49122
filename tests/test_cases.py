"""Cases against answers worked by hand."""

from datetime import date

import pytest

from lianjian.core.activities import (
    ActivityHeld,
    Successor,
    TermDefined,
    UnitRegistered,
    UnitReorganized,
)
from lianjian.core.casework import (
    CaseAnnounced,
    CaseCheckDone,
    CaseDisposed,
    CaseLessonPublished,
    LoopholeIdentified,
)
from lianjian.core.errors import PartWrong, Refused, UnknownTerm
from lianjian.core.event import read_data
from lianjian.core.figures import Figures
from lianjian.core.indicator import Moment, Period
from lianjian.core.planning import Limit, NormIssued
from lianjian.core.registry import load
from lianjian.core.supervision import (
    RectificationAssigned,
    RectificationDone,
    RectificationVerified,
)
from lianjian.core.testing import Trial, check_family
from lianjian.core.tree import root
from lianjian.plugins.cases import lianjian_family

NAMES = [i.name.partition(".")[2] for i in lianjian_family().indicators]
NO_CASES = ("no case was decided in the period", [])


@pytest.fixture
def t(tmp_path):
    with Trial(tmp_path, [lianjian_family()]) as trial:
        trial.record(unit("u"), unit("v"))
        yield trial


def day(text):
    return date.fromisoformat(text if text.count("-") == 2 else f"2022-{text}")


def unit(id_):
    return UnitRegistered(id_, id_, "town", "town", date(2020, 1, 1))


def case(id_, on="02-01", form="1", **more):
    return CaseDisposed(id_, form, day(on), **more)


def announced(id_, on, extended=None):
    return CaseAnnounced(id_, day(on), extended)


def checked(id_, slot, on="03-01"):
    return CaseCheckDone(id_, slot, day(on))


def lesson(id_, of=None, on="03-01", polarity="negative", **more):
    return CaseLessonPublished(id_, polarity, day(on), case=of, **more)


def loophole(id_, of, on="03-01", **more):
    return LoopholeIdentified(id_, of, "审批", day(on), **more)


def activity(id_, on, *cases, themes="warning", forms="lecture"):
    """An activity of an hour; no theme, and no form, where these are empty."""
    return ActivityHeld(
        id_,
        day(on),
        "u",
        minutes=60,
        themes={themes: 10_000} if themes else {},
        formats={forms: 60} if forms else {},
        cases=cases,
    )


def norm(id_="n1", on="2020-01-01", months=1, extended=6, *, series="rules", duty="announce"):
    limits = (Limit(duty, months, extended),)
    return NormIssued(id_, series, id_, id_, "central", day(on), limits=limits)


def assigned(id_, of, on="03-10"):
    return RectificationAssigned(id_, "u", day(on), loophole=of)


def verified(id_, on, outcome="met"):
    return RectificationVerified(id_, day(on), outcome)


def reading(t, name, period="2022", at=None, tree="then", **dimensions):
    return t.reading(f"cases.{name}", period, at=at, tree=tree, **dimensions)


def value(t, name, period="2022", **more):
    return reading(t, name, period, **more).value


def parts(t, name, period="2022", **more):
    """The value, and what it was divided from."""
    r = reading(t, name, period, **more)
    return r.value, r.numerator, r.denominator


def values(t, name, period="2022", **how):
    return {
        tuple(r.dimensions.values()): r.value for r in t.readings(f"cases.{name}", period, **how)
    }


def said(t, name, period="2022", **more):
    """What stands beside a reading, in English: why it has no value, and its flags."""
    r = reading(t, name, period, **more)
    return r.reason and r.reason.en, [f.en for f in r.flags]


def worked(t):
    """Record the three cases worked by hand, and return the ids of events by what they tell."""
    told = {
        "norm": norm(),
        "C1": case("C1", "02-01", "1", domain="funds", usable=True, unit="u"),
        "C2": case("C2", "03-01", "2", domain="funds", usable=True),
        "C3": case("C3", "12-01", "1", unit="v"),
        "warned C1": activity("a1", "02-13", "C1", forms="case_discipline"),
        "early C2": activity("a2", "01-20", "C2"),
        "warned C2": activity("a3", "04-05", "C2"),
        "announced C1": announced("C1", "02-28"),
        "announced C2": announced("C2", "05-01", extended=True),
        "1": checked("C1", "concerned"),
        "2": checked("C1", "principal"),
        "3": checked("C1", "supervisory"),
        "4": checked("C2", "concerned"),
        "lesson": lesson("l1", "C1", local=True),
        "exemplar": lesson("l2", polarity="positive", local=False),
        "hole": loophole("h1", "C1", "03-01", unit="u"),
        "open": loophole("h2", "C2", "06-01"),
        "assigned": assigned("r1", "h1"),
        "assigned 2": assigned("r2", "h2", "06-10"),
        "mended": RectificationDone("r1", day("04-20")),
        "verified": verified("r1", "04-30"),
    }
    return dict(zip(told, t.record(*told.values()), strict=True))


# The worked example


def test_the_worked_year(t):
    worked(t)
    assert values(t, "disposed") == {(): 3, ("1",): 2, ("2",): 1, ("funds",): 2}
    assert values(t, "form_share") == {("1",): 0.666667, ("2",): 0.333333, ("3",): 0, ("4",): 0}
    # Spans 12, 35, and 30 censored: S(12) = 2/3, and at 35 the one that is left ends: S = 0.
    assert parts(t, "education_lag") == (35, 2, 3)
    assert said(t, "education_lag") == (None, ["1 not over by the period's end"])
    assert value(t, "educated_before") == 1
    # C1 until 1 March, C2 by approval until 1 September; C3 until 1 January 2023, so not yet due.
    assert parts(t, "announced_in_time") == (1, 2, 2)
    assert said(t, "announced_in_time") == (None, ["1 not due yet, left out"])
    # 27 days, 61, and 30 censored: S(27) = 2/3, S(61) = 0.
    assert parts(t, "announcement_lag") == (61, 2, 3)
    assert parts(t, "three_checks") == (0.444444, 4, 9)
    assert parts(t, "conversion") == (0.5, 1, 2)
    assert said(t, "conversion")[1] == ["1 of which nobody said whether they can be taught from"]
    assert value(t, "loopholes") == 2
    assert parts(t, "loopholes_fixed") == (0.5, 1, 2)
    # 60 days seen, and 213 from 1 June to 31 December: S(60) = 1/2.
    assert parts(t, "fix_time") == (60, 1, 2)
    # C1 has a lesson and a fix, C2 a fix alone.
    assert parts(t, "synchronised") == (0.5, 1, 2)
    assert values(t, "local_share") == {(): 0.5, ("negative",): 1, ("positive",): 0}
    assert values(t, "explained") == {(): 1, ("yes",): 1, ("no",): 0}
    assert (value(t, "contradictions"), said(t, "contradictions")) == (0, (None, []))


def test_of_nothing_there_are_counts_and_reasons(t):
    for name in ("disposed", "educated_before", "loopholes", "explained", "contradictions"):
        assert value(t, name) == 0
    for name in (
        "form_share",
        "education_lag",
        "announced_in_time",
        "announcement_lag",
        "three_checks",
        "conversion",
        "synchronised",
    ):
        for r in t.readings(f"cases.{name}", "2022"):
            assert (r.value, r.reason.zh) == (None, "期间内没有处分决定")
            assert r.reason.en == NO_CASES[0]
    for name in ("loopholes_fixed", "fix_time"):
        r = reading(t, name)
        assert (r.value, r.reason.zh) == (None, "未发现漏洞")
    assert said(t, "local_share")[0] == "no lesson was published in the period"
    assert reading(t, "local_share", polarity="positive").reason.zh == "期间内没有教育材料"


def test_no_reading_is_about_a_unit_or_a_case_so_no_method_can_score_them(t):
    worked(t)
    for indicator in lianjian_family().indicators:
        assert indicator.per == ""
        assert indicator.formula
        assert {r.subject for r in t.readings(indicator.name, "2022")} == {"all"}
    better = {
        i.name: i.better for i in lianjian_family().indicators if i.unit in ("cases", "items")
    }
    assert set(better.values()) == {"neither"}
    assert t.registry.installed["indicator"] & {f"cases.{n}" for n in NAMES} == set()


# What is counted


def test_cases_of_the_period_alone(t):
    t.record(
        case("before", "2021-12-31"),
        case("first", "01-01", "3", domain="personnel"),
        case("last", "12-31", "3"),
        case("after", "2023-01-01"),
    )
    assert values(t, "disposed") == {(): 2, ("3",): 2, ("personnel",): 1}
    assert said(t, "disposed")[1] == ["1 without a domain"]
    assert values(t, "disposed", "2022Q1") == {(): 1, ("3",): 1, ("personnel",): 1}
    assert value(t, "form_share", form="3") == 1
    assert parts(t, "form_share", "2022Q1", form="4") == (0, 0, 1)


def test_a_form_that_a_log_defines_has_a_share(t):
    t.record(TermDefined("form", "5", "其他", "Other", day("01-01")), case("a", form="5"))
    assert value(t, "form_share", form="5") == 1


# Education


def test_the_lag_runs_from_the_decision_to_the_first_warning_activity_from_it_on(t):
    t.record(
        case("same", "02-01"),
        activity("a", "02-01", "same"),
        case("other", "02-01"),
        activity("b", "02-02", "other", themes="discipline"),
        activity("c", "02-11", "other"),
        activity("d", "02-21", "other"),
        case("late", "02-01"),
        activity("e", "2023-01-01", "late"),
    )
    # 0, 10, and censored after 333 days: S(0) = 2/3, S(10) = 1/3.
    assert parts(t, "education_lag") == (10, 2, 3)
    # Half of the year: `late` is censored on 30 June; at 10 February only `same` was taught from.
    assert parts(t, "education_lag", "2022-01-01..2022-06-30") == (10, 2, 3)
    r = reading(t, "education_lag", "2022-01-01..2022-02-10")
    assert (r.value, r.numerator, r.denominator) == (None, 1, 3)
    assert r.reason.en == "more than half are not over: the median is not reached"


def test_an_activity_of_unknown_themes_is_flagged_and_no_warning(t):
    t.record(
        case("a", "02-01"),
        activity("a1", "02-05", "a", themes=""),
        activity("a2", "02-11", "a"),
        case("b", "02-01"),
        activity("b1", "01-05", "b", themes=""),  # before the decision
        activity("b2", "02-11", "b"),
        activity("b3", "02-12", "b", themes=""),  # behind the first
        case("c", "02-01"),
        activity("c1", "02-05", "c", themes=""),
    )
    r = reading(t, "education_lag")
    assert (r.value, [f.zh for f in r.flags]) == (
        10,
        ["2 件关联活动主题空白，未计为警示教育", "1 项截至期末未完"],
    )
    assert said(t, "education_lag")[1][0] == "2 taught in activities of unknown themes"
    assert value(t, "educated_before") == 0


def test_what_came_before_is_counted_apart(t):
    t.record(
        case("a", "02-10"),
        activity("x", "2021-12-01", "a"),
        case("b", "02-10"),
        activity("y", "02-10", "b"),
        case("c", "02-10"),
        activity("z", "02-09", "c", themes="family"),
    )
    assert value(t, "educated_before") == 1
    # `a` stays in the lag: it waits for the first one after the decision.
    assert parts(t, "education_lag", "2022Q1") == (None, 1, 3)
    assert said(t, "education_lag", "2022Q1")[1] == ["2 not over by the period's end"]


# Announcement


@pytest.mark.parametrize(
    ("on", "extended", "kept"),
    [
        ("02-28", None, 1),  # a month from 31 January is 28 February
        ("03-01", None, 0),
        ("03-01", False, 0),
        ("03-01", True, 1),
        ("07-31", True, 1),
        ("08-01", True, 0),
        (None, None, 0),
    ],
)
def test_within_the_limit(t, on, extended, kept):
    t.record(norm(), case("a", "01-31"))
    if on:
        t.record(announced("a", on, extended))
    assert parts(t, "announced_in_time") == (kept, kept, 1)
    assert values(t, "announced_in_time") == {(): kept, ("n1",): kept}


def test_a_norm_without_extension_knows_none(t):
    t.record(norm(extended=None), case("a", "01-31"), announced("a", "03-01", extended=True))
    assert value(t, "announced_in_time") == 0


def test_late_is_what_is_not_announced_when_the_last_day_is_over(t):
    t.record(norm(), case("a", "01-15"))
    assert parts(t, "announced_in_time", "2022-01-01..2022-02-14") == (None, 0, 0)
    assert said(t, "announced_in_time", "2022-01-01..2022-02-14") == (
        "none was due by the period's end",
        ["1 not due yet, left out"],
    )
    # 15 February was the last day; a longer time may have been approved, until 15 July.
    assert parts(t, "announced_in_time", "2022-01-01..2022-02-15") == (0, 0, 1)
    flag = ["1 not announced, perhaps extended"]
    assert said(t, "announced_in_time", "2022-01-01..2022-02-15")[1] == flag
    assert said(t, "announced_in_time", "2022-01-01..2022-07-14")[1] == flag
    assert said(t, "announced_in_time", "2022-01-01..2022-07-15")[1] == []


def test_each_case_has_the_norm_of_its_day(t):
    t.record(
        norm("old", "2020-01-01", months=2, extended=None),
        norm("new", "2022-07-01", months=1, extended=3),
        case("a", "06-30"),
        announced("a", "08-15"),  # within two months
        case("b", "07-01"),
        announced("b", "08-15"),  # not within one
        case("c", "08-01"),
        announced("c", "10-31", extended=True),
    )
    assert values(t, "announced_in_time") == {(): 0.666667, ("old",): 1, ("new",): 0.5}
    # An effective day is what counts, and another duty is none of announcing.
    t.record(norm("other", "2022-01-01", months=9, extended=None, duty="execute", series="x"))
    assert values(t, "announced_in_time") == {(): 0.666667, ("old",): 1, ("new",): 0.5}


def test_a_norm_is_in_force_from_its_effective_day(t):
    limits = (Limit("announce", 1),)
    issued = NormIssued(
        "n", "s", "1", "n", "central", day("01-01"), effective_on=day("06-01"), limits=limits
    )
    t.record(issued, case("a", "05-31"), case("b", "06-01"))
    assert parts(t, "announced_in_time", norm="n") == (0, 0, 1)
    assert said(t, "announced_in_time") == (None, ["1 decided while no limit was in force"])


def test_without_a_limit_there_is_no_rate(t):
    t.record(case("a"), announced("a", "02-02"), norm("later", "03-01"))
    r = reading(t, "announced_in_time")
    assert (r.value, r.reason.zh) == (None, "没有可适用的时限规定")
    assert [f.zh for f in r.flags] == ["1 件决定时没有时限规定"]


def test_announced_before_the_decision_is_left_out_unless_announced_after(t):
    t.record(norm(), case("a", "02-10"), announced("a", "02-01"))
    for name in ("announced_in_time", "announcement_lag"):
        assert said(t, name) == (
            "all were announced before they were decided",
            ["1 announced before they were decided, left out"],
        )
    t.record(announced("a", "02-20"))
    assert parts(t, "announced_in_time") == (1, 1, 1)
    assert parts(t, "announcement_lag") == (10, 1, 1)
    t.record(announced("a", "02-10"))  # the day of the decision is not before it
    assert parts(t, "announcement_lag") == (0, 1, 1)


def test_what_is_not_announced_is_censored(t):
    t.record(case("a", "02-01"), announced("a", "02-06"), case("b", "02-01"), case("c", "02-01"))
    assert parts(t, "announcement_lag") == (None, 1, 3)
    assert said(t, "announcement_lag")[1] == ["2 not over by the period's end"]


# Checks and lessons


def test_three_checks_a_case_and_no_more(t):
    t.record(
        TermDefined("check_slot", "fourth", "第四查", "A fourth", day("01-01")),
        case("a"),
        *(checked("a", s) for s in ("concerned", "principal", "supervisory", "fourth")),
        case("b"),
        checked("b", "principal"),
        checked("b", "principal", "04-01"),
        checked("b", "concerned", "2023-01-01"),
        case("next", "2023-02-01"),
        checked("next", "concerned", "02-01"),
    )
    # Four of `a` are three; of `b` the same twice is one.
    assert parts(t, "three_checks") == (0.666667, 4, 6)
    assert values(t, "three_checks") == {
        (): 0.666667,
        ("concerned",): 0.5,
        ("principal",): 1,
        ("supervisory",): 0.5,
        ("fourth",): 0.5,
    }


def test_conversion_is_of_usable_cases(t):
    t.record(
        case("a", usable=True),
        case("b", usable=True),
        case("no", usable=False),
        case("blank"),
        lesson("1", "a"),
        lesson("2", "a"),
        lesson("3", "no"),
        lesson("4", "blank"),
        lesson("5", "b", "2023-01-01"),
    )
    assert parts(t, "conversion") == (0.5, 1, 2)
    assert parts(t, "conversion", "2022Q1") == (0.5, 1, 2)


def test_where_no_case_is_known_to_be_usable(t):
    t.record(case("a", usable=False), case("b"))
    r = reading(t, "conversion")
    assert (r.value, r.denominator, r.reason.zh) == (None, 0, "没有可用于教育的案例")
    assert [f.zh for f in r.flags] == ["1 件未注明可否用于教育"]


def test_local_share_leaves_blanks_out(t):
    t.record(
        lesson("1", polarity="positive", local=True),
        lesson("2", polarity="positive", local=False),
        lesson("3", polarity="positive"),
        lesson("4", on="2021-03-01", polarity="positive", local=False),
    )
    assert parts(t, "local_share", polarity="positive") == (0.5, 1, 2)
    assert said(t, "local_share")[1] == ["1 not known to be from near by or not"]
    none = reading(t, "local_share", polarity="negative")
    assert (none.value, none.reason.en) == (None, "no lesson was published in the period")
    assert parts(t, "local_share", "2021") == (0, 0, 1)


def test_where_of_no_lesson_it_is_known(t):
    t.record(lesson("1", polarity="positive"))
    assert said(t, "local_share") == (
        "of no lesson is it known whether it is from near by",
        ["1 not known to be from near by or not"],
    )


def test_an_activity_about_two_cases_explains_once(t):
    t.record(
        case("a"),
        case("b"),
        activity("1", "03-01", "a", "b", forms="case_law"),
        activity("2", "03-02", "a", forms="film"),
        activity("3", "03-03", "a", forms=""),
        activity("4", "03-04", forms="case_discipline"),
        activity("5", "03-05", forms="case_law"),
        activity("6", "2023-03-05", "a", forms="case_law"),
    )
    assert values(t, "explained") == {(): 1, ("yes",): 1, ("no",): 2}
    assert said(t, "explained")[1] == ["1 about a case, of unknown form"]
    assert reading(t, "explained").flags[0].zh == "1 场有关联案件而形式空白"


# Loopholes


def test_only_met_closes_and_another_outcome_opens_again(t):
    t.record(
        case("a"),
        *(loophole(h, "a", "03-01") for h in ("once", "back", "twice", "done", "never")),
        *(assigned(f"r-{h}", h) for h in ("once", "back", "twice", "done")),
        verified("r-once", "03-11"),
        verified("r-once", "03-31"),  # looked at again: it was mended on the 11th
        verified("r-back", "03-11"),
        verified("r-back", "03-21", "unmet"),
        verified("r-twice", "03-11", "partly"),
        verified("r-twice", "03-12"),
        verified("r-twice", "03-13", "unmet"),
        verified("r-twice", "03-21"),
        RectificationDone("r-done", day("03-05")),
    )
    assert parts(t, "loopholes_fixed") == (0.4, 2, 5)
    # Spans 10 and 20; three of five censored.
    assert parts(t, "fix_time") == (None, 2, 5)
    # On 11 March `back` was mended, too; on the 12th `twice` as well: 10, 10, 11 of five.
    assert parts(t, "loopholes_fixed", "2022-03-01..2022-03-12") == (0.6, 3, 5)
    assert parts(t, "fix_time", "2022-03-01..2022-03-12") == (11, 3, 5)


def test_what_is_verified_again_was_mended_the_first_time(t):
    t.record(case("a"), loophole("h", "a", "03-01"), assigned("r", "h"))
    t.record(verified("r", "03-11"), verified("r", "03-31"))
    assert parts(t, "fix_time") == (10, 1, 1)


def test_what_was_there_before_the_period_counts_and_is_a_contradiction(t):
    t.record(case("a", "01-10", usable=True), lesson("l", "a", "2021-12-01"))
    t.record(checked("a", "concerned", "2021-12-01"))
    assert parts(t, "conversion") == (1, 1, 1)
    assert parts(t, "three_checks") == (0.333333, 1, 3)
    assert value(t, "contradictions") == 2


def test_of_several_rectifications_the_first_counts_and_others_are_none_of_ours(t):
    t.record(
        case("a"),
        loophole("h", "a", "03-01"),
        assigned("r1", "h"),
        assigned("r2", "h"),
        verified("r1", "05-01"),
        verified("r2", "04-01"),
    )
    assert parts(t, "fix_time") == (31, 1, 1)
    t.record(verified("r2", "04-02", "unmet"))
    assert parts(t, "fix_time") == (61, 1, 1)


def test_mended_before_it_was_found_is_mended_and_has_no_time(t):
    t.record(
        case("a"), loophole("h", "a", "05-01"), assigned("r", "h", "05-02"), verified("r", "04-01")
    )
    assert value(t, "loopholes_fixed") == 1
    r = reading(t, "fix_time")
    assert (r.value, r.reason.zh) == (None, "验收都早于查找出漏洞")
    assert [f.en for f in r.flags] == ["1 mended before identified, left out"]


def test_loopholes_are_of_the_period_whenever_the_case_was_decided(t):
    t.record(
        case("old", "2021-02-01"), loophole("1", "old", "01-01"), loophole("2", "old", "12-31")
    )
    assert value(t, "loopholes") == 2
    assert value(t, "loopholes", "2022Q1") == 1
    # A span that begins on the last day is 0 days long and open.
    assert parts(t, "fix_time", "2022Q4") == (None, 0, 1)
    assert value(t, "loopholes_fixed", "2022Q4") == 0


def test_synchronised_is_both_over_either(t):
    t.record(*(case(c) for c in ("both", "lesson", "fix", "found", "none")))
    assert said(t, "synchronised") == ("no case has a lesson or a fix", [])
    t.record(
        lesson("1", "both"),
        lesson("2", "lesson"),
        loophole("h1", "both"),
        loophole("h2", "fix"),
        loophole("h3", "found"),  # found, but nobody is to mend it
        assigned("r1", "h1"),
        assigned("r2", "h2"),
    )
    assert parts(t, "synchronised") == (0.333333, 1, 3)
    t.record(assigned("r3", "h3", "2023-01-01"), lesson("3", "none", "2023-01-01"))
    assert parts(t, "synchronised") == (0.333333, 1, 3)


# Part of a period, units, corrections


def test_a_case_is_followed_to_the_end_of_the_period_alone(t):
    """The first quarter of the worked year: C1 and C2, and what became of them by 31 March."""
    worked(t)
    q1 = "2022Q1"
    assert value(t, "disposed", q1) == 2
    assert parts(t, "form_share", q1, form="1") == (0.5, 1, 2)
    # 12 days, and C2 censored after 30: S(12) = 1/2.
    assert parts(t, "education_lag", q1) == (12, 1, 2)
    assert value(t, "educated_before", q1) == 1
    # C2 is not due before 2 April, so only C1 is judged.
    assert parts(t, "announced_in_time", q1) == (1, 1, 1)
    assert parts(t, "announcement_lag", q1) == (27, 1, 2)
    assert parts(t, "three_checks", q1) == (0.666667, 4, 6)
    assert parts(t, "conversion", q1) == (0.5, 1, 2)
    assert value(t, "loopholes", q1) == 1
    assert parts(t, "loopholes_fixed", q1) == (0, 0, 1)
    assert parts(t, "fix_time", q1) == (None, 0, 1)
    assert parts(t, "synchronised", q1) == (1, 1, 1)
    assert value(t, "local_share", q1) == 0.5
    assert value(t, "explained", q1) == 1
    assert value(t, "explained", "2022Q2") == 0


@pytest.mark.parametrize("name", NAMES)
def test_no_figure_follows_the_units(t, name):
    worked(t)
    before = values(t, name)
    into = (Successor("v", 10_000),)
    t.record(UnitReorganized("merge", ("u",), day("09-01"), into))
    assert values(t, name) == values(t, name, tree="now") == before


MOVED = {  # what is corrected, by what, and the figure after it
    "disposed": ("C3", case("C3", "2023-12-01"), 2),
    "education_lag": ("C2", case("C2", "03-31", "2", usable=True), 12),
    "educated_before": ("early C2", activity("a2", "03-20", "C2"), 0),
    "announced_in_time": ("announced C2", announced("C2", "09-02", extended=True), 0.5),
    "announcement_lag": ("announced C2", announced("C2", "04-05", extended=True), 35),
    "three_checks": ("4", checked("C1", "concerned"), 0.333333),
    "conversion": ("lesson", lesson("l1", "C3", local=True), 0),
    "loopholes": ("open", loophole("h2", "C2", "2023-06-01"), 1),
    "loopholes_fixed": ("verified", verified("r1", "04-30", "unmet"), 0),
    "fix_time": ("verified", verified("r1", "04-10"), 40),
    "synchronised": ("lesson", lesson("l1", "C3", local=True), 0),
    "local_share": ("exemplar", lesson("l2", polarity="positive", local=True), 1),
    "explained": ("warned C2", activity("a3", "04-05", "C2", forms="case_law"), 2),
    "contradictions": ("announced C1", announced("C1", "01-15"), 1),
}


@pytest.mark.parametrize("name", sorted(MOVED))
def test_a_correction_moves_the_figure_and_not_the_past(t, name):
    ids = worked(t)
    size, old = t.size, values(t, name)
    what, better, expected = MOVED[name]
    t.correct(ids[what], better)
    assert value(t, name) == expected
    assert expected != old[()]
    assert values(t, name, at=size) == old


def test_a_corrected_form_moves_the_shares_and_not_the_past(t):
    ids = worked(t)
    size = t.size
    t.correct(ids["C1"], case("C1", form="4"))
    assert values(t, "form_share") == {
        ("1",): 0.333333,
        ("2",): 0.333333,
        ("3",): 0,
        ("4",): 0.333333,
    }
    assert value(t, "form_share", form="1", at=size) == 0.666667


VOIDED = {  # what is taken back, and the figure after it
    "education_lag": ("warned C2", None),
    "educated_before": ("early C2", 0),
    "announced_in_time": ("announced C2", 0.5),
    "announcement_lag": ("announced C2", None),
    "three_checks": ("4", 0.333333),
    "conversion": ("lesson", 0),
    "loopholes_fixed": ("verified", 0),
    "fix_time": ("verified", None),
    "synchronised": ("lesson", 0),
    "local_share": ("exemplar", 1),
    "explained": ("warned C1", 0),
}


@pytest.mark.parametrize("name", sorted(VOIDED))
def test_what_is_taken_back_is_gone(t, name):
    ids = worked(t)
    old, size = value(t, name), t.size
    what, expected = VOIDED[name]
    t.void(ids[what])
    assert value(t, name) == expected != old
    assert value(t, name, at=size) == old


def test_a_case_that_others_speak_of_cannot_be_taken_back(t):
    ids = worked(t)
    with pytest.raises(Refused):
        t.void(ids["C1"])
    alone = t.record(case("alone"))[0]
    assert value(t, "disposed") == 4
    t.void(alone)
    assert value(t, "disposed") == 3


# Contradictions


def test_contradictions_are_taken_and_listed(t):
    worked(t)
    first = t.size
    t.record(
        case("x", "06-10"),  # 0
        announced("x", "06-01"),
        announced("x", "06-20"),  # 2: the second time
        checked("x", "concerned", "06-02"),
        checked("x", "concerned", "06-15"),  # 4: the second time
        checked("x", "principal", "06-15"),
        lesson("lx", "x", "06-03"),  # 6
        lesson("nobody", None, "06-15"),  # 7
        loophole("hx", "x", "06-20"),
        assigned("rx", "hx", "06-19"),  # 9
        assigned("ry", "hx", "06-20"),
    )
    r = reading(t, "contradictions")
    assert r.value == 7
    assert [f.en for f in r.flags] == [
        f"position {first + n}: {why}"
        for n, why in (
            (1, "announced 2022-06-01, decided 2022-06-10"),
            (2, "announced again 2022-06-20"),
            (3, "checked 2022-06-02, decided 2022-06-10"),
            (4, "the same check made again 2022-06-15"),
            (6, "taught 2022-06-03, decided 2022-06-10"),
            (7, "a negative lesson without a case"),
            (9, "mending assigned 2022-06-19, loophole identified 2022-06-20"),
        )
    ]
    assert [f.zh.partition("：")[2] for f in r.flags] == [
        "2022-06-01 宣布，2022-06-10 才决定",
        "2022-06-20 再次宣布",
        "2022-06-02 查办，2022-06-10 才决定",
        "2022-06-15 同一项再次查办",
        "2022-06-03 编写教材，2022-06-10 才决定",
        "反面典型没有案件",
        "2022-06-19 布置整改，2022-06-20 才查找出漏洞",
    ]
    # All of it stands in June; what came first came in time for itself.
    assert value(t, "contradictions", "2022-06") == 7
    assert value(t, "contradictions", "2022Q1") == value(t, "contradictions", "2022Q3") == 0


def test_a_contradiction_across_the_year_stands_where_the_case_was_decided(t):
    t.record(case("a", "2023-01-05"), announced("a", "12-20"), announced("a", "2023-02-01"))
    assert value(t, "contradictions") == 0
    assert value(t, "contradictions", "2023") == 2


# Evidence, events, laws


def evidence(t, name, **dimensions):
    moment = Moment(t.size, root(t.size, t.log.store))
    with Figures(t.records.views, t.registry.families, moment) as figures:
        found = figures.evidence(f"cases.{name}", Period.year(2022), dimensions=dimensions)
    return [row.id for p in found for row in t.log.store.rows(p, p + 1)]


def test_evidence_is_what_a_figure_rests_on(t):
    ids = worked(t)
    assert reading(t, "disposed").value == 3
    assert evidence(t, "disposed") == [ids[c] for c in ("C1", "C2", "C3")]
    assert evidence(t, "disposed", form="1") == [ids["C1"], ids["C3"]]
    assert evidence(t, "fix_time") == [
        ids[n] for n in ("hole", "open", "assigned", "assigned 2", "mended", "verified")
    ]
    assert ids["norm"] in evidence(t, "announced_in_time")


def faults(type_, **data):
    with pytest.raises(Refused) as refused:
        read_data(load().types[type_], data)
    return [(f.path, type(f)) for f in refused.value.faults], refused.value.faults


@pytest.mark.parametrize("id_", ["王某", "a" * 65, "案-1", "１", "a/b", "ü"])
def test_the_id_of_a_case_is_opaque(id_):
    found, (fault,) = faults("case.disposed", case=id_, form="1", day="2022-01-01")
    assert found == [("case", PartWrong)]
    assert fault.message("zh") == "案件编号只能用英文字母、数字和 . _ -，最长 64 位，不得含姓名"
    assert "no name" in fault.message("en")


def test_ids_of_letters_digits_and_dashes_are_taken(t):
    t.record(*(case(id_) for id_ in ("A", "2022-001", "x.y_z", "a" * 64)))
    assert value(t, "disposed") == 4


def test_what_does_not_fit_is_refused_in_both_languages(t):
    hole = {"loophole": "h", "case": "a", "day": "2022-01-01"}
    found, (fault,) = faults("loophole.identified", step="", **hole)
    assert found[0][0] == "step"
    assert fault.message("zh") != fault.message("en")
    for wrong in (
        lambda: case("a", form="9"),
        lambda: case("a", domain="nothing"),
        lambda: lesson("l", polarity="neutral"),
    ):
        with pytest.raises(Refused) as refused:
            t.record(wrong())
        (fault,) = refused.value.faults
        assert isinstance(fault, UnknownTerm)
        assert fault.message("zh") != fault.message("en")
    with pytest.raises(Refused):
        t.record(announced("nobody", "02-01"))
    with pytest.raises(Refused):
        t.record(case("a", "2999-01-01"))


def test_laws():
    check_family(lianjian_family())


def test_laws_of_a_long_history():
    check_family(lianjian_family(), size=200, histories=2)
