"""Events: one thing that happened, an attrs class, and how it stands on disk.

An event type is declared where it belongs:

    @event("visit.held", 1)
    @frozen
    class VisitHeld:
        base: Annotated[str, Ref("base")]
        day: date
        persons: int | None = field(default=None, validator=optional(ge(0)))

On disk an entry is one CloudEvents 1.0 object, compact UTF-8 JSON. The stored bytes are the hashed
bytes; nothing is ever serialised again to be verified:

    {"specversion":"1.0","id":"6f…","source":"example.org/jiading","type":"visit.held",
     "time":"2021-05-01T00:00:00+08:00","data":{"base":"lianyuan","day":"2021-05-01","persons":30},
     "dataversion":1,"recordedat":"2021-05-02T01:02:03.000004Z","recorder":"xuanjiao"}

Reading an entry is cheap and forgiving (msgspec, straight into the class, never refusing history
for a vocabulary or a reference). Taking one in is strict: `read_data` finds every fault at once.
"""

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, Generic, TypeVar

import msgspec
from attrs import field, frozen

from lianjian.core.decoding import as_recorded
from lianjian.core.errors import (
    BadEnvelope,
    DuplicateKey,
    Fault,
    Refused,
    ResidentIdFound,
    TimeDisagrees,
    UnknownEventType,
    UnknownVersion,
    WrongType,
)
from lianjian.core.identifiers import resident_id_in
from lianjian.core.shapes import (
    TEXTS,
    Record,
    Sealed,
    dotted,
    faults,
    nearest,
    once,
    plain,
    record_of,
    replace_sealed,
)

LARGEST_ENTRY = 65_535  # bytes: tlog-tiles bundles carry a 16-bit length
SHANGHAI = timezone(timedelta(hours=8))  # no daylight saving since 1991; days are Shanghai's

T = TypeVar("T")


class Stored(msgspec.Struct, Generic[T]):
    """What replay reads of an entry: its data as an object, and who said so."""

    data: T
    recorder: str = ""


class Envelope(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True):
    """The CloudEvents envelope, attributes in the order in which they are written.

    `data` is raw JSON when read. `recordedat` is set by the log: UTC, microseconds. `replaces` is
    the id of the event that this one supersedes, `why` the reason given for it; `batch` is the
    import that it came with.
    """

    specversion: str
    id: str
    source: str
    type: str
    time: str
    data: Any
    dataversion: int
    recordedat: str
    recorder: str
    subject: str = ""
    datacontenttype: str = ""
    replaces: str = ""
    batch: str = ""
    why: str = ""


class _RawEnvelope(Envelope, omit_defaults=True, forbid_unknown_fields=True):
    data: msgspec.Raw


_envelopes = msgspec.json.Decoder(_RawEnvelope)
_encoder = msgspec.json.Encoder()


def read_envelope(entry: bytes) -> Envelope:
    """Return an entry's envelope, its data left as raw JSON; msgspec.DecodeError if it is none."""
    return _envelopes.decode(entry)


Upcast = Callable[[int, dict[str, Any]], dict[str, Any]]


@frozen(eq=False)
class EventType:
    """A declared event type.

    `name` and `version` are what entries carry. `happened` says that its day cannot lie in the
    future. `upcast(version, data)` turns the data of an older version into the present one's.
    `command` is the one that alone may record it, empty where anybody may; what is `final` can be
    neither corrected nor voided.
    """

    name: str
    version: int
    cls: type
    happened: bool = False
    upcast: Upcast | None = None
    command: str = ""
    final: bool = False
    shape: Record = field(init=False)

    @shape.default
    def _shape(self) -> Record:
        return record_of(self.cls)

    def reader(self, version: int) -> Callable[[bytes], Stored[Any]]:
        """Return the function that reads entries of this type and `version` for fact functions.

        Validators are not asked again (core/decoding.py). Raises UnknownVersion where the entry is
        newer than the class, or no upcast is declared.
        """
        return self._reader(as_recorded(self.cls), version)

    def read(self, entry: bytes, version: int) -> Any:
        """Return the object that an entry of this type and `version` holds."""
        return self._reader(self.cls, version)(entry).data

    def _reader(self, cls: type, version: int) -> Callable[[bytes], Stored[Any]]:
        if version == self.version:
            return _decoder(cls).decode
        if self.upcast is None or not 0 < version < self.version:
            raise UnknownVersion(type=self.name, version=version, installed=self.version)
        upcast, older = self.upcast, msgspec.json.Decoder(Stored[dict[str, Any]])

        def read(entry: bytes) -> Stored[Any]:
            stored = older.decode(entry)
            return Stored(msgspec.convert(upcast(version, stored.data), cls), stored.recorder)

        return read


