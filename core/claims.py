"""Figures that are handed out with their proof: making the file, and saying what it shows.

    write(make(records, store, reading, positions, "then"), path)    lianjian why … --bundle FILE
    found = verified(path.read_bytes(), key.open)                    lianjian check FILE --key …
    claim_text(found, reader)

The format and what of it is proved stand in `bundle.py`. A reading is somebody's claim; whoever
reads what is printed here must not take it for more.
"""

import errno
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from attrs import frozen

from lianjian.core.bundle import (
    LARGEST_FILE,
    Bundle,
    Claim,
    Days,
    Event,
    Known,
    Proved,
    Text,
    hash_text,
    parse_bundle,
    sealed_in,
)
from lianjian.core.checkpoint import Checkpoint, VerifierKey
from lianjian.core.errors import BadKey, BadProof, MomentNotSigned, TooManyEvents, Words
from lianjian.core.event import read_envelope
from lianjian.core.files import write_whole
from lianjian.core.handout import consistency, inclusions, newest
from lianjian.core.indicator import UNITS, Moment, Reading, Tree
from lianjian.core.listing import Seen, event_lines
from lianjian.core.messages import SYNTHETIC, Reader, columns
from lianjian.core.period import Period
from lianjian.core.proofs import Inclusion
from lianjian.core.records import Records
from lianjian.core.show import about_text, parts_text, reading_object, remarks, value_text
from lianjian.core.store import EntryRow, Store
from lianjian.core.terminal import Terminal

LISTED = 20  # events, for people

# Making.


def make(
    records: Records,
    store: Store,
    reading: Reading,
    positions: Sequence[int],
    tree: Tree,
    *,
    disclose: bool = False,
) -> Bundle:
    """Return a reading with the events at `positions`, its evidence, proved under the newest checkpoint.

    With `disclose` the texts behind their sealed fields come along, as far as they are still there.
    Raises MomentNotSigned, TooManyEvents, and what `handout.newest` and `inclusion` raise.
    """
    held, moment = newest(records, store), moment_of(reading)
    size = held.checkpoint.size
    if moment.position > size:
        raise MomentNotSigned(position=moment.position, size=size)
    then = Checkpoint(held.checkpoint.origin, moment.position, moment.root)
    grown = consistency(store, held, then, store.path)
    events, found = [], list[str]()
    for proof in _within(inclusions(store, held, positions), len(positions)):
        entry = proof.extra.decode()
        events.append(Event(proof.index, entry, tuple(map(hash_text, proof.hashes))))
        found += (d for d in map(store.disclosure, sealed_in(proof.extra)) if d and disclose)
    return Bundle(
        format="lianjian-figure/v1",
        key=records.keys(store).newest.to_text(),
        checkpoint=held.note,
        reading=claim_of(reading, tree),
        consistency=tuple(map(hash_text, grown.hashes)),
        events=tuple(events),
        disclosures=tuple(dict.fromkeys(found)),
    )


def _within(proofs: Iterable[Inclusion], count: int) -> Iterator[Inclusion]:
    """Yield proofs as long as there is room for them in a file."""
    room = LARGEST_FILE
    for proof in proofs:
        room -= len(proof.extra) + 47 * len(proof.hashes)
        if room < 0:
            raise TooManyEvents(count=count, most=LARGEST_FILE)
        yield proof


def claim_of(reading: Reading, tree: Tree) -> Claim:
    """Return a reading that Figures gave out as what is claimed."""
    made, moment, indicator = reading_object(reading, "en"), moment_of(reading), reading.indicator
    if indicator is None:
        raise ValueError(NOT_GIVEN_OUT)
    made |= {
        "definition": Text(indicator.zh, indicator.en),
        "reason": Text(reading.reason.zh, reading.reason.en) if reading.reason else None,
        "flags": tuple(Text(f.zh, f.en) for f in reading.flags),
        "period": Days(**made["period"]),
        "moment": Known(moment.position, hash_text(moment.root)),
        "tree": tree,
    }
    return Claim(**made)


NOT_GIVEN_OUT = "only readings that Figures gave out can be handed on"


def moment_of(reading: Reading) -> Moment:
    """Return the moment of a reading that Figures gave out; ValueError for any other."""
    if reading.moment is None:
        raise ValueError(NOT_GIVEN_OUT)
    return reading.moment


