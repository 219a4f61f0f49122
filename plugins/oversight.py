"""Oversight: checks, what they find and recommend, and whether it was followed (人大监督).

Checks, findings and rectifications are core's (core/supervision.py): other families read them, too.
Here stand the recommendations, the deliberation of a check's report, and the figures about all of it:

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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Annotated, Any

from attrs.validators import min_len

from lianjian.core import (
    ALL,
    CheckConducted,
    Family,
    FindingRaised,
    New,
    Query,
    Reading,
    Ref,
    Row,
    Term,
    Words,
    check_plan_items,
    check_units,
    checks,
    declared,
    event,
    facts,
    field,
    findings,
    frozen,
    hookimpl,
    indicator,
    norms_issued,
    rectification_assignments,
    rectification_status,
)
from lianjian.core.activities import WHOLE, each_once
from lianjian.core.errors import PartWrong
from lianjian.core.four_parts import four_parts
from lianjian.core.indicator import Report
from lianjian.core.kit import (
    NO_FIGURE,
    about_all,
    counted,
    days_from,
    district_units,
    heirs,
    listed,
    named,
    plain,
    span,
    survival,
    terms,
    weight,
    weighted_share,
)
from lianjian.core.mending import Mending, mendings, odd_rectifications, problems_by_code

InspectionId = Annotated[str, Ref("inspection")]

# 1. Events.


@frozen
class FigureTest:
    """What a recommendation wants of a figure, in its reading about all: from this, up to that.

    Bounds are basis points where the figure is a share or a ratio (6,000 is 60%), whole units of it
    otherwise, as the bands of a method are.
    """

    figure: Annotated[str, Ref("figure")] = field()
    at_least: int | None = field(default=None)
    at_most: int | None = None

    @figure.validator
    def _no_circle(self, _: Any, figure: str) -> None:
        if figure.startswith("oversight."):
            why = Words(
                "建议不能以监督自身的指标检验",
                "a recommendation cannot be tested by oversight itself",
            )
            raise PartWrong(why=why).at("figure")

    @at_least.validator
    def _has_bounds(self, _: Any, at_least: int | None) -> None:
        if at_least is None and self.at_most is None:
            why = Words("at_least 与 at_most 至少写一项", "at_least or at_most must be given")
            raise PartWrong(why=why).at("at_least")
        if at_least is not None and self.at_most is not None and self.at_most < at_least:
            why = Words("at_most 不得小于 at_least", "at_most is below at_least")
            raise PartWrong(why=why).at("at_most")


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
    inspection: InspectionId | None = None
    tests: tuple[FigureTest, ...] = field(default=(), validator=each_once("figure"))


@event("report.deliberated", 1, happened=True)
@frozen
class ReportDeliberated:
    """A body, such as a standing committee, deliberated the report of a check."""

    inspection: InspectionId
    day: date
    body: Annotated[str, Ref("unit")] | None = None
    opinion: str | None = None


# 2. Facts. What stands for good, and is evidence of later periods, too, is a state.


@facts(key="day recommendation", text="code inspection said", state="code")
def recommendations(e: RecommendationMade) -> Iterator[Row]:
    """State one recommendation."""
    yield e.day, e.recommendation, e.code, e.inspection, e.text


@facts(key="day recommendation figure", sums="at_least at_most")
def recommendation_tests(e: RecommendationMade) -> Iterator[Row]:
    """State by which figures a recommendation is tested."""
    for test in e.tests:
        yield e.day, e.recommendation, test.figure, test.at_least, test.at_most


@facts(key="day inspection", text="body opinion")
def deliberations(e: ReportDeliberated) -> Iterator[Row]:
    """State that the report of a check was deliberated."""
    yield e.day, e.inspection, e.body, e.opinion


@facts(key="day finding", text="problem said", state="said")
def finding_texts(e: FindingRaised) -> Iterator[Row]:
    """State what a finding says."""
    yield e.day, e.finding, e.problem, e.text


@facts(key="day inspection method", text="held_on kickoff", sums="sessions topics")
def check_sessions(e: CheckConducted) -> Iterator[Row]:
    """State each session of a check, and on how many topics it was."""
    said = {None: None, True: "yes", False: "no"}
    for s in e.sessions:
        yield e.day, e.inspection, s.method, s.day, said[s.kickoff], 1, len(s.topics)


@facts(key="day inspection topic", sums="sessions")
def check_topics(e: CheckConducted) -> Iterator[Row]:
    """State on what each session was; one on two topics counts for both."""
    for session in e.sessions:
        for topic in session.topics:
            yield e.day, e.inspection, topic, 1


@facts(key="day inspection role", sums="persons")
def check_team(e: CheckConducted) -> Iterator[Row]:
    """State how many had which role in the team."""
    for role, persons in e.team.items():
        yield e.day, e.inspection, role, persons


@facts(key="day inspection norm")
def check_norms(e: CheckConducted) -> Iterator[Row]:
    """State by which norms a check went."""
    for norm in e.norms:
        yield e.day, e.inspection, norm


# 3. Indicators. First of checks: those that began in the period.

NO_CHECK = Words("期间内没有监督检查", "no check began in the period")
NO_END = Words("未登记结束日", "the last day is not recorded")
NO_UNITS = Words("期间内没有在册单位", "no unit in the period")
SILENT = Words("未登记受检单位", "the units checked are not recorded")
UNNAMED = Words("部分受检单位未列名", "some of the units checked are not named")
NO_SESSION = Words("未登记场次", "sessions are not recorded")
NO_TOPIC = Words("未登记专题", "topics are not recorded")
NO_TEAM = Words("未登记调研组", "the team is not recorded")
NO_NORM = Words("未登记依据", "norms are not recorded")
KICKOFF = MappingProxyType({"kickoff": "yes"})
NO_KICKOFF = Words("均未注明是否启动会", "of no session is it known whether it opened the check")


def by_code(
    q: Query, dimension: str, scheme: str, amounts: Counter[str | None]
) -> Iterator[Reading]:
    """Yield a reading of all for each code of a scheme, and for any that is used beyond it."""
    for code in filter(None, dict.fromkeys([*terms(q, scheme), *amounts])):
        yield q.reading(ALL, amounts[code], dimensions={dimension: code})


@indicator(
    "oversight.checks",
    of=checks,
    unit="events",
    better="neither",
    formula="n",
    zh="监督检查次数",
    en="Checks begun",
)
def checks_begun(q: Query) -> Iterator[Reading]:
    """Count the checks by kind, and by who checked, as that unit was then."""
    begun = q.rows("SELECT kind, checker FROM checks ORDER BY event")
    checkers = Counter(checker for _, checker in begun)
    unsaid = counted(checkers.pop(None, 0), "次未登记检查单位", "do not say who checked")
    yield q.reading(ALL, len(begun), flags=unsaid)
    yield from by_code(q, "kind", "check_kind", Counter(kind for kind, _ in begun))
    for checker, count in checkers.items():
        yield q.reading(ALL, count, dimensions={"checker": checker})


@indicator(
    "oversight.duration",
    of=checks,
    unit="days",
    better="neither",
    per="inspection",
    formula="ends - day + 1",
    zh="监督检查历时天数",
    en="Days that a check lasted",
)
def duration(q: Query) -> Iterator[Reading]:
    """Count the days of each check, the first and the last included."""
    found = q.rows("SELECT inspection, day, ends FROM checks")
    if not found:
        yield q.none(ALL, NO_CHECK)
    for inspection, day, ends in found:
        if ends is None:
            yield q.none(f"inspection:{inspection}", NO_END)
        else:
            yield q.reading(f"inspection:{inspection}", days_from(day, ends) + 1)


def heard(q: Query) -> dict[str, tuple[int, int] | None]:
    """Return how many units each check heard and how many it names; None where it says neither."""
    sql = """
        SELECT c.inspection, c.units_total, count(u.unit) FROM checks c
        LEFT JOIN check_units u ON u.event = c.event GROUP BY c.inspection, c.units_total
    """
    return {
        inspection: None if total is None and not names else (max(total or 0, names), names)
        for inspection, total, names in q.rows(sql)
    }


@indicator(
    "oversight.units_checked",
    of=(checks, check_units),
    unit="units",
    better="neither",
    per="inspection",
    formula="max(total, named)",
    zh="受检单位数",
    en="Units heard in a check",
)
def units_checked(q: Query) -> Iterator[Reading]:
    """Tell how many units each check heard, as they were then, and how many of them it names."""
    found = heard(q)
    if not found:
        yield q.none(ALL, NO_CHECK)
    for inspection, units in found.items():
        if units is None:
            yield q.none(f"inspection:{inspection}", SILENT)
        else:
            count, names = units
            flags = counted(count - names, "家未列名", "units are not named")
            yield q.reading(f"inspection:{inspection}", count, flags=flags)


@indicator(
    "oversight.coverage",
    of=(check_units, checks),
    unit="share",
    better="higher",
    per="unit",
    formula="w(checked) / w(units); [w(named), min(w(named) + unnamed, w(units))] / w(units)",
    zh="受检覆盖率：受检单位 ÷ 区内单位，按在册天数加权；有未列名者时为区间",
    en="Units checked / units of the district; an interval where not all are named",
)
def coverage(q: Query) -> Iterator[Reading]:
    """Tell which units were checked; where a check heard more than it names, any other may be one.

    A check that says nothing of its units may have heard all of them. A unit that is gone counts for
    its heirs.
    """
    sql = "SELECT DISTINCT p.seen_as FROM check_units u JOIN projections p ON p.unit = u.unit"
    checked, units, found = set(q.column(sql)), district_units(q), heard(q)
    silent = [inspection for inspection, units_ in found.items() if units_ is None]
    unnamed = sum(count - names for count, names in filter(None, found.values()))
    flags = [
        *counted(unnamed, "家受检单位未列名", "units checked are not named"),
        *named(SILENT.zh, SILENT.en, silent),
    ]
    least, every = weight(u for u in units if u.id in checked), weight(units)
    if silent and len(silent) == len(found):
        yield q.none(ALL, SILENT, flags=flags)
    elif every and (silent or unnamed):
        most = every if silent else min(every, least + unnamed)
        yield q.interval(ALL, least / every, most / every, denominator=every, flags=flags)
    else:
        yield weighted_share(q, units, checked, NO_UNITS, flags=flags)
    for u in units:
        if u.id not in checked and (silent or unnamed):
            yield q.none(u.subject, UNNAMED)
        else:
            yield q.reading(u.subject, int(u.id in checked))


def by_check(
    q: Query,
    dimension: str,
    scheme: str,
    rows: Iterable[tuple[str, str, int]],
    none: Words,
    *,
    whole: Counter[str] | None = None,
    total: bool = True,
    remarks: Mapping[str, Sequence[Words]] = MappingProxyType({}),
) -> Iterator[Reading]:
    """Yield amounts by code, given as (check, code, amount): of all checks, and of each.

    `whole` is what all checks have together where that is not the sum; without a `total` there are
    the codes alone, and without a `scheme` only those that are told. `remarks` are flags by subject.
    A check that says nothing is left out of all, and named there.
    """
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for inspection, code, amount in rows:
        found[inspection][code] += amount
    begun = q.column("SELECT inspection FROM checks ORDER BY inspection")
    blank = named(none.zh, none.en, [inspection for inspection in begun if inspection not in found])
    amounts_of = {ALL: sum(found.values(), Counter[str]()) if whole is None else whole}
    amounts_of |= {f"inspection:{inspection}": found[inspection] for inspection in begun}
    known = terms(q, scheme) if scheme else {}
    for subject, amounts in amounts_of.items():
        flags = [*(blank if subject == ALL else ()), *remarks.get(subject, ())]
        if not amounts:
            yield q.none(subject, none if begun else NO_CHECK, flags=flags)
            continue
        if total:
            yield q.reading(subject, amounts.total(), flags=flags)
        for code in filter(None, dict.fromkeys([*known, *amounts])):
            of, said = {dimension: code}, () if total else flags
            yield q.reading(subject, amounts[code], dimensions=of, flags=said)


@indicator(
    "oversight.sessions",
    of=check_sessions,
    unit="sessions",
    better="neither",
    per="inspection",
    formula="n; n(method)",
    zh="监督检查场次，按方式",
    en="Sessions of a check, by method",
)
def sessions(q: Query) -> Iterator[Reading]:
    """Count the sessions by method; the one that opened the check is one, and told apart as well."""
    sql = "SELECT inspection, method, sum(sessions) FROM check_sessions GROUP BY inspection, method"
    yield from by_check(q, "method", "method", q.rows(sql), NO_SESSION)
    openings: dict[str, Counter[str | None]] = defaultdict(Counter)
    for inspection, kickoff in q.rows("SELECT inspection, kickoff FROM check_sessions"):
        for subject in (ALL, f"inspection:{inspection}"):
            openings[subject][kickoff] += 1
    for subject, said in openings.items():
        flags = counted(
            said[None], "场未注明是否启动会", "sessions do not say whether they opened it"
        )
        if said[None] == said.total():
            yield q.none(subject, NO_KICKOFF, dimensions=KICKOFF, flags=flags)
        else:
            yield q.reading(subject, said["yes"], dimensions=KICKOFF, flags=flags)


@indicator(
    "oversight.topics",
    of=(check_topics, check_sessions),
    unit="sessions",
    better="neither",
    per="inspection",
    formula="n(topic)",
    zh="监督检查场次，按专题",
    en="Sessions of a check, by topic",
)
def topics(q: Query) -> Iterator[Reading]:
    """Count the sessions by topic; one on two topics counts for both, so there is no sum."""
    sql = "SELECT inspection, count(*) FROM check_sessions WHERE topics = 0 GROUP BY inspection"
    without = {f"inspection:{inspection}": count for inspection, count in q.rows(sql)}
    without[ALL] = sum(without.values())
    remarks = {
        subject: counted(count, "场未注明专题", "sessions do not say on what")
        for subject, count in without.items()
    }
    sql = "SELECT inspection, topic, sum(sessions) FROM check_topics GROUP BY inspection, topic"
    found = q.rows(sql)
    yield from by_check(q, "topic", "check_topic", found, NO_TOPIC, total=False, remarks=remarks)


@indicator(
    "oversight.team",
    of=check_team,
    unit="persons",
    better="neither",
    per="inspection",
    formula="n(role)",
    zh="调研组人数，按职务，不记姓名",
    en="Members of the team by role, without names",
)
def team(q: Query) -> Iterator[Reading]:
    """Add the persons of each role that is told; of a role that is not, nobody knows the number."""
    sql = "SELECT inspection, role, sum(persons) FROM check_team GROUP BY inspection, role"
    yield from by_check(q, "role", "", q.rows(sql), NO_TEAM, total=False)


STEPS = {
    "planned": Words("列入计划", "in a plan"),
    "delegated": Words("受托", "delegated"),
    "approved": Words("事前批准", "approved before it began"),
    "opened": Words("启动会", "a kick-off"),
    "deliberated": Words("审议", "deliberated"),
}


@indicator(
    "oversight.procedure",
    of=(checks, check_plan_items, check_sessions, deliberations),
    unit="share",
    better="higher",
    per="inspection",
    formula="steps / 5",
    zh="程序齐备率：列入计划、受托、事前批准、启动会、审议 ÷ 5",
    en="Procedure: planned, delegated, approved before, kicked off, deliberated / 5",
)
def procedure(q: Query) -> Iterator[Reading]:
    """Tell how many of the five steps of each check are on record, and name those that are not."""
    planned = set(q.column("SELECT event FROM check_plan_items"))
    opened = set(q.column("SELECT event FROM check_sessions WHERE kickoff = 'yes'"))
    deliberated = set(q.column("SELECT inspection FROM deliberations_to_date"))
    sql = "SELECT event, inspection, day, delegated_by, approved_by, approved_on FROM checks"
    taken, begun = 0, q.rows(sql)
    for position, inspection, day, delegated_by, approved_by, approved_on in begun:
        steps = {
            "planned": position in planned,
            "delegated": delegated_by is not None,
            "approved": approved_by is not None and approved_on is not None and approved_on <= day,
            "opened": position in opened,
            "deliberated": inspection in deliberated,
        }
        missing = [STEPS[step] for step, there in steps.items() if not there]
        flags = [Words(f"缺{w.zh}", f"missing: {w.en}") for w in missing]
        subject = f"inspection:{inspection}"
        yield q.ratio(subject, sum(steps.values()), len(STEPS), NO_CHECK, flags=flags)
        taken += sum(steps.values())
    yield q.ratio(ALL, taken, len(STEPS) * len(begun), NO_CHECK)


@indicator(
    "oversight.lineage",
    of=(check_norms, norms_issued),
    unit="items",
    better="neither",
    per="inspection",
    formula="n; n(issuer)",
    zh="依据的制度数，按制定层级",
    en="Norms that a check cites, by tier of issuer",
)
def lineage(q: Query) -> Iterator[Reading]:
    """Count the norms that each check cites; for all checks a norm counts once."""
    sql = """
        SELECT c.inspection, c.norm, coalesce(i.issuer, '') FROM check_norms c
        LEFT JOIN norms_issued_to_date i ON i.norm = c.norm
    """
    cited = q.rows(sql)
    once = {norm: issuer for _, norm, issuer in cited}
    later = Counter(f"inspection:{inspection}" for inspection, _, issuer in cited if not issuer)
    later[ALL] = sum(not issuer for issuer in once.values())
    remarks = {
        subject: counted(count, "项期末尚未制定", "not issued by the period's end")
        for subject, count in later.items()
    }
    found = [(inspection, issuer, 1) for inspection, _, issuer in cited]
    whole = Counter(once.values())
    yield from by_check(q, "issuer", "issuer", found, NO_NORM, whole=whole, remarks=remarks)


# Then of what was found, and how it was mended.

NO_PROBLEM = Words("没有问题类发现", "no problem was found")
NOT_DUE = Words("期间内没有到期的整改", "no rectification was due in the period")


@indicator(
    "oversight.findings",
    of=findings,
    unit="findings",
    better="neither",
    formula="n; n(kind); n(problem)",
    zh="发现数，按类别与四类问题",
    en="Findings, by kind and by the four problems",
)
def raised(q: Query) -> Iterator[Reading]:
    """Count the findings of the period; units are not told apart, or nobody would report."""
    found = q.rows("SELECT kind, problem FROM findings")
    problems = Counter(problem for kind, problem in found if kind == "problem")
    uncoded = counted(problems[None], "个问题未归类", "problems without a code")
    yield q.reading(ALL, len(found), flags=uncoded)
    yield from by_code(q, "kind", "finding_kind", Counter(kind for kind, _ in found))
    yield from by_code(q, "problem", "problem", problems)


def of_problem(code: str) -> dict[str, str]:
    """Return the dimensions of a problem's code; "" stands for all."""
    return {"problem": code} if code else {}


