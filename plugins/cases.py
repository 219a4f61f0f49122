"""Cases: from the decision to the lesson and the mended loophole (以案促改).

What a district does with a case after it was decided: is it announced in time, are the three checks
(一案三查) made, does it become a lesson, is the loophole that it showed mended, and how long did all
that take.

    case.disposed ──▶ case.announced, case.check_done       announced in time, three checks
         │──▶ case.lesson_published, activity.held{cases}   conversion, education lag, 以案说法
         └──▶ loophole.identified ──▶ rectification.*       loopholes mended, and how fast

**Fewer cases is not better.** Who is scored on having few cases hides them. So no count of cases or
loopholes has a direction (`neither`), and no indicator has a reading for a unit or for a case: a
method of evaluation finds nothing here that it could score a unit by.

**Nobody is named.** Ids are opaque and no field holds a person, the text of a decision or a place.
The unit may be left out. The recorder is the discipline office.

**The cohort.** Unless said otherwise the cases are those decided in the period, and what became of
them is followed to the period's end. What has not come by then is censored, which keeps a lag from
looking short because the slow ones are still open.

**Early is not soon.** A warning activity before the decision answers nothing: such cases are counted
apart, and their lag runs to the first activity on or after the decision. An announcement, or a fix,
before there was anything to announce or to fix is a contradiction, and is left out of the lag.

**The rule of the day.** The time limit for announcing is that of the norm in force on the day of the
decision; of several rules, the one that came into force last. A version that says nothing of
announcing leaves the earlier limit in force. Blank `extended` is not extended.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Annotated, Any

from attrs import Attribute
from attrs.validators import min_len

from lianjian.core import (
    ALL,
    ActivityHeld,
    Family,
    New,
    NormIssued,
    Query,
    Reading,
    Ref,
    Row,
    Term,
    Words,
    activity_formats,
    declared,
    event,
    facts,
    field,
    frozen,
    hookimpl,
    indicator,
    rectification_assignments,
    rectification_status,
)
from lianjian.core.errors import PartWrong
from lianjian.core.kit import counted, listed, month_later, norm_on, span, survival
from lianjian.core.vocabulary import installed

# 1. Events.

CaseId = Annotated[str, Ref("case")]
UnitId = Annotated[str, Ref("unit")]
OPAQUE = re.compile(r"[A-Za-z0-9._-]{1,64}")


def opaque(_: Any, attribute: "Attribute[Any]", value: str) -> None:
    """Validate that an id cannot be a Chinese name: ASCII letters, digits, dots, _ and - alone."""
    if not OPAQUE.fullmatch(value):
        why = Words(
            "案件编号只能用英文字母、数字和 . _ -，最长 64 位，不得含姓名",
            "a case's id has letters a-z, digits, . _ and - only, at most 64, and no name",
        )
        raise PartWrong(why=why).at(attribute.name)


@event("case.disposed", 1, happened=True)
@frozen
class CaseDisposed:
    """A case was decided, in one of the four forms (四种形态).

    `usable` tells whether it is fit to be taught from; left out, nobody has said.
    """

    case: Annotated[str, New("case")] = field(validator=opaque)
    form: Annotated[str, Term("form")]
    day: date
    unit: UnitId | None = None
    domain: Annotated[str, Term("domain")] | None = None
    usable: bool | None = None


@event("case.announced", 1, happened=True)
@frozen
class CaseAnnounced:
    """The decision was announced; `extended` where a longer time had been approved."""

    case: CaseId
    day: date
    extended: bool | None = None


@event("case.check_done", 1, happened=True)
@frozen
class CaseCheckDone:
    """One of the three checks of a case was made (一案三查)."""

    case: CaseId
    slot: Annotated[str, Term("check_slot")]
    day: date
    why: str | None = None


@event("case.lesson_published", 1)
@frozen
class CaseLessonPublished:
    """There is something to teach from: a case, or a positive exemplar, which has none.

    `local` tells whether it is of people and things near by (身边人身边事).
    """

    lesson: Annotated[str, New("lesson")]
    polarity: Annotated[str, Term("polarity")]
    day: date
    case: CaseId | None = None
    local: bool | None = None
    resource: Annotated[str, Ref("resource")] | None = None
    unit: UnitId | None = None


@event("loophole.identified", 1)
@frozen
class LoopholeIdentified:
    """A case showed a loophole, at a `step` of some process; `unit` must mend it.

    The mending is a rectification of the loophole.
    """

    loophole: Annotated[str, New("loophole")]
    case: CaseId
    step: str = field(validator=min_len(1))
    day: date
    unit: UnitId | None = None


# 2. Facts.


def yes_or_no(told: bool | None) -> str | None:
    """Return "yes", "no", or None for what nobody has told."""
    return None if told is None else "yes" if told else "no"


@facts(key="day case_id", text="form domain unit usable")
def cases_disposed(e: CaseDisposed) -> Iterator[Row]:
    """State one decided case."""
    yield e.day, e.case, e.form, e.domain, e.unit, yes_or_no(e.usable)


@facts(key="day case_id", text="extended")
def case_announcements(e: CaseAnnounced) -> Iterator[Row]:
    """State that a decision was announced."""
    yield e.day, e.case, yes_or_no(e.extended)


@facts(key="day case_id slot")
def case_checks(e: CaseCheckDone) -> Iterator[Row]:
    """State that one of the three checks was made."""
    yield e.day, e.case, e.slot


@facts(key="day lesson", text="case_id polarity local resource")
def case_lessons(e: CaseLessonPublished) -> Iterator[Row]:
    """State one lesson."""
    yield e.day, e.lesson, e.case, e.polarity, yes_or_no(e.local), e.resource


@facts(key="day loophole", text="case_id step unit")
def loopholes(e: LoopholeIdentified) -> Iterator[Row]:
    """State one loophole."""
    yield e.day, e.loophole, e.case, e.step, e.unit


EXPLAINING = {"case_law", "case_discipline"}  # 以案说法、以案说纪


@facts(key="day activity case_id", text="host", sums="minutes warning_bp explains")
def case_activities(e: ActivityHeld) -> Iterator[Row]:
    """State which cases an activity was about.

    `warning_bp` is the share of warning education, `explains` 1 where it explained law or
    discipline by the case and 0 where not; both are None where themes, or forms, are blank.
    """
    if not e.cases:
        return
    warning = e.themes.get("warning", 0) if e.themes else None
    explains = int(bool(EXPLAINING & e.formats.keys())) if e.formats else None
    for case in e.cases:
        yield e.day, e.activity, case, e.host, e.minutes, warning, explains


@facts(key="day series", text="norm", sums="months extended", state="norm")
def announcement_limits(e: NormIssued) -> Iterator[Row]:
    """State within how many months a norm wants a decision announced, from the day of its force."""
    for limit in e.limits:
        if limit.duty == "announce":
            yield e.effective_on or e.day, e.series, e.norm, limit.months, limit.extended


# 3. Indicators: how many, and of which form.

NO_CASES = Words("期间内没有处分决定", "no case was decided in the period")


@indicator(
    "cases.disposed",
    of=cases_disposed,
    unit="cases",
    better="neither",
    zh="处分决定数，按形态、领域；少不等于好",
    en="Cases decided, by form and domain; fewer is not better",
    formula="n",
)
def disposed(q: Query) -> Iterator[Reading]:
    """Count the cases, and those of each form and domain that occur."""
    rows = q.rows("SELECT form, domain FROM cases_disposed")
    blank = sum(domain is None for _, domain in rows)
    flags = counted(blank, "件领域空白", "without a domain")
    yield q.reading(ALL, len(rows), flags=flags)
    for dimension, codes in zip(("form", "domain"), zip(*rows, strict=True), strict=False):
        for code, count in Counter(c for c in codes if c is not None).items():
            yield q.reading(ALL, count, dimensions={dimension: code})


@indicator(
    "cases.form_share",
    of=cases_disposed,
    unit="share",
    better="neither",
    zh="“四种形态”占比",
    en="Share of each of the four forms",
    formula="n(form) / n",
)
def form_share(q: Query) -> Iterator[Reading]:
    """Divide the cases of each form by all; the first form is 抓早抓小."""
    counts = Counter(q.column("SELECT form FROM cases_disposed"))
    for form in {*installed()["form"], *counts}:
        dimensions = {"form": form}
        yield q.ratio(ALL, counts[form], counts.total(), NO_CASES, dimensions=dimensions)


# 4. Education and announcement: how soon after the decision.


def decided(q: Query) -> dict[str, str]:
    """Return the cases decided in the period, with the day of the decision."""
    return dict(q.rows("SELECT case_id, day FROM cases_disposed ORDER BY day, event"))


def first_from(days: Sequence[str], day: str) -> str | None:
    """Return the first of ascending days that is not before a day."""
    return next((d for d in days if d >= day), None)


def linked_activities(q: Query, which: str) -> Mapping[str, list[str]]:
    """Return the days, ascending, of the activities about each case of which `which` is true."""
    found: dict[str, list[str]] = defaultdict(list)
    for case, day in q.rows(
        f"SELECT case_id, day FROM case_activities_to_date WHERE {which} ORDER BY day, event"
    ):
        found[case].append(day)
    return found


@indicator(
    "cases.education_lag",
    of=(cases_disposed, case_activities),
    unit="days",
    better="lower",
    zh="处分决定到首场关联警示教育的中位天数，未开展者截尾",
    en="Median days from decision to the first linked warning activity (Kaplan-Meier, open cases censored)",
    formula="min{t: S(t) ≤ 1/2}, S(t) = Π (1 - d/n)",
)
def education_lag(q: Query) -> Iterator[Reading]:
    """Estimate how long it takes until a case is taught from.

    An activity of unknown themes is not counted as warning education; where it might have been the
    first, the case is flagged.
    """
    warning, unknown = (
        linked_activities(q, which) for which in ("warning_bp > 0", "warning_bp IS NULL")
    )
    spans, unsure = [], 0
    for case, day in decided(q).items():
        first = first_from(warning.get(case, ()), day)
        perhaps = first_from(unknown.get(case, ()), day)
        unsure += perhaps is not None and (first is None or perhaps < first)
        spans.append(span(q, day, first))
    flags = counted(
        unsure, "件关联活动主题空白，未计为警示教育", "taught in activities of unknown themes"
    )
    yield survival(q, ALL, spans, NO_CASES, flags)


@indicator(
    "cases.educated_before",
    of=(cases_disposed, case_activities),
    unit="cases",
    better="neither",
    zh="处分决定之前已关联警示教育的案件数",
    en="Cases with a linked warning activity before the decision",
    formula="#{c: first(c) < decided(c)}",
)
def educated_before(q: Query) -> Iterator[Reading]:
    """Count the cases that were taught from before they were decided: the negative lags."""
    warning = linked_activities(q, "warning_bp > 0")
    early = [case for case, day in decided(q).items() if case in warning and warning[case][0] < day]
    yield q.reading(ALL, len(early))


@frozen
class Announced:
    """When a case was decided, and when first announced after that, None where it was not."""

    decided: str
    day: str | None = None
    extended: str | None = None


def announcements(q: Query) -> tuple[list[Announced], int]:
    """Return the period's cases, but for those that were announced only before the decision.

    Of these, one of two days is wrong and nobody knows which: they are counted beside.
    """
    told = defaultdict(list)
    for case, day, extended in q.rows(
        "SELECT case_id, day, extended FROM case_announcements_to_date ORDER BY day, event"
    ):
        told[case].append((day, extended))
    found, early = list[Announced](), 0
    for case, day in decided(q).items():
        after = [announced for announced in told[case] if announced[0] >= day]
        if after:
            found.append(Announced(day, *after[0]))
        elif told[case]:
            early += 1
        else:
            found.append(Announced(day))
    return found, early


EARLY = Words("宣布都早于决定", "all were announced before they were decided")
NO_LIMIT = Words("没有可适用的时限规定", "no norm with a time limit applies")
NOT_DUE = Words("期末均未到期", "none was due by the period's end")


def said_early(count: int) -> list[Words]:
    """Return the flag of cases that were announced before they were decided."""
    return counted(count, "件宣布早于决定，未计入", "announced before they were decided, left out")


@indicator(
    "cases.announced_in_time",
    of=(cases_disposed, case_announcements, announcement_limits),
    unit="share",
    better="higher",
    zh="按期宣布率：按决定时有效的规定版本",
    en="Decisions announced within the limit of the norm version then in force",
    formula="#{announced ≤ decided + limit} / #{announced or due}",
)
def announced_in_time(q: Query) -> Iterator[Reading]:
    """Divide the cases announced in time by those announced or due, together and by norm.

    The limit is by months (一个月，经批准最长六个月); a case is due when its limit has passed. Whether
    a longer time was approved is known once it is announced, so a late one is flagged until then.
    """
    sql = "SELECT day, norm, months, extended FROM announcement_limits_to_date ORDER BY day, event"
    limits = [(day, limit) for day, *limit in q.rows(sql)]
    cases, early = announcements(q)
    end = q.end
    judged: dict[str, list[bool]] = defaultdict(list)
    without = not_due = unsure = 0
    for c in cases:
        limit = norm_on(limits, c.decided)
        if limit is None:
            without += 1
            continue
        norm, months, extended = limit
        first = date.fromisoformat(c.decided)
        due = month_later(first, months).isoformat()
        latest = month_later(first, extended or months).isoformat()
        if c.day is not None:
            judged[norm].append(c.day <= (latest if c.extended == "yes" else due))
        elif due < end:
            judged[norm].append(False)
            unsure += latest >= end
        else:
            not_due += 1
    flags = [
        *said_early(early),
        *counted(without, "件决定时没有时限规定", "decided while no limit was in force"),
        *counted(not_due, "件未到期，未计入", "not due yet, left out"),
        *counted(unsure, "件未宣布，可能已获准延长", "not announced, perhaps extended"),
    ]
    reasons = ((not_due, NOT_DUE), (without, NO_LIMIT), (early, EARLY))
    none = next((why for count, why in reasons if count), NO_CASES)
    everything = [kept for of_one in judged.values() for kept in of_one]
    yield q.ratio(ALL, sum(everything), len(everything), none, flags=flags)
    for norm, kept in judged.items():
        yield q.ratio(ALL, sum(kept), len(kept), none, dimensions={"norm": norm})


@indicator(
    "cases.announcement_lag",
    of=(cases_disposed, case_announcements),
    unit="days",
    better="lower",
    zh="处分决定到宣布的中位天数，未宣布者截尾",
    en="Median days from decision to announcement (Kaplan-Meier)",
    formula="min{t: S(t) ≤ 1/2}, S(t) = Π (1 - d/n)",
)
def announcement_lag(q: Query) -> Iterator[Reading]:
    """Estimate how long it takes until a decision is announced."""
    cases, early = announcements(q)
    spans = [span(q, c.decided, c.day) for c in cases]
    yield survival(q, ALL, spans, EARLY if early else NO_CASES, said_early(early))


# 5. Checks and lessons.

CHECKS = 3  # 一案三查, whichever slots a district defines
NO_USABLE = Words("没有可用于教育的案例", "no case is known to be fit to be taught from")
NO_LESSONS = Words("期间内没有教育材料", "no lesson was published in the period")
NOT_SAID = Words("均未注明是否身边案例", "of no lesson is it known whether it is from near by")


@indicator(
    "cases.three_checks",
    of=(cases_disposed, case_checks),
    unit="share",
    better="higher",
    zh="一案三查完成率：已查项 ÷（3 × 案件）",
    en="Check slots done / 3 per case",
    formula="Σ min(3, slots(c)) / (3 n)",
)
def three_checks(q: Query) -> Iterator[Reading]:
    """Divide the checks made by three a case, and by slot the cases that have it by all cases.

    What the three are is read in different ways, so the slots are terms of a vocabulary.
    """
    cases, done = decided(q), defaultdict[str, set[str]](set)
    for case, slot in q.rows("SELECT DISTINCT case_id, slot FROM case_checks_to_date"):
        if case in cases:
            done[slot].add(case)
    slots = Counter(case for having in done.values() for case in having)
    made = sum(min(CHECKS, count) for count in slots.values())
    yield q.ratio(ALL, made, CHECKS * len(cases), NO_CASES)
    for slot in {*installed()["check_slot"], *done}:
        dimensions = {"slot": slot}
        yield q.ratio(ALL, len(done[slot]), len(cases), NO_CASES, dimensions=dimensions)


def taught(q: Query) -> set[str]:
    """Return the cases that a lesson was published of, by the period's end."""
    return set(q.column("SELECT case_id FROM case_lessons_to_date WHERE case_id IS NOT NULL"))


