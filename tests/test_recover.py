"""Backups, and the way back from one: with everything that was ever signed, or not at all."""

import shutil
import sqlite3
from contextlib import closing
from datetime import date

import pytest

from lianjian.core.checkpoint import Checkpoint, sign_note
from lianjian.core.errors import (
    BackupTooOld,
    GuardDamaged,
    HistoryRewritten,
    LogDamaged,
    LogMissing,
    NothingToRecover,
    OtherLog,
    RecordsExist,
    RolledBack,
)
from lianjian.core.event import Draft
from lianjian.core.log import Log
from lianjian.core.records import Records
from lianjian.core.recover import backup, recover
from lianjian.core.store import Store
from lianjian.core.testing import Trial, registry_of
from lianjian.core.tree import extend, frontier_root, leaf_hash
from lianjian.core.verify import verify
from lianjian.plugins import bases
from lianjian.plugins.bases import BaseOpened, VisitHeld

DAY = date(2021, 5, 1)
REGISTRY = registry_of([bases.lianjian_family()])


@pytest.fixture
def records(tmp_path):
    with Trial(tmp_path, [bases.lianjian_family()]) as t:
        t.record(BaseOpened(base="b", name="园", kind="garden", day=DAY), *visits(200))
    return t.records


def visits(count=1):
    return [VisitHeld(base="b", day=DAY, persons=n) for n in range(count)]


def append(records, count=1):
    with Log.open(records, REGISTRY.types, REGISTRY.installed) as log:
        return log.append([Draft(v, "trial") for v in visits(count)])


def clean(records):
    return verify(records, REGISTRY.families).findings == ()


def size(records):
    with Store.open(records.log) as store:
        return store.size()


def spoil(records):
    content = records.log.read_bytes()
    records.log.write_bytes(content[:16_384] + b"\xff" * 100_000 + content[116_384:])


def names(folder):
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}


# Backups


def test_a_backup_is_a_records_folder_of_its_own(records, tmp_path):
    with Log.open(records, REGISTRY.types) as log:  # while somebody has it open, WAL and all
        log.append([Draft(visits()[0], "trial")])
        made = backup(records, tmp_path / "backup")
    assert names(made) == {
        "log.db",
        "lianjian.toml",
        "keys/log.key",
        "keys/log.vkey",
        "checkpoint",
        "guard",
    }
    copied = Records.open(made)
    assert clean(copied)
    assert size(copied) == 202
    assert ((made / "keys/log.key").stat().st_mode & 0o777) == 0o600
    assert append(Records(made, copied.origin, state=tmp_path / "state2")).positions == (202,)


def test_a_backup_goes_into_a_new_folder(records, tmp_path):
    (tmp_path / "used").mkdir()
    (tmp_path / "used/x").write_text("x")
    for target in (tmp_path / "used", tmp_path / "used/x"):
        with pytest.raises(RecordsExist):
            backup(records, target)


def test_a_damaged_log_is_not_backed_up_in_silence(records, tmp_path):
    content = records.log.read_bytes()
    records.log.write_bytes(content[:9_000])
    with pytest.raises(LogDamaged):
        backup(records, tmp_path / "backup")


# The way back


@pytest.mark.parametrize("what", ["lost", "spoiled", "emptied", "older"])
def test_the_newest_backup_brings_a_log_back(records, tmp_path, what):
    old = records.log.read_bytes()
    append(records, 5)
    made = backup(records, tmp_path / "backup")
    if what == "lost":
        records.log.unlink()
    elif what == "spoiled":
        spoil(records)
    elif what == "emptied":
        records.log.write_bytes(b"")
    else:
        records.log.write_bytes(old)
        with pytest.raises(RolledBack):
            append(records)
    done = recover(records, made)
    assert done.size == 206
    assert (done.kept is None) == (what == "lost")
    if what == "older":
        assert done.kept.read_bytes() == old
    assert clean(records)
    assert append(records).positions == (206,)
    assert clean(records)


