"""Cases: from the decision to the lesson and the mended loophole (以案促改).

What a district does with a case after it was decided: is it announced in time, are the three checks
(一案三查) made, does it become a lesson, is the loophole that it showed mended, and how long did all
that take. What is recorded of cases, and that nobody is named in it, is core's (core/casework.py).

    case.disposed ──▶ case.announced, case.check_done       announced in time, three checks
         │──▶ case.lesson_published, activity.held{cases}   conversion, education lag, 以案说法
         └──▶ loophole.identified ──▶ rectification.*       loopholes mended, and how fast

**Fewer cases is not better.** Who is scored on having few cases hides them. So no count of cases or
loopholes has a direction (`neither`), and no indicator has a reading for a unit or for a case.

**The cohort.** Unless said otherwise the cases are those decided in the period, and what became of
them is followed to the period's end. What has not come by then is censored, which keeps a lag from
looking short because the slow ones are still open.

**Early is not soon.** A warning activity before the decision answers nothing: such cases are counted
apart, and their lag runs to the first activity from the decision on. An announcement, or a fix,
before there was anything to announce or to fix is a contradiction, and is left out of the lag.

**The rule of the day.** The time limit for announcing is that of the norm in force on the day of the
decision. A version that says nothing of announcing leaves the earlier limit in force.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date

from lianjian.core import (
    ALL,
    Family,
    Query,
    Reading,
    Words,
    activity_formats,
    casework,
    declared,
    hookimpl,
    indicator,
    rectification_assignments,
    rectification_status,
)
from lianjian.core.kit import codes, counted, listed, month_later, norm_on, odd, span, survival
from lianjian.core.mending import mendings

MENDED = (rectification_assignments, rectification_status)

# 1. Indicators: how many, and of which form.

NO_CASES = Words("期间内没有处分决定", "no case was decided in the period")


@indicator(
    "cases.disposed",
    of=casework.cases_disposed,
    unit="cases",
    better="neither",
    zh="处分决定数，按形态、领域；少不等于好",
    en="Cases decided, by form and domain; fewer is not better",
    formula="n",
)
def disposed(q: Query) -> Iterator[Reading]:
    """Count the cases, and those of each form and domain that occur."""
    rows = q.rows("SELECT form, domain FROM cases_disposed")
    forms, domains = (Counter(row[column] for row in rows) for column in (0, 1))
    blank = counted(domains.pop(None, 0), "件领域空白", "without a domain")
    yield q.reading(ALL, len(rows), flags=blank)
    for dimension, counts in (("form", forms), ("domain", domains)):
        for code, count in counts.items():
            yield q.reading(ALL, count, dimensions={dimension: code})


@indicator(
    "cases.form_share",
    of=casework.cases_disposed,
    unit="share",
    better="neither",
    zh="“四种形态”占比：形态 f 的案件 ÷ 案件",
    en="Share of each of the four forms: cases of form f / cases",
    formula="n_f / n",
)
def form_share(q: Query) -> Iterator[Reading]:
    """Divide the cases of each form by all; the first form is 抓早抓小."""
    counts = Counter(q.column("SELECT form FROM cases_disposed"))
    for form in codes(q, "form", *counts):
        yield q.ratio(ALL, counts[form], counts.total(), NO_CASES, dimensions={"form": form})


# 2. Education and announcement: how soon after the decision.

EARLY = Words("宣布都早于决定", "all were announced before they were decided")
NO_LIMIT = Words("没有可适用的时限规定", "no norm with a time limit applies")
NOT_DUE = Words("期末均未到期", "none was due by the period's end")

# The decision, and from it on the first warning activity, and the first of unknown themes.
FIRST_ACTIVITIES = """
    SELECT c.day, min(CASE WHEN a.warning_bp > 0 THEN a.day END),
        min(CASE WHEN a.warning_bp IS NULL THEN a.day END)
    FROM cases_disposed c
    LEFT JOIN case_activities_to_date a ON a.case_id = c.case_id AND a.day >= c.day
    GROUP BY c.case_id, c.day