@indicator(
    "cases.conversion",
    of=(cases_disposed, case_lessons),
    unit="share",
    better="higher",
    zh="案例转化率：有教育材料的可用案例 ÷ 可用案例",
    en="Usable cases with a lesson / usable cases",
    formula="#{usable, lessons ≥ 1} / #{usable}",
)
def conversion(q: Query) -> Iterator[Reading]:
    """Divide the usable cases that became a lesson by all usable ones."""
    cases = q.rows("SELECT case_id, usable FROM cases_disposed")
    usable = {case for case, fit in cases if fit == "yes"}
    blank = sum(fit is None for _, fit in cases)
    flags = counted(
        blank, "件未注明可否用于教育", "of which nobody said whether they can be taught from"
    )
    none = NO_USABLE if cases else NO_CASES
    yield q.ratio(ALL, len(usable & taught(q)), len(usable), none, flags=flags)


@indicator(
    "cases.local_share",
    of=case_lessons,
    unit="share",
    better="higher",
    zh="身边案例占比：身边的教育材料 ÷ 已知是否身边的材料",
    en="Lessons from near by / lessons of which that is known",
    formula="n(local) / (n(local) + n(not local))",
)
def local_share(q: Query) -> Iterator[Reading]:
    """Divide the period's lessons from near by by those of which that is known, by polarity, too."""
    rows = q.rows("SELECT polarity, local FROM case_lessons")

    def share(told: Sequence[str | None], **dimensions: str) -> Reading:
        counts = Counter(told)
        flags = counted(counts[None], "份未注明是否身边案例", "not known to be from near by or not")
        known, none = counts["yes"] + counts["no"], NOT_SAID if told else NO_LESSONS
        return q.ratio(ALL, counts["yes"], known, none, flags=flags, dimensions=dimensions)

    yield share([local for _, local in rows])
    for polarity in {*installed()["polarity"], *(p for p, _ in rows)}:
        yield share([local for p, local in rows if p == polarity], polarity=polarity)


