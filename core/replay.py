"""views.db: fact rows kept up with the log, and rebuilt from it.

    log entries ──state()──▶ Chunk of rows ──write()──▶ tables ──close()──▶ `until` of what was
                                                                            superseded

`state` reads a stretch of the log and is pure; stretches can be stated apart and in any order, and
simply stand together. `catch_up` does the new end of the log in one transaction that also moves
each family's position, so an event counts exactly once whatever is killed when. `replay` rebuilds
families from event 0 into shadow tables beside the live ones and swaps them under the writer's
lock; readers keep their snapshot.

We never skip silently: an event that a family cannot take stops that family there, by name and
position, and leaves the others and what it had so far standing.
"""

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import msgspec
from attrs import field, frozen, mutable
from filelock import FileLock

from lianjian.core.errors import (
    FamilyStopped,
    LianjianError,
    LogDamaged,
    ViewsDamaged,
    Words,
)
from lianjian.core.event import EventType, read_envelope
from lianjian.core.facts import DAYS, FactTable, Row
from lianjian.core.store import Store, connect, transaction
from lianjian.core.tree import TILE_WIDTH, leaf_hash, root, unlike_leaves

CHUNK = 10_000  # events; a few megabytes of rows, so memory stays flat
SHADOW = "__new"
SYNTHETIC = "synthetic"  # a recorder that begins so made its events up, and they are labelled

sqlite3.register_adapter(date, DAYS.__getitem__)

SCHEMA = """
CREATE TABLE IF NOT EXISTS families (
    name TEXT PRIMARY KEY, signature TEXT NOT NULL, position INTEGER NOT NULL, stopped TEXT
) STRICT;
CREATE TABLE IF NOT EXISTS seen (
    one INTEGER PRIMARY KEY CHECK (one = 1), size INTEGER NOT NULL, root BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS synthetic (since INTEGER PRIMARY KEY) STRICT;
"""


class FactFamily(Protocol):
    """What replay needs of a family (`indicator.Family` is one)."""

    @property
    def name(self) -> str:
        """Its name, which no other family has."""
        ...

    @property
    def version(self) -> int:
        """What its fact functions mean; another version's rows are built anew."""
        ...

    @property
    def facts(self) -> Sequence[FactTable]:
        """Its fact tables."""
        ...


@frozen
class Stopped:
    """A family that cannot take an event: which family, at which position, and why."""

    family: str
    position: int
    why: str


@frozen
class Difference:
    """A row that is not what the log says: table, position, and the two rows (None: not there).

    `columns` are the names of a row's values.
    """

    table: str
    position: int
    expected: Row | None
    found: Row | None
    columns: Sequence[str] = ()

    def text(self, row: Row | None) -> str:
        """Return one of the two rows as `column value, …`; "-" where there is none."""
        if row is None:
            return "-"
        values = ("-" if v is None else str(v) for v in row)
        return ", ".join(f"{c} {v}" for c, v in zip(self.columns, values, strict=False))


def _columns(table: FactTable) -> tuple[str, ...]:
    """Return the names of what a stored row has."""
    return "since", "n", *table.columns, "until"


@mutable
class Chunk:
    """The rows of one stretch of the log.

    `rows` are (since, n, columns…) by table name; `replaced` pairs (the position that supersedes,
    the position superseded, the superseded event's type); `synthetic` the positions made up.
    """

    start: int
    stop: int
    rows: dict[str, list[Row]] = field(factory=dict)
    replaced: list[tuple[int, int, str]] = field(factory=list)
    synthetic: list[tuple[int]] = field(factory=list)
    stopped: dict[str, Stopped] = field(factory=dict)


_Handler = tuple[Callable[[bytes], Any], list[tuple[str, FactTable, list[Row]]]]