def test_a_single_log_will_do(records, tmp_path):
    made = backup(records, tmp_path / "backup")
    records.log.unlink()
    assert recover(records, made / "log.db").size == 201
    assert append(records).positions == (201,)


def test_a_backup_that_is_too_old_is_refused(records, tmp_path):
    made = backup(records, tmp_path / "backup")
    append(records)
    records.log.unlink()
    with pytest.raises(BackupTooOld) as info:
        recover(records, made)
    assert "init" in info.value.hint("en")
    assert not records.log.exists()
    # The copy knows it as well.
    records.guard.path.unlink()
    with pytest.raises(BackupTooOld):
        recover(records, made)


def test_what_only_the_database_knew_is_not_given_up(records, tmp_path):
    """After a crash between commit and guard the log in place has more than the guard says."""
    made = backup(records, tmp_path / "backup")
    guard = records.guard.path.read_bytes()
    copy = records.guard_copy().path.read_bytes()
    append(records, 2)
    records.guard.path.write_bytes(guard)
    records.guard_copy().path.write_bytes(copy)
    with pytest.raises(NothingToRecover):
        recover(records, made)
    assert size(records) == 203


def test_a_sound_log_is_left_alone(records, tmp_path):
    made = backup(records, tmp_path / "backup")
    with pytest.raises(NothingToRecover):
        recover(records, made)
    assert not list(records.path.glob("log-*.db"))


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE register SET until = 7",
        "DELETE FROM tiles",
        "UPDATE tiles SET hashes = zeroblob(8192) WHERE level = 0 AND tile = 0",
        "DROP TRIGGER entries_no_delete",
        "CREATE TABLE more (x)",
    ],
)
def test_a_log_that_was_edited_is_brought_back_from_a_backup_as_long(records, tmp_path, sql):
    made = backup(records, tmp_path / "backup")
    with closing(sqlite3.connect(records.log)) as db, db:
        db.execute(sql)
    assert not clean(records)
    assert recover(records, made).size == 201
    assert clean(records)
    assert append(records).positions == (201,)


def test_a_rewritten_history_is_no_reason_to_keep_it(records, tmp_path):
    """It verifies by itself, it may even be longer; but it is not what was signed."""
    made = backup(records, tmp_path / "backup")
    rewrite(records)
    with pytest.raises(HistoryRewritten):
        append(records)
    assert recover(records, made).size == 201
    assert clean(records)


def rewrite(records, *, doctored=False):
    """Change an entry, and sign what follows from it with the real key."""
    with closing(sqlite3.connect(records.log)) as db, db:
        db.execute("DROP TRIGGER entries_no_update")
        db.execute(
            "UPDATE entries SET entry = CAST(replace(CAST(entry AS TEXT), '\"persons\":5', "
            "'\"persons\":6') AS BLOB)"
        )
        rows = db.execute("SELECT entry FROM entries ORDER BY position").fetchall()
        tiles, frontier = extend(0, {}, [leaf_hash(e) for (e,) in rows])
        for (level, index), hashes in tiles.items():
            if (level, index) != (0, 0) or not doctored:
                db.execute(
                    "UPDATE tiles SET hashes = ? WHERE level = ? AND tile = ?",
                    (hashes, level, index),
                )
        tree = Checkpoint(records.origin, len(rows), frontier_root(frontier))
        db.execute(
            "UPDATE checkpoint SET note = ?", (sign_note(tree.text(), records.signing_key()),)
        )
        db.execute(
            "CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries\n"
            "BEGIN SELECT raise(ABORT, 'entries are never changed'); END"
        )


@pytest.mark.parametrize("doctored", [False, True])
def test_a_backup_with_another_history_is_refused(records, tmp_path, doctored):
    """Doctored: the tile below keeps the old hashes, so that it answers for what was signed."""
    signed = records.guard.read().note
    append(records, 300)
    made = backup(records, tmp_path / "backup")
    rewrite(Records.open(made), doctored=doctored)
    records.log.unlink()
    for guard in (records.guard, records.guard_copy()):
        guard.path.unlink()
        guard.write(signed)
    with pytest.raises(HistoryRewritten):
        recover(records, made)


