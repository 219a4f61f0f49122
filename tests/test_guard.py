"""The guard: what was signed is remembered, and nothing is signed against it."""

import os
import shutil
from datetime import date

import pytest

from lianjian.core.checkpoint import Checkpoint, SigningKey, sign_note
from lianjian.core.errors import (
    GuardDamaged,
    GuardNotWritten,
    HistoryRewritten,
    LogDamaged,
    OtherLog,
    Refused,
    RolledBack,
)
from lianjian.core.event import Draft
from lianjian.core.guard import SLOT, Guard, state_folder
from lianjian.core.log import Log
from lianjian.core.records import Records
from lianjian.core.recover import backup
from lianjian.core.store import Store, transaction
from lianjian.core.testing import Trial, registry_of
from lianjian.core.tree import EMPTY_ROOT
from lianjian.core.verify import verify
from lianjian.plugins import bases
from lianjian.plugins.bases import BaseOpened, VisitHeld

DAY = date(2021, 5, 1)
REGISTRY = registry_of([bases.lianjian_family()])


@pytest.fixture
def trial(tmp_path):
    with Trial(tmp_path, [bases.lianjian_family()]) as t:
        t.record(BaseOpened(base="b", name="园", kind="garden", day=DAY))
        yield t


def visits(count=1):
    return [Draft(VisitHeld(base="b", day=DAY), "trial") for _ in range(count)]


def append(records, count=1):
    with Log.open(records, REGISTRY.types, REGISTRY.installed) as log:
        return log.append(visits(count))


def clean(records):
    return verify(records, REGISTRY.families).findings == ()


# The file


def note(size, key=None, origin="example.org/x"):
    key = key or SigningKey.generate(origin)
    return sign_note(Checkpoint(origin, size, bytes([size % 256]) * 32).text(), key)


def test_a_guard_holds_the_newest_of_two(tmp_path):
    guard = Guard(tmp_path / "guard")
    assert guard.read() is None
    for size in range(7):
        guard.write(note(size))
        assert guard.read().checkpoint.size == size
        assert guard.path.stat().st_size <= 2 * SLOT
    assert (guard.path.stat().st_mode & 0o777) == 0o600


def test_a_guard_is_text(tmp_path):
    guard = Guard(tmp_path / "guard")
    guard.write(note(5))
    lines = guard.path.read_text("utf-8").splitlines()
    assert lines[0].startswith("lianjian guard 1 ")
    assert lines[1:3] == ["example.org/x", "5"]


@pytest.mark.parametrize("at", range(0, 2 * SLOT, 97))
def test_a_torn_write_costs_nothing(tmp_path, at):
    """Whatever of a write reaches the disk, the guard holds what it held, or what was written."""
    guard = Guard(tmp_path / "guard")
    for size in (1, 2):
        guard.write(note(size))
    before = guard.path.read_bytes()
    guard.write(note(3))
    after = guard.path.read_bytes()
    for torn in (after[:at] + before[at:], before[:at] + after[at:]):
        guard.path.write_bytes(torn)
        assert guard.read().checkpoint.size in (2, 3)
        guard.write(note(4))  # and goes on from there
        assert guard.read().checkpoint.size == 4


@pytest.mark.parametrize("slot", [0, 1])
def test_a_damaged_slot_falls_back_to_the_other(tmp_path, slot):
    guard = Guard(tmp_path / "guard")
    for size in (1, 2):
        guard.write(note(size))
    whole = guard.path.read_bytes()
    for at in range(0, 300, 7):
        damaged = bytearray(whole)
        damaged[slot * SLOT + at] ^= 0x20
        guard.path.write_bytes(damaged)
        held = guard.read().checkpoint.size
        # The line feeds behind the note say nothing; all before them does.
        said = len(whole[slot * SLOT :][:SLOT].rstrip(b"\n")) + 1
        assert held == (2 if at >= said or slot == 0 else 1)


@pytest.mark.parametrize("content", [b"", b"x", bytes(SLOT), bytes(2 * SLOT), b"\n" * 9000])
def test_two_damaged_slots_are_no_missing_guard(tmp_path, content):
    guard = Guard(tmp_path / "guard")
    guard.path.write_bytes(content)
    with pytest.raises(GuardDamaged):
        guard.read()