def hand_out(terminal: Terminal, bundle: Bundle, to: str) -> None:
    """Write a bundle to a file, or for - to standard output, and tell what is in it."""
    if to != "-":
        write(bundle, Path(to))
    terminal.tell(*contents(bundle))
    if to == "-":
        terminal.for_programs(content_of(bundle).decode().removesuffix("\n"))
    else:
        terminal.out(to)


def content_of(bundle: Bundle) -> bytes:
    """Return a bundle as a file that `check` takes. Raises TooManyEvents."""
    content = bundle.content()
    if len(content) > LARGEST_FILE:
        raise TooManyEvents(count=len(bundle.events), most=LARGEST_FILE)
    return content


def write(bundle: Bundle, path: Path) -> None:
    """Write a bundle: all of it or nothing, and readable to its owner alone if it opens names.

    Raises TooManyEvents.
    """
    content = content_of(bundle)
    if path.is_dir() or not path.parent.is_dir():
        number = errno.EISDIR if path.is_dir() else errno.ENOENT
        raise OSError(number, os.strerror(number), str(path))
    write_whole(path, content, 0o600 if bundle.disclosures else 0o644)


def contents(bundle: Bundle) -> tuple[str, str]:
    """Say in zh and en what was written: how many events, and what became of sealed fields."""
    count, opened = len(bundle.events), len(bundle.disclosures)
    sealed = sum(len(sealed_in(e.entry.encode())) for e in bundle.events)
    zh, en = f"读数与 {count} 条记录及其证明", f"the reading, {count} event(s) and their proofs"
    if opened:
        zh += f"；附封存字段原文 {opened} 个，含个人信息，请慎重提供"
        en += f", with {opened} text(s) of sealed fields: personal data, pass it on with care"
    if sealed > opened:
        zh += f"；未附封存字段原文 {sealed - opened} 个"
        en += f"; the texts of {sealed - opened} sealed field(s) are left out"
    return zh, en


# Saying what it shows.


@frozen
class Checked:
    """A bundle that was verified; `own` tells that it was with the key that it brings along."""

    bundle: Bundle
    proved: Proved
    own: bool

    @property
    def withheld(self) -> int:
        """Return how many sealed fields stay closed."""
        return self.proved.sealed - len(self.proved.opened)


def verified(content: bytes, open_note: Callable[[str], Checkpoint] | None = None) -> Checked:
    """Verify a bundle; the checkpoint is opened by `open_note`, or by the key that it brings along.

    Raises BadProof, BadNote, BadCheckpoint.
    """
    bundle = parse_bundle(content)
    if open_note:
        return Checked(bundle, bundle.verify(open_note), own=False)
    return Checked(bundle, bundle.verify(own_key(bundle).open), own=True)


def own_key(bundle: Bundle) -> VerifierKey:
    """Return the key that a bundle brings along, which is nobody's word. Raises BadProof."""
    try:
        return VerifierKey.parse(bundle.key)
    except BadKey as error:
        raise BadProof(why=Words(error.message("zh"), error.message("en"))) from None


NOT_PROVED = (
    Words("属于这一读数的记录全在其中", "that these are all the events that belong to the reading"),
    Words("读数是由它们正确算出的", "that the reading was computed right from them"),
    Words("所录属实", "that what was recorded is true"),
)
SHOWN_BY = Words(
    "前两项须有整个日志才能核验：lianjian verify 导出目录 --figures",
    "the first two take the whole log: lianjian verify DIR --figures, of an export",
)
OWN_KEY = Words(
    "未给 --key，用的是文件自带的公钥：这只说明文件自相一致，谁都可以另造一份",
    "no --key was given and the file's own was used: this shows no more than that the file agrees "
    "with itself, and anybody can make such a file",
)


