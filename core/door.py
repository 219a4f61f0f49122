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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from datetime import date, datetime
from typing import Any, NoReturn

import msgspec
from attrs import field, mutable

from lianjian.core.errors import (
    AlreadyKnown,
    AlreadySuperseded,
    BadEnvelope,
    BadId,
    EntryTooLarge,
    Fault,
    InTheFuture,
    Invalid,
    NeverReplaced,
    NotByHand,
    NothingToReplace,
    OtherType,
    Refused,
    RegisteredTwice,
    SameIdOtherContent,
    StatedBefore,
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
    stated_time,
    text_attribute_faults,
)
from lianjian.core.identifiers import resident_id_in
from lianjian.core.names import (
    TERM_KIND,
    Key,
    introductions,
    news,
    offer,
    references,
)
from lianjian.core.notices import ERASURE, Voided
from lianjian.core.quoting import discreet
from lianjian.core.sealing import disclosure_faults, opened, sealed_places, without_erased
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
from lianjian.core.standing import Known, Standing
from lianjian.core.store import EntryRow, RegisterRow, Store
from lianjian.core.vocabulary import installed as installed_vocabularies

VOIDED = event_type(Voided).name


@mutable
class Taken:
    """Drafts that passed: rows to write, and where each draft stands (or stood already)."""

    rows: list[EntryRow] = field(factory=list)
    register: list[RegisterRow] = field(factory=list)
    disclosures: list[tuple[str, int, str]] = field(factory=list)
    positions: tuple[int, ...] = ()
    ids: tuple[str, ...] = ()
    unchecked: set[tuple[str, str]] = field(factory=set)


