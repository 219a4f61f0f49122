"""The log: a list that nobody can change, with the signature under it."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from attrs import frozen
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from lianjian.core import Family, event
from lianjian.core import log as log_module
from lianjian.core.checkpoint import SigningKey, open_checkpoint
from lianjian.core.errors import (
    AlreadySuperseded,
    BadKey,
    ClockBehind,
    KeyMissing,
    KeyUnsafe,
    LogDamaged,
    LogMissing,
    LogNewer,
    NoSuchBatch,
    NoSuchEvent,
    OtherType,
    Refused,
    SameIdOtherContent,
)
from lianjian.core.event import Draft
from lianjian.core.log import Log, find_event, voids
from lianjian.core.notices import Voided
from lianjian.core.store import Store
from lianjian.core.testing import Trial
from lianjian.core.tree import EMPTY_ROOT, leaf_hash, root, tile_root
from lianjian.core.verify import verify
from lianjian.plugins import bases
from lianjian.plugins.bases import BaseClosed, BaseOpened, VisitHeld

DAY = date(2021, 5, 1)


@pytest.fixture
def trial(tmp_path):
    with Trial(tmp_path, [bases.lianjian_family()]) as t:
        yield t


def opened(base="b", name="园"):
    return BaseOpened(base=base, name=name, kind="garden", day=DAY)


def visit(persons=None, base="b", day=DAY, visit_=None):
    return VisitHeld(base=base, day=day, persons=persons, visit=visit_)


def draft(event_, **attributes):
    return Draft(event=event_, recorder="trial", **attributes)


def findings(trial):
    return verify(trial.records, trial.registry.families).findings


def reopened(trial):
    return Log.open(trial.records, trial.registry.types, trial.registry.installed)


# A list, and what is signed under it


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 511, 513])
def test_a_log_of_any_size_is_signed_and_verifies(trial, size):
    if size:
        trial.record(opened(), *(visit(n) for n in range(size - 1)))
    store = trial.log.store
    leaves = b"".join(leaf_hash(row.entry) for row in store.rows(0, size))
    expected = tile_root(leaves) if size else EMPTY_ROOT
    signed = open_checkpoint(store.checkpoint(), trial.records.origin, trial.records.verifier_key())
    assert (signed.size, signed.root) == (size, expected)
    assert trial.records.checkpoint.read_text("utf-8") == store.checkpoint()
    report = verify(trial.records, trial.registry.families)
    assert (report.findings, report.size, report.root) == ((), size, expected)


def test_steps_of_any_length_give_the_same_tree(tmp_path):
    roots = set()
    for i, steps in enumerate(([600], [1, 255, 1, 343], [300, 300], [7] * 85 + [5])):
        with Trial(tmp_path / str(i), [bases.lianjian_family()]) as t:
            events = [opened(), *(visit(n) for n in range(599))]
            stated = datetime(2021, 6, 1, tzinfo=UTC)
            at = 0
            for step in steps:
                drafts = [draft(e, id=f"e{at + n}") for n, e in enumerate(events[at : at + step])]
                with pytest.MonkeyPatch.context() as patch:
                    patch.setattr(log_module, "datetime", clock_at(stated))
                    t.log.append(drafts)
                at += step
            roots.add(root(600, t.log.store))
    assert len(roots) == 1


def clock_at(instant):
    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return instant.astimezone(tz)

    return Clock


def test_positions_follow_and_ids_are_returned_in_order(trial):
    done = trial.log.append([draft(opened()), draft(visit(1), id="x"), draft(visit(2))])
    assert (done.positions, done.added) == ((0, 1, 2), 3)
    assert [r.id for r in trial.log.store.rows(0, 3)] == list(done.ids)
    assert done.ids[1] == "x"


def test_the_same_again_is_passed_over(trial):
    drafts = [draft(opened(), id="a"), draft(visit(1), id="b")]
    first = trial.log.append(drafts)
    again = trial.log.append([*drafts, draft(visit(2), id="c")])
    assert (again.positions, again.added) == ((0, 1, 2), 1)
    assert trial.log.append(drafts).added == 0
    assert trial.log.append(drafts).note == again.note != first.note


def test_nothing_at_all_may_be_appended(trial):
    assert trial.log.append([]).added == 0
    assert trial.size == 0
    assert findings(trial) == ()


def test_all_or_none(trial):
    trial.record(opened())
    with pytest.raises(Refused):
        trial.record(visit(1), visit(2, base="nowhere"), visit(3))
    assert trial.size == 1
    assert findings(trial) == ()


def test_check_finds_the_same_and_writes_nothing(trial):
    assert trial.log.check([draft(opened()), draft(visit(1))]) == 2
    assert trial.size == 0
    with pytest.raises(Refused):
        trial.log.check([draft(visit(1))])


def test_a_generator_that_reads_the_log_may_be_appended(trial):
    trial.record(opened())

    def drafts():
        for n in range(3):
            yield draft(visit(trial.size + n))

    assert trial.log.append(drafts()).added == 3


# What is stored


def test_the_stored_bytes_are_the_hashed_bytes(trial):
    trial.record(opened(name="廉园"), visit(30))
    store = trial.log.store
    for row in store.rows(0, 2):
        hashed = sha256(b"\x00" + row.entry).digest()
        assert store.tile(0, 0, 2)[32 * row.position :][:32] == hashed
    assert "廉园".encode() in store.row(0).entry
    assert b" " not in store.row(1).entry


def test_every_entry_is_a_cloudevent_to_the_standard_library_of_cloudevents(trial):
    from cloudevents.v1.http import from_json

    trial.log.append(
        [
            draft(opened(), subject="base:b", batch="book-1"),
            draft(visit(7), id="v", time="2021-05-01T00:00:00+08:00"),
        ]
    )
    trial.correct("v", visit(8))
    trial.void(trial.log.store.row(2).id)
    for row in trial.log.store.rows(0, 4):
        parsed = from_json(row.entry)
        assert parsed["specversion"] == "1.0"
        assert (parsed["id"], parsed["type"]) == (row.id, row.type)
        assert parsed["source"] == trial.records.origin
        assert datetime.fromisoformat(parsed["time"]).utcoffset() == timedelta(hours=8)
        for name in parsed.get_attributes():
            assert name.isalnum()
            assert name.islower()
        assert None not in json.loads(row.entry).values()
    assert from_json(trial.log.store.row(2).entry)["replaces"] == "v"


def test_recording_never_goes_back(trial, monkeypatch):
    trial.record(opened())
    last = datetime.fromisoformat(trial.log.store.row(0).recordedat)
    monkeypatch.setattr(log_module, "datetime", clock_at(last - timedelta(minutes=4)))
    trial.record(visit(1))
    assert trial.log.store.row(1).recordedat == trial.log.store.row(0).recordedat
    monkeypatch.setattr(log_module, "datetime", clock_at(last - timedelta(minutes=6)))
    with pytest.raises(ClockBehind):
        trial.record(visit(2))
    assert trial.size == 2
    monkeypatch.undo()
    assert findings(trial) == ()


def test_a_recording_time_that_was_damaged_is_told_not_raised(trial):
    trial.record(opened())
    db = trial.log.store.db
    db.execute("DROP TRIGGER entries_no_update")
    db.execute("UPDATE entries SET recordedat = 'yesterday'")
    with pytest.raises(LogDamaged):
        trial.record(visit(1))


# The writer's files


def test_triggers_refuse_to_change_delete_or_replace(trial):
    one = trial.record(opened(), visit(1))[0]
    trial.correct(trial.log.store.row(1).id, visit(2))
    columns = "position, id, type, version, recordedat, replaces, batch, entry"
    insert = f"INSERT OR REPLACE INTO entries ({columns})"
    for sql in (
        "UPDATE entries SET type = 'x' WHERE position = 0",
        "UPDATE OR REPLACE entries SET position = 1 WHERE position = 0",
        "DELETE FROM entries WHERE position = 2",
        f"{insert} VALUES (0, 'z', 't', 1, '2021', NULL, NULL, x'00')",
        f"{insert} VALUES (3, '{one}', 't', 1, '2021', NULL, NULL, x'00')",
        f"{insert} VALUES (3, 'z', 't', 1, '2021', 1, NULL, x'00')",
        f"{insert} VALUES (4, 'z', 't', 1, '2021', NULL, NULL, x'00')",
        f"{insert} VALUES (-1, 'z', 't', 1, '2021', NULL, NULL, x'00')",
        f"{insert} VALUES (NULL, 'z', 't', 1, '2021', NULL, NULL, x'00')",
        insert.replace("OR REPLACE ", "")
        + f" VALUES (3, '{one}', 't', 1, '2021', NULL, NULL, x'00')"
        + " ON CONFLICT (id) DO UPDATE SET type = 'x'",
    ):
        with (
            closing(sqlite3.connect(trial.records.log)) as db,
            pytest.raises(sqlite3.DatabaseError),
        ):
            db.execute(sql)
    assert findings(trial) == ()


def test_a_commit_that_fails_leaves_the_log_usable(trial):
    trial.record(opened())

    class Full(sqlite3.Connection):
        def execute(self, sql, *args):
            if sql == "COMMIT" and full:
                raise sqlite3.OperationalError("database or disk is full")
            return super().execute(sql, *args)

    full = [True]
    trial.log.close()
    with closing(sqlite3.connect(trial.records.log, isolation_level=None, factory=Full)) as db:
        trial.log.store.db = db
        with pytest.raises(sqlite3.OperationalError):
            trial.record(visit(1))
        full.clear()
        trial.record(visit(2))
    with Store.open(trial.records.log) as store:
        assert b'"persons":2' in store.row(1).entry
    assert findings(trial) == ()


def test_keys(trial):
    key = trial.records.path / "keys/log.key"
    key.chmod(0o640)
    with pytest.raises(KeyUnsafe):
        reopened(trial)
    key.chmod(0o600)
    reopened(trial).close()
    key.write_text(SigningKey.generate(trial.records.origin).to_text(), "utf-8")
    with pytest.raises(BadKey):
        reopened(trial)
    key.unlink()
    with pytest.raises(KeyMissing):
        reopened(trial)


def test_files_that_are_no_log(trial):
    log = trial.records.log
    trial.log.close()
    with closing(sqlite3.connect(log)) as db:
        db.execute("PRAGMA user_version = 2")
    for read_only in (True, False):
        with pytest.raises(LogNewer):
            Store.open(log, read_only=read_only)
    log.write_bytes(b"no database at all" * 100)
    for read_only in (True, False):
        with pytest.raises(LogDamaged):
            Store.open(log, read_only=read_only)
    log.unlink()
    with pytest.raises(LogMissing):
        Store.open(log)
    with closing(sqlite3.connect(log)) as db:
        db.execute("CREATE TABLE entries (position)")
    with pytest.raises(LogDamaged):
        Store.open(log)


def test_a_log_that_was_moved_away_while_open_is_not_written_to(trial):
    trial.record(opened())
    trial.records.log.rename(trial.records.path / "elsewhere.db")
    with pytest.raises(LogDamaged):
        trial.record(visit(1))


# Several writers


def test_two_logs_take_turns(trial):
    with reopened(trial) as other:
        trial.record(opened())
        for n in range(20):
            writer = other if n % 2 else trial.log
            assert writer.append([draft(visit(n))]).positions == (n + 1,)
    assert findings(trial) == ()


def test_what_somebody_else_changed_is_noticed(trial):
    """The log does not compare again what it signed itself, unless the file was touched since."""
    trial.record(opened(), visit(1))
    with closing(sqlite3.connect(trial.records.log)) as db, db:
        db.execute("UPDATE tiles SET hashes = zeroblob(64)")
    with pytest.raises(log_module.HistoryRewritten):
        trial.record(visit(2))


def test_what_was_changed_over_our_own_connection_is_noticed(trial):
    trial.record(opened(), visit(1))
    trial.log.store.db.execute("UPDATE tiles SET hashes = zeroblob(64)")
    with pytest.raises(log_module.HistoryRewritten):
        trial.record(visit(2))


def test_what_was_changed_between_commit_and_guard_is_noticed(trial, monkeypatch):
    trial.record(opened(), visit(1))
    remember = type(trial.records).remember

    def meddle(records, note):
        with closing(sqlite3.connect(records.log)) as db, db:
            db.execute("UPDATE tiles SET hashes = zeroblob(96)")
        remember(records, note)

    monkeypatch.setattr(type(trial.records), "remember", meddle)
    trial.record(visit(2))
    monkeypatch.undo()
    with pytest.raises(log_module.HistoryRewritten):
        trial.record(visit(3))


# Correcting is recording


def test_an_event_is_superseded_once_and_the_newest_is_corrected(trial):
    trial.record(opened())
    first = trial.record(visit(1))[0]
    second = trial.correct(first, visit(2))
    with pytest.raises(Refused) as refused:
        trial.correct(first, visit(3))
    assert isinstance(refused.value.faults[0], AlreadySuperseded)
    trial.correct(second, visit(3))
    store = trial.log.store
    assert [store.superseded_by(n) for n in range(4)] == [None, 2, 3, None]


def test_a_void_cannot_be_voided_and_a_correction_keeps_the_type(trial):
    trial.record(opened())
    id_ = trial.record(visit(1))[0]
    with pytest.raises(Refused) as refused:
        trial.correct(id_, BaseClosed(base="b", day=DAY))
    assert isinstance(refused.value.faults[0], OtherType)
    trial.void(id_)
    with pytest.raises(Refused) as refused:
        trial.void(trial.log.store.row(2).id)
    assert isinstance(refused.value.faults[0], OtherType)


def test_an_import_is_voided_as_a_whole_and_only_once(trial):
    trial.record(opened(), *(visit(n) for n in range(500)), batch="book")
    store = trial.log.store
    taken_back = voids(store, "trial", "wrong book", batch="book")
    assert trial.log.append(taken_back).added == 501
    assert store.live_batch("book") == []
    with pytest.raises(NoSuchBatch):
        voids(store, "trial", "again", batch="book")
    with pytest.raises(Refused):
        trial.log.append(taken_back)
    assert findings(trial) == ()


def test_an_event_is_found_by_id_or_position(trial):
    ids = trial.record(opened(), visit(1))
    trial.record(draft(visit(2), id="1"))
    assert find_event(trial.log.store, ids[0]).position == 0
    assert find_event(trial.log.store, "0").position == 0
    assert find_event(trial.log.store, "1").position == 2  # an id goes before a position
    for name in ("3", "-1", "x", "", "９"):
        with pytest.raises(NoSuchEvent):
            find_event(trial.log.store, name)


# Other versions


@event("mood.noted", 1)
@frozen
class MoodV1:
    day: date
    grade: int


def _upcast(version, data):
    assert version == 1
    return {"day": data["day"], "grade_bp": data["grade"] * 100}


@event("mood.noted", 2, upcast=_upcast)
@frozen
class MoodV2:
    day: date
    grade_bp: int


def moods(cls):
    return Family("moods", version=1, zh="心情", en="Moods", events=[cls])


def test_an_older_version_is_read_as_the_present_one(tmp_path):
    with Trial(tmp_path, [moods(MoodV1)]) as old:
        old.record(draft(MoodV1(day=DAY, grade=7), id="a"))
        types = old.registry.types | {"mood.noted": MoodV2.__event__}
        with Log.open(old.records, types) as log:
            assert log.append([draft(MoodV2(day=DAY, grade_bp=700), id="a")]).added == 0
            with pytest.raises(Refused) as refused:
                log.append([draft(MoodV2(day=DAY, grade_bp=701), id="a")])
            fault = refused.value.faults[0]
            assert isinstance(fault, SameIdOtherContent)
            assert fault.details["fields"] == "grade_bp"
            log.append([draft(MoodV2(day=DAY, grade_bp=650), replaces="a")])
            with pytest.raises(Refused):
                log.append([draft(MoodV1(day=DAY, grade=1))])
        rows = list(old.log.store.rows(0, 2))
        assert [r.version for r in rows] == [1, 2]
        assert types["mood.noted"].read(rows[0].entry, 1) == MoodV2(day=DAY, grade_bp=700)
        # Whoever has only the old version cannot read the new entry, but may still void it.
        old.void(rows[1].id)
        assert verify(old.records, [moods(MoodV2)]).findings == ()
        assert findings(old) == ()


# A model: a list of events, what superseded what, and who is known


class LogMachine(RuleBasedStateMachine):
    """A log against a list; a register against a dict."""

    def __init__(self):
        super().__init__()
        self.folder = TemporaryDirectory()
        self.trial = Trial(Path(self.folder.name), [bases.lianjian_family()])
        self.events = []  # (id, event, replaces id)
        self.ended = {}  # id -> id of what superseded it
        self.bases = {}  # base -> id of the live event that opened it

    def teardown(self):
        try:
            self.compare()
            assert findings(self.trial) == ()
            with reopened(self.trial) as log:  # what was remembered is what is there
                assert log.append([]).added == 0
        finally:
            self.trial.log.close()
            self.folder.cleanup()

    def live(self, cls=object):
        return [
            (i, e)
            for i, e, _ in self.events
            if i not in self.ended and isinstance(e, cls) and not isinstance(e, Voided)
        ]

    def append(self, *drafts):
        done = self.trial.log.append(drafts)
        assert done.added == len(drafts)
        assert done.positions == tuple(range(len(self.events), len(self.events) + len(drafts)))
        for id_, d in zip(done.ids, drafts, strict=True):
            self.events.append((id_, d.event, d.replaces))
            if d.replaces:
                self.ended[d.replaces] = id_
                for base in [b for b, i in self.bases.items() if i == d.replaces]:
                    del self.bases[base]
            if isinstance(d.event, BaseOpened):
                self.bases[d.event.base] = id_

    def refuse(self, *drafts):
        before = self.trial.size
        with pytest.raises(Refused):
            self.trial.log.append(drafts)
        assert self.trial.size == before

    @initialize()
    def begin(self):
        self.append(draft(opened("b0")))

    @rule(n=st.integers(1, 4), name=st.text(min_size=1, max_size=4))
    def open_base(self, n, name):
        base = f"b{n}"
        made = draft(BaseOpened(base=base, name=name, kind="garden", day=DAY))
        if base not in self.bases:
            self.append(made)
            return
        position = [i for i, *_ in self.events].index(self.bases[base])
        if made.event == self.events[position][1]:
            assert self.trial.log.append([made]).positions == (position,)
        else:
            self.refuse(made)

    @rule(n=st.integers(0, 4), count=st.integers(1, 40), persons=st.integers(0, 9))
    def visit_base(self, n, count, persons):
        drafts = [draft(visit(persons, f"b{n}"), batch=f"batch{n}") for _ in range(count)]
        if f"b{n}" in self.bases:
            self.append(*drafts)
        else:
            self.refuse(*drafts)

    @rule(data=st.data())
    def say_it_again(self, data):
        id_, event_, replaces = data.draw(st.sampled_from(self.events))
        done = self.trial.log.append([draft(event_, id=id_, replaces=replaces)])
        assert (done.added, done.ids) == (0, (id_,))

    @rule(data=st.data())
    def say_something_else(self, data):
        id_, event_, replaces = data.draw(st.sampled_from(self.events))
        other = visit(77) if not isinstance(event_, VisitHeld) else visit(77, day=date(2021, 6, 1))
        self.refuse(draft(other, id=id_, replaces=replaces))

    @precondition(lambda self: self.live(VisitHeld))
    @rule(data=st.data(), persons=st.integers(10, 19))
    def correct_visit(self, data, persons):
        id_, event_ = data.draw(st.sampled_from(self.live(VisitHeld)))
        self.append(draft(visit(persons, event_.base), replaces=id_))

    @precondition(lambda self: self.live(BaseOpened))
    @rule(data=st.data())
    def correct_opening(self, data):
        id_, event_ = data.draw(st.sampled_from(self.live(BaseOpened)))
        self.append(draft(opened(event_.base, "改"), replaces=id_))

    @precondition(lambda self: self.live(VisitHeld))
    @rule(data=st.data())
    def void_visit(self, data):
        id_, _ = data.draw(st.sampled_from(self.live(VisitHeld)))
        self.append(*voids(self.trial.log.store, "trial", "wrong", id_=id_))

    @precondition(lambda self: self.live(BaseOpened))
    @rule(data=st.data())
    def void_opening(self, data):
        id_, event_ = data.draw(st.sampled_from(self.live(BaseOpened)))
        gone = voids(self.trial.log.store, "trial", "wrong", id_=id_)
        referrers = [i for i, e in self.live(VisitHeld) if e.base == event_.base]
        if not referrers:
            self.append(*gone)
            return
        self.refuse(*gone)
        others = [voids(self.trial.log.store, "trial", "wrong", id_=i)[0] for i in referrers]
        self.append(*gone, *others)

    @rule(n=st.integers(0, 4))
    def void_batch(self, n):
        batch = f"batch{n}"
        try:
            drafts = voids(self.trial.log.store, "trial", "wrong", batch=batch)
        except NoSuchBatch:
            return
        self.append(*drafts)

    @precondition(lambda self: self.ended)
    @rule(data=st.data())
    def supersede_twice(self, data):
        id_ = data.draw(st.sampled_from(sorted(self.ended)))
        self.refuse(draft(Voided(why="again"), replaces=id_))

    @rule()
    def another_writer(self):
        self.trial.log.close()
        self.trial.log = reopened(self.trial)

    @invariant()
    def positions_follow(self):
        assert self.trial.size == len(self.events)

    def compare(self):
        store = self.trial.log.store
        rows = list(store.rows(0, len(self.events) + 1))
        assert [r.position for r in rows] == list(range(len(self.events)))
        assert [r.id for r in rows] == [i for i, _, _ in self.events]
        position = {r.id: r.position for r in rows}
        types = self.trial.registry.types
        for row, (_, event_, replaces) in zip(rows, self.events, strict=True):
            assert types[row.type].read(row.entry, row.version) == event_
            assert row.replaces == position.get(replaces)
        for id_, by in self.ended.items():
            assert store.superseded_by(position[id_]) == position[by]
        known = {r.id: r.position for r in store.introductions("base")}
        assert known == {base: position[id_] for base, id_ in self.bases.items()}


TestLogModel = LogMachine.TestCase
TestLogModel.settings = settings(
    max_examples=25,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