@once
def _decoder(cls: type) -> msgspec.json.Decoder[Stored[Any]]:
    # One decoder a type: msgspec refuses a union of attrs classes.
    return msgspec.json.Decoder(Stored[cls])  # type: ignore[valid-type]


C = TypeVar("C", bound=type)


def event(
    name: str,
    version: int,
    *,
    happened: bool = False,
    upcast: Upcast | None = None,
    command: str = "",
    final: bool = False,
) -> Callable[[C], C]:
    """Declare a frozen attrs class as an event type: `@event("visit.held", 1)`.

    `name` and `version` are written into every entry; never change what a version means. Give the
    class a field `day` (a Shanghai date) if it happens on a day, and `start` ("HH:MM") if the time
    may be known. With `happened=True` the log refuses a day in the future. `upcast(version, data)`
    returns data of an older version as the present one's. `command` names the one command that
    records it; `final=True` refuses to correct or void it.
    """

    def declare(cls: C) -> C:
        cls.__event__ = EventType(name, version, cls, happened, upcast, command, final)  # type: ignore[attr-defined]
        return cls

    return declare


def is_event(of: object) -> bool:
    """Tell whether a class is declared with @event."""
    return isinstance(getattr(of, "__event__", None), EventType)


def event_type(of: object) -> EventType:
    """Return the declared type of an event class or object; TypeError if it is none."""
    found = getattr(of, "__event__", None)
    if not isinstance(found, EventType):
        message = f"{of!r} is not declared with @event"
        raise TypeError(message)
    return found


def find_type(types: Mapping[str, EventType], name: str) -> EventType:
    """Return the type called `name`, or raise UnknownEventType with the nearest names."""
    if name not in types:
        raise Refused([unknown_type(types, name).at("type")])
    return types[name]


def unknown_type(types: Mapping[str, EventType], name: str) -> Fault:
    """Return the error that no type is called `name`, with the nearest names."""
    close = nearest(name, types) or sorted(types)
    return UnknownEventType(type=name, close=", ".join(close))


# What is handed in.


@frozen
class Draft:
    """An event on its way into the log.

    `event` is the object. Whatever is empty the log fills in: a random `id`, and for a type without
    a day the present `time`. `disclosures` are the salted texts behind the object's sealed fields.
    """

    event: Any
    recorder: str
    id: str = ""
    time: str = ""
    subject: str = ""
    replaces: str = ""
    batch: str = ""
    why: str = ""
    disclosures: tuple[str, ...] = ()


@frozen
class Unfit:
    """A record that could not even become an event, handed in with the others to be reported.

    `faults` say why; `data` is the decoded JSON, whose terms and references the door still checks,
    so that every fault of a ledger is told at once. A `fresh` one corrects nothing, so that what it
    introduces must be new.
    """

    type: EventType | None
    data: Any
    faults: tuple[Fault, ...]
    fresh: bool = False


def seal(name: str, text: str) -> tuple[Sealed, str]:
    """Return a personal text as (its digest, the salted disclosure), RFC 9901 section 4.2."""
    parts = json.dumps([_base64url(secrets.token_bytes(16)), name, text], ensure_ascii=False)
    disclosure = _base64url(parts.encode())
    return Sealed(disclosure_digest(disclosure)), disclosure


