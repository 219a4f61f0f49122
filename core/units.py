"""The unit tree in a query: which units there are, what they are called, under which they count.

Facts are stored at the unit they happened to. A query looks at them under one of two trees:

    then   the tree at the period's end; a unit that was merged away in the period still stands for
           the days it was open
    now    the last tree known at the moment; what happened to a unit that is gone counts for its
           successors, by their shares

`prepare` makes three temporary tables of it (see `indicator.py`). It is done in Python, once per
query: a district has some hundreds of units, and successions have to be followed.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import Any

from attrs import frozen

from lianjian.core.activities import WHOLE

FOREVER = "9999-12-31"

SCHEMA = """
CREATE TEMP TABLE units (
    unit TEXT PRIMARY KEY, name TEXT, kind TEXT, tier TEXT, parent TEXT, code TEXT, days INTEGER
);
CREATE TEMP TABLE headcounts (unit TEXT, category TEXT, persons, PRIMARY KEY (unit, category));
CREATE TEMP TABLE projections (
    unit TEXT, seen_as TEXT, share_bp INTEGER, PRIMARY KEY (unit, seen_as)
);
"""

_TREE = (
    "unit_registrations",
    "unit_names",
    "unit_codes",
    "unit_parents",
    "unit_status",
    "unit_successions",
)
RESTS: dict[str, tuple[str, ...]] = {
    "units": _TREE,
    "projections": _TREE,
    "headcounts": (*_TREE, "headcount_declarations"),
}
"""The fact tables that each prepared table is made from."""
PREPARED = frozenset(RESTS)

Spell = tuple[str, str]


@frozen
class Tree:
    """What is known of units by a day: attributes by unit, and where closed ones went, and when."""

    registered: dict[str, tuple[str, str]]
    names: dict[str, str]
    codes: dict[str, str | None]
    parents: dict[str, str | None]
    closed: frozenset[str]
    successors: dict[str, tuple[tuple[str, int], ...]]
    ended: dict[str, str]


def prepare(db: sqlite3.Connection, end: date, *, now: bool) -> None:
    """Fill `units`, `headcounts` and `projections` for a query whose period ends before the day `end`.

    The connection must have the one-row table `_q` and core's views already.
    """
    db.executescript(SCHEMA)
    spells: dict[str, list[Spell]] = defaultdict(list)
    sql = "SELECT unit, start, \"end\" FROM unit_status_spells WHERE status = 'open'"
    for unit, first, last in db.execute(sql):
        spells[unit].append((first, last))
    headcounts = {
        (unit, category): (persons, day)
        for unit, category, persons, day in db.execute(
            "SELECT unit, category, persons, day FROM headcount_declarations_to_date "
            "ORDER BY day, event"
        )
    }
    if now:
        db.execute('UPDATE temp._q SET "end" = ?', (FOREVER,))
    tree = _tree(db)
    if now:
        db.execute('UPDATE temp._q SET "end" = ?', (end.isoformat(),))
    seen = {u: _heirs(tree, u) if now else ((u, WHOLE),) for u in tree.registered}
    _fill(db, tree, seen, spells, _heads(tree, headcounts) if now else _as_declared(headcounts))


def _latest(db: sqlite3.Connection, table: str, column: str) -> dict[str, Any]:
    """Return the last value of each unit, in order of day and then of recording."""
    return dict(db.execute(f"SELECT unit, {column} FROM {table}_to_date ORDER BY day, event"))


def _tree(db: sqlite3.Connection) -> Tree:
    status = _latest(db, "unit_status", "status")
    closed = frozenset(u for u, s in status.items() if s == "closed")
    successors: dict[str, dict[str, int]] = {}
    events: dict[str, int] = {}
    ended: dict[str, str] = {}
    sql = (
        "SELECT event, day, unit, successor, share_bp FROM unit_successions_to_date "
        "ORDER BY day, event"
    )
    for event, day, unit, successor, share in db.execute(sql):
        if events.get(unit) != event:  # a later succession takes the place of an earlier one
            events[unit], successors[unit], ended[unit] = event, {}, day
        successors[unit][successor] = share
    registered = {
        u: (kind, tier)
        for u, kind, tier in db.execute(
            "SELECT unit, kind, tier FROM unit_registrations_to_date ORDER BY day, event"
        )
    }
    return Tree(
        registered,
        _latest(db, "unit_names", "name"),
        _latest(db, "unit_codes", "code"),
        _latest(db, "unit_parents", "parent"),
        closed,
        {u: tuple(s.items()) for u, s in successors.items() if u in closed},
        ended,
    )


def _heirs(tree: Tree, unit: str) -> tuple[tuple[str, int], ...]:
    """Return where a unit counts in the tree, with shares in basis points that add to 10,000."""
    return _in_basis_points(_shares(tree, unit))


def _shares(
    tree: Tree, unit: str, counted: Callable[[str, str], bool] | None = None
) -> dict[str, Fraction]:
    """Return which shares of a unit ended up where.

    A unit that closed without a successor counts as itself. Records may contradict each other into
    a circle; a unit met for the second time stays where it is. `counted(successor, day)` tells that
    what came to the successor on that day is counted there already, and goes no further.
    """
    shares: dict[str, Fraction] = defaultdict(Fraction)

    def follow(at: str, part: Fraction, met: frozenset[str]) -> None:
        onward = tree.successors.get(at, ())
        if not onward or at in met:
            shares[at] += part
            return
        for successor, share in onward:
            if not (counted and counted(successor, tree.ended[at])):
                follow(successor, part * Fraction(share, WHOLE), met | {at})

    follow(unit, Fraction(1), frozenset())
    return shares


Declared = dict[tuple[str, str], tuple[int, str]]
Heads = dict[tuple[str, str], Fraction]


def _as_declared(headcounts: Declared) -> Heads:
    """Return headcounts at the units that declared them, a closed one beside its successor."""
    return {key: Fraction(persons) for key, (persons, _) in headcounts.items()}


def _heads(tree: Tree, headcounts: Declared) -> Heads:
    """Return headcounts under the units of the tree.

    People of a unit that was merged away come to its successor, until that declares its own
    headcount, which has them in it.
    """
    heads: Heads = defaultdict(Fraction)
    for (unit, category), (persons, _) in headcounts.items():

        def counted(successor: str, day: str, category: str = category) -> bool:
            declared = headcounts.get((successor, category))
            return declared is not None and declared[1] >= day

        for target, share in _shares(tree, unit, counted).items():
            heads[target, category] += persons * share
    return heads


def _in_basis_points(shares: dict[str, Fraction]) -> tuple[tuple[str, int], ...]:
    """Round shares to basis points, the largest remainders up, so that nothing gets lost."""
    exact = {u: share * WHOLE for u, share in shares.items()}
    floors = {u: int(x) for u, x in exact.items()}
    missing = WHOLE - sum(floors.values())
    for unit in sorted(exact, key=lambda u: (floors[u] - exact[u], u))[:missing]:
        floors[unit] += 1
    return tuple((u, bp) for u, bp in sorted(floors.items()) if bp)


def _fill(
    db: sqlite3.Connection,
    tree: Tree,
    seen: dict[str, tuple[tuple[str, int], ...]],
    spells: dict[str, list[Spell]],
    heads: Heads,
) -> None:
    open_days: dict[str, list[Spell]] = defaultdict(list)
    for unit, onward in seen.items():
        for target, _ in onward:
            open_days[target] += spells.get(unit, [])
    rows = [
        (u, tree.names.get(u), *tree.registered[u], tree.parents.get(u), tree.codes.get(u), days)
        for u in sorted(tree.registered)
        if (days := covered_days(open_days.get(u, [])))
    ]
    active = {row[0] for row in rows}
    db.executemany("INSERT INTO units VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    db.executemany(
        "INSERT INTO headcounts VALUES (?, ?, ?)",
        [(u, c, _plain(n)) for (u, c), n in sorted(heads.items()) if u in active],
    )
    db.executemany(
        "INSERT INTO projections VALUES (?, ?, ?)",
        [(u, target, share) for u, onward in seen.items() for target, share in onward],
    )


def _plain(count: Fraction) -> int | float:
    return int(count) if count.denominator == 1 else float(count)


def covered_days(spells: list[Spell]) -> int:
    """Return how many days lie in at least one of the spells (ISO days, half-open)."""
    total, reached = 0, ""
    for first, last in sorted(spells):
        begin = max(first, reached)
        if last > begin:
            total += (date.fromisoformat(last) - date.fromisoformat(begin)).days
            reached = last
    return total
