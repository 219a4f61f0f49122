"""The jobs that are measured, each beside what it is compared with.

What is compared runs in turns, in one process and on the same disk; of the times and of their
ratios the medians count. A machine that gets slower half-way makes both slower.
"""

import hashlib
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from attrs import evolve, field, frozen
from bench_history import MIX, VISITS, YEAR, History

from lianjian.core import replay as rebuilding
from lianjian.core.event import Draft
from lianjian.core.export import export
from lianjian.core.exported import verify_export
from lianjian.core.figures import Figures
from lianjian.core.indicator import Family, Moment, Period
from lianjian.core.log import Log
from lianjian.core.records import Records
from lianjian.core.registry import Registry, load
from lianjian.core.replay import catch_up, differences, replay
from lianjian.core.store import Store, connect
from lianjian.core.tree import root
from lianjian.core.trusted import Trusted
from lianjian.core.verify import verify
from lianjian.plugins.bases import VisitHeld

try:
    import bench_peer as peer
except ImportError:
    peer = None

BATCH = 1000  # events in one append, on both sides
HERE = Path(__file__).parent


@frozen
class Row:
    """A line of the table.

    `ours` and `other` are in `unit`; `ratio` says how many times as much (events/s) or as long
    (anything else) ours is. `required` (">= 30") is about the ratio, or where there is none about
    our own figure.
    """

    job: str
    unit: str
    beside: str = ""
    required: str = ""
    ours: float | None = None
    other: float | None = None
    ratio: float | None = None
    note: str = ""
    detail: dict[str, float] = field(factory=dict)

    @property
    def met(self) -> bool | None:
        """Tell whether the requirement is met; None where there is none, or nothing to judge."""
        value = self.ratio if self.beside else self.ours
        if not self.required or value is None:
            return None
        sign, bound = self.required.split()
        return value >= float(bound) if sign == ">=" else value <= float(bound)

    def timed(self, times: "Times", events: int = 0, scale: float = 1) -> "Row":
        """Return the row with what was measured: rates where `events` is given, times otherwise."""
        convert = (lambda s: events / s) if events else (lambda s: s * scale)
        return evolve(
            self,
            ours=convert(times.ours),
            other=None if times.other is None else convert(times.other),
            ratio=times.ratio if times.ratio is None or not events else 1 / times.ratio,
        )


@frozen
class Times:
    """Medians of our seconds, of the other's, and of ours / the other's."""

    ours: float
    other: float | None = None
    ratio: float | None = None


Job = Callable[[], float]  # runs, and returns the seconds that count


@frozen
class Bench:
    """Where it is measured, with how many events, in how many rounds."""

    folder: Path
    events: int
    rounds: int
    registry: Registry = field(factory=load)
    logs: dict[Path, Records] = field(factory=dict)

    def history(self, name: str) -> History:
        """Return a history that the installed families can take."""
        return History(name, self.registry.installed["indicator"])

    def open(self, records: Records) -> Log:
        """Open a log for appending."""
        return Log.open(records, self.registry.types, self.registry.installed)

    def log(self, name: str, events: int) -> Records:
        """Return a records folder with a history of so many events and no views; made only once."""
        path = self.folder / f"{name} {events}"
        if path not in self.logs:
            records, history = Records.create(path, "example.org/bench"), self.history(name)
            with self.open(records) as log:
                log.append(history.setting())
                for part in parts(list(history.events(events)), 10_000):
                    log.append(part)
            self.logs[path] = records
        drop(self.logs[path].views)
        return self.logs[path]

    def times(self, ours: Job, other: Job | None = None) -> Times:
        """Run two jobs in turns, the one first and then the other, and return the medians."""
        if other is None:
            return Times(median(ours() for _ in range(self.rounds)))
        pairs = []
        for i in range(self.rounds):
            if i % 2:
                theirs = other()
                pairs.append((ours(), theirs))
            else:
                pairs.append((ours(), other()))
        return Times(
            median(a for a, _ in pairs),
            median(b for _, b in pairs),
            median(a / b for a, b in pairs),
        )


def seconds(job: Callable[[], object]) -> float:
    """Run something and return how long it took."""
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


def parts(items: Sequence[Any], size: int = BATCH) -> list[Sequence[Any]]:
    """Cut a sequence into batches."""
    return [items[i : i + size] for i in range(0, len(items), size)]


