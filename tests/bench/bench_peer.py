"""The same jobs with `eventsourcing` 9.5 from PyPI, a mature library of this kind.

It is used as its documentation shows, and where it leaves a choice, the faster one is taken:

- it saves a batch in one `Application.save`: as aggregates, which is how its events are made and
  checked, and as bare events, which skips both;
- its follower is a `Follower` whose process recorder writes the view (its newer subscriptions are
  not to be had with SQLite), in one thread, without a runner's queue; events and views stand in
  files of their own, as ours do; it reads 500 notifications at once, not the 10 of its default;
- the view holds the same rows, in the same tables, stated by the same fact functions; its own
  tracking row goes into the same transaction, so that each event counts exactly once. It commits
  after each event: that is how it follows.

`like_ours` gives its connections our pragmas: WAL, 16 KB pages, and `synchronous` as told.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID, uuid4

import msgspec
from eventsourcing.application import Application, ProcessingEvent
from eventsourcing.domain import Aggregate, DomainEvent, event
from eventsourcing.persistence import StoredEvent
from eventsourcing.sqlite import (
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteProcessRecorder,
)
from eventsourcing.system import Follower

from lianjian.core.event import Draft, event_type
from lianjian.core.facts import FactTable
from lianjian.core.indicator import Family
from lianjian.core.shapes import plain

SECTION = 500  # notifications read at once; 10 as it is shipped


class Happened(DomainEvent):
    """An event of ours as one of theirs: the type's name, and the data as JSON has them."""

    type: str
    data: dict[str, Any]


class Ledger(Application[UUID]):
    """Where events are saved."""

    log_section_size = SECTION


@contextmanager
def like_ours(view: str = "NORMAL") -> Iterator[None]:
    """Give new connections our pragmas, those to a view `synchronous` as told."""
    plain_connection = SQLiteConnectionPool._create_connection

    def connection(pool: SQLiteConnectionPool) -> SQLiteConnection:
        name = Path(pool.db_name)
        if not name.exists():
            with sqlite3.connect(name) as db:
                db.execute("PRAGMA page_size = 16384")
                db.execute("PRAGMA journal_mode = WAL")
        made = plain_connection(pool)
        made._sqlite_conn.execute(f"PRAGMA synchronous = {view if 'view' in name.name else 'FULL'}")
        return made

    SQLiteConnectionPool._create_connection = connection
    try:
        yield
    finally:
        SQLiteConnectionPool._create_connection = plain_connection


def domain_event(draft: Draft) -> Happened:
    """Return a draft as an event of theirs, each the first of its own sequence."""
    data = msgspec.to_builtins(plain(draft.event))
    return Happened(
        originator_id=UUID(int=int(draft.id, 16)),
        originator_version=1,
        timestamp=datetime.now(UTC),
        type=event_type(draft.event).name,
        data=data,
    )


def ledger(path: Path) -> Ledger:
    """Open, or make, an application whose events stand in a file."""
    return Ledger(env=_env(path))


def _env(path: Path) -> dict[str, str]:
    return {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(path)}


def save(app: Ledger, drafts: Iterable[Draft]) -> None:
    """Save events in one transaction."""
    app.save(*map(domain_event, drafts))


class Visit(Aggregate):
    """A visit as an aggregate, the first event of which is all there is to say."""

    class Held(Aggregate.Created):
        """It took place."""

        base: str
        day: str
        unit: str | None
        persons: int | None
        guided: bool | None

    @event(Held)
    def __init__(
        self, base: str, day: str, unit: str | None, persons: int | None, guided: bool | None
    ) -> None:
        if persons is not None and persons < 0:
            raise ValueError(persons)


class VisitHeld(DomainEvent):
    """A visit as a bare event."""

    base: str
    day: str
    unit: str | None
    persons: int | None
    guided: bool | None


def save_aggregates(app: Ledger, visits: Sequence[dict[str, Any]]) -> None:
    """Save visits, each a new aggregate, in one transaction."""
    app.save(*(Visit(**v | {"day": v["day"].isoformat()}) for v in visits))


def save_visits(app: Ledger, visits: Sequence[dict[str, Any]]) -> None:
    """Save visits, each the first event of its own sequence, in one transaction."""
    now = datetime.now(UTC)
    app.save(
        *(
            VisitHeld(
                originator_id=uuid4(),
                originator_version=1,
                timestamp=now,
                **v | {"day": v["day"].isoformat()},
            )
            for v in visits
        )
    )


class Views(Follower[UUID]):
    """What follows the ledger: `of(families)` gives a class that states their rows."""

    name = "views"
    pull_section_size = SECTION
    handlers: ClassVar[dict[str, tuple[type, list[tuple[FactTable, str]]]]] = {}
    tables: ClassVar[list[FactTable]] = []

    @classmethod
    def of(cls, families: Sequence[Family]) -> type["Views"]:
        """Return a follower for the fact tables of families."""
        tables = [t for f in families for t in f.facts]
        handlers: dict[str, tuple[type, list[tuple[FactTable, str]]]] = {}
        for table in tables:
            for type_ in table.events:
                handlers.setdefault(type_.name, (type_.cls, []))[1].append((table, table.insert()))
        return type("Views", (cls,), {"name": "views", "handlers": handlers, "tables": tables})

    def construct_recorder(self) -> SQLiteProcessRecorder:
        recorder = _ViewRecorder(self.factory.datastore)
        recorder.create_table_statements += [t.create() for t in self.tables]
        recorder.create_table()
        return recorder

    def policy(self, domain_event: Happened, processing_event: ProcessingEvent[UUID]) -> None:
        if domain_event.type in self.handlers:
            cls, tables = self.handlers[domain_event.type]
            event = msgspec.convert(domain_event.data, cls)
            position = processing_event.tracking.notification_id - 1
            rows = [
                (sql, (position, n, *row))
                for table, sql in tables
                for n, row in enumerate(table.function(event))
            ]
            processing_event.collect_events(rows=rows)


class _ViewRecorder(SQLiteProcessRecorder):
    def _insert_events(
        self,
        c: SQLiteCursor,
        stored_events: Sequence[StoredEvent],
        rows: Iterable[tuple[str, tuple[Any, ...]]] = (),
        **kwargs: Any,
    ) -> Sequence[int] | None:
        for sql, row in rows:
            c.execute(sql, row)
        return super()._insert_events(c, stored_events, **kwargs)


def follow(log: Path, view: Path, families: Sequence[Family]) -> None:
    """Rebuild the view of a saved log from its first event."""
    with ledger(log) as leader, Views.of(families)(env=_env(view)) as follower:
        follower.follow(leader.name, leader.notification_log)
        follower.pull_and_process(leader.name)