def state(
    store: Store, families: Sequence[FactFamily], start: int, stop: int, stopped: Iterable[str] = ()
) -> Chunk:
    """Return the rows that the entries at start ≤ p < stop state, for families not in `stopped`."""
    chunk = Chunk(start, stop)
    active = [f for f in families if f.name not in set(stopped)]
    stated = _tables_by_type(active, chunk)
    handlers: dict[tuple[str, int], _Handler] = {}
    sql = (
        "SELECT position, type, version, replaces, entry FROM entries "
        "WHERE position >= ? AND position < ? ORDER BY position"
    )
    for position, type_, version, replaces, entry in store.db.execute(sql, (start, stop)):
        if replaces is not None:
            chunk.replaced.append((position, replaces, _type_at(store, replaces)))
        handler = handlers.get((type_, version))
        if handler is None:
            handler = handlers[type_, version] = _handler(stated.get(type_), version)
        read, tables = handler
        if not tables:
            continue
        try:
            known = read(entry)
        except (LianjianError, msgspec.MsgspecError, ValueError, TypeError) as error:
            _stop(chunk, stated, {name for name, _, _ in tables}, position, error)
            handlers.clear()
            continue
        event = known.data
        failed = {}
        for name, table, rows in tables:
            try:
                for n, row in enumerate(table.function(event)):
                    rows.append((position, n, DAYS[row[0]], *row[1:]))
            except Exception as error:  # noqa: BLE001  a plugin may fail in any way; it is named
                failed[name] = error
        for name, failure in failed.items():
            _stop(chunk, stated, {name}, position, failure)
            handlers.clear()
        if known.recorder.startswith(SYNTHETIC):
            chunk.synthetic.append((position,))
    return chunk


_Stated = dict[str, tuple[EventType, list[tuple[str, FactTable, list[Row]]]]]


def _tables_by_type(families: Iterable[FactFamily], chunk: Chunk) -> _Stated:
    stated: _Stated = {}
    for family in families:
        for table in family.facts:
            rows = chunk.rows.setdefault(table.name, [])
            for type_ in table.events:
                stated.setdefault(type_.name, (type_, []))[1].append((family.name, table, rows))
    return stated


def _handler(found: tuple[EventType, list[Any]] | None, version: int) -> _Handler:
    if found is None:
        return _unread, []
    type_, tables = found

    def unreadable(_: bytes) -> Any:
        return type_.reader(version)  # raises, once more, to name the event

    try:
        return type_.reader(version), tables
    except LianjianError:
        return unreadable, tables


def _unread(_: bytes) -> Any:
    return None


def _type_at(store: Store, position: int) -> str:
    found = store.db.execute("SELECT type FROM entries WHERE position = ?", (position,)).fetchone()
    return str(found[0]) if found else ""


def _stop(chunk: Chunk, stated: _Stated, names: set[str], position: int, error: Exception) -> None:
    """Stop families at a position: what the event at hand stated in part goes."""
    why = f"{type(error).__name__}: {error}"
    for name in names:
        chunk.stopped[name] = Stopped(name, position, why)
    for _, tables in stated.values():
        for name, _, rows in tables:
            if name in names:
                while rows and rows[-1][0] == position:
                    rows.pop()
        tables[:] = [t for t in tables if t[0] not in names]


def write(
    db: sqlite3.Connection, families: Sequence[FactFamily], chunk: Chunk, suffix: str = ""
) -> None:
    """Add a chunk's rows to the tables; inside the caller's transaction.

    A family whose rows SQLite does not take (too few columns, a value of another type) is stopped
    at the event that stated them, and noted in `chunk.stopped`.
    """
    for family in families:
        for table in family.facts:
            rows = chunk.rows.get(table.name, [])
            try:
                db.executemany(table.insert(suffix), rows)
            except (sqlite3.Error, OverflowError) as error:
                _stop_at_bad_row(db, family, chunk, suffix, error)
                break
    db.executemany("INSERT OR IGNORE INTO synthetic VALUES (?)", chunk.synthetic)


def _stop_at_bad_row(
    db: sqlite3.Connection, family: FactFamily, chunk: Chunk, suffix: str, error: Exception
) -> None:
    """Find the first row that cannot be stored, and leave the family as it was before its event."""
    bad = chunk.stop
    for table in family.facts:
        db.execute(f"DELETE FROM {table.name}{suffix} WHERE since >= ?", (chunk.start,))
        for row in chunk.rows.get(table.name, []):
            try:
                db.execute(table.insert(suffix), row)
            except (sqlite3.Error, OverflowError) as found:
                if row[0] < bad:
                    bad, error = row[0], found
                break
    for table in family.facts:
        db.execute(f"DELETE FROM {table.name}{suffix} WHERE since >= ?", (bad,))
    chunk.stopped[family.name] = Stopped(family.name, bad, f"{type(error).__name__}: {error}")


def close(
    db: sqlite3.Connection,
    families: Sequence[FactFamily],
    replaced: Iterable[tuple[int, int, str]],
    suffix: str = "",
) -> None:
    """Set `until` on the rows of superseded events; inside the caller's transaction."""
    by_type: dict[str, list[tuple[int, int]]] = {}
    for position, target, name in replaced:
        by_type.setdefault(name, []).append((position, target))
    for family in families:
        for table in family.facts:
            for type_ in table.events:
                if type_.name in by_type:
                    sql = f"UPDATE {table.name}{suffix} SET until = ? WHERE since = ?"
                    db.executemany(sql, by_type[type_.name])