def drop(path: Path) -> None:
    """Remove a database with what SQLite keeps beside it."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def size_of(records: Records) -> int:
    """Return how many events a log has."""
    with Store.open(records.log) as store:
        return store.size()


# 1. Rebuilding every family from event 0.


def rebuild(bench: Bench) -> Iterator[Row]:
    """Measure `replay` beside the peer's follower, which states the same rows.

    The requirement is about FULL on both sides: every commit is on disk before the next begins.
    """
    few = min(bench.events, 10_000)
    for name in (MIX, VISITS):
        records, ledger = bench.log(name, few), bench.folder / "ledger.db"
        if peer:
            drop(ledger)
            history = bench.history(name)
            with peer.like_ours(), peer.ledger(ledger) as app:
                peer.save(app, [*history.setting(), *history.events(few)])
        for pragma in ("FULL", "NORMAL"):
            row = Row(
                f"rebuild, {name}, synchronous={pragma}",
                "events/s",
                "eventsourcing, follower",
                ">= 30" if pragma == "FULL" else "",
            )
            ours, other = _rebuild(bench, records, pragma), _follow(bench, ledger, pragma)
            yield row.timed(bench.times(ours, other if peer else None), size_of(records))
    records = bench.log(MIX, bench.events)
    row = Row(f"rebuild, mix, {bench.events:,} events", "events/s", required=">= 100000")
    yield row.timed(bench.times(_rebuild(bench, records)), size_of(records))
    row = Row("  with live views to compare with", "events/s")
    again = bench.times(lambda: seconds(lambda: _replay(bench, records)))
    yield row.timed(again, size_of(records))


def _replay(bench: Bench, records: Records) -> None:
    with Store.open(records.log) as store:
        done = replay(records.views, store, bench.registry.families)
    assert not done.stopped, done.stopped
    assert not done.differences, done.differences


def _rebuild(bench: Bench, records: Records, pragma: str = "NORMAL") -> Job:
    usual = rebuilding.open_views

    def open_views(path: Path) -> sqlite3.Connection:
        db = usual(path)
        db.execute(f"PRAGMA synchronous = {pragma}")
        return db

    def job() -> float:
        drop(records.views)
        rebuilding.open_views = open_views
        try:
            return seconds(lambda: _replay(bench, records))
        finally:
            rebuilding.open_views = usual

    return job


def families(bench: Bench) -> Iterator[Row]:
    """Measure the rebuild of all families together beside the sum of what each costs alone."""
    records, known = bench.log(MIX, bench.events), bench.registry.families

    def rebuilt(chosen: Sequence[Family]) -> float:
        drop(records.views)
        with Store.open(records.log) as store:
            return seconds(lambda: replay(records.views, store, chosen))

    row = Row(f"rebuild, {len(known)} families together", "s", "each alone, added", "<= 1.2")
    yield row.timed(bench.times(lambda: rebuilt(known), lambda: sum(rebuilt([f]) for f in known)))


def _follow(bench: Bench, ledger: Path, pragma: str) -> Job:
    view = bench.folder / "view.db"

    def job() -> float:
        drop(view)
        with peer.like_ours(pragma):
            return seconds(lambda: peer.follow(ledger, view, bench.registry.families))

    return job


# 2. Appending a ledger of visits, and 3. single events.


def append(bench: Bench) -> Iterator[Row]:
    """Measure appends of a ledger beside two ways to save it, and raw SQLite."""
    count = min(bench.events, 20_000)
    with _appending(bench, count) as (visits, ours, others):
        for what, other in others.items():
            required = ">= 2.5" if "aggregates" in what else ""
            row = Row("append visits, 1,000 at once", "events/s", what, required)
            times = bench.times(
                lambda: seconds(lambda: list(map(ours, parts(visits)))),
                lambda other=other: seconds(lambda: list(map(other, parts(visits)))),
            )
            yield row.timed(times, count)


def append_one(bench: Bench) -> Iterator[Row]:
    """Measure single appends, each durable, beside the same."""
    count = min(bench.events, 100)
    with _appending(bench, count) as (visits, ours, others):
        for what, other in others.items():
            required = "<= 3" if "raw" in what else ""
            row = Row("append one visit", "ms", what, required)
            # One of ours, one of theirs: a disk's mood changes faster than a hundred of each.
            pairs = [
                (seconds(partial(ours, [visit])), seconds(partial(other, [visit])))
                for visit in visits
            ]
            mine, theirs = (median(p[i] for p in pairs) for i in (0, 1))
            yield row.timed(Times(mine, theirs, mine / theirs), scale=1000)


Save = Callable[[Sequence[dict[str, Any]]], object]


@contextmanager
def _appending(bench: Bench, count: int) -> Iterator[tuple[Any, Save, dict[str, Save]]]:
    """Give visits as keyword arguments, and how we and the others record a batch of them."""
    path, ledger, raw = (bench.folder / n for n in ("append", "saved.db", "raw.db"))
    shutil.rmtree(path, ignore_errors=True)
    drop(ledger)
    drop(raw)
    records, history = Records.create(path, "example.org/bench"), bench.history(VISITS)
    visits = [history.visit_fields() for _ in range(count)]
    with bench.open(records) as log, closing(connect(raw, read_only=False)) as db:
        log.append(history.setting())

        def ours(batch: Sequence[dict[str, Any]]) -> object:
            return log.append([Draft(event=VisitHeld(**v), recorder="xuanjiao") for v in batch])

        others: dict[str, Save] = {"raw SQLite": _raw(db, log, ours, visits)}
        if peer is None:
            yield visits, ours, others
            return
        with peer.like_ours(), peer.ledger(ledger) as app:
            others = {
                "eventsourcing, aggregates": lambda batch: peer.save_aggregates(app, batch),
                "eventsourcing, bare events": lambda batch: peer.save_visits(app, batch),
                **others,
            }
            yield visits, ours, others


def _raw(db: sqlite3.Connection, log: Log, ours: Save, visits: Sequence[dict[str, Any]]) -> Save:
    """Return what SQLite alone does: rows that are ready, with an index on their ids."""
    db.execute(
        "CREATE TABLE entries (position INTEGER PRIMARY KEY, id TEXT NOT NULL, type TEXT NOT NULL, "
        "recordedat TEXT NOT NULL, entry BLOB NOT NULL) STRICT"
    )
    db.execute("CREATE UNIQUE INDEX entries_id ON entries (id)")
    ours(visits[:1])
    made = next(log.store.rows(log.store.size() - 1, log.store.size()))
    size = 0

    def insert(batch: Sequence[dict[str, Any]]) -> object:
        nonlocal size
        rows = [
            (size + i, f"{hash((size, i)) & (1 << 96) - 1:024x}", *made[2:5:2], made.entry)
            for i, _ in enumerate(batch)
        ]
        size += len(rows)
        db.execute("BEGIN IMMEDIATE")
        db.executemany("INSERT INTO entries VALUES (?, ?, ?, ?, ?)", rows)
        db.execute("COMMIT")
        return rows

    return insert


# 4. Verifying.


def verification(bench: Bench) -> Iterator[Row]:
    """Measure `verify` of a log without views beside openssl; then the views beside a rebuild."""
    for name in (MIX, VISITS):
        records = bench.log(name, bench.events)
        blocks = blocks_of(records)
        ours = _verify(bench, records)
        row = Row(f"verify the log, {name}", "s", HASHER, "<= 5")
        yield row.timed(bench.times(ours, lambda blocks=blocks: hashing(blocks)))
        row = Row(f"verify the views, {name}", "s", "rebuild", "<= 1.3")
        rebuilt = _rebuild(bench, records)
        rebuilt()
        yield row.timed(bench.times(lambda records=records: _differences(bench, records), rebuilt))


def export_verification(bench: Bench) -> Iterator[Row]:
    """Measure `verify` of an export beside openssl, and beside `verify` of the records themselves."""
    records, out = bench.log(VISITS, bench.events), bench.folder / "export"
    blocks = blocks_of(records)
    shutil.rmtree(out, ignore_errors=True)
    took = seconds(lambda: export(records, out))
    row = Row(f"export, {VISITS}", "s", HASHER)
    yield row.timed(Times(took, theirs := hashing(blocks), took / theirs))
    ours = _verify_export(out, records)
    row = Row(f"verify an export, {VISITS}", "s", HASHER)
    yield row.timed(bench.times(ours, lambda: hashing(blocks)))
    row = Row(f"verify an export, {VISITS}", "s", "verify the log")
    yield row.timed(bench.times(ours, _verify(bench, records)))


def _verify(bench: Bench, records: Records) -> Job:
    def job() -> None:
        assert not verify(records, bench.registry.families).findings

    return lambda: seconds(job)


def _verify_export(out: Path, records: Records) -> Job:
    key = records.verifier_key()

    def job() -> None:
        assert not verify_export(out, key, Trusted()).findings

    return lambda: seconds(job)


def _differences(bench: Bench, records: Records) -> float:
    def job() -> None:
        with (
            Store.open(records.log) as store,
            closing(connect(records.views, read_only=True)) as db,
        ):
            assert db.execute("PRAGMA quick_check(1)").fetchall() == [("ok",)]
            assert not list(differences(db, store, bench.registry.families))

    return seconds(job)


HASHER = "openssl sha256" if shutil.which("openssl") else "hashlib sha256"


def blocks_of(records: Records) -> dict[int, int]:
    """Return what a log's tree takes: how many blocks of which size, leaves and nodes."""
    with Store.open(records.log) as store:
        size = store.size()
        bytes_ = store.db.execute("SELECT avg(length(entry)) FROM entries").fetchone()[0]
    return {round(bytes_) + 1: size, 65: size - 1}