@indicator(
    "oversight.closed",
    of=(finding_texts, rectification_assignments, rectification_status),
    unit="share",
    better="higher",
    formula="closed / problems",
    zh="问题销号率：整改全部验收到位的问题 ÷ 问题",
    en="Problems whose rectifications were all verified / problems",
)
def closed(q: Query) -> Iterator[Reading]:
    """Tell how many problems are closed; one that nobody was asked to mend is open."""
    for code, found in problems_by_code(q).items():
        unasked = sum(not p.mendings for p in found)
        flags = counted(unasked, "个问题未交办整改", "problems without a rectification")
        done = sum(p.closed is not None for p in found)
        dimensions = of_problem(code)
        yield q.ratio(ALL, done, len(found), NO_PROBLEM, dimensions=dimensions, flags=flags)


@indicator(
    "oversight.closure_time",
    of=(finding_texts, rectification_assignments, rectification_status),
    unit="days",
    better="lower",
    formula="min t: S(t) <= 1/2, S(t) = prod(1 - d/n)",
    zh="问题整改中位天数，未销号者截尾",
    en="Median days from finding to verified rectification (Kaplan-Meier)",
)
def closure_time(q: Query) -> Iterator[Reading]:
    """Estimate how long a problem stays open; one closed before it was raised is left out."""
    for code, found in problems_by_code(q).items():
        spans = [span(q, p.day, p.closed) for p in found]
        kept = [s for s in spans if s[0] >= 0]
        flags = counted(
            len(spans) - len(kept),
            "个问题先销号后提出",
            "problems were closed before they were raised",
        )
        yield survival(q, ALL, kept, NO_PROBLEM, flags, of_problem(code))


