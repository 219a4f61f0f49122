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
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Protocol, TypeVar, Unpack

from attrs import frozen

from lianjian.core.activities import WHOLE
from lianjian.core.errors import UnknownIndicator, Words
from lianjian.core.indicator import ALL, Number, Query, Reading, Remarks, Rest
from lianjian.core.measures import median
from lianjian.core.period import Period
from lianjian.core.survival import kaplan_meier
from lianjian.core.vocabulary import VocabularyTerm, installed

DAY = timedelta(days=1)
Norm = TypeVar("Norm")
Thing = TypeVar("Thing")
What = TypeVar("What", bound=Hashable)

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


def lacking(zh: str, en: str, missing: Sequence[Words | VocabularyTerm]) -> list[Words]:
    """Return a flag that names in order, in both languages, what is missing; none where nothing is."""
    names = "、".join(said.zh for said in missing), ", ".join(said.en for said in missing)
    return [Words(f"{zh}：{names[0]}", f"{en}: {names[1]}")] if missing else []


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
        for subject in under(seen_as, id_):
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


def subjects(q: Query) -> list[str]:
    """Return all, and the district's units: whom a figure by unit is about."""
    return [ALL, *(u.subject for u in district_units(q))]


HEADS = """
    SELECT u.tier, h.persons FROM units u
    LEFT JOIN headcounts h ON h.unit = u.unit AND h.category <> 'public'
    WHERE u.kind <> 'external'
"""


def persons_by_tier(q: Query) -> dict[str, tuple[Fraction, int]]:
    """Return, by tier and for all ("") of them, persons, and how many units declared none.

    Persons are those that units of the district declared by the period's end, without the public,
    of whom nobody declares how many they are.
    """
    found: dict[str, tuple[Fraction, int]] = {"": (Fraction(0), 0)}
    for tier, persons in q.rows(HEADS):
        for part in ("", tier):
            known, missing = found.get(part, (Fraction(0), 0))
            found[part] = known + Fraction(persons or 0), missing + (persons is None)
    return found


class Weighed(Protocol):
    """What counts for the part of the period for which it was there: a unit, a post."""

    @property
    def id(self) -> str:
        """Return its id."""

    @property
    def weight(self) -> Fraction:
        """Return the part of the period."""


def weight(units: Iterable[Weighed]) -> Fraction:
    """Return how many units these are, one that was open for half of the period being a half."""
    return sum((u.weight for u in units), Fraction(0))


def weighted_share(
    q: Query,
    units: Sequence[Weighed],
    met: Collection[str],
    none: Words,
    **remarks: Unpack[Remarks],
) -> Reading:
    """Return the reading of all: the share of `units` whose ids are in `met`, by weight.

    Without units there is no value, and `none` says why.
    """
    done = weight(u for u in units if u.id in met)
    return q.ratio(ALL, done, weight(units), none, **remarks)


def weighted_interval(
    q: Query,
    units: Sequence[Unit],
    met: Collection[str],
    unknown: Number,
    none: Words,
    **remarks: Unpack[Remarks],
) -> Reading:
    """Return the same share where `unknown` more of the units may be met, nobody knows which.

    It is an interval then: from those in `met` to these and as many more as there can be.
    """
    least, every = weight(u for u in units if u.id in met), weight(units)
    if not every or not unknown:
        return weighted_share(q, units, met, none, **remarks)
    most = min(every, least + Fraction(unknown))
    return q.interval(ALL, least / every, most / every, denominator=every, **remarks)


def middle(
    q: Query,
    subject: str,
    values: Sequence[Number],
    none: Words,
    flags: Sequence[Words] = (),
    dimensions: Mapping[str, str] | None = None,
) -> Reading:
    """Return the median of values and how many there are; without any, `none` says why."""
    rest = Remarks(dimensions=dimensions or {}, flags=flags)
    if not values:
        return q.none(subject, none, **rest)
    return q.reading(subject, median(values), denominator=len(values), **rest)


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


def in_the_tree(q: Query, units: Iterable[str | None]) -> set[str]:
    """Return the units under which any of some units counts; None is no unit."""
    seen_as = heirs(q)
    return {heir for unit in units if unit for heir in under(seen_as, unit)}


def by_unit(q: Query, things: Iterable[tuple[str | None, Thing]]) -> dict[str, list[Thing]]:
    """Return things by subject, given each with its unit: all of them, then those of each unit.

    Each goes whole to every heir of its unit. What has no unit (None) counts for all alone.
    """
    seen_as = heirs(q)
    found: dict[str, list[Thing]] = {ALL: []}
    for unit, thing in things:
        found[ALL].append(thing)
        for target in under(seen_as, unit) if unit else ():
            found.setdefault(f"unit:{target}", []).append(thing)
    return found


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