@indicator(
    "cases.explained",
    of=(case_activities, activity_formats),
    unit="activities",
    better="neither",
    zh="以案说法、以案说纪的活动场次；全部为关联了案件的，按是否关联分列",
    en="Activities that explain law or discipline by a recorded case; apart, those by none",
    formula="#{a: (case_law or case_discipline) and a case}",
)
def explained(q: Query) -> Iterator[Reading]:
    """Count the activities about a recorded case, and all of those forms, linked to a case or not."""
    linked = dict(
        q.rows("SELECT explains, count(DISTINCT event) FROM case_activities GROUP BY explains")
    )
    forms = ", ".join(f"'{form}'" for form in sorted(EXPLAINING))
    held = q.one(f"SELECT count(DISTINCT event) FROM activity_formats WHERE format IN ({forms})")
    yes = linked.get(1, 0)
    blank = linked.get(None, 0)
    flags = counted(blank, "场有关联案件而形式空白", "about a case, of unknown form")
    yield q.reading(ALL, yes, flags=flags)
    for answer, count in {"yes": yes, "no": held - yes}.items():
        yield q.reading(ALL, count, dimensions={"linked": answer})


# 6. Loopholes: found, mended, and how fast.

NO_LOOPHOLES = Words("未发现漏洞", "no loophole was identified in the period")
NEITHER = Words("没有案件有教育材料或堵漏整改", "no case has a lesson or a fix")
MENDED_BEFORE = Words(
    "验收都早于查找出漏洞", "all were verified as mended before they were identified"
)


