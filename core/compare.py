"""Comparing: what a figure was at one moment and is at another, and the events that moved it.

    before, after = Side(figures_then, period), Side(figures_now, period)
    for change in compare(before, after, "bases.persons", store):
        change.before, change.after, change.difference, change.causes

Of one period at two moments a reading can only differ by events that count at one of them and not
at the other. They are told in the order in which they stand to it: those of its evidence (what
`why` lists); those that the indicator reads besides and that are about the same subject, or about
none (a base's capacity, a method's bands); and, where there is nothing nearer, all that it reads (of
a rank the scores of others). So there is always an event that explains a difference.

Two periods have different events to begin with: there the two readings are told, and what is behind
each.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from typing import Any

from attrs import Factory, frozen

from lianjian.core.errors import NoSuchReading
from lianjian.core.facts import FactTable
from lianjian.core.figures import Figures, naming, subject_column
from lianjian.core.indicator import ALL, CORE, Reading
from lianjian.core.measures import round_half_even
from lianjian.core.names import near_subjects
from lianjian.core.period import Period
from lianjian.core.store import Store, connect
from lianjian.core.units import RESTS


@frozen
class Side:
    """One side of a comparison: the figures of a moment, and the period that they are about."""

    figures: Figures
    period: Period

    @property
    def position(self) -> int:
        """Return how many events are known."""
        return self.figures.moment.position


@frozen
class Wanted:
    """Which readings are compared: those of a subject (empty: all) that have these dimensions.

    Where there are none, `names` of subjects help to say which may have been meant.
    """

    subject: str = ""
    dimensions: Mapping[str, str] = Factory(dict)
    names: Mapping[str, str] = Factory(dict)

    def takes(self, reading: Reading) -> bool:
        """Tell whether a reading is one of them."""
        return self.subject in ("", reading.subject) and (
            self.dimensions.items() <= reading.dimensions.items()
        )


@frozen
class Cause:
    """An event that counts on one side and not on the other.

    `after` tells on which. It was `recorded` between the moments, or superseded there by the event
    at `superseded_by`; where neither is so, it counts for somebody else now (a unit was merged).
    `evidence` tells whether it is evidence of the reading, or only read for it.
    """

    position: int
    after: bool
    evidence: bool
    recorded: bool
    superseded_by: int | None = None

    @property
    def order(self) -> tuple[bool, int]:
        """Return what causes are sorted by: evidence first, then in order of recording."""
        return not self.evidence, self.position


@frozen
class Change:
    """The two readings of one subject and its dimensions; None where a side has none.

    `behind` are the positions of the evidence of each. `causes` are the events that made the
    difference; `others` is how many more the indicator read, none of which is about the subject.
    Between two periods there are neither.
    """

    before: Reading | None
    after: Reading | None
    behind: tuple[tuple[int, ...], tuple[int, ...]]
    causes: tuple[Cause, ...] = ()
    others: int = 0

    @property
    def reading(self) -> Reading:
        """Return the reading of whichever side has one, the second first."""
        found = self.after or self.before
        if found is None:
            message = "a change has a reading on one side at least"
            raise ValueError(message)
        return found

    @property
    def difference(self) -> float | None:
        """Return the second value less the first, None where either is not known."""
        values = [r.value if r else None for r in (self.before, self.after)]
        if values[0] is None or values[1] is None:
            return None
        return round_half_even(values[1] - values[0])


def compare(
    before: Side, after: Side, name: str, store: Store, wanted: Wanted | None = None
) -> tuple[Change, ...]:
    """Return the readings of an indicator on two sides, sorted by subject.

    Of one period at two moments only those that differ: in value, interval, parts, reason or flags.
    Of two periods all of them. Both sides must have been made from the same views and log.

    Raises UnknownIndicator; NoSuchReading where neither side has a wanted one; what
    `Figures.readings` raises.
    """
    pairs = list(_pairs(before, after, name, wanted or Wanted()))
    if before.period != after.period:
        return tuple(Change(b, a, _behind(before, after, name, b or a)) for b, a in pairs)
    pairs = [(b, a) for b, a in pairs if _says(b) != _says(a)]
    between = _Between(before, after, name, store) if pairs else None
    return tuple(between.change(b, a) for b, a in pairs) if between else ()


def _pairs(
    before: Side, after: Side, name: str, wanted: Wanted
) -> Iterator[tuple[Reading | None, Reading | None]]:
    sides = [
        {r.order: r for r in side.figures.readings(name, side.period)} for side in (before, after)
    ]
    every = sorted(sides[0].keys() | sides[1].keys())
    pairs = [(sides[0].get(key), sides[1].get(key)) for key in every]
    found = [p for p in pairs if any(r and wanted.takes(r) for r in p)]
    if not found and (wanted.subject or wanted.dimensions):
        subjects = list(dict.fromkeys(r.subject for p in pairs for r in p if r))
        asked = " ".join([wanted.subject, *(f"{k}={v}" for k, v in wanted.dimensions.items())])
        close = near_subjects(wanted.subject, subjects, wanted.names)
        raise NoSuchReading(name=name, subject=asked.strip(), close=", ".join(close) or "-")
    yield from found


def _says(reading: Reading | None) -> tuple[Any, ...] | None:
    """Return what a reading says, apart from when it was known."""
    if reading is None:
        return None
    r = reading
    return r.value, r.low, r.high, r.numerator, r.denominator, r.reason, r.flags


def _behind(
    before: Side, after: Side, name: str, reading: Reading | None
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the positions of the evidence of a reading on each side."""
    subject, dimensions = (reading.subject, reading.dimensions) if reading else (ALL, {})
    one, two = (
        tuple(side.figures.evidence(name, side.period, subject, dimensions))
        for side in (before, after)
    )
    return one, two


