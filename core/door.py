"""The door of the log: what is asked of events before they go in, once and nowhere else.

For each draft: is its type installed; do its fields fit; are its terms in the vocabularies and its
references known; does it introduce what is new; may it supersede what it says it does; is it there
already. Every fault of every draft is found before anything is written. What makes no sense across
events (a visit while the base was closed) is not the door's business: it was reported by somebody,
so it is recorded, and an indicator lists it.
"""

import re
import secrets
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from attrs import evolve, field, frozen, mutable

from lianjian.core.activities import Voided
from lianjian.core.errors import (
    AlreadyKnown,
    AlreadySuperseded,
    BadId,
    EntryTooLarge,
    Fault,
    InTheFuture,
    NothingToReplace,
    OtherType,
    Refused,
    SameIdOtherContent,
    StillReferred,
    UnknownEventType,
    UnknownReference,
    UnknownTerm,
    Words,
)
from lianjian.core.event import (
    LARGEST_ENTRY,
    SHANGHAI,
    Draft,
    EventType,
    Unfit,
    check_time,
    data_faults,
    disclosure_digest,
    encode_entry,
    event_type,
    open_disclosure,
    read_envelope,
    stated_time,
    text_attribute_faults,
)
from lianjian.core.identifiers import resident_id_in
from lianjian.core.shapes import (
    LONGEST_ID,
    Mark,
    New,
    Ref,
    Term,
    digests,
    is_id,
    kind_of,
    marked,
    mentions,
    nearest,
    plain,
    sealed_fields,
)
from lianjian.core.store import EntryRow, RegisterRow, Store
from lianjian.core.vocabulary import installed as installed_vocabularies

TERM_KIND = "term:"


@mutable
class Taken:
    """Drafts that passed: rows to write, and where each draft stands (or stood already)."""

    rows: list[EntryRow] = field(factory=list)
    register: list[RegisterRow] = field(factory=list)
    disclosures: list[tuple[str, int, str]] = field(factory=list)
    positions: tuple[int, ...] = ()
    ids: tuple[str, ...] = ()
    unchecked: set[tuple[str, str]] = field(factory=set)


@frozen
class _Known:
    """An entry that stands already, or that an earlier draft of the same append became."""

    position: int
    draft: Draft


