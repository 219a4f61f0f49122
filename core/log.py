"""The log: the only writer. It checks, appends and signs.

    log = Log.open(records, types)
    log.append([Draft(event=VisitHeld(…), recorder="xuanjiao")])

An append is all or nothing. Under one lock: the guard is compared with the database, every draft is
checked at the door (and every fault reported), entries, tree and signed checkpoint are written in
one transaction, and the guard is moved on. A log that lacks or contradicts what was signed before
is refused: we do not know its state, so nothing is signed until a person decides.
"""

import re
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Self

from attrs import evolve, frozen
from filelock import FileLock

from lianjian.core.activities import Voided
from lianjian.core.checkpoint import Checkpoint, SigningKey, open_checkpoint, sign_note
from lianjian.core.door import Door, Taken
from lianjian.core.errors import (
    ClockBehind,
    HistoryRewritten,
    LianjianError,
    LogDamaged,
    NoSuchBatch,
    NoSuchEvent,
    OtherLog,
    RolledBack,
)
from lianjian.core.event import Draft, EventType, Unfit, utc_text
from lianjian.core.guard import Held, newest
from lianjian.core.records import Records
from lianjian.core.store import EntryRow, Store, transaction
from lianjian.core.tree import extend, frontier_root, frontier_tiles, leaf_hash, root

CLOCK_SLACK = timedelta(minutes=5)


@frozen
class Appended:
    """What an append did.

    `positions` are those of the drafts, in their order; `added` counts the new ones, the others
    were there already. `note` is the checkpoint after it. `unchecked` are (kind, id) references
    that no installed family can check. `guard_was_missing` tells that there was nothing to compare
    the log with, which is trusted once.
    """

    positions: tuple[int, ...]
    ids: tuple[str, ...]
    added: int
    note: str
    unchecked: frozenset[tuple[str, str]] = frozenset()
    guard_was_missing: bool = False


