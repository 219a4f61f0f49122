"""What indicators of several families do alike: flags, units by weight, heirs, months, spans.

An indicator reads rows and yields readings. Between the two, families need the same few things,
which stand here once:

    from lianjian.core.kit import district_units, named, weighted_share

    def reach(q: Query) -> Iterator[Reading]:
        came = set(q.column("SELECT DISTINCT p.seen_as FROM attendances a JOIN projections p …"))
        units = district_units(q)
        blank = named("到场人数空白", "attendance blank", unknown)
        yield weighted_share(q, units, came, NO_UNITS, flags=blank)

Nothing here belongs to a family, and nothing decides what a figure means. Days are ISO text, as
in fact tables, where a function takes what a query returns; they are dates where it works on
periods.
"""

import calendar
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, TypeVar, Unpack

from attrs import frozen

from lianjian.core.activities import WHOLE
from lianjian.core.errors import UnknownIndicator, Words
from lianjian.core.indicator import ALL, Number, Period, Query, Reading, Remarks, Rest
from lianjian.core.survival import kaplan_meier
from lianjian.core.vocabulary import installed

DAY = timedelta(days=1)
Norm = TypeVar("Norm")

# Flags, and contradictions, which are a list of flags.

# Whom it is about (an id, or "" for nobody), a position of the log, what is odd there.
Finding = tuple[str, int, Words]


def named(zh: str, en: str, names: Iterable[str]) -> list[Words]:
    """Return a flag that lists names in order, or none where there are no names."""
    names = sorted(names)
    return [Words(f"{zh}：{'、'.join(names)}", f"{en}: {', '.join(names)}")] if names else []


def counted(count: int, zh: str, en: str) -> list[Words]:
    """Return a flag that says how many, or none where there are none."""
    return [Words(f"{count} {zh}", f"{count} {en}")] if count else []


def listed(
    q: Query, kind: str, found: Iterable[Finding], *, inherited: bool = True
) -> Iterator[Reading]:
    """Yield a family's contradictions: how many events in all, then those of each subject.

    `kind` is the subjects' kind. What is found is listed in the flags, by position; what is about
    nobody ("") stands under all. Units count under the tree, so that what is odd of a unit that is
    gone stands under each of its heirs, unless it is not `inherited`: a judgement is not.
    """
    seen_as = heirs(q) if kind == "unit" and inherited else {}
    positions: set[int] = set()
    nobody: list[Words] = []
    by_subject: dict[str, list[tuple[int, Words]]] = defaultdict(list)
    for id_, position, why in sorted(found, key=lambda f: (f[1], f[0], f[2].en)):
        said = Words(f"第 {position} 条：{why.zh}", f"position {position}: {why.en}")
        positions.add(position)
        if not id_:
            nobody.append(said)
            continue
        for subject, _ in seen_as.get(id_, [(id_, WHOLE)]):
            by_subject[subject].append((position, said))
    yield q.reading(ALL, len(positions), flags=nobody)
    for subject, remarks in sorted(by_subject.items()):
        events = {position for position, _ in remarks}
        flags = [said for _, said in remarks]
        yield q.reading(f"{kind}:{subject}", len(events), flags=flags)


def odd(q: Query, sql: str, zh: str, en: str, parameters: Sequence[Any] = ()) -> Iterator[Finding]:
    """Yield what a query finds odd: a subject's id (null: nobody's), the position, what was seen.

    The columns after the first two are put into `zh` and `en`, where these say `{0}`, `{1}`, …
    """
    for id_, position, *seen in q.rows(sql, parameters):
        yield id_ or "", position, Words(zh.format(*seen), en.format(*seen))


# Units, and how strongly each weighs.


@frozen
class Unit:
    """A unit of the district; `weight` is the part of the period for which it was open."""

    id: str
    kind: str
    tier: str
    weight: Fraction
    code: str | None = None

    @property
    def subject(self) -> str:
        """Return the subject of its readings."""
        return f"unit:{self.id}"


