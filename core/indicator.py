"""Indicators: named figures read out of fact tables, for a period, at a moment.

    @indicator("bases.gini", of=base_visits, unit="ratio", better="lower",
               zh="阵地接待人次的基尼系数", en="Gini coefficient of persons received by base")
    def uneven_use(q: Query) -> Iterator[Reading]:
        persons = q.column("SELECT sum(persons) FROM base_visits GROUP BY base")
        ...

An indicator gets a `Query`: one period and one moment. Inside it every fact table of its own
family and of core is two plain views, NAME (what happened in the period) and NAME_to_date (what is
the case by its end), so that it writes ordinary SQL and never sees a superseded event. Beside them
stand, the same for all families:

    units(unit, name, kind, tier, parent, code, days)   units open in the period, and for how long
    headcounts(unit, category, persons)                 the latest by the period's end
    projections(unit, seen_as, share_bp)                under which unit of the tree a unit counts

A reading without a value has a reason. Blank is not zero: a zero denominator or a missing input is
`q.none`, never 0. What people read is `Words` in both languages; a plain text stands for both.
"""

import re
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, Literal, TypedDict, Unpack

from attrs import Factory, field, frozen

from lianjian.core import (
    activities,
    casework,
    methods,
    planning,
    posts,
    resources,
    supervision,
)
from lianjian.core.errors import Undefined, UnknownIndicator, Words
from lianjian.core.event import is_event
from lianjian.core.facts import FactTable
from lianjian.core.measures import round_half_even
from lianjian.core.period import Period
from lianjian.core.shapes import nearest

ALL = "all"
Number = int | float | Fraction
Tree = Literal["then", "now"]


@frozen
class Moment:
    """How much of the log is known: the events at positions 0 … position - 1, and their root."""

    position: int
    root: bytes


def words(text: Words | str) -> Words:
    """Return a text in both languages; a plain one stands for both."""
    return text if isinstance(text, Words) else Words(text, text)