"""


@indicator(
    "cases.education_lag",
    of=(casework.cases_disposed, casework.case_activities),
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
    cases = q.rows(FIRST_ACTIVITIES)
    unsure = sum(perhaps is not None and perhaps < (first or q.end) for _, first, perhaps in cases)
    blank = "件关联活动主题空白，未计为警示教育", "taught in activities of unknown themes"
    flags = counted(unsure, *blank)
    yield survival(q, ALL, [span(q, day, first) for day, first, _ in cases], NO_CASES, flags)


@indicator(
    "cases.educated_before",
    of=(casework.cases_disposed, casework.case_activities),
    unit="cases",
    better="neither",
    zh="处分决定之前已关联警示教育的案件数：首场 a 早于决定 d",
    en="Cases with a linked warning activity before the decision: the first, a, before d",
    formula="#{a < d}",
)
def educated_before(q: Query) -> Iterator[Reading]:
    """Count the cases that were taught from before they were decided: the negative lags."""
    sql = """
        SELECT count(DISTINCT c.case_id) FROM cases_disposed c
        JOIN case_activities_to_date a ON a.case_id = c.case_id
        WHERE a.warning_bp > 0 AND a.day < c.day
    """
    yield q.reading(ALL, q.one(sql))


FIRST_ANNOUNCED = """
    SELECT decided, announced, extended FROM (
        SELECT c.day AS decided, a.day AS announced, a.extended, row_number() OVER (
            PARTITION BY c.case_id ORDER BY a.day < c.day, a.day, a.event
        ) AS place
        FROM cases_disposed c LEFT JOIN case_announcements_to_date a ON a.case_id = c.case_id
    ) z WHERE place = 1