def hashing(blocks: dict[int, int]) -> float:
    """Return the seconds that plain SHA-256 takes for so many blocks of each size."""
    total = 0.0
    for size, count in blocks.items():
        if shutil.which("openssl"):
            command = [
                "openssl",
                "speed",
                "-elapsed",
                "-bytes",
                str(size),
                "-seconds",
                "1",
                "sha256",
            ]
            printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            found = re.search(r"^sha256\s+([\d.]+)k\s*$", printed, re.MULTILINE)
            assert found, printed
            rate = float(found[1]) * 1000
        else:
            block, sha256, times = bytes(size), hashlib.sha256, 200_000
            rate = size * times / seconds(lambda: [sha256(block).digest() for _ in range(times)])  # noqa: B023
        total += size * count / rate
    return total


# 5. Figures.


def figures(bench: Bench) -> Iterator[Row]:
    """Measure every indicator over the year, each from a connection of its own."""
    records, families = bench.log(MIX, bench.events), bench.registry.families
    with Store.open(records.log) as store:
        catch_up(records.views, store, families)
        moment = Moment(store.size(), root(store.size(), store))
    took = {}
    for name in (i.name for f in families for i in f.indicators):

        def ask(name: str = name) -> None:
            with Figures(records.views, families, moment) as asked:
                assert asked.readings(name, Period.year(YEAR))

        took[name] = bench.times(lambda ask=ask: seconds(ask)).ours
    slowest = max(took, key=lambda name: took[name])
    what = f"a year of {bench.events:,} events"
    row = Row(f"the slowest indicator, {what}", "s", required="<= 0.3", note=slowest)
    yield evolve(row, ours=took[slowest], detail=took)
    within = sum(t <= 0.3 for t in took.values())
    row = Row(f"the median indicator, {what}", "s", note=f"{within} of {len(took)} within 0.3 s")
    yield evolve(row, ours=median(took.values()))


