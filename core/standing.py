"""What stands: the log as it is, and upon it the drafts of one append that have passed the door.

A draft may refer to an earlier one of the same append, correct it or take it back, and so nothing
is asked of the log alone. Here is one view of both:

    standing.by_id("6f…")                 the entry or earlier draft with an event id
    standing.is_live(("base", "lianyuan"))   whether an id may be referred to
    standing.add(known, target, ids)      a draft has passed: what it introduces and supersedes

It decides nothing; `door.py` does.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from lianjian.core.errors import LogDamaged
from lianjian.core.event import Draft, EventType, read_envelope
from lianjian.core.names import Key, introductions, known_names, name_of, read_entry, refers
from lianjian.core.shapes import mentions
from lianjian.core.store import EntryRow, Store


class Known(NamedTuple):
    """An entry that stands already, or that an earlier draft of the same append became.

    `draft` is what it once was; its event is None where no installed type can read it.
    """

    position: int
    type: str
    draft: Draft


class Standing:
    """The log in `store`, and what one append has added to it so far."""

    def __init__(self, store: Store, types: Mapping[str, EventType]) -> None:
        self.store = store
        self.types = types
        self.size = store.size()
        # What this append has done: by event id, by (kind, id), and by position.
        self._drafts: dict[str, Known] = {}
        self._new: dict[Key, Known] = {}
        self._gone: set[Key] = set()
        self._first: dict[Key, int] = {}
        self._superseded: dict[int, int] = {}
        self._disclosures: dict[str, str] = {}
        self._promised: set[Key] = set()
        # What was looked up in the log once; it does not change meanwhile.
        self._stored: set[str] = set()
        self._live: dict[Key, bool] = {}
        self._names: dict[str, dict[str, str]] = {}

    def expect(self, ids: Sequence[str]) -> None:
        """Look up many event ids at once, for `has`."""
        self._stored |= self.store.stored(ids)

    def add(self, known: Known, target: Known | None, ids: Sequence[Key]) -> None:
        """Note a draft that has passed, what it supersedes and what it introduces."""
        self._drafts[known.draft.id] = known
        if target:
            self._superseded[target.position] = known.position
            for key in self.introduced_by(target):
                self._new.pop(key, None)
                self._gone.add(key)
        for key in ids:
            self._new[key] = known
            self._gone.discard(key)
            self._first.setdefault(key, known.position)

    def promise(self, ids: Iterable[Key]) -> None:
        """Note what a refused draft would have introduced: references to it are no faults."""
        self._promised.update(ids)

    # Events.

    def has(self, id_: str) -> bool:
        """Tell whether an expected event id is there."""
        return id_ in self._stored or id_ in self._drafts

    def by_id(self, id_: str) -> Known | None:
        """Return the entry with an event id, or None."""
        known = self._drafts.get(id_)
        if known is None:
            row = self.store.by_id(id_)
            known = self._entry(row) if row else None
        return known

    def _entry(self, row: EntryRow) -> Known:
        """Return an entry of the log as the draft that it once was; LogDamaged where it is none."""
        try:
            envelope = read_envelope(row.entry)
        except (msgspec.MsgspecError, TypeError) as error:
            reason = f"position {row.position}: {error}"
            raise LogDamaged(path=self.store.path, reason=reason) from error
        event = read_entry(self.types.get(row.type), row.entry, row.version)
        return Known(
            row.position,
            row.type,
            Draft(
                event=event,
                recorder=envelope.recorder,
                id=envelope.id,
                time=envelope.time,
                subject=envelope.subject,
                replaces=envelope.replaces,
                batch=envelope.batch,
            ),
        )

    def superseded_by(self, known: Known) -> int | None:
        """Return the position of what replaces an entry, or None."""
        by = self._superseded.get(known.position)
        return self.store.superseded_by(known.position) if by is None else by

    # Ids.

    def is_live(self, key: Key) -> bool:
        """Tell whether an id may be referred to."""
        if key in self._new or key in self._promised:
            return True
        if key in self._gone:
            return False
        if key not in self._live:
            self._live[key] = self.store.known(*key) is not None
        return self._live[key]

    def introducer(self, key: Key) -> Known | None:
        """Return the live entry that introduces an id, or None."""
        if key in self._new or key in self._gone:
            return self._new.get(key)
        position = self.store.known(*key)
        row = None if position is None else self.store.row(position)
        return self._entry(row) if row else None

    def introduced_by(self, known: Known) -> list[Key]:
        """Return what an entry introduced; the register knows, whoever can read the entry."""
        if known.position < self.size:
            return self.store.introduced_at(known.position)
        return introductions(known.draft.event)

    def first(self, key: Key) -> int | None:
        """Return where an id was introduced first, even if it stands no more, or None."""
        return self._first.get(key, self.store.first_known(*key))

    def corrects(self, target: Known | None, key: Key) -> bool:
        """Tell whether an entry, or what it is a correction of, introduced an id."""
        while target and key not in self.introduced_by(target):
            target = self.by_id(target.draft.replaces) if target.draft.replaces else None
        return target is not None

    def gone(self) -> set[Key]:
        """Return the ids that this append takes away."""
        return {key for key in self._gone if not self.is_live(key)}

    def names(self, kind: str) -> dict[str, str]:
        """Return the live ids of a kind with their names, for hints."""
        if kind not in self._names:
            found = {
                i: n
                for k, i, n in known_names(self.store, self.types, kind)
                if (k, i) not in self._gone
            }
            new = {i: name_of(k.draft.event) for (k_, i), k in self._new.items() if k_ == kind}
            self._names[kind] = found | new
        return self._names[kind]

    def live_events(self, kinds: set[str]) -> Iterator[tuple[int, Any]]:
        """Yield (position, object) of every live event that may refer to ids of some kinds.

        Raises LogDamaged where one cannot be read: it may refer to anything.
        """
        types = {
            name: t
            for name, t in self.types.items()
            if any(refers(mark) & kinds for mark, _ in mentions(t.cls))
        }
        marks = ", ".join("?" * len(types))
        sql = (
            f"SELECT position, type, version, entry FROM entries WHERE type IN ({marks}) "
            "AND position NOT IN (SELECT replaces FROM entries WHERE replaces IS NOT NULL)"
        )
        for position, type_, version, entry in self.store.db.execute(sql, tuple(types)):
            if position in self._superseded:
                continue
            event = read_entry(types[type_], entry, version)
            if event is None:
                raise LogDamaged(path=self.store.path, reason=f"position {position}: {type_}")
            yield position, event
        for known in self._drafts.values():
            if known.position not in self._superseded:
                yield known.position, known.draft.event

    # The texts behind sealed fields.

    def disclosure(self, digest: str) -> str | None:
        """Return the text behind a digest, or None where it is not there, or no more."""
        return self._disclosures.get(digest) or self.store.disclosure(digest)

    def disclose(self, digest: str, disclosure: str) -> None:
        """Note the text that a draft brings."""
        self._disclosures[digest] = disclosure
