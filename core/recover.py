"""Backups, and the way back from one.

A backup is a records folder of its own: a consistent copy of log.db made while others may write,
the settings, the keys, the last checkpoint and the guard. `recover` puts a backup's log into the
place of one that was lost, damaged or replaced by an older copy, if the backup has everything that
was ever signed; the log that was in its place is kept beside it.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from attrs import field, frozen
from filelock import FileLock

from lianjian.core.checkpoint import Checkpoint
from lianjian.core.errors import (
    BackupTooOld,
    HistoryRewritten,
    LianjianError,
    LogDamaged,
    NothingToRecover,
    OtherLog,
    RecordsExist,
    Words,
)
from lianjian.core.handout import COSIGNED
from lianjian.core.messages import naming
from lianjian.core.records import SETTINGS, Records, whole_or_not_at_all, write_text
from lianjian.core.scrub import Left, scrub
from lianjian.core.store import UNREADABLE, Store, passing
from lianjian.core.tree import EMPTY_ROOT, Frontier, extend, frontier_root, leaf_hash, root

RUN = 1024  # entries hashed in one go


@frozen
class Recovered:
    """What was put in place: how many events, and where the log that stood there is kept.

    `left` are files that still have texts which the log that was put in place says were erased.
    """

    size: int
    kept: Path | None
    left: Left = field(factory=Left)


def backup(records: Records, target: Path) -> Path:
    """Make a backup of a records folder in `target`, a folder that is new or empty.

    Raises RecordsExist, and what `Store.open` raises. The signing key goes along, mode 0600:
    without it the log could be read, but not continued.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise RecordsExist(path=target)
    with whole_or_not_at_all(target):
        with suppress(FileNotFoundError):  # before the log, which must have what was cosigned
            _copy_file(records.path / COSIGNED, target / COSIGNED)
        # The copy's own checkpoint: another append may move the folder's on meanwhile.
        note = _copy_log(records.log, target / "log.db")
        (target / "keys").mkdir(mode=0o700)
        for path in (records.path / "keys").iterdir():
            _copy_file(path, target / "keys" / path.name)
        copied = Records(target, records.origin, records.language)
        with naming(copied.guard.path):
            copied.guard.write(note)
        write_text(copied.checkpoint, note)
        # Last: it is what makes the folder one of records.
        _copy_file(records.path / SETTINGS, target / SETTINGS)
    return target


def _copy_file(source: Path, target: Path) -> None:
    """Copy a small file with its mode, and wait until it is on the disk."""
    with naming(target):
        shutil.copyfile(source, target)
        with target.open("rb+") as file:
            os.fsync(file.fileno())
        shutil.copystat(source, target)  # last: it may be read-only


def recover(records: Records, source: Path) -> Recovered:
    """Put the log of a backup (a folder, or a log.db) into the place of this one's.

    Raises OtherLog where the backup is of another log, LogDamaged where its entries are not those
    that were signed, BackupTooOld where it lacks what was signed, HistoryRewritten where it has
    another history, NothingToRecover where the log in place is sound and has as much,
    GuardDamaged.
    """
    path = source / "log.db" if source.is_dir() else source
    with FileLock(records.path / "log.lock"):
        with Store.open(path) as store:
            offered = _sound(records, store, path)
        present = _present(records, path)
        if present and present.size >= offered.size:
            raise NothingToRecover(size=present.size, offered=offered.size)
        fresh = records.path / "log.db.recovered"
        _clear(fresh)  # of a recovery that was cut short
        note = _copy_log(path, fresh)
        with _set_aside(records.log) as kept:
            # Never rename over a database whose WAL stays behind: all three went aside together.
            fresh.rename(records.log)
        _clear(fresh)
        records.remember(note)
        # What was set aside may be from before an erasure, and what is erased stays erased.
        with Store.open(records.log) as store:
            left = scrub(store)
    return Recovered(offered.size, kept, left)


def _copy_log(source: Path, target: Path) -> str:
    """Copy a log as one transaction saw it, its WAL included, and return the copy's checkpoint."""
    try:
        with Store.open(source) as store, closing(sqlite3.connect(target)) as copy:
            store.db.backup(copy)
            copy.execute("PRAGMA journal_mode = WAL")
            return Store(copy, target).checkpoint()
    except UNREADABLE as error:
        if passing(error):
            raise
        raise LogDamaged(path=source, reason=error) from error