def disclosure_digest(disclosure: str) -> str:
    """Return the digest of a disclosure: base64url of SHA-256 of its ASCII, RFC 9901 section 4.2.3."""
    return _base64url(hashlib.sha256(disclosure.encode()).digest())


def open_disclosure(disclosure: str) -> tuple[str, str]:
    """Return (field name, text) of a disclosure; ValueError if it is none."""
    padded = disclosure + "=" * (-len(disclosure) % 4)
    _, name, text = json.loads(base64.urlsafe_b64decode(padded))
    return name, text


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def read_json(text: str | bytes) -> Any:
    """Return decoded JSON; a Fault where a key stands twice or the text is no JSON.

    The standard library's parser, because it is the one that lets us see a key twice.
    """

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in pairs:
            if name in found:
                raise DuplicateKey(name=name).at(name)
            found[name] = value
        return found

    try:
        return json.loads(text, object_pairs_hook=once)
    except Fault:
        raise
    except (ValueError, RecursionError) as error:
        raise WrongType(expected="JSON", value=str(error)) from None


def read_data(type_: EventType, data: Any) -> tuple[Any, tuple[str, ...]]:
    """Return (object, disclosures) from decoded JSON that somebody hands in.

    Sealed fields are given as plain text and leave as digest and disclosure. Raises Refused with
    every fault of the data; terms and references are the log's to check.
    """
    found = list(_resident_ids(data))
    disclosures = []

    def sealing(name: str, text: str) -> Any:
        try:
            sealed, disclosure = seal(name, text)
        except UnicodeEncodeError:
            return text  # half a character, which `faults` reports
        disclosures.append(disclosure)
        return {"sealed": sealed.sealed}

    hidden = replace_sealed(type_.shape, data, sealing)
    found += faults(type_.shape, hidden)
    if found:
        raise Refused(found)
    present = {k: v for k, v in hidden.items() if v is not None}
    return msgspec.convert(present, type_.cls), tuple(disclosures)


def _resident_ids(value: Any, path: str = "") -> Iterable[Fault]:
    if isinstance(value, int) and 10**17 <= value < 10**18:
        value = str(value)  # a column pasted too many, into a field of numbers
    if isinstance(value, str) and resident_id_in(value):
        yield ResidentIdFound().at(path)
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _resident_ids(name, dotted(path, "?"))
            yield from _resident_ids(item, dotted(path, name))
    elif isinstance(value, list | tuple):
        for i, item in enumerate(value):
            yield from _resident_ids(item, dotted(path, i))


def data_faults(obj: Any) -> list[Fault]:
    """Return every fault of an event object, as if its data had been handed in as JSON."""
    shape = event_type(obj).shape
    return [*faults(shape, obj), *_resident_ids(plain(obj))]


def stated_time(obj: Any) -> str:
    """Return when an event happened as RFC 3339 at +08:00, from its day and start; "" if dayless."""
    day = getattr(obj, "day", None)
    if day is None:
        return ""
    return f"{day.isoformat()}T{getattr(obj, 'start', None) or '00:00'}:00+08:00"


def check_time(given: str, obj: Any) -> str:
    """Return the time to write for an object whose envelope came with the time `given`.

    Raises TimeDisagrees where the two differ, BadEnvelope where `given` is no RFC 3339 time.
    """
    try:
        instant = datetime.fromisoformat(given)
        here = instant.astimezone(SHANGHAI)
    except (ValueError, TypeError, OverflowError):
        raise BadEnvelope(name="time", value=given).at("time") from None
    if instant.tzinfo is None:
        raise BadEnvelope(name="time", value=given).at("time")
    stated = stated_time(obj)
    if stated and here != datetime.fromisoformat(stated):
        raise TimeDisagrees(time=given, stated=stated).at("time")
    return stated or here.isoformat()


