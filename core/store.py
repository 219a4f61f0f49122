"""The SQLite file of a log: its schema, appending to it, reading from it.

    entries      position, what replay needs beside the bytes, and the bytes themselves
    tiles        the Merkle tree, 256 hashes a row (C2SP tlog-tiles); the last tile of a level grows
    checkpoint   the newest signed checkpoint, one row
    register     which ids were introduced where, and until when they stand
    disclosures  the salted texts behind sealed fields; the only rows that may ever be destroyed

Everything but the entries' bytes and the disclosures can be derived from the bytes, and is checked
against them by `verify`. This file decides nothing: `log.py` is the only writer, and whatever is
asked here was checked there. Triggers make accidents fail; tampering is found, not prevented.
"""

import json
import os
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Self

from lianjian.core.errors import LianjianError, LogDamaged, LogMissing, LogNewer, Words

APPLICATION = 0x6C6A6C67  # "ljlg", so that `file` and we can tell whose database this is
SCHEMA_VERSION = 1
PATIENCE = 60  # seconds to wait for another process

DISCLOSURE = """
    digest TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    disclosure TEXT NOT NULL
"""
SCHEMA = f"""
CREATE TABLE entries (
    position INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    version INTEGER NOT NULL,
    recordedat TEXT NOT NULL,
    replaces INTEGER,
    batch TEXT,
    entry BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX entries_id ON entries (id);
CREATE UNIQUE INDEX entries_replaces ON entries (replaces) WHERE replaces IS NOT NULL;
CREATE INDEX entries_batch ON entries (batch, position) WHERE batch IS NOT NULL;
CREATE TABLE tiles (
    level INTEGER NOT NULL,
    tile INTEGER NOT NULL,
    hashes BLOB NOT NULL,
    PRIMARY KEY (level, tile)
) STRICT;
CREATE TABLE checkpoint (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    size INTEGER NOT NULL,
    note TEXT NOT NULL
) STRICT;
CREATE TABLE register (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    position INTEGER NOT NULL,
    until INTEGER,
    PRIMARY KEY (kind, id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX register_position ON register (position);
CREATE TABLE disclosures ({DISCLOSURE}) STRICT, WITHOUT ROWID;
CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries
BEGIN SELECT raise(ABORT, 'entries are never changed'); END;
CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries
BEGIN SELECT raise(ABORT, 'entries are never deleted'); END;
CREATE TRIGGER entries_in_order BEFORE INSERT ON entries
WHEN NEW.position <> (SELECT coalesce(max(position), -1) + 1 FROM entries)
  OR EXISTS (SELECT 1 FROM entries WHERE id = NEW.id)
  OR EXISTS (SELECT 1 FROM entries WHERE replaces = NEW.replaces)
BEGIN SELECT raise(ROLLBACK, 'entries are only added at the end'); END;
"""
# The last trigger is there for INSERT OR REPLACE, which deletes the row in its way without asking
# the delete trigger; a row can be in its way by position, id or replaces. It rolls back, as our own
# INSERT does: what may ABORT keeps a copy of each page for each row, at three times the cost.


class EntryRow(NamedTuple):
    """One row of entries. `replaces` is the position of the superseded entry, or None."""

    position: int
    id: str
    type: str
    version: int
    recordedat: str
    replaces: int | None
    batch: str | None
    entry: bytes


class RegisterRow(NamedTuple):
    """One introduced id: by the entry at `position`, standing until the entry at `until`."""

    kind: str
    id: str
    position: int
    until: int | None


COLUMNS = ", ".join(EntryRow._fields)

# What reading a damaged file raises: SQLite may say so in words that are damaged themselves.
UNREADABLE = (sqlite3.DatabaseError, UnicodeDecodeError)

# What says nothing about the file: a lock, a full disk, a write that failed. Bytes that cannot be
# read do.
_PASSING = {
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_IOERR,
}  # fmt: skip
_READING = {sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ}


def passing(error: BaseException) -> bool:
    """Tell whether an error of SQLite is about the disk or other programs, and not about the file.

    By SQLite's result codes (https://sqlite.org/rescode.html): the low byte is the primary one.
    """
    code = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF in _PASSING and code not in _READING


def connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    """Open a SQLite file with our pragmas; autocommit, so that transactions are always explicit."""
    uri = path.resolve().as_uri()
    if read_only:
        return _connected(f"{uri}?mode={_reading_mode(path)}")
    return _connected(
        f"{uri}?mode=rwc",
        "PRAGMA page_size = 16384",
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = FULL",
        "PRAGMA secure_delete = ON",
    )


def _connected(uri: str, *pragmas: str) -> sqlite3.Connection:
    db = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=PATIENCE)
    try:
        for pragma in pragmas:
            db.execute(pragma)
    except sqlite3.Error:
        db.close()
        raise
    return db


def _reading_mode(path: Path) -> str:
    """Return how to open a file for reading: as it is being written, or on a disk nobody can write.

    A reader of a WAL database writes its index beside it. Where it cannot (a CD, an auditor's
    write-protected copy), the file alone is the whole database if no WAL is left to be read.
    """
    wal = path.with_name(path.name + "-wal")
    alone = not (wal.exists() and wal.stat().st_size)
    return "ro&immutable=1" if alone and not os.access(path.parent, os.W_OK) else "ro"


@contextmanager
def transaction(db: sqlite3.Connection, kind: str = "IMMEDIATE") -> Iterator[None]:
    """Run a block in one transaction, rolled back where the block raises."""
    db.execute(f"BEGIN {kind}")
    try:
        yield
        db.execute("COMMIT")  # inside: a disk that is full lets this fail, and all goes back
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


