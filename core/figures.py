"""Figures: every reading of every family, for a period, at a moment, and the evidence behind it.

    with Figures(views, families, moment) as figures:
        figures.readings("bases.gini", Period.parse("2021"))
        figures.evidence("bases.gini", Period.parse("2021"), "base:lianyuan")

Each family and period gets a read-only connection of its own on which the family's tables and
core's, and no others, are views cut to the moment and the period.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Self

from attrs import evolve

from lianjian.core.errors import (
    FamilyStopped,
    IndicatorCircle,
    IndicatorFailed,
    UnknownIndicator,
    ViewsDamaged,
)
from lianjian.core.facts import FactTable, views
from lianjian.core.indicator import (
    ALL,
    CORE,
    Family,
    Indicator,
    Moment,
    Query,
    Reading,
    Tree,
    canonical,
)
from lianjian.core.period import Period
from lianjian.core.replay import positions
from lianjian.core.shapes import nearest
from lianjian.core.store import connect
from lianjian.core.units import PREPARED, prepare


class Figures:
    """Readings at one moment, from caught-up views. Use it as a context manager, or `close` it."""

    def __init__(
        self, path: Path, families: Sequence[Family], moment: Moment, tree: Tree = "then"
    ) -> None:
        self.path = path
        self.moment = moment
        self.tree: Tree = tree
        self.families = {f.name: f for f in families}
        self.indicators = {i.name: (f, i) for f in families for i in f.indicators}
        self._open: dict[tuple[str, Period], sqlite3.Connection] = {}
        self._made: dict[tuple[str, Period], tuple[Reading, ...]] = {}
        self._asked: list[tuple[str, Period]] = []
        self._rests: dict[tuple[str, Period], list[tuple[str, Period]]] = {}
        self._reads: dict[tuple[str, Period], set[tuple[str, Period]]] = {}
        self._allow: dict[tuple[str, Period], Callable[..., int]] = {}
        self._earlier: dict[tuple[int, Tree], Figures] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        for db in self._open.values():
            db.close()
        self._open.clear()
        for figures in self._earlier.values():
            figures.close()

    def find(self, name: str = "") -> list[Indicator]:
        """Return the indicators that a name stands for: one, those of a family, or all for "".

        Raises UnknownIndicator with the nearest names.
        """
        name = canonical(self.families.values(), name)
        return [i for f, i in self.indicators.values() if name in ("", f.name, i.name)]

    def readings(self, name: str, period: Period) -> tuple[Reading, ...]:
        """Return an indicator's readings, sorted.

        Raises UnknownIndicator, FamilyStopped where its family or core could not take an event
        before the moment, IndicatorFailed where it raises, IndicatorCircle.
        """
        if name not in self.indicators:
            self.find(name)
            raise UnknownIndicator(name=name, close=", ".join(nearest(name, self.indicators)))
        key = name, period
        if self._asked:
            self._rests[self._asked[-1]].append(key)
        if key not in self._made:
            if key in self._asked:
                raise IndicatorCircle(circle=" → ".join([*(n for n, _ in self._asked), name]))
            self._asked.append(key)
            self._rests[key], self._reads[key] = [], set()
            self._prepare_anew()
            try:
                self._made[key] = tuple(self._read(*self.indicators[name], period))
            finally:
                self._asked.pop()
        return self._made[key]

    def _read(self, family: Family, indicator: Indicator, period: Period) -> list[Reading]:
        query = self._query(family, period)
        try:
            made = sorted(indicator.function(query), key=lambda r: r.order)
            _check(indicator, made)
        except (FamilyStopped, IndicatorCircle, IndicatorFailed, UnknownIndicator, ViewsDamaged):
            raise
        except Exception as error:
            why = f"{type(error).__name__}: {error}"
            raise IndicatorFailed(name=indicator.name, why=why) from error
        # What rests on another indicator's made-up figures is made up.
        others = self._rests[indicator.name, period]
        made_up = self._made_up(query.db, indicator, period) or any(
            r.synthetic for key in others for r in self._made[key]
        )
        return [
            evolve(r, indicator=indicator, period=period, moment=self.moment, synthetic=made_up)
            for r in made
        ]

    def _known(self, name: str, period: Period, position: int, tree: Tree) -> tuple[Reading, ...]:
        """Return an indicator's readings as they were at an earlier position."""
        if position > self.moment.position:
            message = f"position {position} lies beyond {self.moment.position}"
            raise ValueError(message)
        self.readings(name, period)  # what they rest on is what today's rest on
        key = position, tree
        if key not in self._earlier:
            # Nobody is shown the root of that moment, which only the log itself could tell.
            families = list(self.families.values())
            self._earlier[key] = Figures(self.path, families, Moment(position, b""), tree)
        return self._earlier[key].readings(name, period)

    def _made_up(self, db: sqlite3.Connection, indicator: Indicator, period: Period) -> bool:
        """Tell whether any of an indicator's evidence was made up (a recorder "synthetic…").

        CROSS JOIN keeps SQLite from reading all evidence first: most logs have nothing made up.
        """
        return any(
            db.execute(
                "SELECT EXISTS (SELECT 1 FROM main.synthetic s "
                f"CROSS JOIN {self._evidence_view(table, indicator, period)} v "
                "WHERE v.event = s.since)"
            ).fetchone()[0]
            for table in indicator.of
        )

    def _evidence_view(self, table: FactTable, indicator: Indicator, period: Period) -> str:
        """Return the view of a table that is evidence: up to the period's end, where that was read."""
        to_date = f"{table.name}_to_date"
        read = (to_date, period) in self._reads.get((indicator.name, period), ())
        return to_date if table.state or read else table.name

    def query(self, family: str, period: Period) -> Query:
        """Return the query that a family's indicators get for a period."""
        return self._query(self.families[family], period)

    def _query(self, family: Family, period: Period) -> Query:
        key = family.name, period
        if key not in self._open:
            self._open[key] = self._connect(family, period)
        return Query(
            period,
            self.moment,
            self.tree,
            self._open[key],
            self.readings,
            self._known,
            partial(self._query, family),
            self.evidence,
        )

    def _connect(self, family: Family, period: Period) -> sqlite3.Connection:
        try:
            db = connect(self.path, read_only=True)
            self._check_positions(db, family)
            db.execute("PRAGMA temp_store = MEMORY")
            db.execute('CREATE TEMP TABLE _q (position INTEGER, start TEXT, "end" TEXT)')
            bounds = self.moment.position, period.start.isoformat(), period.end.isoformat()
            db.execute("INSERT INTO temp._q VALUES (?, ?, ?)", bounds)
            queries = [v for t in {*CORE.facts, *family.facts} for v in views(t).items()]
            for name, sql in queries:
                db.execute(f"CREATE TEMP VIEW {name} AS {sql}")
            prepare(db, period.end, now=self.tree == "now")
            offered = frozenset(dict(queries)) | PREPARED
            self._allow[family.name, period] = _through_views(offered, partial(self._note, period))
            db.set_authorizer(self._allow[family.name, period])
        except sqlite3.DatabaseError as error:
            raise ViewsDamaged(path=self.path, reason=error) from error
        return db

    def _note(self, period: Period, view: str) -> None:
        """Note that the indicator that is being read looked into a view of a period."""
        if self._asked:
            self._reads[self._asked[-1]].add((view, period))

    def _prepare_anew(self) -> None:
        """Have SQLite ask anew what each statement reads: an earlier indicator may have had it."""
        for key, db in self._open.items():
            db.set_authorizer(self._allow[key])

    def reads(self, name: str, period: Period) -> frozenset[tuple[str, Period]]:
        """Return every (view, period) that an indicator's readings were made from.

        Those of the readings that they rest on are among them. Nothing else can move them.
        """
        self.readings(name, period)
        others = (self.reads(*key) for key in set(self._rests[name, period]))
        return frozenset(self._reads[name, period]).union(*others)

    def _check_positions(self, db: sqlite3.Connection, family: Family) -> None:
        known = positions(db)
        for name in (CORE.name, family.name):
            position, why = known.get(name, (0, "not built"))
            if position < self.moment.position:
                raise FamilyStopped(family=name, position=position, why=why)

    def computed_by(self, name: str, period: Period) -> frozenset[str]:
        """Return the families that an indicator's readings come from, by name.

        They are core, its own, and those of every indicator whose readings it asked for.
        """
        self.readings(name, period)
        found = {CORE.name, self.indicators[name][0].name}
        return frozenset(found).union(
            *(self.computed_by(*other) for other in set(self._rests[name, period]))
        )

    def evidence(
        self,
        name: str,
        period: Period,
        subject: str = ALL,
        dimensions: Mapping[str, str] | None = None,
    ) -> list[int]:
        """Return the positions of the events behind a reading, in order.

        They are the events that stated rows of the indicator's evidence tables in the period (for
        states: by its end) that are about the subject, as far as the table tells; and those behind
        the readings of the same subject that it was computed from.
        """
        self.readings(name, period)
        family, indicator = self.indicators[name]
        db = self._query(family, period).db
        found: set[int] = set()
        for table in naming(indicator.of, subject):
            where, values = _about(table, subject, dimensions or {})
            view = self._evidence_view(table, indicator, period)
            stated = _events(db, view, where, values)
            for dimension, value in (dimensions or {}).items():
                # What one table says of a dimension, another of the same event need not repeat.
                saying = _saying(indicator.of, table, dimension)
                if saying:
                    where = f"{dimension} = ?"
                    views_ = (self._evidence_view(t, indicator, period) for t in saying)
                    stated &= set().union(*(_events(db, v, where, (value,)) for v in views_))
            found |= stated
        for other, over in set(self._rests[name, period]):
            found.update(self.evidence(other, over, subject))
        return sorted(found)