@indicator(
    "oversight.rectified",
    of=(rectification_assignments, rectification_status),
    unit="share",
    better="higher",
    per="unit",
    formula="n(closed <= due) / n(due)",
    zh="按期整改率：期限内验收到位 ÷ 期间到期的整改",
    en="Rectifications verified by their due date / due in the period",
)
def rectified(q: Query) -> Iterator[Reading]:
    """Tell how many of the rectifications due in the period were verified by then, also by unit.

    What a unit that is gone had to mend is its heirs' to mend.
    """
    start, end = q.start, q.end
    every = [m for found in mendings(q).values() for m in found]
    due = [m for m in every if m.due_on is not None and start <= m.due_on < end]
    undated = sum(m.due_on is None and m.day >= start for m in every)
    flags = counted(undated, "项整改未定期限", "rectifications without a due date")
    seen_as, of_unit = heirs(q), defaultdict[str, list[Mending]](list)
    for m in due:
        for unit, _ in seen_as.get(m.unit, [(m.unit, WHOLE)]):
            of_unit[unit].append(m)

    def share(subject: str, among: Sequence[Mending], flags: Sequence[Words] = ()) -> Reading:
        in_time = sum(m.closed is not None and m.closed <= str(m.due_on) for m in among)
        return q.ratio(subject, in_time, len(among), NOT_DUE, flags=flags)

    yield share(ALL, due, flags)
    for unit in sorted({u.id for u in district_units(q)} | of_unit.keys()):
        yield share(f"unit:{unit}", of_unit[unit])


