"""Backups, and the way back from one.

A backup is a records folder of its own: a consistent copy of log.db made while others may write,
the settings, the keys, the last checkpoint and the guard. `recover` puts a backup's log into the
place of one that was lost, damaged or replaced by an older copy, if the backup has everything that
was ever signed; the log that was in its place is kept beside it.
"""

import contextlib
import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from attrs import frozen
from filelock import FileLock

from lianjian.core.checkpoint import Checkpoint, open_checkpoint
from lianjian.core.errors import (
    BackupTooOld,
    HistoryRewritten,
    LianjianError,
    LogDamaged,
    NothingToRecover,
    OtherLog,
    RecordsExist,
)
from lianjian.core.guard import newest
from lianjian.core.records import SETTINGS, Records
from lianjian.core.store import Store
from lianjian.core.tree import Frontier, extend, frontier_root, leaf_hash, root


@frozen
class Recovered:
    """What was put in place: how many events, and where the log that stood there is kept."""

    size: int
    kept: Path | None


def backup(records: Records, target: Path) -> Path:
    """Make a backup of a records folder in `target`, a folder that is new or empty.

    Raises RecordsExist, and what `Store.open` raises. The signing key goes along, mode 0600:
    without it the log could be read, but not continued.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise RecordsExist(path=target)
    target.mkdir(parents=True, exist_ok=True)
    _copy_log(records.log, target / "log.db")
    shutil.copy2(records.path / SETTINGS, target / SETTINGS)
    shutil.copytree(records.path / "keys", target / "keys", dirs_exist_ok=True)
    with Store.open(target / "log.db") as store:
        # The copy's own checkpoint: another append may have moved the folder's on meanwhile.
        note = store.checkpoint()
    copied = Records.open(target)
    copied.guard.write(note)
    copied.checkpoint.write_text(note, encoding="utf-8", newline="\n")
    return target


def recover(records: Records, source: Path) -> Recovered:
    """Put the log of a backup (a folder, or a log.db) into the place of this one's.

    Raises OtherLog where the backup is of another log, LogDamaged where its entries are not those
    that were signed, BackupTooOld where it lacks what was signed, HistoryRewritten where it has
    another history, NothingToRecover where the log in place is sound and has as much.
    """
    path = source / "log.db" if source.is_dir() else source
    with FileLock(records.path / "log.lock"):
        with Store.open(path) as store:
            offered = _sound(records, store, path)
            _has_what_was_signed(records, store, offered)
        present = _present(records)
        if present and present.size >= offered.size:
            raise NothingToRecover(size=present.size, offered=offered.size)
        fresh = records.path / "log.db.recovered"
        fresh.unlink(missing_ok=True)
        _copy_log(path, fresh)
        kept = _set_aside(records.log)
        # Never rename over a database whose WAL stays behind: all three files went aside together.
        fresh.rename(records.log)
        with Store.open(records.log) as store:
            records.remember(store.checkpoint())
    return Recovered(offered.size, kept)


def _copy_log(source: Path, target: Path) -> None:
    """Copy a database as one transaction saw it, with what is still in its WAL."""
    with Store.open(source) as store, contextlib.closing(sqlite3.connect(target)) as copy:
        store.db.backup(copy)
        copy.execute("PRAGMA journal_mode = WAL")


def _sound(records: Records, store: Store, path: Path) -> Checkpoint:
    """Return a log's checkpoint after re-hashing every entry under it."""
    try:
        signed = open_checkpoint(store.checkpoint(), records.origin, records.verifier_key())
    except LianjianError as error:
        raise OtherLog(path=path, found=error, expected=records.origin) from error
    size, frontier = 0, Frontier()
    try:
        while size < signed.size:
            leaves = [leaf_hash(row.entry) for row in store.rows(size, size + 1024)]
            if not leaves:
                break
            _, frontier = extend(size, frontier, leaves)
            size += len(leaves)
    except sqlite3.DatabaseError as error:
        raise LogDamaged(path=path, reason=error) from error
    if size != signed.size or store.size() != size or frontier_root(frontier) != signed.root:
        raise LogDamaged(path=path, reason="its entries are not those that were signed")
    return signed


def _has_what_was_signed(records: Records, store: Store, offered: Checkpoint) -> None:
    with contextlib.suppress(OSError):
        guard = records.guard
        held = newest(guard.read() if guard.path.exists() else None, records.guard_copy().read())
        if held is None:
            return
        if held.checkpoint.size > offered.size:
            raise BackupTooOld(
                size=offered.size, signed=held.checkpoint.size, guard=records.guard.path
            )
        if root(held.checkpoint.size, store) != held.checkpoint.root:
            raise HistoryRewritten(signed=held.checkpoint.size, guard=records.guard.path)


def _present(records: Records) -> Checkpoint | None:
    """Return the checkpoint of the log in place, None where it is missing or not sound."""
    try:
        with Store.open(records.log) as store:
            return _sound(records, store, records.log)
    except (LianjianError, sqlite3.DatabaseError):
        return None


def _set_aside(log: Path) -> Path | None:
    """Move a log and its WAL out of the way, under one new name, and return it."""
    if not log.exists():
        return None
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    kept = log.with_name(f"log-{stamp}.db")
    for suffix in ("-wal", "-shm", ""):
        part = log.with_name(log.name + suffix)
        if part.exists():
            part.rename(kept.with_name(kept.name + suffix))
    return kept