def district_units(q: Query, *kinds: str) -> list[Unit]:
    """Return the district's units that were open in the period, of some kinds or of all.

    Units outside the district (`external`) are none of them, under whatever kinds are asked for.
    """
    sql = "SELECT unit, kind, tier, days, code FROM units WHERE kind <> 'external' ORDER BY unit"
    return [
        Unit(unit, kind, tier, Fraction(days, q.period.days), code)
        for unit, kind, tier, days, code in q.rows(sql)
        if not kinds or kind in kinds
    ]


def weight(units: Iterable[Unit]) -> Fraction:
    """Return how many units these are, one that was open for half of the period being a half."""
    return sum((u.weight for u in units), Fraction(0))


def weighted_share(
    q: Query,
    units: Sequence[Unit],
    met: Collection[str],
    none: Words,
    **remarks: Unpack[Remarks],
) -> Reading:
    """Return the reading of all: the share of `units` whose ids are in `met`, by weight.

    Without units there is no value, and `none` says why.
    """
    done = weight(u for u in units if u.id in met)
    return q.ratio(ALL, done, weight(units), none, **remarks)


# Heirs: under which units what happened to a unit counts (core/units.py).


def heirs(q: Query) -> dict[str, list[tuple[str, int]]]:
    """Return under which units of the tree each unit counts, with shares in basis points."""
    found: dict[str, list[tuple[str, int]]] = {}
    sql = "SELECT unit, seen_as, share_bp FROM projections ORDER BY unit, seen_as"
    for unit, seen_as, share in q.rows(sql):
        found.setdefault(unit, []).append((seen_as, share))
    return found


def under(seen_as: Mapping[str, Sequence[tuple[str, int]]], unit: str) -> list[str]:
    """Return under which units a unit counts, by `heirs`; one that is unknown counts as itself."""
    return [target for target, _ in seen_as.get(unit, [(unit, WHOLE)])]


def spread(q: Query, amounts: Mapping[str, Number]) -> dict[str, Fraction]:
    """Return amounts by unit under the tree: what a unit that is gone had goes to its heirs.

    By their shares, so that the sum stays what it was; a yes or no goes whole to every heir, by
    `heirs`.
    """
    seen_as = heirs(q)
    found: dict[str, Fraction] = defaultdict(Fraction)
    for unit, amount in amounts.items():
        for target, share in seen_as.get(unit, [(unit, WHOLE)]):
            found[target] += Fraction(amount) * share / WHOLE
    return dict(found)


# Months and days.


def months(period: Period) -> list[Period]:
    """Return the calendar months of a period, the first and the last cut to it."""
    found, start = [], period.start
    while start < period.end:
        last = start.replace(day=calendar.monthrange(start.year, start.month)[1])
        # Not by the first day of the next month, which the last month of the calendar lacks.
        end = period.end if last >= period.end else last + DAY
        found.append(Period(start, end))
        start = end
    return found


def open_months(q: Query) -> dict[str, set[str]]:
    """Return the months ("2021-05") of the period in which each unit of the tree was open.

    A month counts from one open day on; those of a unit that is gone count for its heirs, too.
    """
    seen_as = heirs(q)
    found: dict[str, set[str]] = defaultdict(set)
    sql = "SELECT unit, start, \"end\" FROM unit_status_spells WHERE status = 'open'"
    for unit, start, end in q.rows(sql):
        spell = Period(date.fromisoformat(start), date.fromisoformat(end))
        names = {m.start.isoformat()[:7] for m in months(spell)}
        for target, _ in seen_as.get(unit, [(unit, WHOLE)]):
            found[target] |= names
    return dict(found)


def weekdays_in(period: Period, weekdays: str) -> int:
    """Return how many days of a period fall on some weekdays: "67" are Saturday and Sunday."""
    weeks, left = divmod(period.days, 7)
    last = [period.end - DAY * (i + 1) for i in range(left)]
    return weeks * len(weekdays) + sum(str(day.isoweekday()) in weekdays for day in last)


def days_from(a: str, b: str) -> int:
    """Return how many days lie from one day to another; below 0 where `b` is the earlier."""
    return (date.fromisoformat(b) - date.fromisoformat(a)).days