def by_subject(
    q: Query, rows: Iterable[tuple[str | None, What, Sequence[Number]]]
) -> dict[tuple[str, What], tuple[Fraction, ...]]:
    """Return sums by (subject, what) of rows (unit, what, amounts): of all, and of each unit.

    What a unit that is gone has goes to its heirs by their shares; that of no unit is all's alone.
    """
    seen_as = heirs(q)
    found: dict[tuple[str, What], tuple[Fraction, ...]] = {}
    for unit, what, amounts in rows:
        shares = [(f"unit:{target}", share) for target, share in seen_as.get(unit or "", [])]
        for subject, share in [(ALL, WHOLE), *shares]:
            part = tuple(Fraction(amount) * share / WHOLE for amount in amounts)
            before = found.get((subject, what), (Fraction(0),) * len(part))
            found[subject, what] = tuple(a + b for a, b in zip(before, part, strict=True))
    return found


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


def whole_years(period: Period) -> list[int]:
    """Return the calendar years of which a period holds every day."""
    return [
        year
        for year in range(period.start.year, period.end.year + 1)
        if period.start <= date(year, 1, 1) and date(year, 12, 31) < period.end
    ]


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
        for target in under(seen_as, unit):
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


def span(q: Query, start: str, end: str | None, ceased: str | None = None) -> tuple[int, bool]:
    """Return how many days it took, and that the end was seen.

    What has not ended runs to the day on which it `ceased` to wait, or else to the period's last
    day; its end was not seen, and it is censored (0 days where it begins later still).
    """
    if end is not None:
        return days_from(start, end), True
    last = ceased or (q.period.end - DAY).isoformat()
    return max(days_from(start, last), 0), False


def survival(
    q: Query,
    subject: str,
    spans: Sequence[tuple[int, bool]],
    none: Words,
    flags: Sequence[Words] = (),
    dimensions: Mapping[str, str] | None = None,
    *,
    early: tuple[str, str] = ("项先完成后开始，未计入", "over before they began, left out"),
) -> Reading:
    """Return the median of spans in days (Kaplan-Meier), those that are still open censored.

    The numerator is how many were seen to end, the denominator how many there are. `none` says why
    where there are no spans; there is no value either where more than half outlast what was seen.
    What ended before it began has no span: `early` says in a flag how many were left out for it.
    """
    there = [(days, ended) for days, ended in spans if days >= 0]
    left_out, spans = counted(len(spans) - len(there), *early), there
    seen = sum(ended for _, ended in spans)
    said = [
        *flags,
        *left_out,
        *counted(len(spans) - seen, "项截至期末未完", "not over by the period's end"),
    ]
    rest = Rest(numerator=seen, denominator=len(spans), flags=said, dimensions=dimensions or {})
    if not spans:
        return q.none(subject, none, **rest)
    half = kaplan_meier(spans).median
    if half is None:
        return q.none(subject, NOT_REACHED, **rest)
    return q.reading(subject, half, **rest)


def survivals(
    q: Query, spans: Mapping[str, Sequence[tuple[int, bool]]], none: Words, dimension: str
) -> Iterator[Reading]:
    """Yield the `survival` of all spans together, then that of each value of a dimension."""
    yield survival(q, ALL, [one for some in spans.values() for one in some], none)
    for value, some in spans.items():
        yield survival(q, ALL, some, none, dimensions={dimension: value})


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


# Terms, plans, and other families' figures.


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


# A query of the plans of a period: those whose days touch it. Its parameters are q.end and q.start.
RUNNING = "SELECT plan FROM plans_adopted_to_date WHERE starts < ? AND ends >= ?"

NOT_INSTALLED = Words("没有安装这一指标", "there is no such figure installed")
NO_FIGURE = Words("没有关于全部的读数", "it has no reading about all")


def about_all(q: Query, figure: str) -> Reading | Words:
    """Return the reading of a figure about all, or why there is none."""
    try:
        found = q.readings(figure)
    except UnknownIndicator:
        return NOT_INSTALLED
    return next((r for r in found if r.subject == ALL and not r.dimensions), NO_FIGURE)


def by_dimension(q: Query, figure: str, dimension: str) -> dict[str, float]:
    """Return another figure's values of all by one dimension; none where it is not installed."""
    try:
        found = q.readings(figure)
    except UnknownIndicator:
        return {}
    told = [r for r in found if r.subject == ALL and {*r.dimensions} == {dimension}]
    return {r.dimensions[dimension]: r.value for r in told if r.value is not None}