def test_the_state_folder_needs_no_home(monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", "/somewhere")
    assert str(state_folder()) == "/somewhere/lianjian"
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", "/home/me")
    assert str(state_folder()) == "/home/me/.local/state/lianjian"
    monkeypatch.delenv("HOME")
    monkeypatch.setattr(os, "getuid", lambda: 4_242_424)
    with pytest.raises(NotADirectoryError):
        state_folder().mkdir(parents=True)


# Signing against it


def test_what_is_signed_is_in_the_guard_its_copy_and_the_checkpoint(trial):
    records = trial.records
    for _ in range(5):
        done = trial.log.append(visits())
        assert records.guard.read().note == done.note
        assert records.guard_copy().read().note == done.note
        assert records.checkpoint.read_text("utf-8") == done.note
        assert not done.guard_was_missing


def test_an_older_log_is_refused_and_the_way_on_is_told(trial, tmp_path):
    trial.log.close()
    old = trial.records.log.read_bytes()
    append(trial.records, 2)
    trial.records.log.write_bytes(old)
    for _ in range(2):
        with pytest.raises(RolledBack) as info:
            append(trial.records)
        assert info.value.details["size"] == 1
        assert info.value.details["signed"] == 3
        for lang in ("zh", "en"):
            assert "lianjian recover" in info.value.hint(lang)
            assert f"--cites {trial.records.guard.path}" in info.value.hint(lang)
    assert info.value.exit_code == 3
    assert trial.records.log.read_bytes() == old
    with pytest.raises(RolledBack), Log.open(trial.records, REGISTRY.types) as log:
        log.check(visits())


def test_an_older_folder_is_refused_since_the_copy_knows(trial, tmp_path):
    records = trial.records
    trial.log.close()
    old = tmp_path / "old"
    shutil.copytree(records.path, old)
    append(records, 2)
    shutil.rmtree(records.path)
    shutil.copytree(old, records.path)
    with pytest.raises(RolledBack) as info:
        append(records)
    # What is to be cited is what was signed last, and that stands in the copy.
    assert f"--cites {records.guard_copy().path}" in info.value.hint("en")
    moved = tmp_path / "elsewhere"
    shutil.copytree(old, moved)
    again = Records(moved, records.origin, state=records.state)
    with pytest.raises(RolledBack):
        append(again)


def test_of_two_guards_that_are_ahead_the_newest_is_to_be_cited(trial):
    records = trial.records
    trial.log.close()
    old = records.log.read_bytes()
    append(records)
    kept = records.guard.path.read_bytes()
    append(records)
    records.log.write_bytes(old)
    records.guard.path.write_bytes(kept)
    with pytest.raises(RolledBack) as info:
        append(records)
    assert info.value.details["signed"] == 3
    assert f"--cites {records.guard_copy().path}" in info.value.hint("zh")


def test_a_missing_guard_is_trusted_once_and_said(trial):
    records = trial.records
    for path in (records.guard.path, records.guard_copy().path):
        path.unlink()
    assert append(records).guard_was_missing
    assert not append(records).guard_was_missing
    records.guard.path.unlink()
    assert append(records).guard_was_missing  # the copy is there, and was compared with
    assert clean(records)


def test_a_missing_guard_does_not_undo_the_copy(trial):
    records = trial.records
    trial.log.close()
    old = records.log.read_bytes()
    append(records)
    records.log.write_bytes(old)
    records.guard.path.unlink()
    with pytest.raises(RolledBack):
        append(records)


def test_nothing_is_signed_with_a_damaged_guard(trial):
    records = trial.records
    whole = records.guard.path.read_bytes()
    records.guard.path.write_bytes(bytes(SLOT) + whole[SLOT:])
    append(records)  # one slot is enough
    records.guard.path.write_bytes(bytes(2 * SLOT))
    with pytest.raises(GuardDamaged) as info:
        append(records)
    assert str(records.guard.path) in info.value.message("en")
    assert trial.size == 2


def test_a_copy_that_cannot_be_read_or_written_is_no_obstacle(trial):
    records = trial.records
    copy = records.guard_copy().path
    copy.write_bytes(b"damaged")
    append(records)
    assert records.guard_copy().read().checkpoint.size == 2
    copy.unlink()
    copy.mkdir()
    append(records)
    copy.rmdir()
    copy.parent.rmdir()
    copy.parent.write_text("in the way")
    assert append(records).positions == (3,)


def test_a_guard_of_another_log_is_refused(trial):
    records = trial.records
    records.guard.path.unlink()
    records.guard.write(note(1))
    with pytest.raises(OtherLog):
        append(records)


# A crash between the commit and the guard


@pytest.mark.parametrize("error", [OSError("disk"), KeyboardInterrupt(), SystemExit(1)])
def test_the_next_append_moves_the_guard_on(trial, monkeypatch, error):
    records = trial.records

    def crash(*_):
        raise error

    trial.log.append(visits())
    with monkeypatch.context() as patch:
        patch.setattr(Guard, "write", crash)
        with pytest.raises(GuardNotWritten if isinstance(error, OSError) else type(error)) as info:
            trial.log.append(visits(3))
    if isinstance(error, OSError):
        assert "up to 5 entries" in info.value.message("en")
        assert "need not be recorded again" in info.value.hint("en")
    assert records.guard.read().checkpoint.size == 2
    assert trial.size == 5
    assert clean(records)
    done = append(records)
    assert done.positions == (5,)
    assert records.guard.read().checkpoint.size == 6
    assert trial.log.append(visits()).positions == (6,)
    assert clean(records)


def test_an_append_of_nothing_new_moves_the_guard_on_as_well(trial, monkeypatch):
    again = [Draft(VisitHeld(base="b", day=DAY), "trial", id="a")]
    with monkeypatch.context() as patch:
        patch.setattr(type(trial.records), "remember", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            trial.log.append(again)
    assert trial.log.append(again).added == 0
    assert trial.records.guard.read().checkpoint.size == 2


def test_no_checkpoint_is_handed_out_that_is_not_in_the_guard(trial, monkeypatch):
    seen = []
    write = Guard.write

    def watched(guard, text):
        seen.append(trial.records.checkpoint.read_text("utf-8"))
        write(guard, text)

    monkeypatch.setattr(Guard, "write", watched)
    done = trial.log.append(visits())
    assert done.note not in seen
    assert trial.records.checkpoint.read_text("utf-8") == done.note


# History rewritten


def rewritten(trial, tmp_path, size):
    """Return a log of the same keeper, with the same key, in which something else happened."""
    other = tmp_path / "other"
    shutil.copytree(trial.records.path, other / "records")
    (other / "records/log.db").unlink()
    for rest in ("guard", "log.db-wal", "log.db-shm"):
        (other / "records" / rest).unlink(missing_ok=True)
    records = Records(other / "records", trial.records.origin, state=other / "state")
    first = sign_note(Checkpoint(records.origin, 0, EMPTY_ROOT).text(), records.signing_key())
    with Store.create(records.log) as store, transaction(store.db):
        store.put_checkpoint(0, first)
    with Log.open(records, REGISTRY.types) as log:
        drafts = [Draft(BaseOpened(base="b", name="园", kind="garden", day=DAY), "somebody else")]
        log.append(drafts + visits(size - 1))
    assert clean(records)
    return records.log.read_bytes(), records.guard.path.read_bytes()


@pytest.mark.parametrize("extra", [0, 1, 300])
def test_another_history_signed_with_the_real_key_is_refused(trial, tmp_path, extra):
    trial.log.append(visits(9))
    trial.log.close()
    history, guard = rewritten(trial, tmp_path, 10 + extra)
    trial.records.log.write_bytes(history)
    with pytest.raises(HistoryRewritten) as info:
        append(trial.records)
    assert info.value.exit_code == 3
    assert trial.records.log.read_bytes() == history
    # With the guard in the folder rewritten too, there is still the copy.
    trial.records.guard.path.write_bytes(guard)
    with pytest.raises(HistoryRewritten):
        append(trial.records)


def test_a_checkpoint_that_does_not_cover_the_entries_is_refused(trial):
    db = trial.log.store.db
    db.execute("UPDATE checkpoint SET note = ?", (note(1, origin=trial.records.origin),))
    with pytest.raises(LogDamaged):
        trial.log.append(visits())


def test_an_entry_put_in_by_another_program_is_refused(trial):
    db = trial.log.store.db
    columns = "id, type, version, recordedat, replaces, batch, entry"
    db.execute(
        f"INSERT INTO entries (position, {columns}) SELECT 1, 'x', type, version, recordedat, "
        "replaces, batch, entry FROM entries WHERE position = 0"
    )
    with pytest.raises(LogDamaged):
        trial.log.append(visits())


def test_a_refused_append_leaves_guard_and_checkpoint_alone(trial):
    files = (trial.records.guard.path, trial.records.checkpoint)
    before = [p.read_bytes() for p in files]
    with pytest.raises(Refused):
        trial.log.append([Draft(VisitHeld(base="nowhere", day=DAY), "trial")])
    assert [p.read_bytes() for p in files] == before


def test_a_backup_does_not_move_the_guards(trial, tmp_path):
    before = trial.records.guard_copy().read()
    backup(trial.records, tmp_path / "backup")
    assert trial.records.guard_copy().read() == before
    assert Guard(tmp_path / "backup/guard").read() == before


def test_the_guard_is_on_disk_before_anything_is_handed_out(trial, monkeypatch):
    synced = []
    monkeypatch.setattr("lianjian.core.guard._sync", synced.append)
    trial.log.append(visits())
    assert len(synced) == 1