class Door:
    """Checks one append against the log as it is, inside the writer's transaction."""

    def __init__(
        self,
        store: Store,
        types: Mapping[str, EventType],
        installed: Mapping[str, frozenset[str]],
        source: str,
        recordedat: str,
        command: str = "",
    ) -> None:
        self.command = command
        self.types = types
        self.installed = installed
        self.source = source
        self.recordedat = recordedat
        self.now = datetime.fromisoformat(recordedat).astimezone(SHANGHAI)
        self.today = self.now.date()
        self.terms = installed_vocabularies()
        self.introduced = {
            mark.kind.split("{")[0] for t in types.values() for mark, _ in news(t.cls)
        }
        self.standing = Standing(store, types)
        self.taken = Taken()
        self._said: tuple[str, ...] = ()
        self._numbers: dict[int, int] = {}  # of drafts, by the position that they take
        self._unfit: dict[Key, tuple[int, dict[str, Any], set[str]]] = {}
        self._number = 0
        self._random = secrets.token_hex(10)

    def take(self, drafts: Sequence[Draft | Unfit]) -> Taken:
        """Return what is to be written for the drafts; raise Refused with every fault.

        A fault's `number` is that of its draft, counted from 0.
        """
        found: list[Fault] = []
        positions, ids = [], []
        given = [d.id for d in drafts if isinstance(d, Draft) and type(d.id) is str and d.id]
        self.standing.expect(given)
        for i, draft in enumerate(drafts):
            self._number = i
            try:
                if isinstance(draft, Unfit):
                    self._refuse(draft.type, draft.data, list(draft.faults), fresh=draft.fresh)
                known = self._take(draft)
            except Refused as refused:
                place = Words(f"第 {i + 1} 个", f"event {i + 1}") if len(drafts) > 1 else None
                for fault in refused.faults:
                    fault.place = fault.place or place
                    fault.number = i
                    found.append(discreet(fault))
            else:
                positions.append(known.position)
                ids.append(known.draft.id)
        found = found or list(self._still_referred())
        if found:
            raise Refused(found)
        self.taken.positions, self.taken.ids = tuple(positions), tuple(ids)
        return self.taken

    def _refuse(
        self, type_: EventType | None, data: Any, found: list[Fault], *, fresh: bool = False
    ) -> NoReturn:
        """Refuse a record for what was found, and for what its terms and references add to that.

        Whether an id is new is asked of a `fresh` record alone: another's may be its own, which it
        would correct.
        """
        if type_ and isinstance(data, dict):
            marks = list(marked(type_.shape, data))
            self.standing.promise(
                (kind_of(mark, data), text) for mark, text, _ in marks if isinstance(mark, New)
            )
            told = {fault.path for fault in found}
            for mark, text, path in marks:
                if path in told:
                    continue
                if isinstance(mark, New):
                    fault = _id_fault(text)
                else:
                    fault = self._mention_fault(mark, text, data, None, ())
                found += [fault.at(path)] if fault else []
            if fresh:
                found += self._fresh_faults(type_, data, {fault.path for fault in found})
        raise Refused(found)

    def _fresh_faults(
        self, type_: EventType, data: dict[str, Any], told: set[str]
    ) -> Iterator[Fault]:
        """Yield what would be told of a faulty record once it is mended: a day, ids that stand."""
        if type_.happened and "day" not in told:
            with suppress(TypeError, ValueError):
                day = date.fromisoformat(data.get("day", ""))
                if day > self.today:
                    yield InTheFuture(day=day).at("day")
        for mark, text, path in marked(type_.shape, data):
            if not isinstance(mark, New) or path in told:
                continue
            key = kind_of(mark, data), text
            before = self._unlike(key, data, told)
            if before:
                yield before.at(path)
            self._unfit.setdefault(key, (self._number, data, told))

    def _unlike(
        self, key: Key, data: dict[str, Any], told: AbstractSet[str] = frozenset()
    ) -> Fault | None:
        """Return a fault where an id stands already, of what differs in more than faulty fields."""
        known = self.standing.introducer(key)
        number, other, faulty = self._unfit.get(key, (None, {}, set[str]()))
        if known and known.draft.event is not None:
            other, faulty = plain(known.draft.event), set()
        elif number is None:
            return None
        data, other = msgspec.to_builtins(data), msgspec.to_builtins(other)  # days as texts
        wrong = {path.partition(".")[0] for path in (*told, *faulty)}
        if all(data.get(n) == other.get(n) for n in (data.keys() | other.keys()) - wrong):
            return None
        return self._stands(key, known.position) if known else self._stated(key, number or 0)

    def _stands(self, key: Key, position: int) -> Fault:
        """Return the fault that an id is known: from the log, or from an earlier record."""
        if position in self._numbers:
            return self._stated(key, self._numbers[position])
        return AlreadyKnown(kind=key[0], value=key[1], position=position)

    def _stated(self, key: Key, number: int) -> Fault:
        first = Words(f"第 {number + 1} 个", f"event {number + 1}")
        return StatedBefore(kind=key[0], value=key[1], earlier=number, first=first)

    def _take(self, draft: Draft) -> Known:
        event = draft.event
        type_ = event_type(event)
        if self.types.get(type_.name) is not type_ or type(event) is not type_.cls:
            close = ", ".join(nearest(type_.name, self.types) or sorted(self.types))
            raise Refused([UnknownEventType(type=type_.name, close=close)])
        if type_.command not in ("", self.command):
            raise Refused([NotByHand(type=type_.name, command=type_.command)])
        data = plain(event)
        broken = _data_faults(event, data)
        found = broken + self._attribute_faults(draft, type_)
        time = ""
        try:
            time = "" if broken else _time_of(draft)
        except Fault as fault:
            found.append(fault)
        if broken or (found and any(f.path in ("id", "replaces") for f in found)):
            self._refuse(type_, data, found)
        ids = introductions(event)
        known = target = None
        try:
            known = self._same_id(draft, time, data)
            if known is None:
                target = self._target(draft)
                known = None if target else self._alike_introduction(draft, time, data, ids)
        except Refused as refused:
            self._refuse(type_, data, [*found, *refused.faults])
        if known is None:
            found += self._mention_faults(event, data, target, ids)
            if sealed_fields(type_.cls):
                found += self._sealed_faults(draft, data, target)
        if found:
            self.standing.promise(ids)
            raise Refused(found)
        if self._unfit and not target:
            found = [
                unlike.at(path)
                for mark, text, path in marked(type_.shape, data)
                if isinstance(mark, New)
                and (key := (kind_of(mark, data), text)) in self._unfit
                and (unlike := self._unlike(key, data))
            ]
            if found:
                raise Refused(found)
        return known or self._accept(draft, time, data, target, ids)

    def _accept(
        self,
        draft: Draft,
        time: str,
        data: dict[str, Any],
        target: Known | None,
        ids: Sequence[Key],
    ) -> Known:
        draft = self._completed(draft, time)
        type_ = event_type(draft.event)
        entry = encode_entry(draft, data, self.source, self.recordedat)
        if len(entry) > LARGEST_ENTRY:
            raise Refused([EntryTooLarge(size=len(entry))])
        position = self.standing.size + len(self.taken.rows)
        self.taken.rows.append(
            EntryRow(
                position,
                draft.id,
                type_.name,
                type_.version,
                self.recordedat,
                target.position if target else None,
                draft.batch or None,
                entry,
            )
        )
        self._numbers[position] = self._number
        known = Known(position, type_.name, draft)
        self.standing.add(known, target, ids)
        self.taken.register += [RegisterRow(*key, position, None) for key in ids]
        if draft.disclosures:
            self._disclose(draft.disclosures, set(digests(data)), position)
        return known

    def _completed(self, draft: Draft, time: str) -> Draft:
        """Return a draft with the id and the time that nobody gave it."""
        # Written out, since attrs' `evolve` takes four times as long, and this is done for all.
        return Draft(
            draft.event,
            draft.recorder,
            draft.id or self._new_id(),
            time or self.now.isoformat(timespec="seconds"),
            draft.subject,
            draft.replaces,
            draft.batch,
            draft.why,
            draft.disclosures,
        )

    def _new_id(self) -> str:
        """Return an id that nobody gave: random for the append, numbered within it.

        Ids that follow each other stand together in the index, which a large import feels.
        """
        number = len(self.taken.rows)
        return f"{self._random}-{number}" if number else self._random

    # The envelope.

    def _attribute_faults(self, draft: Draft, type_: EventType) -> list[Fault]:
        # An import says the same of every row but for its id: what passed is not looked at again.
        said = (draft.recorder, draft.batch, draft.subject, draft.why, draft.replaces)
        found: list[Fault] = []
        if said != self._said:
            found = _faulty_texts(dict(zip(_SAID, said, strict=True)))
            if not draft.recorder and not found:
                found.append(BadEnvelope(name="recorder", value=draft.recorder).at("recorder"))
            self._said = () if found else said
        if draft.id != "":
            found += _faulty_texts({"id": draft.id})
        if type_.happened:
            day = getattr(draft.event, "day", None)
            if type(day) is date and day > self.today:
                found.append(InTheFuture(day=day).at("day"))
        return found

    # What stands already.

    def _same_id(self, draft: Draft, time: str, data: dict[str, Any]) -> Known | None:
        """Return the entry with the draft's id where it says the same; refuse where it does not."""
        known = self.standing.by_id(draft.id) if self.standing.has(draft.id) else None
        differing = self._differing(known, draft, time, data) if known else []
        if known and differing:
            fields = ", ".join(differing)
            raise Refused(
                [SameIdOtherContent(id=draft.id, position=known.position, fields=fields).at("id")]
            )
        return known

    def _differing(self, known: Known, new: Draft, time: str, data: dict[str, Any]) -> list[str]:
        """Return where an entry and a draft differ; what was erased is passed over."""
        old = known.draft
        if known.type != event_type(new.event).name:
            return ["type"]
        if old.event is None:
            return ["data"]
        found = [n for n in ("subject", "replaces") if getattr(old, n) != getattr(new, n)]
        if time and old.time != time:
            found.append("time")
        before = plain(old.event)
        if sealed_fields(type(new.event)):
            given = {disclosure_digest(d): d for d in new.disclosures}

            def disclosure_of(digest: str) -> str | None:
                return given.get(digest) or self.standing.disclosure(digest)

            pair = opened(before, disclosure_of), opened(data, disclosure_of)
            before, data = without_erased(*pair)
        return found + sorted(
            name for name in before.keys() | data.keys() if before.get(name) != data.get(name)
        )

    def _alike_introduction(
        self, draft: Draft, time: str, data: dict[str, Any], ids: Sequence[Key]
    ) -> Known | None:
        """Return the entry that introduces the same ids and says the same, if there is one."""
        if not ids:
            return None
        standing = [self.standing.introducer(key) for key in ids]
        first = standing[0]
        if first is None or any(k is None or k.position != first.position for k in standing):
            return None
        return None if self._differing(first, draft, time, data) else first

    # Superseding.

    def _target(self, draft: Draft) -> Known | None:
        """Return the entry that a draft supersedes; refuse where it cannot."""
        voids = isinstance(draft.event, Voided)
        if not draft.replaces and not voids:
            return None
        known = self.standing.by_id(draft.replaces)
        if known is None:
            raise Refused([NothingToReplace(id=draft.replaces).at("replaces")])
        by = self.standing.superseded_by(known)
        if by is not None:
            raise Refused([AlreadySuperseded(id=draft.replaces, by=by).at("replaces")])
        old, new = known.type, event_type(draft.event).name
        if old == VOIDED or (not voids and old != new):
            raise Refused([OtherType(id=draft.replaces, old=old, new=new).at("replaces")])
        if old in self.types and self.types[old].final:
            raise Refused([NeverReplaced(id=draft.replaces, type=old).at("replaces")])
        return known

    # Terms and references.

    def _mention_faults(
        self, event: Any, data: dict[str, Any], target: Known | None, own: Sequence[Key]
    ) -> list[Fault]:
        found: dict[tuple[Mark, str], Fault] = {}
        for mark, texts in mentions(type(event)):
            for text in texts(event):
                fault = self._mention_fault(mark, text, event, target, own)
                if fault:
                    found[mark, text] = fault
        if len(set(own)) < len(own):
            twice = next(id_ for _, id_ in own if sum(id_ == other for _, other in own) > 1)
            return [RegisteredTwice(value=twice), *found.values()]
        if not found:
            return []
        # Slowly, and only now: the same text may stand in several places.
        places = [
            fault.at(path)
            for mark, text, path in marked(event_type(event).shape, data)
            if (mark, text) in found
            and (fault := self._mention_fault(mark, text, event, target, own))
        ]
        return places or list(found.values())

    def _mention_fault(
        self, mark: Mark, text: str, event: Any, target: Known | None, own: Sequence[Key]
    ) -> Fault | None:
        if isinstance(mark, Ref):
            return None if (mark.kind, text) in own else self._reference_fault(mark.kind, text)
        if isinstance(mark, Term):
            return self._term_fault(mark.scheme, text)
        return self._new_fault(kind_of(mark, event), text, target)

    def _term_fault(self, scheme: str, code: str) -> Fault | None:
        if code in self.terms.get(scheme, {}) or self.standing.is_live((TERM_KIND + scheme, code)):
            return None
        known = {c: t.zh for c, t in self.terms.get(scheme, {}).items()}
        known |= self.standing.names(TERM_KIND + scheme)
        return UnknownTerm(scheme=scheme, value=code, close=offer(code, known, all_of=True))

    def _new_fault(self, kind: str, id_: str, target: Known | None) -> Fault | None:
        if not is_id(id_):
            return _id_fault(id_)
        if kind.startswith(TERM_KIND):
            # A code means one thing for ever, also after it was taken back.
            if id_ in self.terms.get(kind.removeprefix(TERM_KIND), {}):
                return AlreadyKnown(kind=kind, value=id_, position="-")
            first = self.standing.first((kind, id_))
            if first is not None and not self.standing.corrects(target, (kind, id_)):
                return AlreadyKnown(kind=kind, value=id_, position=first)
        known = self.standing.introducer((kind, id_))
        if known is None or (target and known.position == target.position):
            return None
        return self._stands((kind, id_), known.position)

    def _reference_fault(self, kind: str, id_: str) -> Fault | None:
        if kind in self.installed:
            names = self.installed[kind]
            if id_ in names:
                return None
            close = offer(id_, dict.fromkeys(names, ""))
            return UnknownReference(kind=kind, value=id_, close=close)
        if kind not in self.introduced:
            if is_id(id_):
                self.taken.unchecked.add((kind, id_))
            return _id_fault(id_)
        if self.standing.is_live((kind, id_)):
            return None
        return UnknownReference(kind=kind, value=id_, close=offer(id_, self.standing.names(kind)))

    def _still_referred(self) -> Iterator[Fault]:
        """Yield a fault for each id that this append takes away while live events refer to it.

        A scan of the log, since only a register of every mention could do without; it happens only
        where an introducing event is voided or replaced by one that introduces something else.
        """
        gone = self.standing.gone()
        if not gone:
            return
        by_key: dict[Key, list[int]] = defaultdict(list)
        for position, event in self.standing.live_events({kind for kind, _ in gone}):
            for key in references(event):
                if key in gone:
                    by_key[key].append(position)
        for (kind, id_), positions in sorted(by_key.items()):
            yield StillReferred(
                kind=kind, value=id_, count=len(positions), position=positions[0]
            ).at("replaces")

    # Sealed fields.

    def _sealed_faults(
        self, draft: Draft, data: dict[str, Any], target: Known | None
    ) -> Iterator[Fault]:
        """Yield a fault for each sealed field whose text is neither given nor in the log.

        A correction may carry over what it does not change, even where that was erased since. A
        text that was erased is taken for none, whoever still has it.
        """
        given = {
            digest: d for d in draft.disclosures if not self._erased(digest := disclosure_digest(d))
        }
        carried = set(digests(plain(target.draft.event))) if target and target.draft.event else ()
        for digest, path in sealed_places(data):
            disclosure = given.get(digest)
            if disclosure is not None:
                yield from (fault.at(path) for fault in disclosure_faults(disclosure))
            elif digest not in carried and self.standing.disclosure(digest) is None:
                why = Words("封存字段缺少原文", "a sealed field comes with the text behind it")
                yield Invalid(reason=why).at(path)

    def _disclose(self, disclosures: Iterable[str], wanted: set[str], position: int) -> None:
        for disclosure in disclosures:
            digest = disclosure_digest(disclosure)
            if self._erased(digest):
                continue
            if digest in wanted and self.standing.disclosure(digest) is None:
                self.standing.disclose(digest, disclosure)
                self.taken.disclosures.append((digest, position, disclosure))

    def _erased(self, digest: str) -> bool:
        return self.standing.is_live((ERASURE, digest))


