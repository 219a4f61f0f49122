"""What entries say, judged from their bytes alone: order, ids, what replaces what, sealed fields.

An auditor with an exported log has no database and no installed families. What can be asked of an
entry without them is asked here, one after the other:

    contents = Contents(origin, evidence)
    for position, entry in enumerate(entries):
        contents.take(position, entry)
    contents.disclosed(file)

What must be remembered of all entries (their ids, the digests of sealed fields) stands in a
temporary SQLite file, which SQLite removes by itself: memory does not grow with the log.
"""

import json
import re
import sqlite3
from contextlib import closing
from typing import Any, BinaryIO, Self

import msgspec

from lianjian.core.audit import (
    MISSING,
    MOST,
    NOT_SEALED,
    PUBLISHED,
    STILL_THERE,
    Evidence,
    at,
)
from lianjian.core.errors import LianjianError, Words
from lianjian.core.event import (
    Envelope,
    disclosure_digest,
    event_type,
    open_disclosure,
    read_envelope,
)
from lianjian.core.keys import MOST_ROTATIONS, Rotation, rotation_at
from lianjian.core.notices import ERASED, NEVER_REPLACED, Erased, KeyRotated
from lianjian.core.sealing import sealed_in

ROTATED = event_type(KeyRotated).name
LARGEST_LINE = 1 << 20  # bytes of a line of disclosures.jsonl
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)