class Log:
    """An open log, to append to. Use it as a context manager, or `close` it.

    `types` are the installed event types by name, `installed` the names that are installed and not
    recorded (of indicators), by kind.
    """

    def __init__(
        self,
        records: Records,
        store: Store,
        types: Mapping[str, EventType],
        installed: Mapping[str, frozenset[str]] | None = None,
    ) -> None:
        self.records = records
        self.store = store
        self.types = types
        self.installed = installed or {}
        self._key: SigningKey = records.signing_key()
        self._lock = FileLock(records.path / "log.lock", poll_interval=0.005)
        self._trusted: tuple[int, str] | None = None

    @classmethod
    def open(
        cls,
        records: Records,
        types: Mapping[str, EventType],
        installed: Mapping[str, frozenset[str]] | None = None,
    ) -> Self:
        """Open the log of a records folder for appending.

        Raises what `Store.open` and `Records.signing_key` raise.
        """
        records.signing_key()
        return cls(records, Store.open(records.log, read_only=False), types, installed)

    def close(self) -> None:
        """Close the database."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def append(self, drafts: Iterable[Draft | Unfit]) -> Appended:
        """Check, add and sign events: all of them, or none.

        An `Unfit` among them is what an importer could not make an event of; it is reported with
        the rest. Drafts may refer to earlier ones of the same append. One that says what an entry with the
        same id says already is passed over.

        Raises Refused with every fault of every draft; RolledBack, HistoryRewritten, OtherLog or
        GuardDamaged where the log is not what was signed; ClockBehind.
        """
        with self._lock:
            try:
                with transaction(self.store.db):
                    held = self._check_history()
                    appended = self._append(list(drafts))
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError as error:
                raise LogDamaged(path=self.records.log, reason=error) from error
            if appended.added or held is None or held.note != appended.note:
                self.records.remember(appended.note)
            self._trusted = self._version(), appended.note
        return evolve(appended, guard_was_missing=held is None)

    def check(self, drafts: Iterable[Draft | Unfit]) -> int:
        """Check events as `append` would, write nothing, and return how many would be added."""
        with self._lock, transaction(self.store.db, "DEFERRED"):
            self._check_history()
            taken = self._taken(list(drafts), self._now())
            return len(taken.rows)

    def _append(self, drafts: Sequence[Draft | Unfit]) -> Appended:
        size = self.store.size()
        taken = self._taken(drafts, self._now())
        note = self.store.checkpoint()
        if taken.rows:
            leaves = [leaf_hash(row.entry) for row in taken.rows]
            partial = {
                level: self.store.tile(level, index, width)
                for level, index, width in frontier_tiles(size)
            }
            tiles, frontier = extend(size, partial, leaves)
            self.store.insert(taken.rows, taken.register, taken.disclosures, tiles)
            total = size + len(leaves)
            tree = Checkpoint(self.records.origin, total, frontier_root(frontier))
            note = sign_note(tree.text(), self._key)
            self.store.put_checkpoint(total, note)
        return Appended(
            taken.positions, taken.ids, len(taken.rows), note, frozenset(taken.unchecked)
        )

    def _taken(self, drafts: Sequence[Draft | Unfit], recordedat: str) -> Taken:
        door = Door(self.store, self.types, self.installed, self.records.origin, recordedat)
        return door.take(drafts)

    def _now(self) -> str:
        """Return the recording time: now, but never before the last one.

        Raises ClockBehind where the clock is more than five minutes behind it.
        """
        now = datetime.now(UTC)
        last = self.store.row(self.store.size() - 1)
        if last is None:
            return utc_text(now)
        before = datetime.fromisoformat(last.recordedat)
        if before - now > CLOCK_SLACK:
            raise ClockBehind(now=utc_text(now), last=last.recordedat)
        return utc_text(max(now, before))

    def _version(self) -> int:
        """Return SQLite's counter of changes made by others, and so not through this object."""
        return int(self.store.db.execute("PRAGMA data_version").fetchone()[0])

    def _check_history(self) -> Held | None:
        """Compare the database with what was signed, and return what the guard holds.

        A database that is ahead and consistent is what a crash between the commit and the guard
        leaves behind; the guard is moved on afterwards. A guard that is ahead, or another history,
        is refused.
        """
        guard, copy = self.records.guard.read(), self._copy()
        held = newest(guard, copy)
        signed = self._signed()
        if held is not None and self._trusted != (self._version(), held.note):
            self._compare(held.checkpoint, signed)
        return guard

    def _copy(self) -> Held | None:
        try:
            return self.records.guard_copy().read()
        except (OSError, LianjianError):
            return None  # it is a second chance, not a second truth

    def _signed(self) -> Checkpoint:
        """Return the database's own checkpoint, which must cover exactly its entries."""
        try:
            signed = open_checkpoint(
                self.store.checkpoint(), self.records.origin, self.records.verifier_key()
            )
        except LianjianError as error:
            raise LogDamaged(path=self.records.log, reason=error) from error
        size = self.store.size()
        if signed.size != size:
            reason = f"{size} entries, but {signed.size} are signed"
            raise LogDamaged(path=self.records.log, reason=reason)
        return signed

    def _compare(self, held: Checkpoint, signed: Checkpoint) -> None:
        guard = self.records.guard.path
        if held.origin != self.records.origin:
            raise OtherLog(path=guard, found=held.origin, expected=self.records.origin)
        if held.size > signed.size:
            raise RolledBack(size=signed.size, signed=held.size, guard=guard)
        if root(held.size, self.store) != held.root or root(signed.size, self.store) != signed.root:
            raise HistoryRewritten(signed=held.size, guard=guard)


# Correcting is recording.


def voids(store: Store, recorder: str, why: str, *, id_: str = "", batch: str = "") -> list[Draft]:
    """Return the drafts that take back one event, or all of an import that still stands.

    Raises NoSuchEvent or NoSuchBatch where there is nothing to take back.
    """
    if batch:
        # Backwards, so that what refers goes before what it refers to.
        targets = [row.id for row in reversed(store.live_batch(batch))]
        if not targets:
            raise NoSuchBatch(batch=batch)
    else:
        targets = [find_event(store, id_).id]
    return [Draft(event=Voided(why=why), recorder=recorder, replaces=t) for t in targets]


def find_event(store: Store, name: str) -> EntryRow:
    """Return the entry with an id, or at a position written as digits; NoSuchEvent otherwise."""
    found = store.by_id(name)
    if found is None and re.fullmatch(r"\d{1,15}", name, re.ASCII):
        found = store.row(int(name))
    if found is None:
        raise NoSuchEvent(id=name)
    return found