def _id_fault(id_: str) -> Fault | None:
    return None if is_id(id_) else BadId(value=id_, longest=LONGEST_ID)


def _time_of(draft: Draft) -> str:
    return check_time(draft.time, draft.event) if draft.time else stated_time(draft.event)


_SAID = ("recorder", "batch", "subject", "why", "replaces")


def _faulty_texts(attributes: dict[str, Any]) -> list[Fault]:
    found: list[Fault] = [
        BadEnvelope(name=name, value=value).at(name)
        for name, value in attributes.items()
        if type(value) is not str
    ]
    return [*found, *text_attribute_faults(attributes)]


def _data_faults(event: Any, data: dict[str, Any]) -> list[Fault]:
    """Check an object's types and texts quickly, and slowly only where something may be wrong.

    An object that is the same after a round trip through JSON has the types that its class says.
    """
    try:
        text = msgspec.json.encode(data)
        again = msgspec.json.decode(text, type=type(event))
    except (msgspec.MsgspecError, ValueError, TypeError, RecursionError) as error:
        return data_faults(event) or [Invalid(reason=error)]
    written = text.decode()
    if again == event and not _DOUBTFUL.search(written) and not resident_id_in(written):
        return []
    same = again == event or plain(again) == data
    return data_faults(event) or ([] if same else [Invalid(reason=f"{again} != {event}")])


# Numbers that may be too long, and escapes, behind which a resident's number may hide.
_DOUBTFUL = re.compile(r"\d{19}|\\")
