r"""A figure in one file: the reading, the events behind it, and the proof that the log has them. Pure.

    {"format": "lianjian-figure/v1",
     "key": "example.org/log+530d903a+AekyeRrm…",       the log's verifier key; nobody's word
     "checkpoint": "example.org/log\n1000\n…",          the signed note (c2sp.org/tlog-checkpoint)
     "reading": {"indicator": "bases.persons", …},       the claim, with the moment it was made at
     "consistency": ["…", …],                            from that moment's root to the checkpoint's
     "events": [{"position": 42, "entry": "{…}", "hashes": ["…", …]}, …],
     "disclosures": ["…", …]}                            salted texts of sealed fields (RFC 9901)

`entry` is the text whose UTF-8 bytes the log hashed; `hashes` lead from its leaf up to the root
(RFC 6962 section 2.1.1), `consistency` is PROOF(position of the moment, size) (section 2.1.2). All
hashes are in base64.

**What is proved**: that these events stand at these positions of the log under the checkpoint, and
that the log of the reading's moment is its beginning. **What is claimed**: the reading. That these
are all the events that belong to it, and that it was computed right from them, only the whole log
can show.

The file comes from a stranger. Every member must be there, once, and no other; sizes are bounded
before anything is decoded, and what is decoded has no place for depth.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal, NoReturn

import msgspec
from attrs import frozen

from lianjian.core.checkpoint import LARGEST, Checkpoint, decoded
from lianjian.core.errors import BadProof, Words
from lianjian.core.event import (
    LARGEST_ENTRY,
    disclosure_digest,
    open_disclosure,
    read_envelope,
)
from lianjian.core.layout import LARGEST_NOTE
from lianjian.core.proofs import MOST_HASHES
from lianjian.core.shapes import digests
from lianjian.core.tree import HASH_SIZE, leaf_hash, verify_consistency, verify_inclusion

LARGEST_FILE = 1 << 26
"""Bytes: some 40,000 events."""
NAMED = 5  # of the positions that do not verify, how many are named
_HASH_TEXT = 44  # characters of 32 bytes in base64

Position = Annotated[int, msgspec.Meta(ge=0, le=LARGEST)]
HashText = Annotated[str, msgspec.Meta(min_length=_HASH_TEXT, max_length=_HASH_TEXT)]
Hashes = Annotated[tuple[HashText, ...], msgspec.Meta(max_length=MOST_HASHES)]
Day = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")]
Disclosure = Annotated[str, msgspec.Meta(min_length=16, max_length=1 << 20)]
Number = int | float | None


def _refuse(zh: str, en: str) -> NoReturn:
    raise BadProof(why=Words(zh, en))


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text in both languages."""

    zh: str
    en: str