def assignments(q: Query) -> list[tuple[int, str, str, str]]:
    """Return the position, id, loophole and day of the rectifications of loopholes, to date."""
    return q.rows(
        "SELECT event, rectification, target, day FROM rectification_assignments_to_date "
        "WHERE kind_of_target = 'loophole' ORDER BY day, event"
    )


def fixes(q: Query) -> dict[str, str]:
    """Return the loopholes that are mended by the period's end, with the day of it.

    Only the outcome `met` closes a rectification, and any later other outcome opens it again, until
    the next one that is met. Of several rectifications of a loophole the first counts.
    """
    of = {rectification: loophole for _, rectification, loophole, _ in assignments(q)}
    met: dict[str, str] = {}
    for rectification, day, status in q.rows(
        "SELECT rectification, day, status FROM rectification_status_to_date "
        "WHERE status IN ('verified', 'returned') ORDER BY day, event"
    ):
        if status == "verified":
            met.setdefault(rectification, day)
        else:
            met.pop(rectification, None)
    found: dict[str, str] = {}
    for rectification, day in met.items():  # which stand by day
        if rectification in of:
            found.setdefault(of[rectification], day)
    return found


def identified(q: Query) -> dict[str, str]:
    """Return the loopholes identified in the period, with the day of it."""
    return dict(q.rows("SELECT loophole, day FROM loopholes ORDER BY day, event"))