# 6. Memory.


WHOLE = ("replay", "verify", "export", "verify-export")  # what goes through a whole log


def memory(bench: Bench) -> Iterator[Row]:
    """Measure the largest resident memory of whole processes over a log, and one four times as long."""
    events, found = max(1, bench.events // 8), {}
    for times in (1, 4):
        records = bench.log(MIX, events * times)
        for what in WHOLE:
            drop(records.views)
            out = bench.folder / f"memory {times}"
            command = [sys.executable, HERE / "bench_memory.py", what, records.path, out]
            printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            found[what, times] = float(printed)
    for what in WHOLE:
        one, four = found[what, 1], found[what, 4]
        beside = f"a quarter of {events * 4:,} events"
        row = Row(f"memory of {what}, {events * 4:,} events", "MB", beside, "<= 1.2")
        yield evolve(row, ours=four, other=one, ratio=four / one)


# 7. Starting.


EMPTY = """
import typer

app = typer.Typer()


@app.command()
def main() -> None:
    pass


app()
"""


def start(bench: Bench) -> Iterator[Row]:
    """Measure `lianjian --help` beside a Typer program that does nothing, as whole processes."""
    empty = bench.folder / "empty.py"
    empty.write_text(EMPTY, encoding="utf-8")
    ours = [sys.executable, "-c", "from lianjian.cli import main; main()", "--help"]
    row = Row("lianjian --help", "ms", "an empty Typer program", "<= 1.6")
    if subprocess.run(ours, capture_output=True, check=False).returncode:
        yield evolve(row, note="lianjian --help fails")
        return

    def run(command: list[Any]) -> Job:
        return lambda: seconds(lambda: subprocess.run(command, capture_output=True, check=True))

    more = evolve(bench, rounds=3 * bench.rounds)
    yield row.timed(more.times(run(ours), run([sys.executable, empty, "--help"])), scale=1000)


JOBS: dict[str, Callable[[Bench], Iterator[Row]]] = {
    "rebuild": rebuild,
    "families": families,
    "append": append,
    "append-one": append_one,
    "verify": verification,
    "verify-export": export_verification,
    "figures": figures,
    "memory": memory,
    "start": start,
}