"""


def announcements(q: Query) -> tuple[list[tuple[str, str | None, str | None]], list[Words]]:
    """Return when the period's cases were decided and first announced after that, and if extended.

    Cases that were announced only before the decision are left out, and counted in a flag: one of
    the two days is wrong and nobody knows which.
    """
    rows = q.rows(FIRST_ANNOUNCED)
    found = [row for row in rows if row[1] is None or row[1] >= row[0]]
    early = "件宣布早于决定，未计入", "announced before they were decided, left out"
    return found, counted(len(rows) - len(found), *early)


@indicator(
    "cases.announced_in_time",
    of=(casework.cases_disposed, casework.case_announcements, casework.announcement_limits),
    unit="share",
    better="higher",
    zh="按期宣布率：决定 d 后时限 L 内宣布（t）÷ 期末 T 前已宣布或到期，时限按决定时有效的规定版本",
    en="Announced in time: on t within the limit L of the norm in force on the decision's day d / "
    "announced or due by the end T",
    formula="#{t ≤ d + L} / #{min(t, d + L) < T}",
)
def announced_in_time(q: Query) -> Iterator[Reading]:
    """Divide the cases announced in time by those announced or due, together and by norm.

    The limit is by months (一个月，经批准最长六个月); a case is due when its limit has passed. Whether
    a longer time was approved is known once it is announced, so a late one is flagged until then.
    """
    sql = "SELECT day, norm, months, extended FROM announcement_limits_to_date ORDER BY day, event"
    limits = [(day, limit) for day, *limit in q.rows(sql)]
    cases, early = announcements(q)
    in_time: dict[str, list[bool]] = defaultdict(list)
    without = not_due = unsure = 0
    for decided, announced, approved in cases:
        limit = norm_on(limits, decided)
        if limit is None:
            without += 1
            continue
        norm, months, longer = limit
        day = date.fromisoformat(decided)
        due, latest = (month_later(day, n).isoformat() for n in (months, longer or months))
        if announced is not None:
            in_time[norm].append(announced <= (latest if approved == "yes" else due))
        elif due < q.end:
            in_time[norm].append(False)
            unsure += latest >= q.end
        else:
            not_due += 1
    flags = [
        *early,
        *counted(without, "件决定时没有时限规定", "decided while no limit was in force"),
        *counted(not_due, "件未到期，未计入", "not due yet, left out"),
        *counted(unsure, "件未宣布，可能已获准延长", "not announced, perhaps extended"),
    ]
    reasons = ((not_due, NOT_DUE), (without, NO_LIMIT), (early, EARLY))
    none = next((why for there, why in reasons if there), NO_CASES)
    every = [kept for of_one in in_time.values() for kept in of_one]
    yield q.ratio(ALL, sum(every), len(every), none, flags=flags)
    for norm, kept in in_time.items():
        yield q.ratio(ALL, sum(kept), len(kept), none, dimensions={"norm": norm})


@indicator(
    "cases.announcement_lag",
    of=(casework.cases_disposed, casework.case_announcements),
    unit="days",
    better="lower",
    zh="处分决定到宣布的中位天数，未宣布者截尾",
    en="Median days from decision to announcement (Kaplan-Meier)",
    formula="min{t: S(t) ≤ 1/2}, S(t) = Π (1 - d/n)",
)
def announcement_lag(q: Query) -> Iterator[Reading]:
    """Estimate how long it takes until a decision is announced."""
    cases, early = announcements(q)
    spans = [span(q, decided, announced) for decided, announced, _ in cases]
    yield survival(q, ALL, spans, EARLY if early else NO_CASES, early)


# 3. Checks and lessons.

CHECKS = 3  # 一案三查, whichever slots a district defines
NO_USABLE = Words("没有可用于教育的案例", "no case is known to be fit to be taught from")
NO_LESSONS = Words("期间内没有教育材料", "no lesson was published in the period")
NOT_SAID = Words("均未注明是否身边案例", "of no lesson is it known whether it is from near by")


@indicator(
    "cases.three_checks",
    of=(casework.cases_disposed, casework.case_checks),
    unit="share",
    better="higher",
    zh="一案三查完成率：各案已查的 k 项 ÷（3 × 案件 n）",
    en="Three checks: slots k done of each case / 3 for each of n cases",
    formula="Σ min(3, k) / (3 n)",
)
def three_checks(q: Query) -> Iterator[Reading]:
    """Divide the checks made by three a case, and by slot the cases that have it by all cases.

    What the three are is read in different ways, so the slots are terms of a vocabulary.
    """
    cases = q.one("SELECT count(*) FROM cases_disposed")
    done = q.rows("""
        SELECT DISTINCT c.case_id, k.slot FROM cases_disposed c
        JOIN case_checks_to_date k ON k.case_id = c.case_id
    """)
    slots, having = Counter(case for case, _ in done), Counter(slot for _, slot in done)
    made = sum(min(CHECKS, count) for count in slots.values())
    yield q.ratio(ALL, made, CHECKS * cases, NO_CASES)
    for slot in codes(q, "check_slot", *having):
        yield q.ratio(ALL, having[slot], cases, NO_CASES, dimensions={"slot": slot})


@indicator(
    "cases.conversion",
    of=(casework.cases_disposed, casework.case_lessons),
    unit="share",
    better="higher",
    zh="案例转化率：可用且有教育材料（L）的案例 ÷ 可用案例 U",
    en="Conversion: usable cases with a lesson, L / usable cases U",
    formula="|U ∩ L| / |U|",
)
def conversion(q: Query) -> Iterator[Reading]:
    """Divide the usable cases that became a lesson by the period's end by all usable ones."""
    cases = q.rows("""
        SELECT usable, case_id IN (
            SELECT case_id FROM case_lessons_to_date WHERE case_id IS NOT NULL
        ) FROM cases_disposed
    """)
    usable = [bool(taught) for fit, taught in cases if fit == "yes"]
    blank = "件未注明可否用于教育", "of which nobody said whether they can be taught from"
    flags = counted(sum(fit is None for fit, _ in cases), *blank)
    yield q.ratio(ALL, sum(usable), len(usable), NO_USABLE if cases else NO_CASES, flags=flags)