def check_bytes(store: Store, start: int, stop: int) -> None:
    """Compare the entries at start ≤ p < stop with their hashes in the tree.

    No figure is made of bytes that were changed. That the tree itself is the signed one is for
    `verify` to say. Raises LogDamaged with the first position that differs.
    """
    sql = "SELECT entry FROM entries WHERE position >= ? AND position < ? ORDER BY position"
    ours = [leaf_hash(entry) for (entry,) in store.db.execute(sql, (start, stop))]
    size = store.size()

    def tile(index: int) -> bytes:
        return store.tile(0, index, min(TILE_WIDTH, size - index * TILE_WIDTH))

    changed = next((p for p, _, _ in unlike_leaves(start, ours, tile)), start + len(ours))
    if changed < stop:
        reason = Words(
            f"第 {changed} 条不是当初写入的", f"position {changed} is not what was recorded"
        )
        raise LogDamaged(path=store.path, reason=reason)


Progress = Callable[[int], None]


def advance(
    db: sqlite3.Connection,
    store: Store,
    families: Sequence[FactFamily],
    start: int,
    stop: int,
    suffix: str = "",
    progress: Progress | None = None,
    *,
    commit: bool = False,
) -> dict[str, Stopped]:
    """Take the entries at start ≤ p < stop into the tables, chunk by chunk.

    With `commit` each chunk is a transaction of its own; otherwise all is inside the caller's.
    Returns the families that stopped; raises LogDamaged where entries are not what was recorded.
    """
    stopped: dict[str, Stopped] = {}
    for first in range(start, stop, CHUNK):
        last = min(first + CHUNK, stop)
        check_bytes(store, first, last)
        chunk = state(store, families, first, last, stopped)
        if commit:
            db.execute("BEGIN IMMEDIATE")
        going = [f for f in families if f.name not in stopped]
        write(db, going, chunk, suffix)
        stopped.update(chunk.stopped)
        for family in going:
            halt = stopped.get(family.name)
            limit = halt.position if halt else last
            close(db, [family], [r for r in chunk.replaced if r[0] < limit], suffix)
        if commit:
            db.execute("COMMIT")
        if progress:
            progress(last)
    return stopped


# The live tables.