def _sound(records: Records, store: Store, path: Path) -> Checkpoint:
    """Return a log's checkpoint after re-hashing every entry under it.

    Entries and tiles must both come to the signed root, and on the way to what the guard and its
    copy hold. Raises what `recover` does.
    """
    note = store.checkpoint()
    try:
        signed = records.keys(store).open(note)
    except LianjianError as error:
        found: str | Words = note.split("\n", 1)[0]
        if found == records.origin:
            found = Words("同名而签名不合的日志", "one of that name that its key did not sign")
        raise OtherLog(path=path, found=found, expected=records.origin) from error
    remembered = records.remembered()
    for guard, held in remembered.items():
        if held.checkpoint.size > signed.size:
            raise BackupTooOld(size=signed.size, signed=held.checkpoint.size, guard=guard)
    stops = {signed.size, *(held.checkpoint.size for held in remembered.values())}
    try:
        roots = _roots(store, sorted(stops))
        tiles = root(signed.size, store)
        size = store.size()
    except (*UNREADABLE, TypeError) as error:
        if passing(error):
            raise
        raise LogDamaged(path=path, reason=error) from error
    if size != signed.size or {roots.get(size), tiles} != {signed.root}:
        reason = Words("其中的记录不是当初签署的", "its entries are not those that were signed")
        raise LogDamaged(path=path, reason=reason)
    for guard, held in remembered.items():
        if roots[held.checkpoint.size] != held.checkpoint.root:
            raise HistoryRewritten(signed=held.checkpoint.size, guard=guard)
    return signed


def _roots(store: Store, sizes: Sequence[int]) -> dict[int, bytes]:
    """Return the root over the entries' bytes at each of the sizes that the log reaches."""
    size, frontier, roots = 0, Frontier(), {0: EMPTY_ROOT}
    for stop in sizes:
        while size < stop:
            rows = store.rows(size, min(size + RUN, stop))
            leaves = [leaf_hash(row.entry) for row in rows]
            if not leaves:
                return roots
            _, frontier = extend(size, frontier, leaves)
            size += len(leaves)
        roots[stop] = frontier_root(frontier)
    return roots


def _present(records: Records, offered: Path) -> Checkpoint | None:
    """Return the checkpoint of the log in place, None where it is missing or not sound.

    One that is as long as what is offered and yet differs from it in anything (a register that was
    edited, a tile) is not sound either.
    """
    try:
        with Store.open(records.log) as store, Store.open(offered) as other:
            signed = _sound(records, store, records.log)
            same = store.size() != other.size() or _content(store) == _content(other)
            return signed if same else None
    except (LianjianError, *UNREADABLE, TypeError) as error:
        if passing(error):
            raise
        return None


def _content(store: Store) -> str:
    """Return a digest of everything in a log's tables, and of the schema."""
    made = sha256()
    tables = store.db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")
    for name in ("sqlite_master", *(t for (t,) in tables.fetchall())):
        order = "1, 2, 3" if name != "sqlite_master" else "1, 2"
        columns = "*" if name != "sqlite_master" else "type, name, sql"
        for row in store.db.execute(f"SELECT {columns} FROM {name} ORDER BY {order}"):
            made.update(repr(row).encode())
    return made.hexdigest()


@contextmanager
def _set_aside(log: Path) -> Iterator[Path | None]:
    """Move a log and its WAL out of the way, under one new name, and yield it.

    The WAL goes even where the log itself is lost: SQLite would lay it over the one to come. Where
    the block fails, or a part stays, all goes back: a log without its WAL lacks what was committed.
    """
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    kept = log.with_name(f"log-{stamp}.db")
    parts = [suffix for suffix in ("-wal", "-shm", "") if _part(log, suffix).exists()]
    try:
        for suffix in parts:
            _part(log, suffix).rename(_part(kept, suffix))
        yield kept if "" in parts else None
    except BaseException:
        for suffix in reversed(parts) if "" in parts else ():  # the log before its WAL
            if _part(kept, suffix).exists():
                _part(kept, suffix).replace(_part(log, suffix))
        raise


def _clear(database: Path) -> None:
    for suffix in ("", "-journal", "-wal", "-shm"):
        _part(database, suffix).unlink(missing_ok=True)


def _part(database: Path, suffix: str) -> Path:
    return database.with_name(database.name + suffix)