@indicator(
    "cases.loopholes",
    of=loopholes,
    unit="items",
    better="neither",
    zh="查找出的漏洞数",
    en="Loopholes identified",
    formula="n",
)
def loopholes_identified(q: Query) -> Iterator[Reading]:
    """Count the loopholes identified in the period, whenever their cases were decided."""
    yield q.reading(ALL, len(identified(q)))


@indicator(
    "cases.loopholes_fixed",
    of=(loopholes, rectification_assignments, rectification_status),
    unit="share",
    better="higher",
    zh="堵漏率：整改验收到位的漏洞 ÷ 查找出的漏洞",
    en="Loopholes whose fix was verified / loopholes identified",
    formula="#{verified met} / #{identified}",
)
def loopholes_fixed(q: Query) -> Iterator[Reading]:
    """Divide the period's loopholes that are mended by its end by all of them."""
    found = identified(q)
    yield q.ratio(ALL, len(found.keys() & fixes(q).keys()), len(found), NO_LOOPHOLES)


@indicator(
    "cases.fix_time",
    of=(loopholes, rectification_assignments, rectification_status),
    unit="days",
    better="lower",
    zh="堵漏中位天数，未完成者截尾",
    en="Median days from a loophole's identification to its verified fix (Kaplan-Meier)",
    formula="min{t: S(t) ≤ 1/2}, S(t) = Π (1 - d/n)",
)
def fix_time(q: Query) -> Iterator[Reading]:
    """Estimate how long a loophole stays open."""
    mended = fixes(q)
    spans = [span(q, day, mended.get(loophole)) for loophole, day in identified(q).items()]
    there = [(days, ended) for days, ended in spans if days >= 0]
    early = len(spans) - len(there)
    flags = counted(early, "项验收早于查找出漏洞，未计入", "mended before identified, left out")
    yield survival(q, ALL, there, MENDED_BEFORE if early else NO_LOOPHOLES, flags)