# Last of what was recommended. A recommendation counts from its day on, for good.

NO_RECOMMENDATION = Words("没有建议", "nothing was recommended")
NO_TESTS = Words("没有可检验的指标", "no figure by which it can be tested")
NOT_ASSIGNED = Words("尚未分解交办", "nobody was asked to carry it out")
STRADDLES = Words("区间跨越界限", "the interval lies across the bound")
MET, UNMET = Words("达到", "met"), Words("未达到", "not met")


def judged(
    q: Query, figure: str, at_least: int | None, at_most: int | None
) -> tuple[bool | None, Words]:
    """Return whether a figure lies within bounds, None where nobody knows, and both in words.

    An interval does so if all of it does, and does not if none of it does.
    """
    found = about_all(q, figure)
    unit = "" if isinstance(found, Words) or found.indicator is None else found.indicator.unit
    scale = WHOLE if unit in ("share", "ratio") else 1
    least = None if at_least is None else at_least / scale
    most = None if at_most is None else at_most / scale
    bounds = [f"{sign} {plain(b)}" for sign, b in (("≥", least), ("≤", most)) if b is not None]
    wanted = f"{figure} {' '.join(bounds)}"
    if isinstance(found, Words):  # in which unit the bounds are nobody knows
        return None, Words(f"{figure}：{found.zh}", f"{figure}: {found.en}")
    low = found.low if found.value is None else found.value
    high = found.high if found.value is None else found.value
    if low is None or high is None:
        why = found.reason or NO_FIGURE
        return None, Words(f"{wanted}：无数值（{why.zh}）", f"{wanted}: no value ({why.en})")
    shown = plain(low) if low == high else f"{plain(low)}..{plain(high)}"
    inside = (least is None or low >= least) and (most is None or high <= most)
    outside = (least is not None and high < least) or (most is not None and low > most)
    met = True if inside else False if outside else None
    said = MET if inside else UNMET if outside else STRADDLES
    return met, Words(f"{wanted}：{shown}，{said.zh}", f"{wanted}: {shown}, {said.en}")