class _Between:
    """What happened between two moments to the facts that an indicator reads in one period."""

    def __init__(self, before: Side, after: Side, name: str, store: Store) -> None:
        self.before, self.after, self.name, self.store = before, after, name, store
        self.first, self.last = sorted((before.position, after.position))
        self.kind = after.figures.indicators[name][1].per
        self.seen_as = self._seen_as() if self.kind == "unit" else {}
        self.moved = self._moved()
        self.every = {position for _, positions in self.moved for position in positions}

    def change(self, before: Reading | None, after: Reading | None) -> Change:
        """Return a difference with the events that explain it."""
        reading = after or before
        behind = _behind(self.before, self.after, self.name, reading)
        one, two = map(frozenset, behind)
        causes = {p: self._cause(p, after=p in two, evidence=True) for p in one ^ two}
        near = self._read_about(reading.subject if reading else ALL)
        if not causes and not near:
            near = self.every
        causes |= {p: self._cause(p) for p in near - causes.keys()}
        told = tuple(sorted(causes.values(), key=lambda c: c.order))
        return Change(before, after, behind, told, len(self.every - causes.keys()))

    def _cause(self, position: int, *, after: bool | None = None, evidence: bool = False) -> Cause:
        recorded = position >= self.first
        by = None if recorded else self.store.superseded_by(position)
        by = by if by is not None and by < self.last else None
        # What was recorded in between counts on the later side, what was superseded on the other.
        later = self.before.position <= self.after.position
        counts = after if after is not None else recorded == later
        return Cause(position, counts, evidence, recorded, by)

    def _read_about(self, subject: str) -> set[int]:
        """Return those of the events that were read which are about a subject, or about none."""
        wanted = subject.partition(":")[2]
        told_apart = set(naming([t for t, _ in self.moved], subject))
        return {
            position
            for table, found in self.moved
            if subject == ALL or table in told_apart
            for position, subjects in found.items()
            if subject == ALL or not subjects or wanted in subjects
        }

    def _seen_as(self) -> dict[str, set[str]]:
        """Return, by unit, the units that it counts under at either moment."""
        found: dict[str, set[str]] = {}
        for side in (self.before, self.after):
            family = side.figures.indicators[self.name][0].name
            query = side.figures.query(family, side.period)
            for unit, seen_as in query.rows("SELECT unit, seen_as FROM projections"):
                found.setdefault(unit, {unit}).add(seen_as)
        return found

    def _moved(self) -> list[tuple[FactTable, dict[int, set[str]]]]:
        """Return, by table, the events whose rows stand at one moment alone, and their subjects."""
        figures = (self.before.figures, self.after.figures)
        tables = {t.name: t for f in (CORE, *figures[0].families.values()) for t in f.facts}
        read = {key for f in figures for key in f.reads(self.name, self.before.period)}
        wanted = {w for view, period in read for w in self._cuts(view, period, tables)}
        with closing(connect(figures[0].path, read_only=True)) as db:
            return [
                (tables[name], self._subjects(db.execute(*self._query(tables[name], start, end))))
                for name, start, end in sorted(wanted)
            ]

    def _cuts(
        self, view: str, period: Period, tables: Mapping[str, FactTable]
    ) -> Iterator[tuple[str, str, str]]:
        """Yield (table, first day, day after the last) of what a view of a period is made from."""
        end = period.end.isoformat()
        if view in RESTS:
            now = self.before.figures.tree == "now"
            yield from ((name, "", "~" if now else end) for name in RESTS[view])
        elif view in tables:
            yield view, period.start.isoformat(), end
        else:
            yield view.removesuffix("_to_date").removesuffix("_spells"), "", end

    def _query(self, table: FactTable, start: str, end: str) -> tuple[str, tuple[Any, ...]]:
        column = subject_column(table, f"{self.kind}:") if self.kind else ""
        first, last = self.first, self.last
        sql = (
            f"SELECT DISTINCT since, {column or 'NULL'} FROM {table.name} "
            "WHERE day >= ? AND day < ? AND (since >= ? AND since < ? AND "
            "(until IS NULL OR until >= ?) OR since < ? AND until >= ? AND until < ?)"
        )
        return sql, (start, end, first, last, last, first, first, last)

    def _subjects(self, rows: Iterable[tuple[int, str | None]]) -> dict[int, set[str]]:
        found: dict[int, set[str]] = {}
        for position, subject in rows:
            about = found.setdefault(position, set())
            if subject is not None:
                about |= self.seen_as.get(subject, {subject})
        return found