class Days(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A period, half-open."""

    start: Day
    end: Day

    def days(self) -> tuple[date, date]:
        """Return first day and the day after the last; ValueError where they are no days."""
        return date.fromisoformat(self.start), date.fromisoformat(self.end)


class Known(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much of the log was known: so many events, and the root over them."""

    position: Position
    root: HashText


class Claim(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A reading as somebody says that it is: the members of `--json`, texts in both languages."""

    indicator: str
    definition: Text
    subject: str
    dimensions: Annotated[dict[str, str], msgspec.Meta(max_length=100)]
    value: Number
    low: Number
    high: Number
    numerator: Number
    denominator: Number
    unit: str
    better: str
    reason: Text | None
    flags: tuple[Text, ...]
    period: Days
    moment: Known
    tree: Literal["then", "now"]
    synthetic: bool

    @property
    def numbers(self) -> tuple[Number, ...]:
        """Return every number in it."""
        return self.value, self.low, self.high, self.numerator, self.denominator


class Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An event of the evidence: where it stands, its bytes as text, its inclusion proof."""

    position: Position
    entry: Annotated[str, msgspec.Meta(max_length=LARGEST_ENTRY)]
    hashes: Hashes


@frozen
class Proved:
    """What a bundle was found to prove: its events are in the log under this checkpoint.

    `opened` are (position, field, text) of the sealed fields whose disclosures it brings along;
    `sealed` is how many such fields its events have.
    """

    checkpoint: Checkpoint
    opened: tuple[tuple[int, str, str], ...]
    sealed: int


class Bundle(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A reading with its events and their proofs, as it stands in the file."""

    format: Literal["lianjian-figure/v1"]
    key: str
    checkpoint: str
    reading: Claim
    consistency: Hashes
    events: tuple[Event, ...]
    disclosures: tuple[Disclosure, ...]

    def content(self) -> bytes:
        """Return the file: JSON with a member, and an event, on each line."""
        plain = msgspec.to_builtins(self)
        members = [
            f"{_json(name)}: {_lines(value) if name == 'events' else _json(value)}"
            for name, value in plain.items()
        ]
        return ("{\n" + ",\n".join(members) + "\n}\n").encode()

    def verify(self, open_note: Callable[[str], Checkpoint]) -> Proved:
        """Return what it proves, or refuse with the positions that do not verify.

        `open_note` returns the checkpoint out of a note if a key that counts has signed it, and
        raises BadNote or BadCheckpoint otherwise. Raises BadProof.
        """
        signed = open_note(self.checkpoint)
        self._verify_moment(signed)
        bad = [e.position for e in self.events if not _is_in(e, signed)]
        if bad:
            named = ", ".join(map(str, bad[:NAMED])) + (" …" if len(bad) > NAMED else "")
            root = b64encode(signed.root).decode()
            _refuse(
                f"{len(bad)} 条记录得不出根 {root}，位置：{named}",
                f"{len(bad)} event(s) do not lead to the root {root}, at position {named}",
            )
        found = [(d, e.position) for e in self.events for d in sealed_in(e.entry.encode())]
        return Proved(signed, tuple(self._opened(dict(found))), len(found))

    def _verify_moment(self, signed: Checkpoint) -> None:
        """Refuse where the log of the reading's moment is not the beginning of the signed one."""
        moment = self.reading.moment
        sizes = (moment.position, _hash(moment.root), signed.size, signed.root)
        if not verify_consistency(*sizes, _hashes(self.consistency)):
            _refuse(
                f"读数的时点（前 {moment.position} 条，根 {moment.root}）不是检查点之下日志的开头",
                f"the reading's moment (the first {moment.position} events, root {moment.root}) is "
                "not the beginning of the log under the checkpoint",
            )

    def _opened(self, sealed: Mapping[str, int]) -> Iterator[tuple[int, str, str]]:
        for disclosure in self.disclosures:
            position = sealed.get(disclosure_digest(disclosure))
            if position is None:
                _refuse(
                    "有一段封存字段的原文不属于这些记录",
                    "the text of a sealed field belongs to none of its events",
                )
            try:
                name, text = open_disclosure(disclosure)
            except (ValueError, TypeError, RecursionError):
                _refuse("封存字段的原文格式有误", "the text of a sealed field is malformed")
            yield position, str(name), str(text)


# Writing.


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _lines(values: Sequence[Any]) -> str:
    return "[" + "".join(f"{',' if i else ''}\n {_json(v)}" for i, v in enumerate(values)) + "]"


def hash_text(hash_: bytes) -> str:
    """Return a hash as it stands in a bundle."""
    return b64encode(hash_).decode()


# Reading.

_DECODER = msgspec.json.Decoder(Bundle)


def is_bundle(content: bytes) -> bool:
    """Tell whether the beginning of a file is that of a bundle: no other proof is JSON."""
    return content.lstrip(b" \t\r\n")[:1] == b"{"


def parse_bundle(content: bytes) -> Bundle:
    """Read a bundle strictly; nothing of it is verified yet. Raises BadProof with the place."""
    if len(content) > LARGEST_FILE:
        _refuse("文件过大", "the file is too large")
    try:
        # First against the types, which bounds depth and memory; then for keys that stand twice.
        found = _DECODER.decode(content)
        _refuse_twice(content)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        said = str(error)[:200]
        _refuse(f"不是合格的数字凭证文件：{said}", f"it is no proper figure file: {said}")
    _check_sizes(found)
    _check_order(found)
    _check_claim(found.reading)
    for text in (found.reading.moment.root, *found.consistency):
        _hash(text)
    for event in found.events:
        _hashes(event.hashes)
    return found


def _refuse_twice(content: bytes) -> None:
    """Raise ValueError where an object has a key twice: readers would disagree which one counts."""

    def once(pairs: list[tuple[str, Any]]) -> None:
        seen = set[str]()
        for name, _ in pairs:
            if name in seen:
                message = f"the key {name[:40]!r} stands there twice"
                raise ValueError(message)
            seen.add(name)

    json.loads(content.decode(), object_pairs_hook=once)


def _check_sizes(found: Bundle) -> None:
    if len(found.key) > LARGEST_NOTE or len(found.checkpoint) > LARGEST_NOTE:
        _refuse("公钥或检查点过大", "the key or the checkpoint is too large")
    for event in found.events:
        if len(event.entry.encode()) > LARGEST_ENTRY:
            _refuse(f"第 {event.position} 条过大", f"position {event.position} is too large")
    if not all(map(str.isascii, found.disclosures)):
        _refuse("封存字段的原文格式有误", "the text of a sealed field is malformed")


def _check_order(found: Bundle) -> None:
    """Refuse events out of order or twice, beyond the moment, and disclosures twice."""
    last, end = -1, found.reading.moment.position
    for event in found.events:
        at = event.position
        if at <= last:
            _refuse(f"第 {at} 条重复或次序有误", f"position {at} stands twice or out of order")
        if at >= end:
            _refuse(
                f"第 {at} 条在读数的时点（前 {end} 条）之后",
                f"position {at} lies after the reading's moment (the first {end} events)",
            )
        last = at
    if len(set(found.disclosures)) != len(found.disclosures):
        _refuse("封存字段的原文重复", "the text of a sealed field stands there twice")


def _check_claim(claim: Claim) -> None:
    if not all(n is None or -LARGEST <= n <= LARGEST for n in claim.numbers):
        _refuse("读数中的数过大", "the reading has a number that is too large")
    try:
        start, end = claim.period.days()
        fits = start < end
    except ValueError:
        fits = False
    if not fits:
        _refuse("读数的期间有误", "the reading's period is none")


def _hash(text: str) -> bytes:
    found = decoded(text)
    if found is None or len(found) != HASH_SIZE:
        _refuse(f"{text} 不是 32 字节的规范 base64", f"{text} is not canonical base64 of 32 bytes")
    return found


def _hashes(texts: Sequence[str]) -> tuple[bytes, ...]:
    return tuple(map(_hash, texts))


# Verifying.


def _is_in(event: Event, signed: Checkpoint) -> bool:
    leaf, hashes = leaf_hash(event.entry.encode()), _hashes(event.hashes)
    return verify_inclusion(leaf, event.position, signed.size, hashes, signed.root)


def sealed_in(entry: bytes) -> list[str]:
    """Return the digests of an event's sealed fields; the log of somebody else may hold anything."""
    try:
        return list(digests(msgspec.json.decode(read_envelope(entry).data)))
    except (msgspec.MsgspecError, ValueError, TypeError, RecursionError):
        return []