@frozen
class Reading:
    """One figure.

    `subject` is "all" or KIND:ID; `dimensions` tell readings of one subject apart. `value` is None
    where `reason` says why, or where only the interval from `low` to `high` is known; an estimate
    has a value and its interval. `numerator`
    and `denominator` are what it was divided from. `flags` are remarks that belong to it.
    """

    subject: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    numerator: float | None = None
    denominator: float | None = None
    reason: Words | None = None
    flags: tuple[Words, ...] = ()
    dimensions: Mapping[str, str] = Factory(dict)
    indicator: "Indicator | None" = field(default=None, repr=False)
    period: Period | None = None
    moment: Moment | None = None
    synthetic: bool = False

    @property
    def order(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """Return what readings of one indicator are sorted by: all first, then by subject."""
        subject = "" if self.subject == ALL else self.subject
        return subject, tuple(sorted(self.dimensions.items()))


Evidence = tuple[FactTable, ...]


@frozen(eq=False)
class Indicator:
    """A declared indicator. `per` is the kind of thing that it has a reading for, beside `all`."""

    name: str
    function: Callable[["Query"], Iterator[Reading]]
    of: Evidence
    unit: str
    better: str
    zh: str
    en: str
    per: str = ""
    formula: str = ""

    @property
    def definition(self) -> Words:
        """Return what it says, in both languages."""
        return Words(self.zh, self.en)

    @property
    def title(self) -> Words:
        """Return what it is called: its definition up to the first colon."""
        return Words(self.zh.partition("：")[0], self.en.partition(":")[0])


UNITS = {
    "ratio": Words("比值", "ratio"),
    "share": Words("比例", "share"),
    "persons": Words("人", "persons"),
    "attendances": Words("人次", "attendances"),
    "minutes": Words("分钟", "minutes"),
    "sessions": Words("场", "sessions"),
    "visits": Words("批次", "visits"),
    "lecturers": Words("名讲师", "lecturers"),
    "points": Words("分", "points"),
    "rank": Words("名次", "rank"),
    "grade": Words("等", "grade"),
    "nats": Words("奈特", "nats"),
    "activities": Words("场", "activities"),
    "events": Words("条", "events"),
    "days": Words("天", "days"),
    "units": Words("家", "units"),
    "posts": Words("个岗位", "posts"),
    "cases": Words("件", "cases"),
    "items": Words("项", "items"),
    "resources": Words("件", "resources"),
    "kinds": Words("类", "kinds"),
    "roles": Words("项职责", "roles"),
    "findings": Words("个", "findings"),
    "reads": Words("次", "reads"),
}
_BETTER = re.compile(r"higher|lower|neither|-?\d+(\.\d+)?\.\.-?\d+(\.\d+)?")


def indicator(
    name: str,
    *,
    of: FactTable | Evidence,
    unit: str,
    better: str,
    zh: str,
    en: str,
    per: str = "",
    formula: str = "",
) -> Callable[[Callable[["Query"], Iterator[Reading]]], Indicator]:
    """Declare an indicator.

    `name` is FAMILY.NAME; `of` the fact table, or tables, that are its evidence, opened by `why`;
    `unit` a key of UNITS; `better` is "higher", "lower", "neither", or a band such as "0.3..0.8".
    `zh` and `en` define it in a sentence, `formula` in a line of plain mathematics that needs no
    language. `per` is the kind of its readings' subjects ("unit"),
    empty where it has a figure for all alone. Raises TypeError on a declaration that does not fit.
    """
    if unit not in UNITS or not _BETTER.fullmatch(better):
        message = f"{name}: unit {unit!r} must be one of {sorted(UNITS)}, and better {better!r} a direction or band"
        raise TypeError(message)
    if not re.fullmatch(r"[a-z_]+\.[a-z_]+", name):
        message = f"{name}: the name of an indicator is FAMILY.NAME"
        raise TypeError(message)
    evidence = of if isinstance(of, tuple) else (of,)

    def declare(function: Callable[["Query"], Iterator[Reading]]) -> Indicator:
        return Indicator(name, function, evidence, unit, better, zh, en, per, formula)

    return declare


@frozen(eq=False)
class Family:
    """A plugin: event types, fact tables and indicators that belong together.

    `version` says what its fact functions mean: raise it when they change, and its views are built
    anew by themselves.
    """

    name: str
    version: int = field(kw_only=True)
    zh: str = field(kw_only=True)
    en: str = field(kw_only=True)
    events: Sequence[type] = field(kw_only=True, default=())
    facts: Sequence[FactTable] = field(kw_only=True, default=())
    indicators: Sequence[Indicator] = field(kw_only=True, default=())
    reports: Sequence["Report"] = field(kw_only=True, default=())

    @property
    def title(self) -> Words:
        """Return its name for people."""
        return Words(self.zh, self.en)


class Declared(TypedDict):
    """What a module declares, as `Family` takes it."""

    events: Sequence[type]
    facts: Sequence[FactTable]
    indicators: Sequence[Indicator]


def declared(module: str) -> Declared:
    """Return the events, fact tables and indicators that a module declares, in its own order.

    `module` is its `__name__`. What it imports from elsewhere is not its own and left out.
    """
    found = list(vars(sys.modules[module]).values())
    events = [v for v in found if isinstance(v, type) and v.__module__ == module]
    tables = [v for v in found if isinstance(v, FactTable) and v.function.__module__ == module]
    figures = [v for v in found if isinstance(v, Indicator) and v.function.__module__ == module]
    return Declared(events=[e for e in events if is_event(e)], facts=tables, indicators=figures)


_ROOMS = activities, planning, supervision, resources, posts, casework, methods


def canonical(families: Iterable[Family], name: str) -> str:
    """Return the name of the family or indicator that is meant; "" (all) is itself.

    A family may be called by its Chinese or English title: 阵地, 阵地.gini. Raises UnknownIndicator
    with the nearest names, or where a title is that of several with all of them.
    """
    families = list(families)
    titles = {f.name: (f.name, f.zh, f.en) for f in families}
    known = {*titles, *(i.name for f in families for i in f.indicators), ""}
    if name in known:
        return name
    head, dot, rest = name.strip().partition(".")
    called = [n for n, said in titles.items() if head.casefold() in map(str.casefold, said)]
    meant = [full for n in called if (full := n + dot + rest) in known]
    if len(meant) == 1:
        return meant[0]
    by_text = {text: n for n in known for text in titles.get(n, (n,))}
    near = meant or list(dict.fromkeys(by_text[text] for text in nearest(name, by_text)))
    near = near or sorted(titles)
    raise UnknownIndicator(
        name=name,
        close=Words(
            "、".join(f"{n}（{titles[n][1]}）" if n in titles else n for n in near),
            ", ".join(near),
        ),
    )


CORE = Family(
    "core",
    version=3,
    zh="基础",
    en="Core",
    events=tuple(e for room in _ROOMS for e in room.EVENTS),
    facts=tuple(t for room in _ROOMS for t in room.FACTS),
)


class Remarks(TypedDict, total=False):
    """What may be said of any reading: the dimensions that tell it apart, and flags."""

    dimensions: Mapping[str, str]
    flags: Sequence[Words | str]


class Rest(Remarks, total=False):
    """Remarks, and what the value was divided from."""

    numerator: Number | None
    denominator: Number | None


@frozen(eq=False)
class Query:
    """One period at one moment, over one family's fact tables and core's.

    `tree` says under which unit tree units count: the one of the period's end ("then") or the one
    that is known last ("now"). It is made by `figures.Figures`.
    """

    period: Period
    moment: Moment
    tree: Tree
    db: sqlite3.Connection
    _readings: Callable[[str, Period], Sequence[Reading]]
    _known: Callable[[str, Period, int, Tree], Sequence[Reading]]
    _over: Callable[[Period], "Query"]
    _evidence: Callable[[str, Period, str], Sequence[int]]

    @property
    def start(self) -> str:
        """Return the period's first day, as fact tables have days."""
        return self.period.start.isoformat()

    @property
    def end(self) -> str:
        """Return the first day after the period, as fact tables have days."""
        return self.period.end.isoformat()

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        return self.db.execute(sql, parameters).fetchall()

    def column(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """Return the first column of a query."""
        return [row[0] for row in self.rows(sql, parameters)]

    def one(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """Return the first value of the first row, None where there is no row."""
        found = self.rows(sql, parameters)
        return found[0][0] if found else None

    def readings(self, name: str, period: Period | None = None) -> Sequence[Reading]:
        """Return another indicator's readings, of any family, at the same moment.

        They are for the same period, or for `period`.
        """
        return self._readings(name, period or self.period)

    def known(
        self, name: str, period: Period, position: int, tree: Tree = "then"
    ) -> Sequence[Reading]:
        """Return another indicator's readings as they were when the log had `position` events.

        Raises ValueError for a position beyond the query's own moment.
        """
        return self._known(name, period, position, tree)

    def evidence(self, name: str, subject: str = ALL) -> Sequence[int]:
        """Return the positions of the events behind an indicator's readings of a subject."""
        return self._evidence(name, self.period, subject)

    def over(self, period: Period) -> "Query":
        """Return the same query over another period."""
        return self._over(period)

    def reading(self, subject: str, value: Number, **rest: Unpack[Rest]) -> Reading:
        """Return a reading with a value."""
        return _made(subject, rest, value=round_half_even(value))

    def none(self, subject: str, reason: Words | str, **rest: Unpack[Rest]) -> Reading:
        """Return a reading without a value, and why there is none."""
        return _made(subject, rest, reason=words(reason))

    def ratio(
        self,
        subject: str,
        numerator: Number,
        denominator: Number,
        none: Words | str,
        **remarks: Unpack[Remarks],
    ) -> Reading:
        """Return numerator / denominator, or no value with the reason `none` where that is over 0."""
        parts = Rest(numerator=numerator, denominator=denominator, **remarks)
        if not denominator:
            return self.none(subject, none, **parts)
        return self.reading(subject, Fraction(numerator) / Fraction(denominator), **parts)

    def measured(
        self, subject: str, measure: Callable[[], Number], **rest: Unpack[Rest]
    ) -> Reading:
        """Return a reading of what `measure` gives; where it is undefined, its reason instead."""
        try:
            return self.reading(subject, measure(), **rest)
        except Undefined as undefined:
            return self.none(subject, undefined.why, **rest)

    def interval(self, subject: str, low: Number, high: Number, **rest: Unpack[Rest]) -> Reading:
        """Return a reading of which only an interval is known; a value where its ends meet."""
        ends = round_half_even(low), round_half_even(high)
        value = ends[0] if ends[0] == ends[1] else None
        return _made(subject, rest, value=value, low=ends[0], high=ends[1])

    def estimate(
        self, subject: str, value: Number, low: Number, high: Number, **rest: Unpack[Rest]
    ) -> Reading:
        """Return a reading with a value, and the interval from `low` to `high` around it.

        Raises ValueError where the value lies outside the interval: one of them is wrong then.
        """
        made, least, most = round_half_even(value), round_half_even(low), round_half_even(high)
        if not least <= made <= most:
            message = f"{subject}: {made} does not lie from {least} to {most}"
            raise ValueError(message)
        return _made(subject, rest, value=made, low=least, high=most)


# Reports: texts that a family drafts, each sentence with the positions that it rests on.


def _each_once(positions: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted(set(positions)))


@frozen
class Sentence:
    """What is said, and the positions of the events that say it; none where it says what is not."""

    text: Words
    positions: tuple[int, ...] = field(default=(), converter=_each_once)


@frozen
class Section:
    """A part of a report."""

    heading: Words
    sentences: tuple[Sentence, ...]


@frozen(eq=False)
class Report:
    """A declared report: `function` drafts its sections about one id of the kind `per`.

    It raises NothingToReport where nothing is known of the id by the period's end.
    """

    name: str
    per: str
    function: Callable[[Query, str], Iterator[Section]]
    zh: str
    en: str

    @property
    def title(self) -> Words:
        """Return what it is called, in both languages."""
        return Words(self.zh, self.en)


def _made(subject: str, rest: Rest, **figures: Any) -> Reading:
    return Reading(
        subject,
        numerator=_number(rest.get("numerator")),
        denominator=_number(rest.get("denominator")),
        dimensions=rest.get("dimensions") or {},
        flags=tuple(map(words, rest.get("flags", ()))),
        **figures,
    )


def _number(value: Number | None) -> float | int | None:
    """Return a whole number as int and any other rounded, so that two machines agree."""
    if value is None:
        return None
    rounded = round_half_even(value)
    return int(rounded) if rounded == int(rounded) else rounded
