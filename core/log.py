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
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from attrs import evolve, frozen
from filelock import FileLock

from lianjian.core.checkpoint import (
    Checkpoint,
    SigningKey,
    VerifierKey,
    open_checkpoint,
    sign_note,
)
from lianjian.core.door import VOIDED, Door, Taken
from lianjian.core.errors import (
    BadKey,
    ClockBehind,
    HistoryRewritten,
    LianjianError,
    LogDamaged,
    NoSuchBatch,
    NoSuchEvent,
    OtherLog,
    RolledBack,
    Words,
)
from lianjian.core.event import Draft, EventType, Unfit, event_type, utc_text
from lianjian.core.guard import Held
from lianjian.core.keys import statement
from lianjian.core.notices import ERASURE, Erased, KeyRotated, Voided
from lianjian.core.records import LOG_KEY, Records
from lianjian.core.store import UNREADABLE, EntryRow, Store, transaction
from lianjian.core.tree import (
    consistency_proof,
    extend,
    frontier_root,
    frontier_tiles,
    leaf_hash,
    root,
    verify_consistency,
)

CLOCK_SLACK = timedelta(minutes=5)
ERASE = event_type(Erased).command


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
        self.lock = FileLock(records.path / "log.lock", poll_interval=0.005)
        self._trusted: tuple[int, int, str] | None = None
        if records.next_key.exists():
            with self.lock:  # another process may be at it
                self._load_key()
        else:
            self._load_key()

    def _load_key(self) -> None:
        """Read the signing key, once a rotation that was cut short is finished or dropped."""
        try:
            keys = self.records.keys(self.store)
            self._rotated = self.store.last_of(LOG_KEY)
        except UNREADABLE as error:
            raise LogDamaged(path=self.records.log, reason=error) from error
        if self.records.next_key.exists():
            self.records.settle_key(keys.newest)
            self.records = evolve(self.records)  # its guard's copy is found by the key
        self._key: SigningKey = self.records.signing_key()
        self._verifier: VerifierKey = self.records.verifier_key()
        if self._key.verifier != self._verifier:
            raise BadKey(why=Words("与 keys/log.vkey 不成对", "it does not go with keys/log.vkey"))
        if self._verifier != keys.newest:
            raise BadKey(
                why=Words("日志已改用另一密钥签名", "the log has been signed by another key since")
            )

    def _check_key(self) -> None:
        """Take the new key up where somebody else has rotated it since we read ours."""
        if self._rotated != self.store.last_of(LOG_KEY):
            self.records = evolve(self.records)
            self._load_key()

    @classmethod
    def open(
        cls,
        records: Records,
        types: Mapping[str, EventType],
        installed: Mapping[str, frozenset[str]] | None = None,
    ) -> Self:
        """Open the log of a records folder for appending.

        Raises what `Store.open` and `Records.signing_key` raise, and BadKey where the key that
        would sign is not the one that everybody verifies with.
        """
        store = Store.open(records.log, read_only=False)
        try:
            return cls(records, store, types, installed)
        except LianjianError:
            store.close()
            raise

    def close(self) -> None:
        """Close the database."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def append(self, drafts: Iterable[Draft | Unfit], *, command: str = "") -> Appended:
        """Check, add and sign events: all of them, or none.

        `command` is the one that they come from, for types that nothing else may record. With that
        of `erased`, every text that was erased by then is destroyed in the same transaction.

        An `Unfit` among them is what an importer could not make an event of; it is reported with
        the rest. Drafts may refer to earlier ones of the same append. One that says what an entry
        with the same id says already is passed over.

        Raises Refused with every fault of every draft; RolledBack, HistoryRewritten, OtherLog,
        GuardDamaged or LogDamaged where the log is not what was signed; ClockBehind.
        """
        drafts = list(drafts)
        with self.lock:
            self._check_key()
            return self._write(lambda: drafts, command)

    def rotate(self, recorder: str) -> Appended:
        """Put a new key in the place of the log's, recorded and signed by both.

        The old signing key is gone afterwards. A rotation that is cut short is finished, or never
        was, when the log is opened for writing the next time. Raises what `append` does.
        """
        with self.lock:
            self._check_key()
            new = self.records.prepare_key()

            def drafts() -> list[Draft | Unfit]:
                said = statement(self.store.size(), self._key, new)
                event = KeyRotated(key=new.verifier.key_id.hex(), statement=said)
                return [Draft(event=event, recorder=recorder)]

            done = self._write(drafts, event_type(KeyRotated).command, new)
            self._check_key()
            self.records.remember(done.note)  # by the new key's name, too
            return done

    def _write(
        self,
        drafts: Callable[[], Sequence[Draft | Unfit]],
        command: str,
        *signers: SigningKey,
    ) -> Appended:
        """Append in a transaction of its own, signed by the log's key and by further ones."""
        with self._transaction("IMMEDIATE"):
            version = self._version()
            held = self._check_history(version)
            appended = self._append(drafts(), command, signers)
            if command == ERASE:
                self.store.destroy([row.id for row in self.store.introductions(ERASURE)])
        if held is None or held.note != appended.note:
            self.records.remember(appended.note)
        self._trusted = version, self.store.db.total_changes, appended.note
        return evolve(appended, guard_was_missing=held is None)

    def check(self, drafts: Iterable[Draft | Unfit]) -> int:
        """Check events as `append` would, write nothing, and return how many would be added."""
        drafts = list(drafts)
        with self.lock, self._transaction("DEFERRED"):
            self._check_history(self._version())
            return len(self._taken(drafts, self._now()).rows)

    @contextmanager
    def _transaction(self, kind: str) -> Iterator[None]:
        if not self.store.in_place():
            reason = Words(
                "打开期间被移走或替换", "it was moved away or replaced while it was open"
            )
            raise LogDamaged(path=self.records.log, reason=reason)
        try:
            with transaction(self.store.db, kind):
                yield
        except sqlite3.OperationalError:
            raise  # a full disk, a lock held for a minute: the log is as it was
        except sqlite3.DatabaseError as error:
            raise LogDamaged(path=self.records.log, reason=error) from error

    def _append(
        self, drafts: Sequence[Draft | Unfit], command: str, signers: Sequence[SigningKey]
    ) -> Appended:
        size = self.store.size()
        taken = self._taken(drafts, self._now(), command)
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
            note = sign_note(tree.text(), self._key, *signers)
            self.store.put_checkpoint(total, note)
        return Appended(
            taken.positions, taken.ids, len(taken.rows), note, frozenset(taken.unchecked)
        )

    def _taken(self, drafts: Sequence[Draft | Unfit], recordedat: str, command: str = "") -> Taken:
        origin = self.records.origin
        door = Door(self.store, self.types, self.installed, origin, recordedat, command)
        return door.take(drafts)

    def _now(self) -> str:
        """Return the recording time: now, but never before the last one.

        Raises ClockBehind where the clock is more than five minutes behind it.
        """
        now = datetime.now(UTC)
        last = self.store.row(self.store.size() - 1)
        if last is None:
            return utc_text(now)
        try:
            before = datetime.fromisoformat(last.recordedat).astimezone(UTC)
        except (ValueError, TypeError, OverflowError) as error:
            raise LogDamaged(path=self.records.log, reason=error) from error
        if before - now > CLOCK_SLACK:
            raise ClockBehind(now=utc_text(now), last=last.recordedat)
        return utc_text(max(now, before))

    def _version(self) -> int:
        """Return SQLite's counter of changes made by others, and so not through this object."""
        return int(self.store.db.execute("PRAGMA data_version").fetchone()[0])

    def _check_history(self, version: int) -> Held | None:
        """Compare the database with what was signed, and return what the guard holds.

        A database that is ahead and consistent is what a crash between the commit and the guard
        leaves behind; the guard is moved on afterwards. A guard that is ahead, or another history,
        is refused. What nobody has touched since our own last append is not compared again.
        """
        remembered = self.records.remembered()
        state = version, self.store.db.total_changes
        if not remembered or any((*state, h.note) != self._trusted for h in remembered.values()):
            signed = self._signed()
            for path, held in remembered.items():
                self._compare(path, held.checkpoint, signed)
        return remembered.get(self.records.guard.path)

    def _signed(self) -> Checkpoint:
        """Return the database's own checkpoint, which must cover exactly its entries and tree."""
        try:
            signed = open_checkpoint(self.store.checkpoint(), self.records.origin, self._verifier)
        except LianjianError as error:
            raise LogDamaged(path=self.records.log, reason=error) from error
        size = self.store.size()
        if signed.size != size:
            reason = f"{size} entries, but {signed.size} are signed"
            raise LogDamaged(path=self.records.log, reason=reason)
        if root(size, self.store) != signed.root:
            raise HistoryRewritten(signed=size, guard=self.records.guard.path)
        return signed

    def _compare(self, guard: Path, held: Checkpoint, signed: Checkpoint) -> None:
        """Refuse a log that does not begin with what a guard holds.

        It takes a consistency proof: tiles alone could be doctored to give the old root at the old
        size and another history under the new one.
        """
        if held.origin != self.records.origin:
            raise OtherLog(path=guard, found=held.origin, expected=self.records.origin)
        if held.size > signed.size:
            raise RolledBack(size=signed.size, signed=held.size, guard=guard)
        proof = consistency_proof(held.size, signed.size, self.store)
        if not verify_consistency(held.size, held.root, signed.size, signed.root, proof):
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