def signature(family: FactFamily) -> str:
    """Return what a family's tables were built with: a change of it means to build them anew."""
    parts = [str(family.version), *(t.create() for t in family.facts)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def open_views(path: Path) -> sqlite3.Connection:
    """Open views.db for writing, made where it is not there; ViewsDamaged where it is not ours."""
    try:
        db = connect(path, read_only=False)
        # The views are derived: a lost commit is caught up with, so NORMAL is durable enough.
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA secure_delete = OFF")
        db.executescript(SCHEMA)
    except sqlite3.OperationalError:
        raise  # busy, read-only, full: nothing is wrong with the file
    except sqlite3.DatabaseError as error:
        raise ViewsDamaged(path=path, reason=error) from error
    return db


def catch_up(
    path: Path, store: Store, families: Sequence[FactFamily], progress: Progress | None = None
) -> dict[str, Stopped]:
    """Bring views.db up to the end of the log and return the families that stopped, by name.

    Families of another version or with other tables are built anew; so is everything where the
    log under the views is not the one they were built from.
    """
    with closing(open_views(path)) as db:
        try:
            if _is_current(db, store, families):
                return {}
            with transaction(db):
                return _catch_up(db, store, families, progress)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            raise ViewsDamaged(path=path, reason=error) from error


def _is_current(db: sqlite3.Connection, store: Store, families: Sequence[FactFamily]) -> bool:
    """Tell, without a lock, whether there is nothing to do: the usual case of a reading command."""
    size = store.size()
    known = {n: (s, p) for n, s, p in db.execute("SELECT name, signature, position FROM families")}
    wanted = {f.name: (signature(f), size) for f in families}
    return wanted.items() <= known.items() and _same_log(db, store)


def _same_log(db: sqlite3.Connection, store: Store) -> bool:
    seen = db.execute("SELECT size, root FROM seen").fetchone()
    if seen is None:
        return True
    return bool(seen[0] <= store.size() and root(seen[0], store) == seen[1])


def _catch_up(
    db: sqlite3.Connection,
    store: Store,
    families: Sequence[FactFamily],
    progress: Progress | None,
) -> dict[str, Stopped]:
    size = store.size()  # read inside the transaction: nobody else moves positions meanwhile
    if not _same_log(db, store):
        db.execute("DELETE FROM families")
        db.execute("DELETE FROM synthetic")
    known = {n: (s, p) for n, s, p in db.execute("SELECT name, signature, position FROM families")}
    by_position: dict[int, list[FactFamily]] = {}
    for family in families:
        built, position = known.get(family.name, ("", 0))
        if built != signature(family):
            make_tables(db, family)
            position = 0
        by_position.setdefault(position, []).append(family)
    stopped: dict[str, Stopped] = {}
    for position, group in by_position.items():
        stopped |= advance(db, store, group, position, size, progress=progress)
    note(db, store, families, size, stopped)
    return stopped


def make_tables(db: sqlite3.Connection, family: FactFamily, suffix: str = "") -> None:
    """Make a family's tables anew, empty; inside the caller's transaction."""
    for table in family.facts:
        db.execute(f"DROP TABLE IF EXISTS {table.name}{suffix}")
        db.execute(table.create(suffix))


def note(
    db: sqlite3.Connection,
    store: Store,
    families: Sequence[FactFamily],
    size: int,
    stopped: dict[str, Stopped],
) -> None:
    """Write down how far families have come, and over which log; inside the caller's transaction."""
    db.executemany(
        "INSERT OR REPLACE INTO families VALUES (?, ?, ?, ?)",
        [
            (f.name, signature(f), halt.position if halt else size, halt.why if halt else None)
            for f in families
            for halt in [stopped.get(f.name)]
        ],
    )
    db.execute("INSERT OR REPLACE INTO seen VALUES (1, ?, ?)", (size, root(size, store)))


def positions(db: sqlite3.Connection) -> dict[str, tuple[int, str | None]]:
    """Return (position, why it stopped there or None) of each family that has views."""
    rows = db.execute("SELECT name, position, stopped FROM families")
    return {name: (position, why) for name, position, why in rows}


# Building anew.


@frozen
class Replayed:
    """What a replay did: how many events, what differed from the views before, who stopped."""

    events: int
    differences: tuple[Difference, ...]
    stopped: dict[str, Stopped]


def replay(
    path: Path, store: Store, families: Sequence[FactFamily], progress: Progress | None = None
) -> Replayed:
    """Rebuild families from event 0 beside the live views, compare, and put them in their place.

    A difference from live views of the same version means that a fact function is not pure or that
    the views were edited; the rebuilt rows stand afterwards. An interrupted replay leaves the live
    views as they were.
    """
    with FileLock(path.with_name("views.lock")), closing(open_views(path)) as db:
        with transaction(db):
            if not _same_log(db, store):
                # Else the families that are not asked for would pass as built from this log.
                db.execute("DELETE FROM families")
                db.execute("DELETE FROM synthetic")
            for family in families:
                make_tables(db, family, SHADOW)
        size = store.size()
        stopped = advance(db, store, families, 0, size, SHADOW, progress, commit=True)
        with transaction(db):
            end = store.size()
            going = [f for f in families if f.name not in stopped]
            stopped |= advance(db, store, going, size, end, SHADOW)
            found = _differences_from_live(db, store, families, stopped)
            for family in families:
                for table in family.facts:
                    db.execute(f"DROP TABLE IF EXISTS {table.name}")
                    db.execute(f"ALTER TABLE {table.name}{SHADOW} RENAME TO {table.name}")
            note(db, store, families, end, stopped)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return Replayed(end, tuple(found), stopped)


def _differences_from_live(
    db: sqlite3.Connection,
    store: Store,
    families: Sequence[FactFamily],
    stopped: dict[str, Stopped],
) -> list[Difference]:
    """Bring the live tables to the same position as their shadows, and compare the two."""
    known = {n: (s, p) for n, s, p in db.execute("SELECT name, signature, position FROM families")}
    found: list[Difference] = []
    if not _same_log(db, store):
        return found
    for family in families:
        built, position = known.get(family.name, ("", 0))
        if built != signature(family) or family.name in stopped:
            continue
        if not advance(db, store, [family], position, store.size()):
            for table in family.facts:
                found += _table_differences(db, table)
    return found


def _table_differences(db: sqlite3.Connection, table: FactTable, most: int = 3) -> list[Difference]:
    """Compare a table with its shadow, inside SQLite: both are ordered by (since, n)."""
    columns = [*table.columns, "until"]
    differ = " OR ".join(f"a.{c} IS NOT b.{c}" for c in columns)
    pairs = []
    for one, other in ((table.name + SHADOW, table.name), (table.name, table.name + SHADOW)):
        sql = (
            f"SELECT a.since, a.n FROM {one} a LEFT JOIN {other} b USING (since, n) "
            f"WHERE b.since IS NULL OR {differ} ORDER BY a.since, a.n LIMIT ?"
        )
        pairs += db.execute(sql, (most,)).fetchall()

    def row(name: str, key: tuple[int, int]) -> Row | None:
        sql = f"SELECT * FROM {name} WHERE since = ? AND n = ?"
        found: Row | None = db.execute(sql, key).fetchone()
        return found

    return [
        Difference(
            table.name, key[0], row(table.name + SHADOW, key), row(table.name, key), _columns(table)
        )
        for key in sorted(set(pairs))[:most]
    ]


def differences(
    db: sqlite3.Connection,
    store: Store,
    families: Sequence[FactFamily],
    progress: Progress | None = None,
) -> Iterator[Difference]:
    """Yield every row of the live views that does not follow from the log; nothing is written.

    Streams through log and tables side by side, so that memory does not grow with either; families
    that have come equally far share a pass, since reading events is most of the work. Raises
    FamilyStopped where a family cannot take an event that it took when the views were built.
    """
    size = store.size()
    by_position: dict[int, list[FactFamily]] = {}
    known = {n: (s, p) for n, s, p in db.execute("SELECT name, signature, position FROM families")}
    for family in families:
        built, position = known.get(family.name, ("", 0))
        if built == signature(family):  # else it is to be built anew: nothing there can be wrong
            by_position.setdefault(min(position, size), []).append(family)
    for end, group in by_position.items():
        yield from _group_differences(db, store, group, end, progress)


def _group_differences(
    db: sqlite3.Connection,
    store: Store,
    families: Sequence[FactFamily],
    end: int,
    progress: Progress | None,
) -> Iterator[Difference]:
    tables = [table for family in families for table in family.facts]
    for start in range(0, end, CHUNK):
        stop = min(start + CHUNK, end)
        chunk = state(store, families, start, stop)
        for halt in chunk.stopped.values():
            raise FamilyStopped(family=halt.family, position=halt.position, why=halt.why)
        until = dict(
            store.db.execute(
                "SELECT replaces, position FROM entries "
                "WHERE replaces >= ? AND replaces < ? AND position < ?",
                (start, stop, end),
            )
        )
        for table in tables:
            expected = [(*r, until.get(r[0])) for r in chunk.rows[table.name]]
            sql = f"SELECT * FROM {table.name} WHERE since >= ? AND since < ? ORDER BY since, n"
            found = db.execute(sql, (start, stop)).fetchall()
            if expected != found:
                yield from _row_differences(table, expected, found)
        yield from _label_differences(db, store, chunk)
        if progress:
            progress(stop)
    for table in tables:
        sql = f"SELECT * FROM {table.name} WHERE since < 0 OR since >= ? ORDER BY since, n LIMIT 3"
        for row in db.execute(sql, (end,)):
            yield Difference(table.name, row[0], None, row, _columns(table))


def _label_differences(db: sqlite3.Connection, store: Store, chunk: Chunk) -> Iterator[Difference]:
    """Yield the made-up events that are not labelled so, and the labelled ones that are not."""
    expected = {position for (position,) in chunk.synthetic}
    sql = "SELECT since FROM synthetic WHERE since >= ? AND since < ?"
    found = {position for (position,) in db.execute(sql, (chunk.start, chunk.stop))}
    for position in sorted(expected - found):
        yield Difference("synthetic", position, (position,), None, ("position",))
    for position in sorted(found - expected):
        row = store.row(position)  # another family's, perhaps
        if row is None or not read_envelope(row.entry).recorder.startswith(SYNTHETIC):
            yield Difference("synthetic", position, None, (position,), ("position",))


def _plain_row(row: Row) -> Row:
    return tuple(
        DAYS[v] if isinstance(v, date) else int(v) if v is True or v is False else v for v in row
    )


def _row_differences(
    table: FactTable, expected: list[Row], found: list[Row]
) -> Iterator[Difference]:
    ours, theirs = {r[:2]: r for r in map(_plain_row, expected)}, {r[:2]: r for r in found}
    for key in sorted(ours.keys() | theirs.keys()):
        if ours.get(key) != theirs.get(key):
            pair = ours.get(key), theirs.get(key)
            yield Difference(table.name, key[0], *pair, _columns(table))
