"""Many processes, and processes that are killed: nothing half-written, nothing counted twice.

Run as a program, this file is the process that is killed: it forks one child for each line of its
input, so that a hundred of them cost one start of Python.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path

import pytest

from lianjian.core import Family, Row, event, facts, frozen
from lianjian.core import replay as replay_module
from lianjian.core.checkpoint import open_checkpoint
from lianjian.core.event import Draft
from lianjian.core.log import Log
from lianjian.core.records import Records
from lianjian.core.replay import catch_up, open_views, replay
from lianjian.core.store import Store, connect
from lianjian.core.testing import Trial, registry_of
from lianjian.core.verify import verify

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes to be forked")

KILLS = 102  # in all: a third each while appending, while importing, while replaying
WRITERS = 8
EACH = 50
IMPORT = 1_500  # events of one import

DAY = date(2021, 5, 1)


@event("tick.counted", 1)
@frozen
class TickCounted:
    """One of many."""

    day: date
    number: int


@facts(key="day", sums="number")
def ticks(e: TickCounted) -> Iterator[Row]:
    """State one of many."""
    yield e.day, e.number


TICKS = Family("ticks", version=1, zh="计数", en="Ticks", events=[TickCounted], facts=[ticks])
REGISTRY = registry_of([TICKS])


def records_of(folder):
    opened = Records.open(Path(folder) / "records")
    return Records(opened.path, opened.origin, state=Path(folder) / "state")


def drafts(numbers, prefix):
    return [Draft(TickCounted(DAY, n), "trial", id=f"{prefix}-{n}") for n in numbers]


# What the child processes do


def append_for_ever(folder, seed):
    rng = random.Random(seed)
    with Log.open(records_of(folder), REGISTRY.types) as log:
        while True:
            first = log.store.size()
            more = drafts(range(first, first + rng.choice((1, 2, 30, 900))), "t")
            if first and rng.random() < 0.5:
                last = log.store.row(first - 1)
                more.append(Draft(TickCounted(DAY, -1), "trial", replaces=last.id))
            log.append(more)


def import_and_end(folder, name):
    with Log.open(records_of(folder), REGISTRY.types) as log:
        for first in range(0, IMPORT, 50):
            log.append(drafts(range(first, first + 50), f"import{name}"))


def replay_for_ever(folder, seed):
    rng = random.Random(seed)
    replay_module.CHUNK = 300
    records = records_of(folder)
    with Store.open(records.log) as store:
        while True:
            if rng.random() < 0.3:
                records.views.unlink(missing_ok=True) if seed % 7 == 0 else None
            (replay if rng.random() < 0.6 else catch_up)(records.views, store, REGISTRY.families)


def write_some(folder, writer):
    with Log.open(records_of(folder), REGISTRY.types) as log:
        for n in range(EACH):
            log.append(drafts(range(n, n + 1 + n % 3), f"w{writer}"))


JOBS = {f.__name__: f for f in (append_for_ever, import_and_end, replay_for_ever, write_some)}


def nursery():
    while line := sys.stdin.readline():
        job, folder, seed = line.split()
        child = os.fork()
        if child == 0:
            try:
                JOBS[job](folder, int(seed))
            except BaseException as error:  # noqa: BLE001  the parent is told
                sys.stderr.write(f"{job} failed: {error!r}\n")
                os._exit(1)
            os._exit(0)
        say(child)
        sys.stdin.readline()  # until it has been killed: then its number is nobody else's
        _, status = os.waitpid(child, 0)
        say(status)


def say(number):
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


class Nursery:
    """The process that forks children to be killed."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.killed = 0

    def run(self, job, folder, seed, seconds=None):
        """Run a job, and kill it after some time; return its exit status."""
        self.process.stdin.write(f"{job} {folder} {seed}\n")
        self.process.stdin.flush()
        child = int(self.process.stdout.readline())
        if seconds is not None:
            time.sleep(seconds)
            os.kill(child, signal.SIGKILL)
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        status = int(self.process.stdout.readline())
        self.killed += os.WIFSIGNALED(status)
        return status


@pytest.fixture
def children():
    made = Nursery()
    yield made
    made.process.stdin.close()
    made.process.stdout.close()
    assert made.process.wait(10) == 0


@pytest.fixture
def folder(tmp_path):
    with Trial(tmp_path, [TICKS]) as t:
        t.record(*(TickCounted(DAY, n) for n in range(10)))
    return tmp_path


@contextmanager
def store_of(folder):
    with Store.open(records_of(folder).log) as store:
        yield store


def whole(folder):
    """See that the log's signed checkpoint covers its entries, and the guard no more than them."""
    records = records_of(folder)
    with Store.open(records.log) as store:
        signed = open_checkpoint(store.checkpoint(), records.origin, records.verifier_key())
        assert signed.size == store.size()
        assert records.guard.read().checkpoint.size <= signed.size
        count = store.db.execute("SELECT count(*), count(DISTINCT id) FROM entries").fetchone()
        assert count == (signed.size, signed.size)
    return signed.size


