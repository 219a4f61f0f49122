"""Oversight against answers worked by hand: the inspection of 2021, and the edges of each figure."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import strategies as st

from lianjian.core import ALL, Family, TermDefined, event, facts, frozen, indicator
from lianjian.core.activities import Successor, UnitRegistered, UnitReorganized
from lianjian.core.errors import PartWrong, Refused, RegisteredTwice
from lianjian.core.event import event_type
from lianjian.core.planning import NormIssued, PlanAdopted, PlanItemSet
from lianjian.core.shapes import faults
from lianjian.core.supervision import (
    CheckConducted,
    CheckSession,
    FindingRaised,
    RectificationAssigned,
    RectificationDone,
    RectificationVerified,
    ReportDeliberated,
    check_sessions,
    finding_texts,
)
from lianjian.core.testing import Trial, check_family
from lianjian.core.told import FigureTest
from lianjian.plugins.oversight import (
    RecommendationMade,
    lianjian_family,
    recommendation_tests,
    recommendations,
)

NAMES = [i.name for i in lianjian_family().indicators]


# Two figures of another family, in place of all that a recommendation may be tested by.


@event("gauge.read", 1)
@frozen
class GaugeRead:
    day: date
    percent: int


@facts(key="day", sums="percent")
def gauge_reads(e: GaugeRead):
    yield e.day, e.percent


@indicator(
    "gauge.share", of=gauge_reads, unit="share", better="higher", zh="份额", en="Share", formula="s"
)
def gauge_share(q):
    found = sorted(q.column("SELECT percent FROM gauge_reads"))
    if not found:
        yield q.none(ALL, "nobody read the gauge")
    else:
        yield q.interval(ALL, found[0] / 100, found[-1] / 100)


@indicator(
    "gauge.count", of=gauge_reads, unit="events", better="lower", zh="次数", en="Count", formula="n"
)
def gauge_count(q):
    yield q.reading(ALL, q.one("SELECT count(*) FROM gauge_reads"))


@indicator(
    "gauge.apart", of=gauge_reads, unit="events", better="lower", zh="分列", en="Apart", formula="n"
)
def gauge_apart(q):
    yield q.reading(ALL, 1, dimensions={"part": "a"})


GAUGE = Family(
    "gauge",
    version=1,
    zh="计",
    en="Gauge",
    events=[GaugeRead],
    facts=[gauge_reads],
    indicators=[gauge_share, gauge_count, gauge_apart],
)


@pytest.fixture
def t(tmp_path):
    with Trial(tmp_path, [lianjian_family(), GAUGE]) as trial:
        yield trial


def day(text):
    return date.fromisoformat(text)


def unit(id_, since="2020-01-01", **more):
    kind = more.pop("kind", "town")
    return UnitRegistered(id_, f"{id_}镇", kind, "town", day=day(since), **more)


def check(id_="c", first="2021-03-01", ends=None, **more):
    kind = more.pop("kind", "special")
    return CheckConducted(id_, id_, day(first), kind, ends=ends and day(ends), **more)


def problem(id_="f", on="2021-03-10", code="P1", **more):
    kind = more.pop("kind", "problem")
    return FindingRaised(id_, kind, day(on), f"{id_}的内容", problem=code, **more)


def assigned(id_="r", on="2021-03-20", due=None, unit="u", **target):
    target = target or {"finding": "f"}
    return RectificationAssigned(id_, unit, day(on), due_on=due and day(due), **target)


def done(id_, on):
    return RectificationDone(id_, day(on))


def verified(id_, on, outcome="met", verifier=None):
    return RectificationVerified(id_, day(on), outcome, verifier)


def advice(id_="a", on="2021-04-01", code="R1", *tests, **more):
    return RecommendationMade(id_, code, day(on), f"{id_}的建议", tests=tests, **more)


def reading(t, name, subject="all", period="2021", **more):
    return t.reading(f"oversight.{name}", period, subject, **more)


def value(t, name, subject="all", period="2021", **more):
    return reading(t, name, subject, period, **more).value


def values(t, name, period="2021", **more):
    return {
        (r.subject, *r.dimensions.values()): r.value
        for r in t.readings(f"oversight.{name}", period, **more)
    }


def of(r):
    return r.value, r.numerator, r.denominator


def said(r):
    return r.reason and r.reason.en, [f.en for f in r.flags]


def swallow(*units, day_="2022-01-01", into="heir"):
    """Merge units into another from a day on."""
    return UnitReorganized("merge", units, day(day_), into=(Successor(into, 10_000),))


# The inspection of 2021: 5-8月, 启动会, 3 座谈, 17 家单位, 3 实地, 专题辅导, 专题研讨, four problems, three
# recommendations, deliberated on the day of the report.

SEVEN = ("u0", "u1", "u2", "u3", "u4", "u5", "u6")
SESSIONS = (
    CheckSession("report", day("2021-05-10"), kickoff=True),
    *(CheckSession("forum", topics=(topic,)) for topic in ("mechanism", "base", "support")),
    *[CheckSession("field")] * 3,
    CheckSession("tutorial"),
    CheckSession("seminar"),
)


def inspection():
    return check(
        "npc-2021",
        "2021-05-01",
        "2021-08-26",
        units=SEVEN,
        units_total=17,
        sessions=SESSIONS,
        team={"head": 1, "deputy": 1},
        norms=("opinions", "law"),
        plan_items=("item",),
        delegated_by="u0",
        approved_by="u0",
    )


def the_inspection(t, units=100):
    t.record(
        *(unit(f"u{i}") for i in range(units)),
        NormIssued("opinions", "opinions", "1", "意见", "district", day("2021-05-01")),
        NormIssued("law", "law", "1", "监察法", "central", day("2018-03-20")),
        PlanAdopted("p", "计划", "u0", day("2021-01-01"), day("2021-12-31"), day("2021-01-10")),
        PlanItemSet("item", "p", "专项监督", "required", day("2021-01-10")),
    )
    position = t.size
    (id_,) = t.record(inspection())
    t.record(
        *(
            problem(f"f{i}", "2021-08-26", f"P{i}", inspection="npc-2021")
            for i in (1, 2, 3, 4)
        ),
        problem("good", "2021-08-26", None, kind="achievement", inspection="npc-2021"),
        *(
            advice(f"r{i}", "2021-08-26", f"R{i}", inspection="npc-2021")
            for i in (1, 2, 3)
        ),
        ReportDeliberated("npc-2021", day("2021-08-26"), "u0"),
    )  # fmt: skip
    return id_, position


def test_the_inspection_of_2021(t):
    the_inspection(t)
    about = "inspection:npc-2021"
    # 31 days of May, 30 of June, 31 of July, 26 of August.
    assert value(t, "duration", about) == 31 + 30 + 31 + 26 == 118
    r = reading(t, "units_checked", about)
    assert (r.value, [f.zh for f in r.flags]) == (17, ["10 家未列名"])
    assert values(t, "sessions") == {
        (s, *d): n
        for s in ("all", about)
        for d, n in {
            (): 9, ("report",): 1, ("forum",): 3, ("tutorial",): 1, ("field",): 3, ("seminar",): 1,
            ("yes",): 1,
        }.items()
    }  # fmt: skip
    assert values(t, "topics") == {
        (s, topic): 1 for s in ("all", about) for topic in ("mechanism", "base", "support")
    }
    assert values(t, "team") == {(s, r): 1 for s in ("all", about) for r in ("head", "deputy")}
    r = reading(t, "procedure", about)
    assert (*of(r), [f.zh for f in r.flags]) == (0.8, 4, 5, ["缺事前批准"])
    assert of(reading(t, "procedure")) == (0.8, 4, 5)
    assert values(t, "lineage")["all",] == 2
    assert {k[1]: v for k, v in values(t, "lineage").items() if k[0] == about and k[1:]} == {
        "central": 1, "municipal": 0, "district": 1, "unit": 0,
    }  # fmt: skip
    assert values(t, "findings") == {
        ("all",): 5, ("all", "achievement"): 1, ("all", "problem"): 4, ("all", "opinion"): 0,
        ("all", "P1"): 1, ("all", "P2"): 1, ("all", "P3"): 1, ("all", "P4"): 1,
    }  # fmt: skip
    r = reading(t, "coverage")
    assert (r.value, r.low, r.high, r.denominator) == (None, 0.07, 0.17, 100)
    assert value(t, "coverage", "unit:u3") == 1
    assert said(reading(t, "coverage", "unit:u7"))[0] == "some of the units checked are not named"
    assert values(t, "checks") == {
        ("all",): 1, ("all", "special"): 1, ("all", "routine"): 0, ("all", "follow_up"): 0,
    }  # fmt: skip
    assert value(t, "contradictions") == 0


def test_another_period_has_none_of_it(t):
    the_inspection(t, units=7)
    assert value(t, "checks", period="2020") == 0
    assert value(t, "findings", period="2020") == 0
    names = (
        "duration", "units_checked", "sessions", "topics", "team", "procedure", "lineage",
    )  # fmt: skip
    for name in names:
        assert said(reading(t, name, period="2022"))[0] == "no check began in the period", name
    assert values(t, "coverage", period="2022") == dict.fromkeys(
        [("all",), *((f"unit:u{i}",) for i in range(7))], 0
    )


def test_figures_move_with_a_correction_and_stay_what_they_were_at_a_moment(t):
    id_, _ = the_inspection(t, units=10)
    before, about = t.size, "inspection:npc-2021"
    t.correct(
        id_,
        check(
            "npc-2021",
            "2021-05-01",
            "2021-08-31",
            kind="routine",
            units=SEVEN[:2],
            sessions=(CheckSession("report", topics=("base",), kickoff=True),),
            team={"head": 2},
            norms=("law",),
            plan_items=("item",),
            delegated_by="u0",
            approved_by="u0",
            approved_on=day("2021-05-01"),
            checker="u9",
        ),
    )
    moved = {
        ("duration", about): (123, 118),
        ("units_checked", about): (2, 17),
        ("sessions", about): (1, 9),
        ("procedure", about): (1, 0.8),
        ("lineage", about): (1, 2),
        ("coverage", "all"): (0.2, None),
        ("checks", "all"): (1, 1),
    }
    for (name, subject), (now, then) in moved.items():
        assert (value(t, name, subject), value(t, name, subject, at=before)) == (now, then), name
    assert (value(t, "checks", kind="routine"), value(t, "checks", checker="u9")) == (1, 1)
    assert value(t, "checks", kind="routine", at=before) == 0
    assert value(t, "topics", about, topic="base") == 1
    assert value(t, "topics", about, topic="support") == 0
    assert value(t, "topics", about, topic="support", at=before) == 1
    assert value(t, "team", about, role="head") == 2
    assert value(t, "team", about, role="head", at=before) == 1
    # Of the units that it names, all; of the others, nothing is said any more: they were not.
    assert value(t, "coverage", "unit:u9") == 0


# Checks


def test_a_check_without_an_end_has_no_duration(t):
    t.record(check("open"), check("short", ends="2021-03-01"))
    assert said(reading(t, "duration", "inspection:open"))[0] == "the last day is not recorded"
    assert value(t, "duration", "inspection:short") == 1


def test_a_check_counts_in_the_period_in_which_it_began(t):
    t.record(check("c", "2020-12-31", "2021-02-01"), check("d", "2021-12-31", "2022-02-01"))
    assert {s for (s,) in values(t, "duration")} == {"inspection:d"}
    assert value(t, "checks") == 1
    assert said(reading(t, "checks"))[1] == ["1 do not say who checked"]
    assert value(t, "checks", period="2021Q1") == 0


def test_who_checked_is_told_as_it_was(t):
    t.record(unit("u"), unit("heir"), check(checker="u"), check("d", checker="u"))
    assert value(t, "checks", checker="u") == 2
    t.record(swallow("u"))
    assert value(t, "checks", checker="u", tree="now") == 2


def test_units_that_were_heard(t):
    t.record(
        unit("u"),
        unit("v"),
        check("named", units=("u", "v")),
        check("counted", units_total=3),
        check("none", units_total=0),
        check("silent"),
    )
    assert values(t, "units_checked") == {
        ("inspection:named",): 2,
        ("inspection:counted",): 3,
        ("inspection:none",): 0,
        ("inspection:silent",): None,
    }
    r = reading(t, "units_checked", "inspection:silent")
    assert r.reason.zh == "未登记受检单位"
    # A later merger does not make two units that were heard one.
    t.record(unit("heir"), swallow("u", "v"))
    assert value(t, "units_checked", "inspection:named", tree="now") == 2


def test_fewer_units_in_all_than_are_named_is_a_contradiction(t):
    t.record(unit("u"), unit("v"), check(units=("u", "v"), units_total=1))
    assert value(t, "units_checked", "inspection:c") == 2
    r = reading(t, "contradictions", "inspection:c")
    assert (r.value, said(r)[1]) == (1, ["position 2: 1 units heard, 2 named"])
    assert r.flags[0].zh == "第 2 条：受检 1 家，列名 2 家"
    assert reading(t, "coverage").low is None  # nobody is unnamed


def test_coverage_weighs_units_by_their_days(t):
    # 2021Q1 has 90 days: `new` is there for the last 30 of them, `gone` for the first 45.
    t.record(
        unit("u"),
        unit("new", "2021-03-02"),
        unit("gone"),
        UnitReorganized("close", ("gone",), day("2021-02-15")),
        unit("kunshan", kind="external"),
        check(units=("new", "kunshan")),
    )
    r = reading(t, "coverage", period="2021Q1")
    assert of(r) == (round(30 / (90 + 30 + 45), 6), round(1 / 3, 6), round(165 / 90, 6))
    assert values(t, "coverage", "2021Q1") == {
        ("all",): r.value, ("unit:u",): 0, ("unit:new",): 1, ("unit:gone",): 0,
    }  # fmt: skip


def test_coverage_is_an_interval_where_units_are_not_named(t):
    t.record(
        *(unit(u) for u in "abcd"),
        check("c", units=("a",), units_total=2),
        check("d", units=("a", "b")),
    )
    r = reading(t, "coverage")
    assert (r.value, r.low, r.high) == (None, 0.5, 0.75)
    assert said(r)[1] == ["1 units checked are not named"]
    assert values(t, "coverage") == {
        ("all",): None, ("unit:a",): 1, ("unit:b",): 1, ("unit:c",): None, ("unit:d",): None,
    }  # fmt: skip
    # More than all there are cannot have been heard; of a check that says nothing, all may.
    t.record(check("many", units_total=40))
    assert (reading(t, "coverage").low, reading(t, "coverage").high) == (0.5, 1)
    t.record(check("silent"))
    r = reading(t, "coverage")
    assert (r.high, said(r)[1][1]) == (1, "the units checked are not recorded: silent")


def test_coverage_where_no_check_says_whom_it_heard(t):
    assert said(reading(t, "coverage"))[0] == "no unit in the period"
    t.record(unit("a"), check("silent"))
    assert said(reading(t, "coverage"))[0] == "the units checked are not recorded"
    assert said(reading(t, "coverage", "unit:a"))[0] == "some of the units checked are not named"


def test_a_unit_that_is_gone_was_checked_for_its_heir(t):
    t.record(unit("a"), unit("b"), unit("heir"), check(units=("a",)))
    assert (value(t, "coverage"), value(t, "coverage", "unit:heir")) == (round(1 / 3, 6), 0)
    t.record(swallow("a"))
    assert value(t, "coverage", "unit:heir") == 0
    assert value(t, "coverage", "unit:heir", tree="now") == 1
    assert value(t, "coverage", tree="now") == 0.5  # of b and its heir, each there all year


def test_sessions_by_method_and_what_is_not_said(t):
    t.record(
        check("c", sessions=(CheckSession("field"), CheckSession("field", kickoff=False))),
        check("d", sessions=(CheckSession("forum"),)),
        check("silent"),
    )
    r = reading(t, "sessions")
    assert (r.value, said(r)[1]) == (3, ["sessions are not recorded: silent"])
    assert value(t, "sessions", method="field") == 2
    assert value(t, "sessions", "inspection:d", method="field") == 0
    r = reading(t, "sessions", "inspection:c", kickoff="yes")
    assert (r.value, said(r)[1]) == (0, ["1 sessions do not say whether they opened it"])
    r = reading(t, "sessions", "inspection:d", kickoff="yes")
    assert said(r)[0] == "of no session is it known whether it opened the check"
    assert said(reading(t, "sessions", "inspection:silent"))[0] == "sessions are not recorded"


def test_a_method_that_the_log_defined_is_told_as_well(t):
    t.record(
        TermDefined("method", "visit_at_night", "夜访", "Night visit", day("2021-01-01")),
        check(sessions=(CheckSession("visit_at_night"),)),
    )
    assert value(t, "sessions", method="visit_at_night") == 1
    assert value(t, "sessions", period="2021", method="report") == 0


def test_topics_of_sessions_and_sessions_without_one(t):
    t.record(
        check("c", sessions=(CheckSession("forum", topics=("base", "support")), *SESSIONS[-2:])),
        check("d", sessions=SESSIONS[-1:]),
        check("silent"),
    )
    assert {k[1:]: v for k, v in values(t, "topics").items() if k[0] == "all"} == {
        ("mechanism",): 0, ("base",): 1, ("support",): 1,
    }  # fmt: skip
    r = reading(t, "topics", topic="base")
    assert said(r)[1] == ["topics are not recorded: d, silent", "3 sessions do not say on what"]
    assert said(reading(t, "topics", "inspection:d")) == (
        "topics are not recorded",
        ["1 sessions do not say on what"],
    )


def test_the_team_is_counted_as_far_as_it_is_told(t):
    t.record(check("c", team={"member": 5}), check("d", team={"head": 1, "member": 2}), check("e"))
    assert values(t, "team") == {
        ("all", "head"): 1, ("all", "member"): 7, ("inspection:c", "member"): 5,
        ("inspection:d", "head"): 1, ("inspection:d", "member"): 2, ("inspection:e",): None,
    }  # fmt: skip
    assert said(reading(t, "team", role="head"))[1] == ["the team is not recorded: e"]


def test_procedure_asks_for_the_approval_before_the_first_day(t):
    t.record(
        unit("u"),
        check("early", approved_by="u", approved_on=day("2021-03-01")),
        check("late", approved_by="u", approved_on=day("2021-03-02")),
        ReportDeliberated("early", day("2021-04-01")),
        ReportDeliberated("late", day("2022-01-01")),
    )
    assert of(reading(t, "procedure", "inspection:early")) == (0.4, 2, 5)
    r = reading(t, "procedure", "inspection:late")
    assert (r.value, [f.en.removeprefix("missing: ") for f in r.flags]) == (
        0,
        ["in a plan", "delegated", "approved before it began", "a kick-off", "deliberated"],
    )
    assert of(reading(t, "procedure")) == (0.2, 2, 10)
    assert value(t, "procedure", "inspection:early", "2021Q1") == 0.2  # not deliberated by then
    r = reading(t, "contradictions", "inspection:late")
    assert said(r)[1] == ["position 2: approved on 2021-03-02, when it had begun"]


def test_a_norm_counts_once_for_all_checks(t):
    t.record(
        NormIssued("n", "n", "1", "规", "municipal", day("2020-01-01")),
        NormIssued("next", "n", "2", "规", "municipal", day("2022-01-01")),
        check("c", norms=("n",)),
        check("d", norms=("n", "next")),
        check("silent"),
    )
    r = reading(t, "lineage")
    assert (r.value, value(t, "lineage", issuer="municipal")) == (2, 1)
    assert said(r)[1] == [
        "norms are not recorded: silent",
        "1 not issued by the period's end",
    ]
    assert value(t, "lineage", "inspection:d") == 2
    assert said(reading(t, "lineage", "inspection:silent"))[0] == "norms are not recorded"


# Findings, and how they are mended


def test_findings_of_the_period(t):
    t.record(
        problem("a", "2020-12-31"),
        problem("b", "2021-01-01", None),
        problem("c", "2021-12-31", "P2"),
        problem("d", "2021-05-01", None, kind="opinion"),
    )
    r = reading(t, "findings")
    assert (r.value, said(r)[1]) == (3, ["1 problems without a code"])
    assert (value(t, "findings", problem="P1"), value(t, "findings", problem="P2")) == (0, 1)
    assert (value(t, "findings", kind="problem"), value(t, "findings", kind="opinion")) == (2, 1)
    assert value(t, "findings", period="2021Q4") == 1


def test_a_void_or_corrected_finding_leaves_the_figures(t):
    (a, b) = t.record(problem("a"), problem("b", code="P2"))
    before = t.size
    t.correct(a, problem("a", code="P3"))
    assert (value(t, "findings", problem="P1"), value(t, "findings", problem="P3")) == (0, 1)
    assert value(t, "findings", problem="P1", at=before) == 1
    assert of(reading(t, "closed")) == (0, 0, 2)
    t.void(b)
    assert of(reading(t, "closed")) == (0, 0, 1)
    assert of(reading(t, "closed", at=before)) == (0, 0, 2)
    assert reading(t, "closure_time").denominator == 1
    assert reading(t, "closure_time", at=before).denominator == 2


def mended(t):
    """Three problems: P1 closed after 30 days, P2 open with one of two closed, P1 again not asked."""
    t.record(
        unit("u"),
        unit("v"),
        problem("f", "2021-03-01"),
        problem("g", "2021-03-01", "P2"),
        problem("h", "2021-11-01"),
        assigned("r1", due="2021-04-10", finding="f"),
        assigned("r2", due="2021-04-10", unit="v", finding="g"),
        assigned("r3", due="2021-12-31", unit="v", finding="g"),
        done("r1", "2021-03-28"),
        done("r2", "2021-04-05"),
        verified("r1", "2021-03-31", verifier="v"),
        verified("r2", "2021-04-11"),
        verified("r3", "2021-06-01", "partly"),
    )


def test_a_problem_is_closed_when_all_of_its_rectifications_are_verified(t):
    mended(t)
    r = reading(t, "closed")
    assert (of(r), said(r)[1]) == (
        (round(1 / 3, 6), 1, 3),
        ["1 problems without a rectification"],
    )
    assert of(reading(t, "closed", problem="P1")) == (0.5, 1, 2)
    assert of(reading(t, "closed", problem="P2")) == (0, 0, 1)
    r = reading(t, "closed", problem="P4")
    assert (*of(r), r.reason.zh) == (None, 0, 0, "没有问题类发现")
    # By the end of March f is closed already; h has not been raised.
    assert of(reading(t, "closed", period="2021Q1")) == (0.5, 1, 2)
    t.record(verified("r3", "2022-01-05"))
    assert value(t, "closed", problem="P2") == 0
    assert value(t, "closed", period="2022", problem="P2") == 1


def test_a_later_outcome_opens_a_problem_again(t):
    mended(t)
    t.record(done("r1", "2021-04-02"))
    assert value(t, "closed", problem="P1") == 0.5  # what is said to be done opens nothing
    before = t.size
    (id_,) = t.record(verified("r1", "2021-09-01", "unmet"))
    assert value(t, "closed", problem="P1") == 0
    assert value(t, "closed", period="2021Q2", problem="P1") == 1
    t.record(verified("r1", "2021-10-01"))
    # From 1 March to 1 October: 31 + 30 + 31 + 30 + 31 + 31 + 30 = 214 days.
    assert reading(t, "closure_time", problem="P2").reason is not None
    assert of(reading(t, "closure_time", period="2021-10", problem="P1")) == (214, 1, 1)
    t.void(id_)
    assert value(t, "closed", problem="P1", at=before) == 0.5
    assert of(reading(t, "closure_time", period="2021-10", problem="P1")) == (30, 1, 1)


def test_closure_time_censors_what_is_open(t):
    mended(t)
    # f after 30 days; h open for 60 (1 November to 31 December), g for 305. S(30) = 2/3: over half.
    r = reading(t, "closure_time")
    assert (*of(r), said(r)) == (
        None, 1, 3, ("more than half are not over: the median is not reached",
                     ["2 not over by the period's end"]),
    )  # fmt: skip
    # With h closed after 40 days and two at risk: S(40) = 2/3 x 1/2 = 1/3.
    t.record(assigned("r4", "2021-11-02", finding="h"), verified("r4", "2021-12-11"))
    assert of(reading(t, "closure_time")) == (40, 2, 3)
    # P1 alone: 30 and 40, of which half are left after 30.
    assert of(reading(t, "closure_time", problem="P1")) == (30, 2, 2)
    assert said(reading(t, "closure_time", problem="P3"))[0] == "no problem was found"


def test_a_problem_closed_before_it_was_raised_has_no_time(t):
    t.record(
        unit("u"),
        problem("f", "2021-05-01"),
        assigned("r", "2021-04-01"),
        verified("r", "2021-04-20"),
    )
    r = reading(t, "closure_time")
    assert (r.value, said(r)) == (
        None, ("no problem was found", ["1 problems were closed before they were raised"]),
    )  # fmt: skip
    assert value(t, "closed") == 1


def test_rectifications_in_time(t):
    mended(t)
    # Due in 2021: r1 closed in time, r2 a day late, r3 not closed.
    assert of(reading(t, "rectified")) == (round(1 / 3, 6), 1, 3)
    assert values(t, "rectified") == {
        ("all",): round(1 / 3, 6), ("unit:u",): 1, ("unit:v",): 0,
    }  # fmt: skip
    assert of(reading(t, "rectified", period="2021Q4")) == (0, 0, 1)
    r = reading(t, "rectified", period="2021Q3")
    assert (*of(r), r.reason.zh) == (None, 0, 0, "期间内没有到期的整改")
    t.record(assigned("r5", "2021-05-01", finding="h"))
    assert said(reading(t, "rectified"))[1] == ["1 rectifications without a due date"]
    assert said(reading(t, "rectified", period="2022"))[1] == []


def test_verified_on_the_last_day_is_in_time(t):
    (_, _, _, id_) = t.record(
        unit("u"),
        problem("f"),
        assigned("r", due="2021-12-31"),
        verified("r", "2021-12-31"),
    )
    assert value(t, "rectified") == 1
    before = t.size
    t.correct(id_, verified("r", "2021-12-31", "unmet"))
    assert (value(t, "rectified"), value(t, "rectified", at=before)) == (0, 1)


def test_what_a_merged_unit_had_to_mend_is_its_heirs(t):
    mended(t)
    t.record(unit("heir"), swallow("u", "v"))
    assert said(reading(t, "rectified", "unit:heir"))[0] == (
        "no rectification was due in the period"
    )
    r = reading(t, "rectified", "unit:heir", tree="now")
    assert of(r) == (round(1 / 3, 6), 1, 3)
    assert of(reading(t, "rectified", tree="now")) == of(r)


# Recommendations


def least(figure, bound, most=None):
    return FigureTest(figure, bound, most)


def test_recommendations_are_tested_in_whatever_period_is_asked(t):
    t.record(
        advice("share", "2021-08-26", "R1", least("gauge.share", 6000)),
        advice(
            "both", "2021-08-26", "R2", least("gauge.share", 5000), least("gauge.count", None, 0)
        ),
        advice("words", "2021-08-26", "R3"),
        GaugeRead(day("2022-03-01"), 60),
    )
    # In 2021 nobody read the gauge; 0 readings are no more than 0.
    assert values(t, "recommendations_met") == {
        ("all",): 1, ("all", "R1"): None, ("all", "R2"): 1, ("all", "R3"): None,
        ("recommendation:share",): None, ("recommendation:both",): 1,
        ("recommendation:words",): None,
    }  # fmt: skip
    r = reading(t, "recommendations_met", "recommendation:share")
    assert said(r) == (
        "no figure by which it can be tested",
        ["Share ≥ 60%: no value (nobody read the gauge)"],
    )
    # In 2022 the share is 60%, and there is one reading.
    r = reading(t, "recommendations_met", "recommendation:both", "2022")
    assert (*of(r), said(r)[1]) == (
        0.5, 1, 2, ["Count ≤ 0: 1, not met", "Share ≥ 50%: 60%, met"],
    )  # fmt: skip
    assert r.flags[0].zh == "次数 ≤ 0：1，未达到"
    assert of(reading(t, "recommendations_met", period="2022")) == (0.5, 1, 2)
    assert value(t, "recommendations_met", period="2022", code="R1") == 1
    assert value(t, "recommendations_met", period="2022", code="R2") == 0


def test_before_its_day_nothing_is_recommended(t):
    assert said(reading(t, "recommendations_met"))[0] == "nothing was recommended"
    assert said(reading(t, "followed_up"))[0] == "nothing was recommended"
    t.record(advice("a", "2021-08-26", "R1", least("gauge.count", 0)))
    assert said(reading(t, "recommendations_met", period="2021Q2"))[0] == "nothing was recommended"
    assert value(t, "recommendations_met", period="2021Q3") == 1


@pytest.mark.parametrize(
    ("reads", "bounds", "met", "words"),
    [
        ((40, 70), (4000, None), 1, "≥ 40%: 40% to 70%, met"),
        ((40, 70), (7001, None), 0, "≥ 70.01%: 40% to 70%, not met"),
        ((40, 70), (5000, None), None, "≥ 50%: 40% to 70%, the interval lies across the bound"),
        ((40, 70), (None, 7000), 1, "≤ 70%: 40% to 70%, met"),
        ((40, 70), (None, 3999), 0, "≤ 39.99%: 40% to 70%, not met"),
        ((40, 70), (None, 5000), None, "≤ 50%: 40% to 70%, the interval lies across the bound"),
        ((57,), (5700, 5700), 1, "≥ 57% ≤ 57%: 57%, met"),
        ((57,), (5701, 6000), 0, "≥ 57.01% ≤ 60%: 57%, not met"),
    ],
)
def test_an_interval_is_met_if_all_of_it_lies_within_the_bounds(t, reads, bounds, met, words):
    t.record(advice("a", "2021-01-01", "R1", least("gauge.share", *bounds)))
    t.record(*(GaugeRead(day("2021-02-01"), n) for n in reads))
    r = reading(t, "recommendations_met", "recommendation:a")
    assert (r.value, said(r)[1]) == (met, [f"Share {words}"])


def test_a_figure_that_is_gone_or_has_none_about_all(tmp_path):
    with Trial(tmp_path / "a", [lianjian_family(), GAUGE]) as with_gauge:
        with_gauge.record(
            advice("a", "2021-01-01", "R1", least("gauge.apart", 1), least("gauge.count", 1))
        )
        r = reading(with_gauge, "recommendations_met", "recommendation:a")
        assert said(r)[1] == [
            "gauge.apart: it has no reading about all",
            "Count ≥ 1: 0, not met",
        ]
        # The same log where the other family is no longer installed.
        from lianjian.core.testing import registry_of

        with_gauge.registry = registry_of([lianjian_family()])
        r = reading(with_gauge, "recommendations_met", "recommendation:a")
        assert said(r) == (
            "no figure by which it can be tested",
            [
                "gauge.apart: there is no such figure installed",
                "gauge.count: there is no such figure installed",
            ],
        )


def test_a_corrected_recommendation_is_tested_anew(t):
    (id_,) = t.record(advice("a", "2021-01-01", "R1", least("gauge.count", 1)))
    before = t.size
    t.correct(id_, advice("a", "2021-01-01", "R2", least("gauge.count", 0)))
    about = "recommendation:a"
    assert value(t, "recommendations_met", about) == 1
    assert value(t, "recommendations_met", about, at=before) == 0
    assert value(t, "recommendations_met", code="R2") == 1
    t.void(t.record(advice("b", "2021-01-01", "R2", least("gauge.count", 9)))[0])
    assert ("recommendation:b",) not in values(t, "recommendations_met")


def test_followed_up_is_what_was_verified_of_what_was_assigned(t):
    t.record(
        unit("u"),
        advice("a"),
        advice("b"),
        assigned("r1", recommendation="a"),
        assigned("r2", recommendation="a"),
        verified("r1", "2021-06-01"),
        done("r2", "2021-06-01"),
    )
    assert of(reading(t, "followed_up", "recommendation:a")) == (0.5, 1, 2)
    r = reading(t, "followed_up", "recommendation:b")
    assert (*of(r), r.reason.zh) == (None, 0, 0, "尚未分解交办")
    assert of(reading(t, "followed_up")) == (0.5, 1, 2)
    assert value(t, "followed_up", "recommendation:a", "2021-04") == 0
    before = t.size
    (id_,) = t.record(verified("r2", "2021-07-01"))
    assert value(t, "followed_up") == 1
    t.void(id_)
    assert (value(t, "followed_up"), value(t, "followed_up", at=before)) == (0.5, 0.5)


# Contradictions


def test_contradictions_of_rectifications_stand_under_all(t):
    t.record(
        unit("u"),
        problem("f"),
        assigned("r1", "2021-03-20"),
        done("r1", "2021-03-10"),
        verified("r1", "2021-03-05", verifier="u"),
        assigned("r2", "2021-03-20"),
        done("r2", "2021-03-20"),
        verified("r2", "2021-03-20"),
        assigned("r3", "2021-03-20"),
        verified("r3", "2021-03-21"),  # nobody said that it was done: blank, and no contradiction
    )
    r = reading(t, "contradictions")
    assert (r.value, said(r)[1]) == (
        2,
        [
            "position 3: r1 was done before it was assigned",
            "position 4: r1 was verified before it was done",
            "position 4: r1: u verified its own work",
        ],
    )
    assert r.flags[0].zh == "第 3 条：整改 r1 先完成后交办"
    assert value(t, "contradictions", period="2022") == 0
    # The assignment that completes the first lies in the second half of March.
    assert value(t, "contradictions", period="2021-03-01..2021-03-15") == 1


def test_contradictions_of_checks(t):
    (_, id_, *_) = t.record(
        unit("u"),
        check(
            ends="2021-03-31",
            sessions=(
                CheckSession("forum", day("2021-02-28")),
                CheckSession("forum", day("2021-03-01")),
                CheckSession("forum", day("2021-04-01")),
                CheckSession("forum"),
            ),
        ),
        check("endless", sessions=(CheckSession("forum", day("2021-09-01")),)),
        ReportDeliberated("c", day("2021-03-30")),
        ReportDeliberated("c", day("2021-03-31")),
        ReportDeliberated("endless", day("2021-02-01")),
    )
    r = reading(t, "contradictions", "inspection:c")
    assert (r.value, said(r)[1]) == (
        2,
        [
            "position 1: a session on 2021-02-28, outside the check",
            "position 1: a session on 2021-04-01, outside the check",
            "position 3: deliberated on 2021-03-30, before it ended",
        ],
    )
    assert value(t, "contradictions", "inspection:endless") == 1
    assert value(t, "contradictions") == 3
    before = t.size
    t.correct(id_, check(ends="2021-03-30"))
    assert value(t, "contradictions") == 1
    assert value(t, "contradictions", at=before) == 3


# What is refused, and what events state


def told(cls, **data):
    """Return (path, zh, en) of each fault of data."""
    return {(f.path, f.message("zh"), f.message("en")) for f in faults(event_type(cls).shape, data)}


def test_a_test_must_have_bounds_that_can_be_met():
    made = {"recommendation": "a", "code": "R1", "day": "2021-01-01", "text": "建议"}
    for test, path, zh, en in (
        (
            {"figure": "gauge.share"},
            "tests.0.at_least",
            "at_least 与 at_most 至少写一项",
            "at_least or at_most must be given",
        ),
        (
            {"figure": "gauge.share", "at_least": 2, "at_most": 1},
            "tests.0.at_most",
            "at_most 不得小于 at_least",
            "at_most is below at_least",
        ),
        (
            {"figure": "oversight.coverage", "at_least": 1},
            "tests.0.figure",
            "建议不能以监督自身的指标检验",
            "a recommendation cannot be tested by oversight itself",
        ),
    ):
        ((where, in_zh, in_en),) = told(RecommendationMade, **made, tests=[test])
        assert where == path
        assert zh in in_zh
        assert en in in_en
    with pytest.raises(PartWrong):
        FigureTest("gauge.share")
    with pytest.raises(RegisteredTwice):
        advice("a", "2021-01-01", "R1", least("gauge.share", 1), least("gauge.share", 2))
    ((where, zh, en),) = told(RecommendationMade, **{**made, "text": ""})
    assert where == "text"


def test_what_is_not_known_or_still_to_come_is_refused(t):
    with pytest.raises(Refused):
        t.record(advice("a", "2021-01-01", "R1", least("gauge.nothing", 1)))
    with pytest.raises(Refused):
        t.record(ReportDeliberated("nobody", day("2021-01-01")))
    t.record(check())
    with pytest.raises(Refused):
        t.record(ReportDeliberated("c", day("2999-01-01")))
    t.record(advice("later", "2999-01-01"))  # what is only recommended may lie ahead


def test_what_events_state():
    made = advice("a", "2021-01-01", "R1", least("gauge.share", 1), inspection="c")
    assert list(recommendations(made)) == [(day("2021-01-01"), "a", "R1", "c", "a的建议")]
    assert list(recommendation_tests(made)) == [(day("2021-01-01"), "a", "gauge.share", 1, None)]
    sessions = (CheckSession("forum", kickoff=False, topics=("base", "support")),)
    assert list(check_sessions(check(sessions=sessions))) == [
        (day("2021-03-01"), "c", "forum", None, "no", 1, 2)
    ]
    assert list(finding_texts(problem())) == [(day("2021-03-10"), "f", "P1", "f的内容")]


def test_what_stands_from_earlier_is_evidence_of_later_periods(t):
    from lianjian.core import Period
    from lianjian.core.figures import Figures
    from lianjian.core.indicator import Moment
    from lianjian.core.tree import root

    mended(t)
    t.record(advice("a", "2021-01-01", "R1", least("gauge.count", 1)))
    t.readings("oversight.closed", "2022")
    store = t.log.store
    moment = Moment(t.size, root(t.size, store))
    with Figures(t.records.views, t.registry.families, moment) as figures:
        year = Period.year(2022)
        assert {2, 3, 4} <= set(figures.evidence("oversight.closed", year))
        found = figures.evidence("oversight.recommendations_met", year, "recommendation:a")
        assert found == [t.size - 1]


def test_every_indicator_says_its_formula_and_has_a_test_here():
    assert all(i.formula for i in lianjian_family().indicators)
    text = Path(__file__).read_text(encoding="utf-8")
    assert [n for n in NAMES if f'"{n.removeprefix("oversight.")}"' not in text] == []


def a_recommendation(m):
    """At most one test, of a figure of the other family, with bounds in order."""
    figure = m.draw(st.sampled_from(["gauge.share", "gauge.count"]))
    return {"tests": [{"figure": figure, "at_least": 1, "at_most": None}]}


@pytest.mark.parametrize(("size", "histories"), [(40, 15), (200, 2)])
def test_laws(size, histories):
    check_family(
        lianjian_family(),
        GAUGE,
        examples={RecommendationMade: a_recommendation},
        size=size,
        histories=histories,
    )