def _through_views(offered: frozenset[str], note: Callable[[str], None]) -> Callable[..., int]:
    """Return an authorizer that lets SQL read views.db through the offered views only.

    Each view, or table that was prepared, that a statement reads is told to `note`.

    SQLite asks it as it prepares a statement. Without it the rows of another family, and of
    another moment, would be one `main.` away. Where no column is read (`count(*)`), SQLite names
    the view as if it were a table of main.
    """

    def allow(action: int, table: str, column: str, schema: str | None, view: str | None) -> int:
        if action == sqlite3.SQLITE_READ and (view in offered or table in PREPARED):
            note(view if view in offered else table)
        direct = action == sqlite3.SQLITE_READ and view is None and schema in ("main", None)
        hidden = direct and table != "synthetic" and (column != "" or table not in offered)
        return sqlite3.SQLITE_DENY if hidden else sqlite3.SQLITE_OK

    return allow


def _events(db: sqlite3.Connection, view: str, where: str, values: Sequence[Any]) -> set[int]:
    sql = f"SELECT DISTINCT event FROM {view} WHERE {where}"
    return {position for (position,) in db.execute(sql, values)}


def _saying(evidence: Sequence[FactTable], table: FactTable, dimension: str) -> list[FactTable]:
    """Return the tables that say of a table's events what it does not: the value of a dimension."""
    if dimension in table.columns:
        return []
    return [t for t in evidence if dimension in t.columns and set(table.events) <= set(t.events)]