@indicator(
    "cases.synchronised",
    of=(cases_disposed, case_lessons, loopholes, rectification_assignments),
    unit="share",
    better="higher",
    zh="不敢腐与不能腐同步率：既有教育又有堵漏的案件 ÷ 有其一的案件",
    en="Cases with both a lesson and a fix assigned / cases with either",
    formula="|lesson ∩ fix| / |lesson ∪ fix|",
)
def synchronised(q: Query) -> Iterator[Reading]:
    """Divide the cases with a lesson and with a fix that is assigned by those with either."""
    cases = decided(q).keys()
    shown_by = dict(q.rows("SELECT loophole, case_id FROM loopholes_to_date"))
    mending = {shown_by.get(loophole) for _, _, loophole, _ in assignments(q)}
    lessons, fixing = cases & taught(q), cases & mending
    none = NEITHER if cases else NO_CASES
    yield q.ratio(ALL, len(lessons & fixing), len(lessons | fixing), none)


# 7. Contradictions, of the period's cases, lessons and loopholes. They stand under all.

BEFORE_DECIDED = {
    "case_announcements": Words("宣布", "announced"),
    "case_checks": Words("查办", "checked"),
    "case_lessons": Words("编写教材", "taught"),
}
TWICE = {
    "case_announcements": ("case_id", Words("再次宣布", "announced again")),
    "case_checks": ("case_id, slot", Words("同一项再次查办", "the same check made again")),
}