def again(store: Store, drafts: Iterable[Draft | Unfit]) -> list[Draft | Unfit]:
    """Return drafts to record anew: an id that was voided becomes the next free one, ID.2, ID.3, ….

    Where ID.2 stands already it is that one, so that the same drafts again add nothing. What was
    corrected stands in its correction, and a draft that replaces another is left as it is.
    """
    drafts = list(drafts)
    named = {d.id for d in drafts if isinstance(d, Draft)}
    return [
        evolve(d, id=_free_id(store, d.id, named))
        if isinstance(d, Draft) and d.id and not d.replaces
        else d
        for d in drafts
    ]


def _free_id(store: Store, id_: str, named: Collection[str]) -> str:
    """Return an id, or the first ID.2, ID.3, … that was not voided and is none of the named."""
    free, n = id_, 1
    while (free != id_ and free in named) or _was_voided(store, free):
        n += 1
        free = f"{id_}.{n}"
    return free


def _was_voided(store: Store, id_: str) -> bool:
    row = store.by_id(id_)
    by = None if row is None else store.superseded_by(row.position)
    ended = None if by is None else store.row(by)
    return ended is not None and ended.type == VOIDED


def find_event(store: Store, name: str) -> EntryRow:
    """Return the entry with an id, or at a position written as digits; NoSuchEvent otherwise."""
    found = store.by_id(name)
    if found is None and re.fullmatch(r"\d{1,15}", name, re.ASCII):
        found = store.row(int(name))
    if found is None:
        raise NoSuchEvent(id=name)
    return found