class Door:
    """Checks one append against the log as it is, inside the writer's transaction."""

    def __init__(
        self,
        store: Store,
        types: Mapping[str, EventType],
        installed: Mapping[str, frozenset[str]],
        source: str,
        recordedat: str,
    ) -> None:
        self.store = store
        self.types = types
        self.installed = installed
        self.source = source
        self.recordedat = recordedat
        self.today = datetime.fromisoformat(recordedat).astimezone(SHANGHAI).date()
        self.terms = installed_vocabularies()
        self.introduced = {
            mark.kind.split("{")[0]
            for t in types.values()
            for mark, _ in mentions(t.cls)
            if isinstance(mark, New)
        }
        self.size = store.size()
        self.taken = Taken()
        self._drafts: dict[str, _Known] = {}
        self._new: dict[tuple[str, str], _Known] = {}
        self._gone: dict[tuple[str, str], int] = {}
        self._promised: set[tuple[str, str]] = set()
        self._superseded: dict[int, int] = {}
        self._seen: dict[tuple[str, str], int | None] = {}
        self._names: dict[str, dict[str, str]] = {}

    def take(self, drafts: Sequence[Draft | Unfit]) -> Taken:
        """Return what is to be written for the drafts; raise Refused with every fault.

        A fault's `number` is that of its draft, counted from 0.
        """
        found: list[Fault] = []
        positions, ids = [], []
        for i, draft in enumerate(drafts):
            try:
                if isinstance(draft, Unfit):
                    raise Refused(self._unfit_faults(draft))
                known = self._take(draft)
            except Refused as refused:
                place = Words(f"第 {i + 1} 个", f"event {i + 1}") if len(drafts) > 1 else None
                for fault in refused.faults:
                    fault.place = fault.place or place
                    fault.number = i
                    found.append(fault)
            else:
                positions.append(known.position)
                ids.append(known.draft.id)
        found = found or list(self._still_referred())
        if found:
            raise Refused(found)
        self.taken.positions, self.taken.ids = tuple(positions), tuple(ids)
        return self.taken

    def _unfit_faults(self, unfit: Unfit) -> list[Fault]:
        found = list(unfit.faults)
        if unfit.type and isinstance(unfit.data, dict):
            # What it would have introduced counts, or each reference to it would be a fault too.
            self._promised.update(
                (kind_of(mark, unfit.data), text)
                for mark, text, _ in marked(unfit.type.shape, unfit.data)
                if isinstance(mark, New)
            )
            told = {fault.path for fault in found}
            for mark, text, path in marked(unfit.type.shape, unfit.data):
                fault = self._mention_fault(mark, text, unfit.data, None)
                if fault and path not in told:
                    found.append(fault.at(path))
        return found

    def _take(self, draft: Draft) -> _Known:
        type_ = event_type(draft.event)
        if self.types.get(type_.name) is not type_:
            close = ", ".join(nearest(type_.name, self.types) or sorted(self.types))
            raise Refused([UnknownEventType(type=type_.name, close=close)])
        data = plain(draft.event)
        found = self._data_faults(draft, data)
        if found:
            raise Refused([*found, *self._envelope_faults(draft)])
        draft = self._completed(draft)
        same = self._same_id(draft, data)
        if same:
            return same
        found += self._envelope_faults(draft)
        target = None
        try:
            target = self._target(draft)
            alike = self._alike_introduction(draft, data, target)
            if alike:
                return alike
        except Refused as refused:
            found += refused.faults
        found += self._mention_faults(draft, data, target)
        position = self.size + len(self.taken.rows)
        if found:
            # As for an Unfit: what it would have introduced is not unknown to those behind it.
            self._promised.update(introductions(draft.event))
            raise Refused(found)
        entry = encode_entry(draft, data, self.source, self.recordedat)
        if len(entry) > LARGEST_ENTRY:
            raise Refused([EntryTooLarge(size=len(entry))])
        return self._accept(draft, data, type_, position, target, entry)

    def _accept(
        self,
        draft: Draft,
        data: dict[str, Any],
        type_: EventType,
        position: int,
        target: _Known | None,
        entry: bytes,
    ) -> _Known:
        known = self._drafts[draft.id] = _Known(position, draft)
        replaces = target.position if target else None
        self.taken.rows.append(
            EntryRow(
                position,
                draft.id,
                type_.name,
                type_.version,
                self.recordedat,
                replaces,
                draft.batch or None,
                entry,
            )
        )
        if target:
            self._superseded[target.position] = position
            for key in introductions(target.draft.event):
                self._new.pop(key, None)
                self._gone[key] = position
        for kind, id_ in introductions(draft.event):
            self.taken.register.append(RegisterRow(kind, id_, position, None))
            self._new[kind, id_] = known
            self._gone.pop((kind, id_), None)
        if draft.disclosures:
            wanted = set(digests(data))
            for disclosure in draft.disclosures:
                digest = disclosure_digest(disclosure)
                if digest in wanted:
                    self.taken.disclosures.append((digest, position, disclosure))
        return known

    # Fields and envelope.

    def _data_faults(self, draft: Draft, data: dict[str, Any]) -> list[Fault]:
        """Check an object's types and texts quickly, and slowly only where something is wrong."""
        try:
            text = msgspec.json.encode(data)
            fits = msgspec.json.decode(text, type=type(draft.event)) == draft.event
            plain_text = text.decode()
        except (msgspec.MsgspecError, ValueError, TypeError, OverflowError):
            fits, plain_text = False, ""
        if fits and not _LONG_NUMBER.search(plain_text) and not resident_id_in(plain_text):
            return []
        return data_faults(draft.event)

    def _envelope_faults(self, draft: Draft) -> list[Fault]:
        found = list(
            text_attribute_faults(
                {
                    "id": draft.id,
                    "subject": draft.subject,
                    "recorder": draft.recorder,
                    "replaces": draft.replaces,
                    "batch": draft.batch,
                    "why": draft.why,
                }
            )
        )
        day = getattr(draft.event, "day", None)
        if day and event_type(draft.event).happened and day > self.today:
            found.append(InTheFuture(day=day).at("day"))
        return found

    def _completed(self, draft: Draft) -> Draft:
        stated = stated_time(draft.event)
        if draft.time:
            try:
                time = check_time(draft.time, draft.event)
            except Fault as fault:
                raise Refused([fault]) from None
        else:
            now = datetime.fromisoformat(self.recordedat).astimezone(SHANGHAI)
            time = stated or now.isoformat(timespec="seconds")
        return evolve(draft, id=draft.id or secrets.token_hex(12), time=time)

    # What stands already.

    def _entry(self, row: EntryRow) -> _Known:
        """Return an entry of the log as the draft that it once was."""
        envelope = read_envelope(row.entry)
        type_ = self.types.get(row.type)
        event = type_.read(row.entry, row.version) if type_ else None
        return _Known(
            row.position,
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

    def _same_id(self, draft: Draft, data: dict[str, Any]) -> _Known | None:
        """Return the entry with the draft's id where it says the same; refuse where it does not."""
        known = self._drafts.get(draft.id)
        if known is None:
            row = self.store.by_id(draft.id)
            known = self._entry(row) if row else None
        if known is None:
            return None
        differing = self._differing(known.draft, draft, data)
        if differing:
            fields = ", ".join(differing)
            raise Refused(
                [SameIdOtherContent(id=draft.id, position=known.position, fields=fields).at("id")]
            )
        return known

    def _differing(self, old: Draft, new: Draft, data: dict[str, Any]) -> list[str]:
        """Return where two drafts differ; what was erased is passed over."""
        if type(old.event) is not type(new.event):
            return ["type"]
        found = [n for n in ("subject", "replaces") if getattr(old, n) != getattr(new, n)]
        if stated_time(new.event) and old.time != new.time:
            found.append("time")
        before = plain(old.event)
        if sealed_fields(type(new.event)):
            before, data = self._opened(before, old), self._opened(data, new)
            before, data = _without_erased(before, data)
        return found + sorted(
            name for name in before.keys() | data.keys() if before.get(name) != data.get(name)
        )

    def _opened(self, data: Any, draft: Draft) -> Any:
        """Return data with each digest replaced by the text that its disclosure opens to."""
        own = {disclosure_digest(d): d for d in draft.disclosures}
        if isinstance(data, dict):
            digest = data.get("sealed")
            if set(data) == {"sealed"} and isinstance(digest, str):
                disclosure = own.get(digest) or self.store.disclosure(digest)
                return {"opened": open_disclosure(disclosure)[1]} if disclosure else {"erased": ""}
            return {k: self._opened(v, draft) for k, v in data.items()}
        return [self._opened(v, draft) for v in data] if isinstance(data, list) else data

    def _alike_introduction(
        self, draft: Draft, data: dict[str, Any], target: _Known | None
    ) -> _Known | None:
        """Return the entry that introduces the same ids and says the same, if there is one."""
        ids = introductions(draft.event)
        if not ids or target:
            return None
        standing = [self._introducer(kind, id_) for kind, id_ in ids]
        first = standing[0]
        if first and all(k and k.position == first.position for k in standing):
            return None if self._differing(first.draft, draft, data) else first
        return None

    def _introducer(self, kind: str, id_: str) -> _Known | None:
        if (kind, id_) in self._new:
            return self._new[kind, id_]
        if (kind, id_) in self._gone:
            return None
        position = self.store.known(kind, id_)
        row = None if position is None else self.store.row(position)
        return self._entry(row) if row else None

    # Superseding.

    def _target(self, draft: Draft) -> _Known | None:
        """Return the entry that a draft supersedes; refuse where it cannot."""
        voids = isinstance(draft.event, Voided)
        if not draft.replaces:
            if voids:
                raise Refused([NothingToReplace(id="").at("replaces")])
            return None
        known = self._drafts.get(draft.replaces)
        if known is None:
            row = self.store.by_id(draft.replaces)
            known = self._entry(row) if row else None
        if known is None:
            raise Refused([NothingToReplace(id=draft.replaces).at("replaces")])
        by = self._superseded.get(known.position)
        by = self.store.superseded_by(known.position) if by is None else by
        if by is not None:
            raise Refused([AlreadySuperseded(id=draft.replaces, by=by).at("replaces")])
        old, new = _type_name(known.draft.event), event_type(draft.event).name
        if isinstance(known.draft.event, Voided) or (not voids and old != new):
            raise Refused([OtherType(id=draft.replaces, old=old, new=new).at("replaces")])
        return known

    # Terms and references.

    def _mention_faults(
        self, draft: Draft, data: dict[str, Any], target: _Known | None
    ) -> Iterator[Fault]:
        event = draft.event
        own = set(introductions(event))
        for mark, texts in mentions(type(event)):
            for text in texts(event):
                if isinstance(mark, Ref) and (mark.kind, text) in own:
                    continue
                fault = self._mention_fault(mark, text, event, target)
                if fault:
                    shape = event_type(event).shape
                    places = (p for m, t, p in marked(shape, data) if m == mark and t == text)
                    yield fault.at(next(places, ""))

    def _mention_fault(
        self, mark: Mark, text: str, event: Any, target: _Known | None
    ) -> Fault | None:
        match mark:
            case Term(scheme):
                return self._term_fault(scheme, text)
            case New():
                return self._new_fault(kind_of(mark, event), text, target)
            case Ref(kind):
                return self._reference_fault(kind, text)

    def _live(self, kind: str, id_: str) -> bool:
        if (kind, id_) in self._new or (kind, id_) in self._promised:
            return True
        if (kind, id_) in self._gone:
            return False
        key = kind, id_
        if key not in self._seen:
            self._seen[key] = self.store.known(kind, id_)
        return self._seen[key] is not None

    def _term_fault(self, scheme: str, code: str) -> Fault | None:
        if code in self.terms.get(scheme, {}) or self._live(TERM_KIND + scheme, code):
            return None
        known = {c: t.zh for c, t in self.terms.get(scheme, {}).items()}
        known |= self.names(TERM_KIND + scheme)
        return UnknownTerm(scheme=scheme, value=code, close=_offer(code, known, all_of=True))

    def _new_fault(self, kind: str, id_: str, target: _Known | None) -> Fault | None:
        if not is_id(id_):
            return BadId(value=id_, longest=LONGEST_ID)
        if kind.startswith(TERM_KIND):
            scheme = kind.removeprefix(TERM_KIND)
            if id_ in self.terms.get(scheme, {}):
                return AlreadyKnown(kind=kind, value=id_, position="-")
            if self.store.was_known(kind, id_) and not target:
                return AlreadyKnown(kind=kind, value=id_, position=self._first(kind, id_))
        known = self._introducer(kind, id_)
        if known is None or (target and known.position == target.position):
            return None
        return AlreadyKnown(kind=kind, value=id_, position=known.position)

    def _first(self, kind: str, id_: str) -> int:
        sql = "SELECT min(position) FROM register WHERE kind = ? AND id = ?"
        return int(self.store.db.execute(sql, (kind, id_)).fetchone()[0])

    def _reference_fault(self, kind: str, id_: str) -> Fault | None:
        if kind in self.installed:
            names = self.installed[kind]
            if id_ in names:
                return None
            return UnknownReference(
                kind=kind, value=id_, close=_offer(id_, dict.fromkeys(names, ""))
            )
        if kind not in self.introduced:
            if not is_id(id_):
                return BadId(value=id_, longest=LONGEST_ID)
            self.taken.unchecked.add((kind, id_))
            return None
        if self._live(kind, id_):
            return None
        return UnknownReference(kind=kind, value=id_, close=_offer(id_, self.names(kind)))

    def names(self, kind: str) -> dict[str, str]:
        """Return the live ids of a kind with their names, for hints."""
        if kind not in self._names:
            found = {
                i: n
                for k, i, n in known_names(self.store, self.types, kind)
                if (k, i) not in self._gone
            }
            new = {i: _name_of(k.draft.event) for (k_, i), k in self._new.items() if k_ == kind}
            self._names[kind] = found | new
        return self._names[kind]

    def _still_referred(self) -> Iterator[Fault]:
        """Yield a fault for each id that this append takes away while live events refer to it.

        A scan of the log, since only a register of every mention could do without; it happens only
        where an introducing event is voided or replaced by one that introduces something else.
        """
        gone = {key for key in self._gone if not self._live(*key)}
        if not gone:
            return
        by_key: dict[tuple[str, str], list[int]] = defaultdict(list)
        for position, event in self._live_events({kind for kind, _ in gone}):
            for key in references(event):
                if key in gone:
                    by_key[key].append(position)
        for (kind, id_), positions in sorted(by_key.items()):
            yield StillReferred(
                kind=kind, value=id_, count=len(positions), position=positions[0]
            ).at("replaces")

    def _live_events(self, kinds: set[str]) -> Iterator[tuple[int, Any]]:
        types = {
            name: t
            for name, t in self.types.items()
            if any(_refers(mark) & kinds for mark, _ in mentions(t.cls))
        }
        marks = ", ".join("?" * len(types))
        sql = (
            f"SELECT position, type, version, entry FROM entries WHERE type IN ({marks}) "
            "AND position NOT IN (SELECT replaces FROM entries WHERE replaces IS NOT NULL)"
        )
        for position, type_, version, entry in self.store.db.execute(sql, tuple(types)):
            if position not in self._superseded:
                yield position, types[type_].read(entry, version)
        for known in self._drafts.values():
            if known.position not in self._superseded:
                yield known.position, known.draft.event


_LONG_NUMBER = re.compile(r"(?<![\w\"-])\d{19,}")


def introductions(event: Any) -> list[tuple[str, str]]:
    """Return the (kind, id) pairs that an event introduces."""
    if event is None:
        return []
    return [
        (kind_of(mark, event), text)
        for mark, texts in mentions(type(event))
        if isinstance(mark, New)
        for text in texts(event)
    ]


def references(event: Any) -> Iterator[tuple[str, str]]:
    """Yield the (kind, id) pairs that an event refers to, terms included."""
    for mark, texts in mentions(type(event)):
        for kind in _refers(mark):
            for text in texts(event):
                yield kind, text


def _refers(mark: Any) -> set[str]:
    if isinstance(mark, Ref):
        return {mark.kind}
    return {TERM_KIND + mark.scheme} if isinstance(mark, Term) else set()


def _type_name(event: Any) -> str:
    return event_type(event).name if event is not None else "?"


def _name_of(event: Any) -> str:
    name = getattr(event, "name", None) or getattr(event, "zh", None)
    return name if isinstance(name, str) else ""


def known_names(
    store: Store, types: Mapping[str, EventType], kind: str | None = None
) -> Iterator[tuple[str, str, str]]:
    """Yield (kind, id, name) of every id that stands, of one kind or of all; later names too.

    A rename states a `name` and refers to what it is the name of.
    """
    for row in store.introductions(kind):
        entry = store.row(row.position)
        type_ = types.get(entry.type) if entry else None
        if entry and type_:
            yield row.kind, row.id, _name_of(type_.read(entry.entry, entry.version))
    for name, type_ in types.items():
        if "name" not in type_.shape.fields or any(
            isinstance(m, New) for m, _ in mentions(type_.cls)
        ):
            continue
        sql = (
            "SELECT version, entry FROM entries WHERE type = ? AND position NOT IN "
            "(SELECT replaces FROM entries WHERE replaces IS NOT NULL) ORDER BY position"
        )
        for version, entry_bytes in store.db.execute(sql, (name,)):
            event = type_.read(entry_bytes, version)
            if not _name_of(event):
                continue
            for ref_kind, id_ in references(event):
                if kind in (None, ref_kind):
                    yield ref_kind, id_, _name_of(event)


def _offer(text: str, known: Mapping[str, str], *, all_of: bool = False) -> Any:
    """Return "; did you mean …" with the ids and names nearest to a text, in both languages."""
    by_name = {name: id_ for id_, name in known.items() if name}
    close = list(dict.fromkeys(by_name.get(n, n) for n in nearest(text, [*known, *by_name])))
    close += [i for n, i in by_name.items() if len(text) > 1 and text in n and i not in close][:3]
    if not close and all_of:
        close = list(known)
    shown = ", ".join(f"{i} ({known[i]})" if known.get(i) else i for i in close[:8])
    if all_of:
        return shown
    return Words(f"；相近的有：{shown}", f"; near ones: {shown}") if shown else ""


def _without_erased(before: Any, data: Any) -> tuple[Any, Any]:
    """Take out of two opened records the places where either has been erased."""
    if isinstance(before, dict) and isinstance(data, dict):
        if before == {"erased": ""} or data == {"erased": ""}:
            return None, None
        pairs = {
            k: _without_erased(before.get(k), data.get(k)) for k in before.keys() | data.keys()
        }
        return {k: p[0] for k, p in pairs.items()}, {k: p[1] for k, p in pairs.items()}
    if isinstance(before, list) and isinstance(data, list) and len(before) == len(data):
        pairs_ = [_without_erased(a, b) for a, b in zip(before, data, strict=True)]
        return [p[0] for p in pairs_], [p[1] for p in pairs_]
    return before, data