def judgements(q: Query) -> dict[str, list[tuple[bool | None, Words]]]:
    """Return what became of each test of each recommendation made by the period's end."""
    sql = "SELECT recommendation FROM recommendations_to_date ORDER BY recommendation"
    found: dict[str, list[tuple[bool | None, Words]]] = {id_: [] for id_ in q.column(sql)}
    sql = """
        SELECT recommendation, figure, at_least, at_most FROM recommendation_tests_to_date
        ORDER BY recommendation, figure
    """
    for id_, *test in q.rows(sql):
        found[id_].append(judged(q, *test))
    return found


@indicator(
    "oversight.recommendations_met",
    of=(recommendations, recommendation_tests),
    unit="share",
    better="higher",
    per="recommendation",
    formula="met / tests with a value",
    zh="建议达成率：已达到的检验 ÷ 有读数的检验",
    en="Tests of a recommendation that are met / tests with a value",
)
def recommendations_met(q: Query) -> Iterator[Reading]:
    """Tell how far each recommendation is met, by the figures of the query's period.

    Of all: those of which every test with a value is met, by those that have one with a value.
    """
    codes = dict(q.rows("SELECT recommendation, code FROM recommendations_to_date ORDER BY event"))
    met: dict[str, list[bool]] = {"": [], **{code: [] for code in terms(q, "recommendation")}}
    for id_, tests in judgements(q).items():
        known = [fine for fine, _ in tests if fine is not None]
        flags = [said for _, said in tests]
        yield q.ratio(f"recommendation:{id_}", sum(known), len(known), NO_TESTS, flags=flags)
        if known:
            met[""].append(all(known))
            met.setdefault(codes[id_], []).append(all(known))
    for code, fine in met.items():
        none, dimensions = NO_TESTS if codes else NO_RECOMMENDATION, {"code": code} if code else {}
        yield q.ratio(ALL, sum(fine), len(fine), none, dimensions=dimensions)