@indicator(
    "cases.local_share",
    of=casework.case_lessons,
    unit="share",
    better="higher",
    zh="身边案例占比：身边的教育材料 y ÷ 已知是否身边的材料 y + n",
    en="Lessons from near by: y / those of which that is known, y + n",
    formula="y / (y + n)",
)
def local_share(q: Query) -> Iterator[Reading]:
    """Divide the period's lessons from near by by those of which that is known, by polarity, too."""
    told = q.rows("SELECT polarity, local FROM case_lessons")
    for polarity in (None, *codes(q, "polarity", *(of for of, _ in told))):
        said = Counter(local for of, local in told if polarity in (None, of))
        known, none = said["yes"] + said["no"], NOT_SAID if said else NO_LESSONS
        flags = counted(said[None], "份未注明是否身边案例", "not known to be from near by or not")
        of = {"polarity": polarity} if polarity else {}
        yield q.ratio(ALL, said["yes"], known, none, flags=flags, dimensions=of)


@indicator(
    "cases.explained",
    of=(casework.case_activities, activity_formats),
    unit="activities",
    better="neither",
    zh="以案说法、以案说纪的活动场次 E；全部为关联了案件的（C），按是否关联分列",
    en="Activities E that explain law or discipline by a recorded case, C; apart, those by none",
    formula="|E ∩ C|",
)
def explained(q: Query) -> Iterator[Reading]:
    """Count the activities about a recorded case, and all of those forms, linked to a case or not."""
    sql = "SELECT explains, count(DISTINCT event) FROM case_activities GROUP BY explains"
    linked = dict(q.rows(sql))
    forms = ", ".join(f"'{form}'" for form in sorted(casework.EXPLAINING))
    held = q.one(f"SELECT count(DISTINCT event) FROM activity_formats WHERE format IN ({forms})")
    yes, blank = linked.get(1, 0), linked.get(None, 0)
    flags = counted(blank, "场有关联案件而形式空白", "about a case, of unknown form")
    yield q.reading(ALL, yes, flags=flags)
    for answer, count in {"yes": yes, "no": held - yes}.items():
        yield q.reading(ALL, count, dimensions={"linked": answer})


# 4. Loopholes: found, mended, and how fast.

NO_LOOPHOLES = Words("未发现漏洞", "no loophole was identified in the period")
NEITHER = Words("没有案件有教育材料或堵漏整改", "no case has a lesson or a fix")
MENDED_BEFORE = Words("验收都早于查找出漏洞", "all were mended before they were identified")


def fixes(q: Query) -> list[tuple[str, str | None]]:
    """Return when the period's loopholes were identified, and mended by its end.

    Of several rectifications of a loophole the first that is closed counts.
    """
    mended = {
        loophole: min((m.closed for m in found if m.closed), default=None)
        for (kind, loophole), found in mendings(q).items()
        if kind == "loophole"
    }
    found = q.rows("SELECT loophole, day FROM loopholes")
    return [(day, mended.get(loophole)) for loophole, day in found]


@indicator(
    "cases.loopholes",
    of=casework.loopholes,
    unit="items",
    better="neither",
    zh="查找出的漏洞数",
    en="Loopholes identified",
    formula="n",
)
def loopholes_identified(q: Query) -> Iterator[Reading]:
    """Count the loopholes identified in the period, whenever their cases were decided."""
    yield q.reading(ALL, q.one("SELECT count(*) FROM loopholes"))


@indicator(
    "cases.loopholes_fixed",
    of=(casework.loopholes, *MENDED),
    unit="share",
    better="higher",
    zh="堵漏率：整改验收到位的漏洞 m ÷ 查找出的漏洞 n",
    en="Loopholes fixed: m whose fix was verified / n that were identified",
    formula="m / n",
)
def loopholes_fixed(q: Query) -> Iterator[Reading]:
    """Divide the period's loopholes that are mended by its end by all of them."""
    days = [mended for _, mended in fixes(q)]
    yield q.ratio(ALL, len(days) - days.count(None), len(days), NO_LOOPHOLES)