def naming(evidence: Sequence[FactTable], subject: str) -> list[FactTable]:
    """Return the tables that name events about a subject.

    One that does not tell subjects apart, while another that the same events state does, only says
    more of them: of an activity its themes, beside its hosts.
    """
    apart = {e for t in evidence if subject_column(t, subject) for e in t.events}
    return [t for t in evidence if subject_column(t, subject) or not set(t.events) <= apart]


def subject_column(table: FactTable, subject: str) -> str:
    """Return the column of a table that has the subjects of a kind; empty where none has."""
    kind = subject.partition(":")[0]
    return next((c for c in (kind, "host" if kind == "unit" else "") if c in table.columns), "")


def _about(
    table: FactTable, subject: str, dimensions: Mapping[str, str]
) -> tuple[str, tuple[Any, ...]]:
    """Return the condition that a row of `table` is about a subject, and its values.

    A unit is found in the column `unit`, or `host`, under whatever tree the query has.
    """
    conditions: list[str] = []
    values: list[Any] = []
    kind, _, id_ = subject.partition(":")
    column = subject_column(table, subject)
    if subject != ALL and column:
        if kind == "unit":
            conditions.append(f"{column} IN (SELECT unit FROM projections WHERE seen_as = ?)")
        else:
            conditions.append(f"{column} = ?")
        values.append(id_)
    for name, value in dimensions.items():
        if name in table.columns:
            conditions.append(f"{name} = ?")
            values.append(value)
    return " AND ".join(conditions) or "1", tuple(values)


def _check(indicator: Indicator, readings: Sequence[Reading]) -> None:
    """Refuse readings that break the promises made to whoever reads them."""
    seen = set()
    for r in readings:
        kind, _, id_ = r.subject.partition(":")
        if r.subject != ALL and (kind != indicator.per or not id_):
            message = f"a reading about {r.subject!r}, not about {indicator.per or ALL}"
            raise ValueError(message)
        if r.value is None and r.reason is None and (r.low is None or r.high is None):
            message = f"no value and no reason for {r.subject}"
            raise ValueError(message)
        if r.order in seen:
            message = f"two readings for {r.subject} {dict(r.dimensions)}"
            raise ValueError(message)
        seen.add(r.order)


def as_json(reading: Reading, lang: str = "en") -> dict[str, Any]:
    """Return a reading as the object that `--json` prints, its texts in `lang`."""
    import base64  # noqa: PLC0415  only programs ask for JSON

    indicator, period, moment = reading.indicator, reading.period, reading.moment
    if indicator is None or period is None or moment is None:
        message = "only readings that Figures gave out have all that is printed"
        raise ValueError(message)
    return {
        "indicator": indicator.name,
        "subject": reading.subject,
        "dimensions": dict(sorted(reading.dimensions.items())),
        "value": reading.value,
        "low": reading.low,
        "high": reading.high,
        "numerator": reading.numerator,
        "denominator": reading.denominator,
        "unit": indicator.unit,
        "better": indicator.better,
        "reason": reading.reason.text(lang) if reading.reason else None,
        "flags": [f.text(lang) for f in reading.flags],
        "period": {"start": period.start.isoformat(), "end": period.end.isoformat()},
        "moment": {
            "position": moment.position,
            "root": base64.b64encode(moment.root).decode(),
        },
        "synthetic": reading.synthetic,
    }


def iterate(figures: Figures, name: str, period: Period) -> Iterator[tuple[Indicator, Any]]:
    """Yield (indicator, its readings or the error that it raised) for what a name stands for."""
    for indicator in figures.find(name):
        try:
            yield indicator, figures.readings(indicator.name, period)
        except (FamilyStopped, IndicatorFailed, IndicatorCircle, UnknownIndicator) as error:
            yield indicator, error