def month_later(day: date, count: int) -> date:
    """Return the same day `count` months on, or the last of that month where it has no such day.

    A month from 31 January is 28 or 29 February. `count` may be negative. Raises ValueError
    beyond the calendar (years 1 to 9999).
    """
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    first = date(year, month + 1, 1)
    return first.replace(day=min(day.day, calendar.monthrange(year, first.month)[1]))


def span(q: Query, start: str, end: str | None) -> tuple[int, bool]:
    """Return how many days it took, and that the end was seen.

    What has not ended runs to the period's last day, and its end was not seen: it is censored (0
    days where it begins later still).
    """
    if end is not None:
        return days_from(start, end), True
    last = q.period.end - DAY
    return max(days_from(start, last.isoformat()), 0), False


def survival(
    q: Query,
    subject: str,
    spans: Sequence[tuple[int, bool]],
    none: Words,
    flags: Sequence[Words] = (),
    dimensions: Mapping[str, str] | None = None,
) -> Reading:
    """Return the median of spans in days (Kaplan-Meier), those that are still open censored.

    The numerator is how many were seen to end, the denominator how many there are. `none` says why
    where there are no spans; there is no value either where more than half outlast what was seen.
    """
    seen = sum(ended for _, ended in spans)
    said = [*flags, *counted(len(spans) - seen, "项截至期末未完", "not over by the period's end")]
    rest = Rest(numerator=seen, denominator=len(spans), flags=said, dimensions=dimensions or {})
    if not spans:
        return q.none(subject, none, **rest)
    median = kaplan_meier(spans).median
    if median is None:
        return q.none(subject, NOT_REACHED, **rest)
    return q.reading(subject, median, **rest)


NOT_REACHED = Words(
    "过半尚未发生，中位数未达到", "more than half are not over: the median is not reached"
)


def norm_on(versions: Iterable[tuple[str, Norm]], day: str) -> Norm | None:
    """Return what was in force on a day, None before the first.

    `versions` are (first day in force, what), ascending by day and then by recording, so that of
    two from the same day the later recorded one counts.
    """
    in_force = [norm for first, norm in versions if first <= day]
    return in_force[-1] if in_force else None


# Terms, and other families' figures.


def terms(q: Query, scheme: str) -> dict[str, Words]:
    """Return what the codes of a scheme are called, those that the log defined among them."""
    found = {t.code: Words(t.zh, t.en) for t in installed()[scheme].values()}
    sql = "SELECT code, zh, en FROM term_definitions_to_date WHERE scheme = ? ORDER BY day, event"
    return found | {code: Words(zh, en) for code, zh, en in q.rows(sql, (scheme,))}


def codes(q: Query, scheme: str, *seen: str | None) -> list[str]:
    """Return the codes of a scheme in order, those that the log defined, then any others `seen`."""
    return list(dict.fromkeys([*terms(q, scheme), *sorted({c for c in seen if c})]))


def by_code(
    q: Query,
    scheme: str,
    amounts: Mapping[str | None, Number],
    flags: Sequence[Words] = (),
    *,
    subject: str = ALL,
    dimension: str = "",
) -> Iterator[Reading]:
    """Yield an amount for each code of a scheme, and for any that is used beyond it; 0 for the rest.

    The dimension is `dimension`, or the scheme's name. What has no code (None) has no reading: a
    flag is the place to count it.
    """
    for code in codes(q, scheme, *amounts):
        marks = {dimension or scheme: code}
        yield q.reading(subject, amounts.get(code, 0), dimensions=marks, flags=flags)


NOT_INSTALLED = Words("没有安装这一指标", "there is no such figure installed")
NO_FIGURE = Words("没有关于全部的读数", "it has no reading about all")


def plain(value: float) -> str:
    """Return a number without trailing zeros."""
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def about_all(q: Query, figure: str) -> Reading | Words:
    """Return the reading of a figure about all, or why there is none."""
    try:
        found = q.readings(figure)
    except UnknownIndicator:
        return NOT_INSTALLED
    return next((r for r in found if r.subject == ALL and not r.dimensions), NO_FIGURE)