def claim_text(found: Checked, reader: Reader) -> Iterator[str]:
    """Yield the reading, worded as a claim; what is proved of its events; and what is not."""
    say, claim, signed = reader.say, found.bundle.reading, found.proved.checkpoint
    yield say("所称读数（未经证明）：", "the reading as claimed, which is not proved:")
    yield from _claimed(claim, reader)
    yield ""
    events = found.bundle.events
    count = len(events)
    zh, en = (
        f"已证明：{count} 条记录在下列检查点的日志中",
        (
            f"proved: {count} event{'s' * (count != 1)} {'are' if count != 1 else 'is'} in the log under"
        ),
    )
    yield reader.below(say(zh, en), 0)
    yield from (reader.below(line, 2) for line in signed.text().splitlines())
    if claim.moment.position < signed.size:
        n = claim.moment.position
        zh = f"已证明：读数时点的前 {n} 条，正是该日志的开头"
        en = f"proved: the {n} events of the reading's moment are the beginning of that log"
        yield reader.below(say(zh, en), 0)
    if events:
        yield from event_lines([_seen(e) for e in events[-LISTED:]], reader)
    if count > LISTED:
        zh, en = (
            f"列出最后 {LISTED} 条，全部在文件中",
            f"the last {LISTED} are listed; the file has all",
        )
        yield reader.below(say(zh, en), 2)
    yield from _sealed_text(found, reader)
    yield ""
    yield say("本文件不能证明：", "not proved by this file:")
    yield from (reader.below(words.text(reader.lang), 2) for words in NOT_PROVED)
    yield reader.below(SHOWN_BY.text(reader.lang), 0)


def _claimed(claim: Claim, reader: Reader) -> Iterator[str]:
    say, unit = reader.say, UNITS.get(claim.unit, Words(claim.unit, claim.unit)).text(reader.lang)
    label = f" {SYNTHETIC.text(reader.lang)}" if claim.synthetic else ""
    yield reader.below(f"{claim.indicator}{label}  ({say('单位：', 'unit: ')}{unit})", 2)
    yield reader.below(say(claim.definition.zh, claim.definition.en), 4)
    reading = _reading(claim)
    row = about_text(reading, reader), value_text(reading), parts_text(reading, reader)
    yield from columns([row], width=reader.width, indent=4)
    yield from (reader.below(remark, 6) for remark in remarks(reading, reader))
    period = Period(*claim.period.days())
    position, tree = claim.moment.position, claim.tree
    zh = f"期间 {period}；时点 前 {position} 条；单位树：{'当时' if tree == 'then' else '现在'}"
    en = f"period {period}; moment: the first {position} events; units as they "
    en += "were" if tree == "then" else "are now"
    yield reader.below(say(zh, en), 4)


def _reading(claim: Claim) -> Reading:
    """Return a claim in the form in which readings are shown."""
    return Reading(
        claim.subject,
        claim.value,
        claim.low,
        claim.high,
        claim.numerator,
        claim.denominator,
        Words(claim.reason.zh, claim.reason.en) if claim.reason else None,
        tuple(Words(f.zh, f.en) for f in claim.flags),
        claim.dimensions,
    )


def _seen(event: Event) -> Seen:
    """Return an event as lists show it; one that cannot be read is shown as such."""
    entry = event.entry.encode()
    try:
        envelope = read_envelope(entry)
        id_, type_ = envelope.id, envelope.type
    except (msgspec.MsgspecError, ValueError, RecursionError):
        id_ = type_ = "-"
    return Seen.of(EntryRow(event.position, id_, type_, 0, "", None, None, entry), None)


def _sealed_text(found: Checked, reader: Reader) -> Iterator[str]:
    for position, name, text in found.proved.opened:
        zh, en = (
            f"第 {position} 条的封存字段 {name}：{text}",
            f"position {position}, sealed {name}: {text}",
        )
        yield reader.below(reader.say(zh, en), 0)
    if found.withheld:
        zh = f"另有 {found.withheld} 个封存字段未附原文"
        en = f"sealed fields whose texts are not in the file: {found.withheld}"
        yield reader.below(reader.say(zh, en), 0)


def claim_json(found: Checked, lang: str) -> dict[str, Any]:
    """Return the same for programs."""
    signed, claim = found.proved.checkpoint, found.bundle.reading
    root = hash_text(signed.root)
    return {
        "proved": "events",
        "events": [e.position for e in found.bundle.events],
        "checkpoint": {"origin": signed.origin, "size": signed.size, "root": root},
        "moment": msgspec.to_builtins(claim.moment),
        "own_key": found.own,
        "claimed": msgspec.to_builtins(claim),
        "opened": [
            {"position": position, "name": name, "text": text}
            for position, name, text in found.proved.opened
        ],
        "sealed": found.proved.sealed,
        "not_proved": [words.text(lang) for words in NOT_PROVED],
    }