def repeated(q: Query, table: str, what: str) -> Iterator[tuple[int, str]]:
    """Yield the position and day of what the period says and was said before."""
    seen, start = set[tuple[Any, ...]](), q.start
    for position, day, *told in q.rows(
        f"SELECT event, day, {what} FROM {table}_to_date ORDER BY day, event"
    ):
        if tuple(told) in seen and day >= start:
            yield position, day
        seen.add(tuple(told))


@indicator(
    "cases.contradictions",
    of=(
        cases_disposed,
        case_announcements,
        case_checks,
        case_lessons,
        loopholes,
        rectification_assignments,
    ),
    unit="events",
    better="lower",
    zh="案件记录中的矛盾：决定之前宣布、查办或编写教材，重复宣布",
    en="Contradictions of cases: announced, checked or taught before the decision, announced twice",
    formula="n",
)
def contradictions(q: Query) -> Iterator[Reading]:
    """List what came before its time or twice, and negative lessons without a case."""
    found, cases, known = [], decided(q), identified(q)
    for table, done in BEFORE_DECIDED.items():
        for position, day, case in q.rows(f"SELECT event, day, case_id FROM {table}_to_date"):
            if case in cases and day < cases[case]:
                zh = f"{day} {done.zh}，{cases[case]} 才决定"
                en = f"{done.en} {day}, decided {cases[case]}"
                found.append(("", position, Words(zh, en)))
    for table, (what, again) in TWICE.items():
        for position, day in repeated(q, table, what):
            found.append(("", position, Words(f"{day} {again.zh}", f"{again.en} {day}")))
    negative = "SELECT event FROM case_lessons WHERE polarity = 'negative' AND case_id IS NULL"
    no_case = Words("反面典型没有案件", "a negative lesson without a case")
    found += [("", position, no_case) for position in q.column(negative)]
    for position, _, loophole, day in assignments(q):
        if loophole in known and day < known[loophole]:
            zh = f"{day} 布置整改，{known[loophole]} 才查找出漏洞"
            en = f"mending assigned {day}, loophole identified {known[loophole]}"
            found.append(("", position, Words(zh, en)))
    yield from listed(q, "case", found)


# 8. The family.


@hookimpl
def lianjian_family() -> Family:
    """Return the family of cases."""
    return Family("cases", version=1, zh="以案促改", en="Cases", **declared(__name__))
