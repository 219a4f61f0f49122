"""Oversight: checks, what they find and recommend, and whether it was followed (人大监督).

Checks, findings and rectifications are core's (core/supervision.py): other families read them, too.
Here stand the recommendations, and the figures about all of it:

    CheckConducted ─────▶ checks, check_sessions, … ──▶ how it was carried on: days, units, procedure
    FindingRaised ──┐
    Rectification* ─┴───▶ findings, rectification_status ──▶ closed, and after how many days
    RecommendationMade ─▶ recommendation_tests ── q.readings(FIGURE) ──▶ met or not, in any period

A problem is closed when each rectification of it was verified `met`; a later verification with
another outcome opens it again. A recommendation names figures and what it wants of them, so that
"are the recommendations of 2021 met today?" is a figure of today's period.

People are counted by role and never named. No unit has a reading of what was found in it: who looks
closely must not be punished by the figures. The report in four parts (A07) is core/four_parts.py.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any

from attrs.validators import min_len

from lianjian.core import (
    ALL,
    Family,
    New,
    Query,
    Reading,
    Ref,
    Row,
    Term,
    Words,
    checking,
    declared,
    event,
    facts,
    field,
    frozen,
    hookimpl,
    indicator,
    planning,
    supervision,
)
from lianjian.core.activities import each_once
from lianjian.core.errors import PartWrong
from lianjian.core.four_parts import four_parts
from lianjian.core.indicator import Remarks, Report
from lianjian.core.kit import (
    by_code,
    by_unit,
    counted,
    days_from,
    district_units,
    listed,
    named,
    span,
    subjects,
    survival,
    terms,
    weighted_interval,
)
from lianjian.core.mending import mendings, odd_rectifications, problems_by_code
from lianjian.core.told import FigureTest, told

# 1. The event, and its facts. What stands for good, and is evidence of later periods, too, is a state.


def not_of_oversight(_made: Any, _: Any, tests: tuple[FigureTest, ...]) -> None:
    """Validate that no recommendation is tested by what is computed from recommendations."""
    for place, test in enumerate(tests):
        if test.figure.startswith("oversight."):
            why = Words(
                "建议不能以监督自身的指标检验",
                "a recommendation cannot be tested by oversight itself",
            )
            raise PartWrong(why=why).at(f"tests.{place}.figure")


@event("recommendation.made", 1)
@frozen
class RecommendationMade:
    """Something is recommended; `tests` say by which figures it will be seen to be met.

    It stands from its day on.
    """

    recommendation: Annotated[str, New("recommendation")]
    code: Annotated[str, Term("recommendation")]
    day: date
    text: str = field(validator=min_len(1))
    inspection: Annotated[str, Ref("inspection")] | None = None
    tests: tuple[FigureTest, ...] = field(
        default=(), validator=[each_once("figure"), not_of_oversight]
    )


@facts(key="day recommendation", text="code inspection said", state="code")
def recommendations(e: RecommendationMade) -> Iterator[Row]:
    """State one recommendation."""
    yield e.day, e.recommendation, e.code, e.inspection, e.text


@facts(key="day recommendation figure", sums="at_least at_most")
def recommendation_tests(e: RecommendationMade) -> Iterator[Row]:
    """State by which figures a recommendation is tested."""
    for test in e.tests:
        yield e.day, e.recommendation, test.figure, test.at_least, test.at_most


# 2. Indicators. Why there is no value, and what several rest on.

NO_END = Words("未登记结束日", "the last day is not recorded")
NO_UNITS = Words("期间内没有在册单位", "no unit in the period")
SILENT = Words("未登记受检单位", "the units checked are not recorded")
UNNAMED = Words("部分受检单位未列名", "some of the units checked are not named")
NO_KICKOFF = Words("均未注明是否启动会", "of no session is it known whether it opened the check")
NO_PROBLEM = Words("没有问题类发现", "no problem was found")
NOT_DUE = Words("期间内没有到期的整改", "no rectification was due in the period")
NO_RECOMMENDATION = Words("没有建议", "nothing was recommended")
NO_TESTS = Words("没有可检验的指标", "no figure by which it can be tested")
NOT_ASSIGNED = Words("尚未分解交办", "nobody was asked to carry it out")

HELD = (supervision.checks, supervision.check_sessions, supervision.deliberations)
MENDED = (supervision.rectification_assignments, supervision.rectification_status)

# Of checks: those that began in the period.


@indicator(
    "oversight.checks",
    of=supervision.checks,
    unit="events",
    better="neither",
    formula="n",
    zh="监督检查次数",
    en="Checks begun",
)
def checks_begun(q: Query) -> Iterator[Reading]:
    """Count the checks by kind, and by who checked, as that unit was then."""
    begun = q.rows("SELECT kind, checker FROM checks ORDER BY event")
    kinds, checkers = Counter(kind for kind, _ in begun), Counter(checker for _, checker in begun)
    unsaid = counted(checkers.pop(None, 0), "次未登记检查单位", "do not say who checked")
    yield q.reading(ALL, len(begun), flags=unsaid)
    yield from by_code(q, "check_kind", kinds, dimension="kind")
    for checker, count in checkers.items():
        yield q.reading(ALL, count, dimensions={"checker": checker})


@indicator(
    "oversight.duration",
    of=supervision.checks,
    unit="days",
    better="neither",
    per="inspection",
    formula="b - a + 1",
    zh="监督检查历时天数：首日 a 至末日 b，均计入",
    en="Days that a check lasted: from a to b, both included",
)
def duration(q: Query) -> Iterator[Reading]:
    """Count the days of each check; one that is said to be over and not when has none."""
    found = q.rows("SELECT inspection, day, ends FROM checks")
    lasted = {id_: None if ends is None else days_from(day, ends) + 1 for id_, day, ends in found}
    yield from checking.each(q, lasted, NO_END)


@indicator(
    "oversight.units_checked",
    of=(supervision.checks, supervision.check_units),
    unit="units",
    better="neither",
    per="inspection",
    formula="max(n, k)",
    zh="受检单位数：登记家数 n 与列名家数 k 中较大者",
    en="Units heard in a check: as many as it says, n, or names, k",
)
def units_checked(q: Query) -> Iterator[Reading]:
    """Tell how many units each check heard, as they were then, and how many it does not name."""
    counts, flags = dict[str, int | None](), dict[str, list[Words]]()
    for inspection, units in checking.heard(q).items():
        count, names = units or (None, 0)
        counts[inspection] = count
        flags[inspection] = counted((count or 0) - names, "家未列名", "units are not named")
    yield from checking.each(q, counts, SILENT, flags)


@indicator(
    "oversight.coverage",
    of=(supervision.check_units, supervision.checks),
    unit="share",
    better="higher",
    per="unit",
    formula="w(C) / w(U); [w(C), min(w(C) + k, w(U))] / w(U)",
    zh="受检覆盖率：列名的受检单位 C ÷ 区内单位 U，按在册天数加权 w；有 k 家未列名时为区间",
    en="Units checked: named ones C / the district's U, by days open w; an interval if k are unnamed",
)
def coverage(q: Query) -> Iterator[Reading]:
    """Tell which units were checked; where a check heard more than it names, any other may be one.

    A check that says nothing of its units may have heard all of them. A unit that is gone counts for
    its heirs.
    """
    sql = "SELECT DISTINCT p.seen_as FROM check_units u JOIN projections p ON p.unit = u.unit"
    checked, units, found = set(q.column(sql)), district_units(q), checking.heard(q)
    silent = [inspection for inspection, units_ in found.items() if units_ is None]
    unnamed = sum(count - names for count, names in filter(None, found.values()))
    flags = [
        *counted(unnamed, "家受检单位未列名", "units checked are not named"),
        *named(SILENT.zh, SILENT.en, silent),
    ]
    if silent and len(silent) == len(found):
        yield q.none(ALL, SILENT, flags=flags)
    else:
        others = len(units) if silent else unnamed
        yield weighted_interval(q, units, checked, others, NO_UNITS, flags=flags)
    for u in units:
        if u.id not in checked and (silent or unnamed):
            yield q.none(u.subject, UNNAMED)
        else:
            yield q.reading(u.subject, int(u.id in checked))


@indicator(
    "oversight.sessions",
    of=supervision.check_sessions,
    unit="sessions",
    better="neither",
    per="inspection",
    formula="n; n_m",
    zh="监督检查场次，按方式 m",
    en="Sessions of a check, by method m",
)
def sessions(q: Query) -> Iterator[Reading]:
    """Count the sessions; the one that opened the check is one of them, and told apart as well."""
    yield from checking.tallied(q, checking.SESSIONS)
    columns = "count(*), count(kickoff), sum(CASE WHEN kickoff = 'yes' THEN 1 ELSE 0 END)"
    for subject, held, known, opened in checking.of_each(q, columns, "check_sessions"):
        unsaid = "场未注明是否启动会", "sessions do not say whether they opened it"
        remarks = Remarks(dimensions={"kickoff": "yes"}, flags=counted(held - known, *unsaid))
        if known:
            yield q.reading(subject, opened, **remarks)
        else:
            yield q.none(subject, NO_KICKOFF, **remarks)


@indicator(
    "oversight.topics",
    of=(supervision.check_topics, supervision.check_sessions),
    unit="sessions",
    better="neither",
    per="inspection",
    formula="n_t",
    zh="监督检查场次，按专题 t",
    en="Sessions of a check, by topic t",
)
def topics(q: Query) -> Iterator[Reading]:
    """Count the sessions by topic, as far as it is told."""
    yield from checking.tallied(q, checking.TOPICS)


@indicator(
    "oversight.team",
    of=supervision.check_team,
    unit="persons",
    better="neither",
    per="inspection",
    formula="n_r",
    zh="调研组人数，按职务 r，不记姓名",
    en="Members of the team by role r, without names",
)
def team(q: Query) -> Iterator[Reading]:
    """Add the persons of each role that is told; of a role that is not, nobody knows the number."""
    yield from checking.tallied(q, checking.TEAM)


@indicator(
    "oversight.procedure",
    of=(*HELD, supervision.check_plan_items),
    unit="share",
    better="higher",
    per="inspection",
    formula="k / 5",
    zh="程序齐备率：列入计划、受托、事前批准、启动会、审议中有记录的 k 项 ÷ 5",
    en="Procedure: k of planned, delegated, approved before, kicked off, deliberated / 5",
)
def procedure(q: Query) -> Iterator[Reading]:
    """Tell how many of the five steps of each check are on record, and name those that are not."""
    begun, of, taken = checking.missing_steps(q), len(checking.STEPS), 0
    for inspection, missing in begun.items():
        flags = [Words(f"缺{step.zh}", f"missing: {step.en}") for step in missing]
        there = of - len(missing)
        yield q.ratio(f"inspection:{inspection}", there, of, checking.NO_CHECK, flags=flags)
        taken += there
    yield q.ratio(ALL, taken, of * len(begun), checking.NO_CHECK)


@indicator(
    "oversight.lineage",
    of=(supervision.check_norms, planning.norms_issued),
    unit="items",
    better="neither",
    per="inspection",
    formula="n; n_i",
    zh="依据的制度数，按制定层级 i",
    en="Norms that a check cites, by tier i of issuer",
)
def lineage(q: Query) -> Iterator[Reading]:
    """Count the norms that each check cites; for all checks a norm counts once."""
    yield from checking.tallied(q, checking.NORMS)


# Then of what was found, and how it was mended.


@indicator(
    "oversight.findings",
    of=supervision.findings,
    unit="findings",
    better="neither",
    formula="n; n_k; n_p",
    zh="发现数，按类别 k 与四类问题 p",
    en="Findings, by kind k and by the four problems p",
)
def raised(q: Query) -> Iterator[Reading]:
    """Count the findings of the period; units are not told apart, or nobody would report."""
    found = q.rows("SELECT kind, problem FROM findings")
    problems = Counter(problem for kind, problem in found if kind == "problem")
    uncoded = counted(problems[None], "个问题未归类", "problems without a code")
    yield q.reading(ALL, len(found), flags=uncoded)
    yield from by_code(q, "finding_kind", Counter(kind for kind, _ in found), dimension="kind")
    yield from by_code(q, "problem", problems)


@indicator(
    "oversight.closed",
    of=(supervision.finding_texts, *MENDED),
    unit="share",
    better="higher",
    formula="c / n",
    zh="问题销号率：整改全部验收到位的问题 c ÷ 问题 n",
    en="Problems closed: c, whose rectifications were all verified / problems n",
)
def closed(q: Query) -> Iterator[Reading]:
    """Tell how many problems are closed; one that nobody was asked to mend is open."""
    for code, found in problems_by_code(q).items():
        unasked = sum(not p.mendings for p in found)
        flags = counted(unasked, "个问题未交办整改", "problems without a rectification")
        done, of = sum(p.closed is not None for p in found), {"problem": code} if code else {}
        yield q.ratio(ALL, done, len(found), NO_PROBLEM, dimensions=of, flags=flags)


@indicator(
    "oversight.closure_time",
    of=(supervision.finding_texts, *MENDED),
    unit="days",
    better="lower",
    formula="min{t: S(t) ≤ 1/2}, S(t) = Π (1 - d/n)",
    zh="问题整改中位天数，未销号者截尾",
    en="Median days from finding to verified rectification (Kaplan-Meier)",
)
def closure_time(q: Query) -> Iterator[Reading]:
    """Estimate how long a problem stays open; one closed before it was raised is left out."""
    early = "个问题先销号后提出", "problems were closed before they were raised"
    for code, found in problems_by_code(q).items():
        spans, of = [span(q, p.day, p.closed) for p in found], {"problem": code} if code else {}
        yield survival(q, ALL, spans, NO_PROBLEM, dimensions=of, early=early)


@indicator(
    "oversight.rectified",
    of=MENDED,
    unit="share",
    better="higher",
    per="unit",
    formula="#{c ≤ d} / #{d}",
    zh="按期整改率：期限 d 内验收到位（日 c）÷ 期间到期的整改",
    en="Rectified in time: verified (on c) by the due date d / due in the period",
)
def rectified(q: Query) -> Iterator[Reading]:
    """Tell how many of the rectifications due in the period were verified by then, also by unit."""
    every = [m for found in mendings(q).values() for m in found]
    due = [m for m in every if q.start <= (m.due_on or "") < q.end]
    undated = sum(m.due_on is None and m.day >= q.start for m in every)
    unsaid = counted(undated, "项整改未定期限", "rectifications without a due date")
    of_units = by_unit(q, [(m.unit, m) for m in due])
    for subject in dict.fromkeys([*subjects(q), *of_units]):
        among = of_units.get(subject, [])
        in_time = sum(m.closed is not None and m.closed <= (m.due_on or "") for m in among)
        flags = unsaid if subject == ALL else ()
        yield q.ratio(subject, in_time, len(among), NOT_DUE, flags=flags)


# Last of what was recommended. A recommendation counts from its day on, for good.


@indicator(
    "oversight.recommendations_met",
    of=(recommendations, recommendation_tests),
    unit="share",
    better="higher",
    per="recommendation",
    formula="m / n",
    zh="建议达成率：已达到的检验 m ÷ 有读数的检验 n",
    en="Recommendations met: tests that are met, m / tests with a value, n",
)
def recommendations_met(q: Query) -> Iterator[Reading]:
    """Tell how far each recommendation is met, by the figures of the query's period.

    Of all: those of which every test with a value is met, by those that have one with a value.
    """
    tests: dict[str, list[tuple[bool | None, Words]]] = defaultdict(list)
    sql = "SELECT recommendation, figure, at_least, at_most FROM recommendation_tests_to_date"
    for id_, figure, *bounds in q.rows(f"{sql} ORDER BY figure"):
        tests[id_].append(told(q, figure).within(*bounds))
    made = q.rows("SELECT recommendation, code FROM recommendations_to_date ORDER BY event")
    met: dict[str, list[bool]] = {code: [] for code in ("", *terms(q, "recommendation"))}
    for id_, code in made:
        known = [fine for fine, _ in tests[id_] if fine is not None]
        flags = [said for _, said in tests[id_]]
        yield q.ratio(f"recommendation:{id_}", sum(known), len(known), NO_TESTS, flags=flags)
        for whole in ("", code) if known else ():
            met.setdefault(whole, []).append(all(known))
    none = NO_TESTS if made else NO_RECOMMENDATION
    for code, fine in met.items():
        yield q.ratio(ALL, sum(fine), len(fine), none, dimensions={"code": code} if code else {})


@indicator(
    "oversight.followed_up",
    of=(recommendations, *MENDED),
    unit="share",
    better="higher",
    per="recommendation",
    formula="v / n",
    zh="建议落实率：验收到位的整改 v ÷ 据此交办的整改 n",
    en="Recommendations followed up: rectifications verified, v / assigned, n",
)
def followed_up(q: Query) -> Iterator[Reading]:
    """Tell how much of what was assigned on each recommendation was verified by the period's end."""
    made = q.column("SELECT recommendation FROM recommendations_to_date ORDER BY recommendation")
    mended, verified, assigned = mendings(q), 0, 0
    for id_ in made:
        found = mended.get(("recommendation", id_), [])
        done = sum(m.closed is not None for m in found)
        yield q.ratio(f"recommendation:{id_}", done, len(found), NOT_ASSIGNED)
        verified, assigned = verified + done, assigned + len(found)
    yield q.ratio(ALL, verified, assigned, NOT_ASSIGNED if made else NO_RECOMMENDATION)


@indicator(
    "oversight.contradictions",
    of=(*HELD, supervision.check_units, supervision.rectification_status),
    unit="events",
    better="lower",
    per="inspection",
    formula="n",
    zh="监督记录中的矛盾：验收单位即整改单位、先验收后整改、先审议后结束",
    en="Contradictions of oversight: verified by whom it was assigned to, verified before done, "
    "deliberated before the end",
)
def contradictions(q: Query) -> Iterator[Reading]:
    """List what contradicts itself in the period; it is reported, and counts, all the same."""
    yield from listed(q, "inspection", [*odd_rectifications(q), *checking.odd_checks(q)])


# 3. The family.

INSPECTION = Report(
    "oversight.inspection", "inspection", four_parts, "监督调研报告", "Report of a check"
)


@hookimpl
def lianjian_family() -> Family:
    """Return the family of oversight."""
    return Family(
        "oversight",
        version=1,
        zh="人大监督",
        en="Oversight",
        **declared(__name__),
        reports=[INSPECTION],
    )