class Store:
    """An open log.db. It is a `tree.TileReader`. Use it as a context manager, or `close` it."""

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        self.db = db
        self.path = path
        self._file = _identity(path)

    def in_place(self) -> bool:
        """Tell whether the open file is still the one at its path, or was moved away under us."""
        return self._file == _identity(self.path)

    @classmethod
    def create(cls, path: Path) -> Self:
        """Make a new, empty log.db."""
        db = connect(path, read_only=False)
        db.execute(f"PRAGMA application_id = {APPLICATION}")
        db.executescript(
            f"BEGIN IMMEDIATE; {SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
        )
        return cls(db, path)

    @classmethod
    def open(cls, path: Path, *, read_only: bool = True) -> Self:
        """Open an existing log.db.

        Raises LogMissing where there is none, LogDamaged where the file is not ours or not
        readable, LogNewer where a newer lianjian made it.
        """
        if not path.is_file():
            raise LogMissing(path=path)
        try:
            db = connect(path, read_only=read_only)
        except UNREADABLE as error:
            if passing(error):
                raise
            raise LogDamaged(path=path, reason=error) from error
        try:
            application = db.execute("PRAGMA application_id").fetchone()[0]
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if application != APPLICATION or version < 1:
                raise LogDamaged(path=path, reason="not a log")
            if version > SCHEMA_VERSION:
                raise LogNewer(path=path, version=version)
            # Reading one that stands in for a table would run whatever somebody wrote into it.
            if db.execute("SELECT count(*) FROM sqlite_master WHERE type = 'view'").fetchone()[0]:
                raise LogDamaged(path=path, reason=Words("含有视图", "it has views in it"))
        except (LianjianError, sqlite3.OperationalError):
            db.close()  # busy, or not ours to read: nothing is wrong with the file
            raise
        except UNREADABLE as error:
            db.close()
            raise LogDamaged(path=path, reason=error) from error
        return cls(db, path)

    def close(self) -> None:
        """Close the file."""
        self.db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Reading.

    def size(self) -> int:
        """Return the number of entries."""
        row = self.db.execute("SELECT coalesce(max(position), -1) + 1 FROM entries").fetchone()
        return int(row[0])

    def rows(self, start: int, stop: int) -> Iterator[EntryRow]:
        """Yield the entries at positions start ≤ p < stop, in order."""
        sql = (
            f"SELECT {COLUMNS} FROM entries WHERE position >= ? AND position < ? ORDER BY position"
        )
        return map(EntryRow._make, self.db.execute(sql, (start, stop)))

    def row(self, position: int) -> EntryRow | None:
        """Return the entry at a position, or None."""
        return next(self.rows(position, position + 1), None)

    def by_id(self, id_: str) -> EntryRow | None:
        """Return the entry of an event id, or None."""
        found = self.db.execute(f"SELECT {COLUMNS} FROM entries WHERE id = ?", (id_,)).fetchone()
        return EntryRow._make(found) if found else None

    def stored(self, ids: Sequence[str]) -> set[str]:
        """Return those of many event ids that the log has, asked for all at once."""
        sql = "SELECT id FROM entries WHERE id IN (SELECT value FROM json_each(?))"
        return {id_ for (id_,) in self.db.execute(sql, (json.dumps(ids),))} if ids else set()

    def superseded_by(self, position: int) -> int | None:
        """Return the position of the entry that replaces the one at `position`, or None."""
        sql = "SELECT position FROM entries WHERE replaces = ?"
        found = self.db.execute(sql, (position,)).fetchone()
        return int(found[0]) if found else None

    def live_batch(self, batch: str) -> list[EntryRow]:
        """Return the entries of an import that nothing has superseded, in order."""
        sql = (
            f"SELECT {COLUMNS} FROM entries WHERE batch = ? AND position NOT IN "
            "(SELECT replaces FROM entries WHERE replaces IS NOT NULL) ORDER BY position"
        )
        return [EntryRow._make(r) for r in self.db.execute(sql, (batch,))]

    def recorded_before(self, recordedat: str) -> int:
        """Return how many entries were recorded at or before an instant (`recordedat` text).

        By bisection: recording times never go back.
        """
        low, high = 0, self.size()
        while low < high:
            middle = (low + high) // 2
            sql = "SELECT recordedat FROM entries WHERE position = ?"
            if self.db.execute(sql, (middle,)).fetchone()[0] <= recordedat:
                low = middle + 1
            else:
                high = middle
        return low

    def tile(self, level: int, index: int, width: int) -> bytes:
        """Return the first `width` hashes of a tile; LogDamaged where they are not there."""
        sql = "SELECT hashes FROM tiles WHERE level = ? AND tile = ?"
        found = self.db.execute(sql, (level, index)).fetchone()
        if found is None or not isinstance(found[0], bytes) or len(found[0]) < 32 * width:
            raise LogDamaged(path=self.path, reason=f"tile {level}/{index} is short or missing")
        return found[0][: 32 * width]

    def checkpoint(self) -> str:
        """Return the newest signed checkpoint, "" where nothing was ever signed."""
        found = self.db.execute("SELECT note FROM checkpoint WHERE one = 1").fetchone()
        return str(found[0]) if found else ""

    def known(self, kind: str, id_: str) -> int | None:
        """Return the position of the live entry that introduced an id, or None."""
        sql = "SELECT position FROM register WHERE kind = ? AND id = ? AND until IS NULL"
        found = self.db.execute(sql, (kind, id_)).fetchone()
        return int(found[0]) if found else None

    def introduced_at(self, position: int) -> list[tuple[str, str]]:
        """Return the (kind, id) pairs that the entry at a position introduced."""
        sql = "SELECT kind, id FROM register WHERE position = ?"
        return self.db.execute(sql, (position,)).fetchall()

    def first_known(self, kind: str, id_: str) -> int | None:
        """Return where an id was introduced first, even if it does not stand any more, or None."""
        sql = "SELECT min(position) FROM register WHERE kind = ? AND id = ?"
        found = self.db.execute(sql, (kind, id_)).fetchone()[0]
        return None if found is None else int(found)

    def last_of(self, kind: str) -> int | None:
        """Return where the last id of a kind was introduced, None where none ever was."""
        sql = "SELECT max(position) FROM register WHERE kind = ?"
        found = self.db.execute(sql, (kind,)).fetchone()[0]
        return None if found is None else int(found)

    def has_type(self, name: str) -> bool:
        """Tell whether any entry is of a type."""
        sql = "SELECT EXISTS (SELECT 1 FROM entries WHERE type = ?)"
        return bool(self.db.execute(sql, (name,)).fetchone()[0])

    def introductions(self, kind: str | None = None) -> list[RegisterRow]:
        """Return the live introductions, of one kind or of all, in order of recording."""
        sql = (
            "SELECT kind, id, position, until FROM register WHERE until IS NULL "
            "AND kind = coalesce(?, kind) ORDER BY position"
        )
        return [RegisterRow._make(r) for r in self.db.execute(sql, (kind,))]

    def disclosure(self, digest: str) -> str | None:
        """Return the disclosure behind a digest, or None where it was destroyed."""
        sql = "SELECT disclosure FROM disclosures WHERE digest = ?"
        found = self.db.execute(sql, (digest,)).fetchone()
        return str(found[0]) if found else None

    def sealing(self, digest: str) -> Iterator[EntryRow]:
        """Yield the entries whose bytes have a digest in them; a scan of the log."""
        sql = f"SELECT {COLUMNS} FROM entries WHERE instr(entry, ?) ORDER BY position"
        return map(EntryRow._make, self.db.execute(sql, (digest.encode(),)))

    def checkpointed(self, patience: float = PATIENCE) -> bool:
        """Write the WAL back into the database and cut it to nothing; False where it is in use.

        Whoever still reads an older state of the log needs the WAL, and is waited for.
        """
        self.db.execute(f"PRAGMA busy_timeout = {round(patience * 1000)}")
        try:
            return not self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        finally:
            self.db.execute(f"PRAGMA busy_timeout = {PATIENCE * 1000}")

    # Writing; inside the caller's transaction.

    def insert(
        self,
        rows: Sequence[EntryRow],
        register: Sequence[RegisterRow],
        disclosures: Iterable[tuple[str, int, str]],
        tiles: Mapping[tuple[int, int], bytes],
    ) -> None:
        """Add entries with what is derived from them, and close the register rows they end."""
        marks = ", ".join("?" * len(EntryRow._fields))
        self.db.executemany(f"INSERT OR ROLLBACK INTO entries ({COLUMNS}) VALUES ({marks})", rows)
        ended = [(r.position, r.replaces) for r in rows if r.replaces is not None]
        self.db.executemany("INSERT INTO register VALUES (?, ?, ?, ?)", register)
        self.db.executemany("UPDATE register SET until = ? WHERE position = ?", ended)
        self.db.executemany("INSERT INTO disclosures VALUES (?, ?, ?)", disclosures)
        # A tile that grows stays where it is: to replace it would write its index page as well.
        self.db.executemany(
            "INSERT INTO tiles VALUES (?, ?, ?) "
            "ON CONFLICT (level, tile) DO UPDATE SET hashes = excluded.hashes",
            [(level, index, hashes) for (level, index), hashes in tiles.items()],
        )

    def destroy(self, digests: Collection[str]) -> None:
        """Delete disclosures, and write those that stay anew, so that no copy of a row is left.

        `secure_delete` overwrites a row where it stands and a page that is given up. But a page
        that was split when the table grew may keep, in its unused middle, what has moved to another
        page since: a DELETE alone was measured to leave nearly one text in a hundred readable.
        """
        self.db.execute(f"CREATE TABLE disclosures_kept ({DISCLOSURE}) STRICT, WITHOUT ROWID")
        self.db.execute(
            "INSERT INTO disclosures_kept SELECT * FROM disclosures "
            "WHERE digest NOT IN (SELECT value FROM json_each(?)) ORDER BY digest",
            (json.dumps(list(digests)),),
        )
        self.db.execute("DELETE FROM disclosures")
        self.db.execute("INSERT INTO disclosures SELECT * FROM disclosures_kept ORDER BY digest")
        self.db.execute("DROP TABLE disclosures_kept")

    def put_checkpoint(self, size: int, note: str) -> None:
        """Make `note` the newest signed checkpoint."""
        self.db.execute("INSERT OR REPLACE INTO checkpoint VALUES (1, ?, ?)", (size, note))
