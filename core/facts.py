"""Fact tables: rows that one event states, kept bitemporally.

    @facts(key="day base", sums="visits persons")
    def base_visits(e: VisitHeld) -> Iterator[Row]:
        yield e.day, e.base, 1, e.persons

A fact function is pure: same event, same rows. It sees one event and nothing else. Its event type
is its parameter's annotation (a union where several types state the table). The first key is the
day. Rows hold whole numbers, text and None; dates become ISO text.

In views.db a row also has `since`, the position that stated it, and `until`, the position that
superseded it, or null. Rows are never changed but for `until`. So every moment of the past is a
filter, `since < N and (until is null or until >= N)`, a correction costs one event's rows, and
every row knows its event.

What depends on several events is not a fact: it is read out of fact rows by an indicator's SQL.
"""

import inspect
import typing
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from attrs import field, frozen

from lianjian.core.event import EventType, event_type

Row = tuple[Any, ...]
FactFunction = Callable[[Any], Iterator[Row]]


def yes_or_no(told: bool | None) -> str | None:
    """Return what a row has for yes or no: "yes", "no", or None for what nobody has told."""
    return None if told is None else "yes" if told else "no"


@frozen(eq=False)
class FactTable:
    """A declared fact table, callable like the function that states its rows.

    `keys` say what a row is about (its grain), `texts` and `sums` what it states: texts, and whole
    numbers that may be added up. `state` names the column that holds from one row to the next one
    of the same keys; such a table also gets spells.
    """

    name: str
    function: FactFunction
    keys: tuple[str, ...]
    texts: tuple[str, ...]
    sums: tuple[str, ...]
    state: str
    events: tuple[EventType, ...]
    columns: tuple[str, ...] = field(init=False)

    @columns.default
    def _columns(self) -> tuple[str, ...]:
        return self.keys + self.texts + self.sums

    def __call__(self, e: Any) -> Iterator[Row]:
        """Yield the rows that an event states."""
        return self.function(e)

    def create(self, suffix: str = "") -> str:
        """Return the SQL that makes the table, named with `suffix`."""
        typed = [
            "day TEXT NOT NULL",
            *(f"{k} ANY" for k in self.keys[1:]),
            *(f"{t} TEXT" for t in self.texts),
            *(f"{s} INTEGER" for s in self.sums),
        ]
        return (
            f"CREATE TABLE {self.name}{suffix} (since INTEGER NOT NULL, n INTEGER NOT NULL, "
            f"{', '.join(typed)}, until INTEGER, PRIMARY KEY (since, n)) STRICT, WITHOUT ROWID"
        )

    def insert(self, suffix: str = "") -> str:
        """Return the SQL that adds a row: since, n, then the columns."""
        marks = ", ".join("?" * (len(self.columns) + 2))
        return f"INSERT INTO {self.name}{suffix} VALUES ({marks}, NULL)"


def facts(
    *, key: str, text: str = "", sums: str = "", state: str = ""
) -> Callable[[FactFunction], FactTable]:
    """Declare a fact table; its name is the function's.

    Columns are given as words: `key` (the first is `day`), then `text`, then `sums`, in the order
    in which the function yields them. `state` names one of them whose value holds until the next
    row of the same keys; the table then gets a third view, NAME_spells(start, end, …).

    Raises TypeError where the declaration does not fit together: the mistake is the author's.
    """

    def declare(function: FactFunction) -> FactTable:
        name = function.__name__
        keys, texts, numbers = tuple(key.split()), tuple(text.split()), tuple(sums.split())
        columns = keys + texts + numbers
        if keys[:1] != ("day",):
            message = f"{name}: the first key of a fact table is `day`"
            raise TypeError(message)
        if len(set(columns)) < len(columns) or set(columns) & {"since", "until", "n", "event"}:
            message = f"{name}: columns must differ, and since, until, n and event are ours"
            raise TypeError(message)
        if state and state not in columns[len(keys) :]:
            message = f"{name}: the state {state!r} is not one of its text or sum columns"
            raise TypeError(message)
        return FactTable(name, function, keys, texts, numbers, state, _events_of(function))

    return declare


def _events_of(function: FactFunction) -> tuple[EventType, ...]:
    parameters = list(inspect.signature(function).parameters)
    if len(parameters) != 1:
        message = f"{function.__name__}: a fact function takes one event and nothing else"
        raise TypeError(message)
    annotation = typing.get_type_hints(function)[parameters[0]]
    return tuple(event_type(c) for c in typing.get_args(annotation) or (annotation,))


class Days(dict[date, str]):
    """Days as ISO text, each made once; a log has many events a day."""

    def __missing__(self, day: date) -> str:
        text = self[day] = day.isoformat()
        return text


DAYS = Days()


def stored(value: Any) -> Any:
    """Return a value of a row as it is stored: dates as ISO text, all else as it is."""
    return DAYS[value] if isinstance(value, date) else value


# What a query sees of a table. `_q` is a one-row temporary table (position, start, end).

_STANDS = "f.since < q.position AND (f.until IS NULL OR f.until >= q.position)"


def views(table: FactTable) -> dict[str, str]:
    """Return the queries behind the views of a table, by view name.

    NAME is cut to the moment and the period, NAME_to_date to the moment and the period's end. Each
    has the table's columns and `event`, the position that stated the row: rows of the same event
    are joined by it. NAME_spells has the spells between changes, clipped to the period.
    """
    columns = ", ".join(f"f.{c}" for c in table.columns)
    select = (
        f"SELECT f.since AS event, {columns} FROM main.{table.name} f, temp._q q WHERE {_STANDS}"
    )
    made = {
        table.name: f'{select} AND f.day >= q.start AND f.day < q."end"',
        f"{table.name}_to_date": f'{select} AND f.day < q."end"',
    }
    if table.state:
        made[f"{table.name}_spells"] = _spells(table)
    return made


def _spells(table: FactTable) -> str:
    """Return the query for spells: a state holds from its day to the day before the next row's.

    Of several rows on one day the last one recorded wins; the others' spells are empty and go.
    """
    own = [c for c in table.columns if c != "day"]
    grain = ", ".join(f"f.{k}" for k in table.keys[1:]) or "1"
    held = ", ".join(f"f.{c}" for c in own)
    named = ", ".join(f"s.{c}" for c in own)
    return (
        f"SELECT CASE WHEN s.day < q.start THEN q.start ELSE s.day END AS start, "
        f'CASE WHEN s.next IS NULL OR s.next > q."end" THEN q."end" ELSE s.next END AS "end", '
        f"s.event, {named} FROM (SELECT f.since AS event, f.day, {held}, lead(f.day) OVER "
        f"(PARTITION BY {grain} ORDER BY f.day, f.since, f.n) AS next "
        f"FROM main.{table.name} f, temp._q q WHERE {_STANDS}) s, temp._q q "
        f'WHERE s.day < q."end" AND (s.next IS NULL OR (s.next > q.start AND s.next > s.day))'
    )