@indicator(
    "oversight.followed_up",
    of=(recommendations, rectification_assignments, rectification_status),
    unit="share",
    better="higher",
    per="recommendation",
    formula="n(verified) / n(assigned)",
    zh="建议落实率：验收到位的整改 ÷ 据此交办的整改",
    en="Rectifications of a recommendation verified / assigned",
)
def followed_up(q: Query) -> Iterator[Reading]:
    """Tell how much of what was assigned on each recommendation was verified by the period's end."""
    made = q.column("SELECT recommendation FROM recommendations_to_date ORDER BY recommendation")
    mended, every = mendings(q), list[Mending]()
    for id_ in made:
        assigned = mended.get(("recommendation", id_), [])
        every += assigned
        done = sum(m.closed is not None for m in assigned)
        yield q.ratio(f"recommendation:{id_}", done, len(assigned), NOT_ASSIGNED)
    done = sum(m.closed is not None for m in every)
    yield q.ratio(ALL, done, len(every), NOT_ASSIGNED if made else NO_RECOMMENDATION)


ODD_CHECKS = """
    SELECT c.inspection, c.event, c.units_total, c.day, c.approved_on, count(u.unit) FROM checks c
    LEFT JOIN check_units u ON u.event = c.event
    GROUP BY c.inspection, c.event, c.units_total, c.day, c.approved_on
"""
ODD_SESSIONS = """
    SELECT DISTINCT c.inspection, c.event, s.held_on FROM checks c
    JOIN check_sessions s ON s.event = c.event WHERE s.held_on < c.day OR s.held_on > c.ends
"""
ODD_DELIBERATIONS = """
    SELECT d.inspection, d.event, d.day FROM deliberations d
    JOIN checks_to_date c ON c.inspection = d.inspection WHERE d.day < coalesce(c.ends, c.day)
"""


