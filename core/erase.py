"""Erasing: the text behind a sealed field is destroyed, and the log says that it was, and why.

    done = erase(log, "L7-enrolled", "name", basis="…", authority="…", recorder="xuanjiao")
    cleanse(log, done)

An entry holds no more of a sealed text than the digest of a salted disclosure, so that the text can
go and everything still verifies. `erase` adds the event and deletes the disclosure in one
transaction; `cleanse` sees to it that the bytes are nowhere in the folder. Whoever is killed between
the two, or finds the log in use, does the same again: nothing is recorded twice.
"""

import sqlite3
import unicodedata

import msgspec
from attrs import frozen

from lianjian.core.cells import tidy
from lianjian.core.errors import (
    BytesInWal,
    BytesLeft,
    LogDamaged,
    MissingField,
    NotSealed,
    Refused,
    TextGone,
    TextInGrounds,
    Words,
)
from lianjian.core.event import Draft, open_disclosure
from lianjian.core.log import ERASE, Appended, Log, find_event
from lianjian.core.notices import ERASURE, Erased
from lianjian.core.scrub import scrub
from lianjian.core.sealing import sealed_in
from lianjian.core.store import PATIENCE, EntryRow, Store


@frozen
class Erasure:
    """What an erasure did, or an earlier one had done.

    `event` is the entry that records it; `appended` what the append did, None where it was recorded
    before. `also` are further positions where the same digest stands, `anew` those of the event's
    corrections, or of what it corrects, where the field was sealed to another digest that is still
    open. `disclosure` is what was destroyed, to be looked for.
    """

    position: int
    path: str
    digest: str
    event: EntryRow
    appended: Appended | None
    also: tuple[int, ...]
    anew: tuple[int, ...]
    disclosure: str | None


def erase(log: Log, name: str, path: str, *, basis: str, authority: str, recorder: str) -> Erasure:
    """Destroy the text in a sealed field, `path`, of the event `name` (an id or a position).

    Where it was erased before nothing is recorded; what is left of it is destroyed.

    Raises NoSuchEvent; NotSealed; TextGone where the text is missing, but was never erased;
    TextInGrounds where `basis`, `authority` or `recorder` would keep it for ever; Refused; and what
    `Log.append` raises. Nothing is recorded or destroyed then.
    """
    row = find_event(log.store, name)
    digest = _digest(log.store, row, path)
    disclosure = log.store.disclosure(digest)
    by, appended = log.store.known(ERASURE, digest), None
    if by is None:
        if disclosure is None:
            raise TextGone(position=row.position, path=path)
        _check_grounds(disclosure, basis=basis, authority=authority, recorder=recorder)
        made = Erased(row.position, path, tidy(basis), tidy(authority), digest)
        appended = log.append([Draft(made, recorder)], command=ERASE)
        by = appended.positions[0]
    else:
        log.append([], command=ERASE)
    event = log.store.row(by)
    if event is None:
        raise LogDamaged(path=log.store.path, reason=f"position {by}")
    standing = _standing(log.store, digest)
    also = tuple(p for p in standing if p != row.position)
    anew = tuple(_anew(log.store, row, path, digest))
    return Erasure(row.position, path, digest, event, appended, also, anew, disclosure)


def cleanse(log: Log, done: Erasure, patience: float = PATIENCE) -> None:
    """See to it that the bytes of an erased text are nowhere in the records folder.

    What was erased before is looked for as well: something may have been put back since.

    Raises BytesInWal where the WAL cannot be cut, most often since another process reads the log
    for longer than `patience` (seconds); BytesLeft with the files that still have them, or cannot
    be looked into.
    """
    why: object = Words("另有程序正在读日志", "another program is reading the log")
    try:
        cut = log.store.checkpointed(patience)
    except sqlite3.OperationalError as error:  # a full disk
        cut, why = False, error
    with log.lock:
        disclosures = [done.disclosure] if done.disclosure else []
        left = scrub(log.store, disclosures, patience)
    if not cut:
        raise BytesInWal(position=done.event.position, why=why)
    if left:
        raise BytesLeft(files=", ".join(map(str, (*left.holding, *left.unread))))


def _digest(store: Store, row: EntryRow, path: str) -> str:
    """Return the digest in a sealed field of an entry, of an installed type or not."""
    try:
        places = dict(sealed_in(row.entry))
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise LogDamaged(path=store.path, reason=f"position {row.position}: {error}") from error
    if path not in places:
        said = Words("它没有封存字段", "it has no sealed field at all")
        if places:
            said = Words(f"封存字段有：{'、'.join(places)}", f"it has: {', '.join(places)}")
        raise NotSealed(position=row.position, path=path, has=said)
    return places[path]


def _check_grounds(disclosure: str, **grounds: str) -> None:
    """Refuse what is blank, and what would keep the text that is to be erased."""
    blank = [MissingField(name=name).at(name) for name, said in grounds.items() if not tidy(said)]
    if blank:
        raise Refused(blank)
    try:
        text = _plain(open_disclosure(disclosure)[1])
    except (ValueError, TypeError):
        return  # no text that anybody could read, which `verify` reports
    for name, said in grounds.items():
        if text and text in _plain(said):
            raise TextInGrounds(where=f"--{name}")


def _plain(text: str) -> str:
    """Return a text without what people write in more than one way: blanks, width and case."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _standing(store: Store, digest: str) -> list[int]:
    """Return the positions of all entries that seal a digest."""
    rows = store.sealing(digest)
    return [row.position for row in rows if digest in dict(sealed_in(row.entry)).values()]


def _anew(store: Store, row: EntryRow, path: str, digest: str) -> list[int]:
    """Return where the event stands corrected, before or after, with the field sealed anew."""
    found, before = [], row
    while before.replaces is not None and (earlier := store.row(before.replaces)):
        before = earlier
    step: EntryRow | None = before
    while step is not None:
        other = dict(sealed_in(step.entry)).get(path, digest)
        if other != digest and store.disclosure(other) is not None:
            found.append(step.position)
        by = store.superseded_by(step.position)
        step = None if by is None else store.row(by)
    return found