@indicator(
    "cases.fix_time",
    of=(casework.loopholes, *MENDED),
    unit="days",
    better="lower",
    zh="堵漏中位天数，未完成者截尾",
    en="Median days from a loophole's identification to its verified fix (Kaplan-Meier)",
    formula="min{t: S(t) ≤ 1/2}, S(t) = Π (1 - d/n)",
)
def fix_time(q: Query) -> Iterator[Reading]:
    """Estimate how long a loophole stays open; one mended before it was found is left out."""
    spans = [span(q, identified, mended) for identified, mended in fixes(q)]
    early = "项验收早于查找出漏洞，未计入", "mended before identified, left out"
    yield survival(q, ALL, spans, MENDED_BEFORE if spans else NO_LOOPHOLES, early=early)


@indicator(
    "cases.synchronised",
    of=(
        casework.cases_disposed,
        casework.case_lessons,
        casework.loopholes,
        rectification_assignments,
    ),
    unit="share",
    better="higher",
    zh="不敢腐与不能腐同步率：既有教育 L 又有堵漏 F 的案件 ÷ 有其一的案件",
    en="Synchronised: cases with both a lesson L and a fix F that is assigned / cases with either",
    formula="|L ∩ F| / |L ∪ F|",
)
def synchronised(q: Query) -> Iterator[Reading]:
    """Divide the cases with a lesson and with a fix that is assigned by those with either."""
    cases = set(q.column("SELECT case_id FROM cases_disposed"))
    taught = cases & set(q.column("SELECT case_id FROM case_lessons_to_date"))
    fixing = cases & set(
        q.column("""
            SELECT l.case_id FROM loopholes_to_date l JOIN rectification_assignments_to_date a
            ON a.kind_of_target = 'loophole' AND a.target = l.loophole
        """)
    )
    none = NEITHER if cases else NO_CASES
    yield q.ratio(ALL, len(taught & fixing), len(taught | fixing), none)


# 5. Contradictions, of the period's cases, lessons and loopholes. They are nobody's (null).

BEFORE = """
    SELECT NULL, a.event, a.day, c.day FROM {}_to_date a
    JOIN cases_disposed c ON c.case_id = a.case_id WHERE a.day < c.day
"""
AGAIN = """
    SELECT NULL, event, day FROM (
        SELECT event, day, row_number() OVER (PARTITION BY {0} ORDER BY day, event) AS place
        FROM {1}_to_date
    ) z WHERE place > 1 AND event IN (SELECT event FROM {1})
"""
ODD = (  # SQL, and what is said of it
    (BEFORE.format("case_announcements"), "{0} 宣布，{1} 才决定", "announced {0}, decided {1}"),
    (BEFORE.format("case_checks"), "{0} 查办，{1} 才决定", "checked {0}, decided {1}"),
    (BEFORE.format("case_lessons"), "{0} 编写教材，{1} 才决定", "taught {0}, decided {1}"),
    (AGAIN.format("case_id", "case_announcements"), "{0} 再次宣布", "announced again {0}"),
    (
        AGAIN.format("case_id, slot", "case_checks"),
        "{0} 同一项再次查办",
        "the same check made again {0}",
    ),
    (
        "SELECT NULL, event FROM case_lessons WHERE polarity = 'negative' AND case_id IS NULL",
        "反面典型没有案件",
        "a negative lesson without a case",
    ),
    (
        """
        SELECT NULL, a.event, a.day, l.day FROM rectification_assignments_to_date a
        JOIN loopholes l ON a.kind_of_target = 'loophole' AND l.loophole = a.target
        WHERE a.day < l.day
        """,
        "{0} 布置整改，{1} 才查找出漏洞",
        "mending assigned {0}, loophole identified {1}",
    ),
)


@indicator(
    "cases.contradictions",
    of=(
        casework.cases_disposed,
        casework.case_announcements,
        casework.case_checks,
        casework.case_lessons,
        casework.loopholes,
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
    yield from listed(q, "case", [f for sql, zh, en in ODD for f in odd(q, sql, zh, en)])


# 6. The family.


@hookimpl
def lianjian_family() -> Family:
    """Return the family of cases."""
    return Family("cases", version=1, zh="以案促改", en="Cases", **declared(__name__))