@indicator(
    "oversight.contradictions",
    of=(checks, check_units, check_sessions, deliberations, rectification_status),
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
    found = list(odd_rectifications(q))
    for inspection, position, total, day, approved_on, names in q.rows(ODD_CHECKS):
        if total is not None and total < names:
            said = Words(f"受检 {total} 家，列名 {names} 家", f"{total} units heard, {names} named")
            found.append((inspection, position, said))
        if approved_on is not None and approved_on > day:
            said = Words(
                f"{approved_on} 批准，已经开始", f"approved on {approved_on}, when it had begun"
            )
            found.append((inspection, position, said))
    for inspection, position, day in q.rows(ODD_SESSIONS):
        said = Words(f"{day} 的场次不在检查期间", f"a session on {day}, outside the check")
        found.append((inspection, position, said))
    for inspection, position, day in q.rows(ODD_DELIBERATIONS):
        said = Words(f"{day} 审议时尚未结束", f"deliberated on {day}, before it ended")
        found.append((inspection, position, said))
    yield from listed(q, "inspection", found)


# 4. The family.


@hookimpl
def lianjian_family() -> Family:
    """Return the family of oversight."""
    return Family(
        "oversight",
        version=1,
        zh="人大监督",
        en="Oversight",
        **declared(__name__),
        reports=[
            Report(
                "oversight.inspection",
                "inspection",
                four_parts,
                "监督调研报告",
                "Report of a check",
            )
        ],
    )