_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA temp_store = FILE;
PRAGMA cache_size = -4096;
CREATE TABLE ids (id TEXT PRIMARY KEY, position INTEGER, type TEXT, by INTEGER) WITHOUT ROWID;
CREATE TABLE sealed (
    digest TEXT PRIMARY KEY, position INTEGER, opened INTEGER, erased INTEGER
) WITHOUT ROWID;
CREATE TABLE places (
    position INTEGER, path TEXT, digest TEXT, PRIMARY KEY (position, path)
) WITHOUT ROWID;
BEGIN;
"""

_MISSING = "FROM sealed WHERE opened = 0 AND erased IS NULL"

# What reading hostile JSON may raise: numbers too long, half characters, nesting too deep.
UNREADABLE = (msgspec.MsgspecError, ValueError, TypeError, RecursionError)


class Contents:
    """A pass over the contents of a log's entries, in order. A context manager."""

    def __init__(self, origin: str, evidence: Evidence) -> None:
        self.origin = origin
        self.find = evidence.find
        self.note = evidence.note
        self.last = ""
        """The recording time of the last entry so far."""
        self.rotations: list[Rotation] = []
        self.published = 0
        self.db = sqlite3.connect("", isolation_level=None)  # a temporary file of SQLite's own
        self.db.executescript(_SCHEMA)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.db.close()

    def take(self, position: int, entry: bytes) -> None:
        """Check the next entry."""
        try:
            envelope = read_envelope(entry)
            envelope.id.encode()
            found = sealed_in(entry)
            "".join(text for place in found for text in place).encode()
            erased = self._erased(envelope)
        except UNREADABLE as error:
            what = Words("字节不是合格的 CloudEvents", "the bytes are no proper CloudEvents object")
            self.find(at(position), what, found=error)
            return
        for path, digest in found:
            sql = "INSERT OR IGNORE INTO sealed VALUES (?, ?, 0, NULL)"
            self.db.execute(sql, (digest, position))
            self.db.execute(
                "INSERT OR IGNORE INTO places VALUES (?, ?, ?)", (position, path, digest)
            )
        if erased:
            self._erasure(position, erased)
        self.published += envelope.type == PUBLISHED
        self._attributes(position, envelope)
        if envelope.type == ROTATED:
            self._rotation(position, envelope)
        if envelope.replaces:
            self._replaces(position, envelope)
        sql = "INSERT OR IGNORE INTO ids VALUES (?, ?, ?, NULL)"
        if not self.db.execute(sql, (envelope.id, position, envelope.type)).rowcount:
            first = self._known(envelope.id)[0]
            what = Words(f"编号 {envelope.id} 重复", f"the id {envelope.id} stands there twice")
            self.find(at(position), what, "-", at(first))

    def _erased(self, envelope: Envelope) -> Erased | None:
        if envelope.type != ERASED:
            return None
        said = msgspec.json.decode(envelope.data, type=Erased)
        f"{said.path}{said.digest}".encode()
        return said

    def _erasure(self, position: int, said: Erased) -> None:
        """Check that an erasure is of a field that was sealed before, and take its text for gone."""
        sql = "SELECT digest FROM places WHERE position = ? AND path = ? AND position < ?"
        asked = min(said.position, position), said.path, position
        (digest,) = self.db.execute(sql, asked).fetchone() or ("-",)
        if digest != said.digest:
            place = f"{said.position} {said.path}"
            self.find(at(position), NOT_SEALED, f"{place} {said.digest}", f"{place} {digest}")
            return
        sql = "UPDATE sealed SET erased = ? WHERE digest = ? AND erased IS NULL"
        self.db.execute(sql, (position, said.digest))

    def _rotation(self, position: int, envelope: Envelope) -> None:
        """Check what a rotation of the log's key states, and keep it."""
        try:
            data = msgspec.json.decode(envelope.data, type=dict[str, Any])
            if len(self.rotations) == MOST_ROTATIONS:
                what = Words("轮换过多，其后未读", "there are too many rotations to be read")
                self.find(at(position), what, MOST_ROTATIONS)
            elif len(self.rotations) < MOST_ROTATIONS:
                self.rotations.append(rotation_at(position, self.origin, data))
        except (LianjianError, *UNREADABLE) as error:
            what = Words("密钥轮换无法核验", "the rotation of the key does not verify")
            self.find(at(position), what, found=error)

    def _attributes(self, position: int, envelope: Envelope) -> None:
        recordedat = envelope.recordedat
        if not _TIME.fullmatch(recordedat):
            what = Words("录入时间写法有误", "the recording time is not properly written")
            self.find(at(position), what, "YYYY-MM-DDTHH:MM:SS.ffffffZ", recordedat)
            return
        if recordedat < self.last:
            what = Words("录入时间倒退", "the recording time goes back")
            self.find(at(position), what, f">= {self.last}", recordedat)
        self.last = recordedat
        if envelope.source != self.origin:
            what = Words("source 不是本日志", "the source is not this log")
            self.find(at(position), what, self.origin, envelope.source)

    def _known(self, id_: str) -> Any:
        sql = "SELECT position, type, by FROM ids WHERE id = ?"
        return self.db.execute(sql, (id_,)).fetchone() or (None, "", None)

    def _replaces(self, position: int, envelope: Envelope) -> None:
        """Check that an entry supersedes an earlier one that it can, and it alone does."""
        target, type_, by = self._known(envelope.replaces)
        if target is None:
            what = Words("所取代的编号此前没有", "it replaces an id that no earlier entry has")
            self.find(at(position), what, f"< {position}", envelope.replaces)
        elif type_ in NEVER_REPLACED or envelope.type not in ("voided", type_):
            what = Words("取代了不可取代的记录", "it replaces what it cannot replace")
            self.find(at(position), what, type_, envelope.type)
        elif by is not None:
            what = Words("同一记录被取代多次", "the same entry is replaced more than once")
            self.find(at(position), what, at(by), at(target))
        else:
            self.db.execute("UPDATE ids SET by = ? WHERE id = ?", (position, envelope.replaces))

    # The texts behind sealed fields.

    def disclosed(self, file: BinaryIO | None, beyond: int | None = None) -> None:
        """Check that each text opens its digest; None where the folder has no texts at all.

        Texts of positions from `beyond` on are of an export under way, and passed over.
        """
        if file is None:
            (count,) = self.db.execute(f"SELECT count(*) {_MISSING}").fetchone()
            if count:
                self.note(
                    f"没有 disclosures.jsonl，{count} 个封存字段的原文未核",
                    f"no disclosures.jsonl: the texts of {count} sealed fields were not checked",
                )
            return
        number = 0
        while line := file.readline(LARGEST_LINE + 1):
            number += 1
            place = Words(f"disclosures.jsonl 第 {number} 行", f"disclosures.jsonl line {number}")
            if len(line) > LARGEST_LINE:
                what = Words("过长，其后未读", "it is too long, and the rest was not read")
                self.find(place, what, f"<= {LARGEST_LINE}")
                break
            try:
                self._disclosure(place, line, beyond)
            except UNREADABLE as error:
                what = Words("不是合格的原文行", "it is not a proper line of disclosure")
                self.find(place, what, found=error)
        self._missing(beyond)
        self._still_there()

    def _disclosure(self, place: Words, line: bytes, beyond: int | None) -> None:
        position, digest, disclosure = _members(line)
        open_disclosure(disclosure)
        made = disclosure_digest(disclosure)
        if made != digest:
            what = Words(
                "封存字段的原文与摘要不符", "a sealed field's text does not open its digest"
            )
            self.find(place, what, digest, made)
            return
        sql = "UPDATE sealed SET opened = 1 WHERE digest = ? AND position = ? AND opened = 0"
        opened = self.db.execute(sql, (digest, position)).rowcount
        if not opened and (beyond is None or position < beyond):
            what = Words("没有记录封存过的原文", "a text that this entry does not seal")
            self.find(place, what, "", f"{at(position)} {digest}")

    def _missing(self, beyond: int | None) -> None:
        """Report texts that are missing; an export under way may say later that they were erased."""
        if beyond is not None:
            (count,) = self.db.execute(f"SELECT count(*) {_MISSING}").fetchone()
            if count:
                self.note(
                    f"{count} 个封存字段没有原文；是否已依规删除，再次导出后可知",
                    f"{count} sealed fields have no text; whether it was erased is known when the "
                    "log has been exported again",
                )
            return
        sql = f"SELECT digest, position {_MISSING} ORDER BY position LIMIT ?"
        with closing(self.db.execute(sql, (MOST + 1,))) as rows:
            for digest, position in rows:
                self.find(at(position), MISSING, digest, "")

    def _still_there(self) -> None:
        sql = "SELECT digest, erased FROM sealed WHERE opened AND erased ORDER BY 2 LIMIT ?"
        with closing(self.db.execute(sql, (MOST + 1,))) as rows:
            for digest, erased in rows:
                self.find(at(erased), STILL_THERE, "", digest)

    def counted(self) -> tuple[int, int]:
        """Return how many sealed fields have their text, and how many were erased."""
        sql = (
            "SELECT count(CASE WHEN opened AND erased IS NULL THEN 1 END), count(erased) "
            "FROM places JOIN sealed USING (digest)"
        )
        open_, erased = self.db.execute(sql).fetchone()
        return open_, erased


def _members(line: bytes) -> tuple[int, str, str]:
    """Return position, digest and disclosure of a line; ValueError where it is not just these."""
    found = json.loads(line)
    names = ["position", "digest", "disclosure"]
    if not isinstance(found, dict) or list(found) != names:
        message = f"expected an object of {', '.join(names)}"
        raise ValueError(message)
    position, digest, disclosure = found.values()
    if type(position) is not int or not isinstance(digest, str) or not isinstance(disclosure, str):
        message = "expected an integer and two texts"
        raise TypeError(message)
    if not 0 <= position < 2**63:
        message = "a position out of range"
        raise ValueError(message)
    f"{digest}{disclosure}".encode()
    return position, digest, disclosure