def clean(folder):
    records = records_of(folder)
    assert verify(records, REGISTRY.families).findings == ()
    with Log.open(records, REGISTRY.types) as log:
        log.append([Draft(TickCounted(DAY, 0), "trial")])  # the guard moves on, and so does the log
        assert records.guard.read().checkpoint.size == log.store.size()
    assert verify(records, REGISTRY.families).findings == ()


def test_killed_while_appending(folder, children):
    rng = random.Random(1)
    sizes = {whole(folder)}
    for seed in range(KILLS // 3):
        children.run("append_for_ever", folder, seed, rng.uniform(0, 0.12))
        sizes.add(whole(folder))
        if seed % 8 == 0:
            assert verify(records_of(folder), REGISTRY.families).findings == ()
    assert children.killed == KILLS // 3
    assert len(sizes) > KILLS // 9  # most of them got something done
    clean(folder)


def test_killed_while_importing_and_done_again(folder, children):
    rng = random.Random(2)
    rounds = 4
    for attempt in range(KILLS * 3):
        children.run("import_and_end", folder, attempt % rounds, rng.uniform(0, 0.1))
        whole(folder)
        if children.killed == KILLS // 3:
            break
    assert children.killed == KILLS // 3
    for name in range(rounds):
        assert children.run("import_and_end", folder, name) == 0
    with store_of(folder) as store:
        ids = [r.id for r in store.rows(10, store.size())]
    expected = {f"import{name}-{n}" for name in range(rounds) for n in range(IMPORT)}
    assert len(ids) == len(expected)
    assert set(ids) == expected
    clean(folder)


def tables(path):
    with closing(connect(path, read_only=True)) as db:
        names = [t.name for f in REGISTRY.families for t in f.facts]
        rows = {n: db.execute(f"SELECT * FROM {n} ORDER BY since, n").fetchall() for n in names}
        return rows, db.execute(
            "SELECT name, position, stopped FROM families ORDER BY 1"
        ).fetchall()


def test_killed_while_replaying_and_catching_up(folder, children):
    rng = random.Random(3)
    records = records_of(folder)
    with Log.open(records, REGISTRY.types) as log:
        log.append(drafts(range(4_000), "many"))
        for seed in range(KILLS // 3):
            children.run("replay_for_ever", folder, seed, rng.uniform(0, 0.15))
            first = log.store.size()
            more = drafts(range(rng.choice((1, 400))), f"r{seed}")
            more.append(
                Draft(TickCounted(DAY, -seed), "trial", replaces=log.store.row(first - 1).id)
            )
            log.append(more)
            if seed % 8 == 0:
                assert verify(records, REGISTRY.families).findings == ()
        assert children.killed == KILLS // 3
        catch_up(records.views, log.store, REGISTRY.families)
        fresh = folder / "fresh.db"
        open_views(fresh).close()
        catch_up(fresh, log.store, REGISTRY.families)
        assert tables(records.views) == tables(fresh)
        with closing(connect(records.views, read_only=True)) as db:
            (total,) = db.execute("SELECT sum(number) FROM ticks WHERE until IS NULL").fetchone()
        live = log.store.db.execute(
            "SELECT entry FROM entries WHERE position NOT IN "
            "(SELECT replaces FROM entries WHERE replaces IS NOT NULL)"
        )
        read = TickCounted.__event__.reader(1)
        assert total == sum(read(entry).data.number for (entry,) in live)
        assert replay(records.views, log.store, REGISTRY.families).differences == ()
        assert tables(records.views) == tables(fresh)
    clean(folder)


@contextmanager
def started(commands):
    running = [subprocess.Popen([sys.executable, *c]) for c in commands]
    try:
        yield running
    finally:
        for process in running:
            process.kill()
            process.wait()


def test_eight_processes_append_at_once(folder):
    run = "import sys, runpy; runpy.run_path(sys.argv[1])['once']()"
    commands = [["-c", run, __file__, "write_some", str(folder), str(n)] for n in range(WRITERS)]
    records = records_of(folder)
    with started(commands) as writers:
        while any(w.poll() is None for w in writers):
            # Somebody looks on meanwhile, and finds nothing wrong at any moment.
            with Store.open(records.log) as store:
                catch_up(records.views, store, REGISTRY.families)
            assert verify(records, REGISTRY.families).findings == ()
        assert [w.wait() for w in writers] == [0] * WRITERS
    expected = {
        f"w{w}-{n + i}" for w in range(WRITERS) for n in range(EACH) for i in range(1 + n % 3)
    }
    with store_of(folder) as store:
        rows = list(store.rows(10, store.size()))
    assert [r.position for r in rows] == list(range(10, 10 + len(expected)))
    assert {r.id for r in rows} == expected
    assert whole(folder) == 10 + len(expected)
    clean(folder)


def once():
    job, folder, seed = sys.argv[2:]
    JOBS[job](folder, int(seed))


if __name__ == "__main__":
    nursery()