def utc_text(instant: datetime) -> str:
    """Return an instant as `recordedat` writes it: UTC, microseconds, Z."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def encode_entry(draft: Draft, data: dict[str, Any], source: str, recordedat: str) -> bytes:
    """Return the entry for a draft: the bytes that are stored and hashed."""
    type_ = event_type(draft.event)
    return _encoder.encode(
        Envelope(
            specversion="1.0",
            id=draft.id,
            source=source,
            type=type_.name,
            time=draft.time,
            data=data,
            dataversion=type_.version,
            recordedat=recordedat,
            recorder=draft.recorder,
            subject=draft.subject,
            replaces=draft.replaces,
            batch=draft.batch,
            why=draft.why,
        )
    )


_TAKEN = ("id", "subject", "recorder", "replaces", "batch", "why")
_IGNORED = ("source", "recordedat", "datacontenttype")


def draft_from_cloudevent(
    types: Mapping[str, EventType], given: Any, recorder: str, batch: str = ""
) -> Draft:
    """Return a draft from a decoded CloudEvents object that somebody hands in.

    `recorder` and `batch` are used where the object has none. Its source and recording time are
    the log's to set. Raises Refused with every fault, those of the data below `data`.
    """
    if not isinstance(given, dict):
        raise Refused([WrongType(expected=TEXTS[dict], value=given)])
    found = list(_attribute_faults(given))
    if "type" not in given or not isinstance(given["type"], str):
        raise Refused([*found, BadEnvelope(name="type", value=given.get("type")).at("type")])
    type_ = find_type(types, given["type"])
    made: Any = None
    disclosures: tuple[str, ...] = ()
    try:
        made, disclosures = read_data(type_, _present_data(type_, given))
    except Refused as refused:
        found += [f.at(dotted("data", f.path)) for f in refused.faults]
    except Fault as fault:
        found.append(fault)
    time = ""
    if made is not None and isinstance(given.get("time"), str):
        try:
            time = check_time(given["time"], made)
        except Fault as fault:
            found.append(fault)
    if found:
        raise Refused(found)
    attributes = {n: given[n] for n in _TAKEN if n in given}
    attributes = {"recorder": recorder, "batch": batch, **attributes}
    return Draft(event=made, time=time, disclosures=disclosures, **attributes)


def _present_data(type_: EventType, given: dict[str, Any]) -> Any:
    """Return the object's data in the installed version of its type."""
    version, data = given.get("dataversion", type_.version), given.get("data", {})
    if version == type_.version:
        return data
    if type(version) is not int or type_.upcast is None or not 0 < version < type_.version:
        raise UnknownVersion(type=type_.name, version=version, installed=type_.version).at(
            "dataversion"
        )
    return type_.upcast(version, data)


def _attribute_faults(given: dict[str, Any]) -> Iterable[Fault]:
    allowed = {*_TAKEN, *_IGNORED, "specversion", "type", "time", "data", "dataversion"}
    if given.get("specversion") != "1.0":
        yield BadEnvelope(name="specversion", value=given.get("specversion")).at("specversion")
    for name in given.keys() - allowed:
        yield BadEnvelope(name=name, value=given[name]).at(name)
    for name in (*_TAKEN, "time"):
        value = given.get(name)
        if name in given and (not isinstance(value, str) or not value):
            yield BadEnvelope(name=name, value=value).at(name)
    yield from text_attribute_faults({n: given.get(n) for n in _TAKEN})


def text_attribute_faults(attributes: Mapping[str, Any]) -> Iterable[Fault]:
    """Yield a fault for each attribute with a control character or a resident identity number."""
    for name, value in attributes.items():
        if not isinstance(value, str) or not value:
            continue
        if resident_id_in(value):
            yield ResidentIdFound().at(name)
        elif _CONTROLS.search(value) or (name in ("id", "replaces", "batch") and " " in value):
            yield BadEnvelope(name=name, value=value).at(name)


_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def today() -> date:
    """Return the present day in Shanghai."""
    return datetime.now(SHANGHAI).date()