def test_a_backup_whose_entries_are_not_those_signed_is_refused(records, tmp_path):
    made = backup(records, tmp_path / "backup")
    records.log.unlink()
    with closing(sqlite3.connect(made / "log.db")) as db, db:
        db.execute("DROP TRIGGER entries_no_update")
        db.execute("UPDATE entries SET entry = x'7b7d' WHERE position = 4")
    with pytest.raises(LogDamaged):
        recover(records, made)


def test_a_backup_of_another_log_is_refused(records, tmp_path):
    with Trial(tmp_path / "other", [bases.lianjian_family()]) as other:
        pass
    records.log.unlink()
    with pytest.raises(OtherLog):
        recover(records, other.records.path)
    with pytest.raises(LogMissing):
        recover(records, tmp_path / "nowhere")


def test_a_damaged_guard_stops_a_recovery_and_a_damaged_copy_does_not(records, tmp_path):
    made = backup(records, tmp_path / "backup")
    records.log.unlink()
    records.guard_copy().path.write_bytes(b"damaged")
    kept = records.guard.path.read_bytes()
    records.guard.path.write_bytes(b"damaged")
    with pytest.raises(GuardDamaged):
        recover(records, made)
    records.guard.path.write_bytes(kept)
    assert recover(records, made).size == 201


def test_a_copy_that_cannot_be_read_does_not_switch_the_guard_off(records, tmp_path):
    made = backup(records, tmp_path / "backup")
    append(records)
    records.log.unlink()
    copy = records.guard_copy().path
    copy.unlink()
    copy.mkdir()
    with pytest.raises(BackupTooOld):
        recover(records, made)


def test_a_wal_that_outlived_its_log_is_not_laid_over_the_new_one(records, tmp_path):
    """Somebody deleted log.db and left log.db-wal: SQLite would overlay the recovered file."""
    log = Log.open(records, REGISTRY.types)
    log.append([Draft(v, "trial") for v in visits(3)])
    made = backup(records, tmp_path / "backup")
    left = records.path / "log.db-wal"
    wal = left.read_bytes()
    assert len(wal) > 10_000
    log.close()
    records.log.unlink()
    left.write_bytes(wal)
    recover(records, made)
    assert not left.exists() or left.read_bytes() != wal
    assert clean(records)
    assert append(records).positions == (204,)


def test_a_recovery_that_was_cut_short_leaves_nothing_in_the_way(records, tmp_path):
    made = backup(records, tmp_path / "backup")
    records.log.unlink()
    for name in ("log.db.recovered", "log.db.recovered-journal", "log.db.recovered-wal"):
        (records.path / name).write_bytes(b"left behind" * 1000)
    recover(records, made)
    assert clean(records)
    assert not list(records.path.glob("log.db.recovered*"))


def test_a_log_that_is_open_elsewhere_is_not_written_to_after_a_recovery(records, tmp_path):
    made = backup(records, tmp_path / "backup")
    with Log.open(records, REGISTRY.types) as log:
        with closing(sqlite3.connect(records.log)) as db, db:
            db.execute("UPDATE register SET until = 7")
        recover(records, made)
        with pytest.raises(LogDamaged):
            log.append([Draft(visits()[0], "trial")])
    assert append(records).positions == (201,)


def test_a_recovered_log_is_the_backup_to_the_last_row(records, tmp_path):
    made = backup(records, tmp_path / "backup")
    shutil.copytree(made, tmp_path / "untouched")
    records.log.unlink()
    recover(records, made)
    assert content(records.log) == content(tmp_path / "untouched/log.db")
    assert records.guard.read().note == records.checkpoint.read_text("utf-8")


def content(path):
    with closing(sqlite3.connect(path)) as db:
        return "\n".join(db.iterdump())
