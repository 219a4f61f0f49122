"""The auditor's one pass over the log: every entry is hashed, and all beside it derived anew.

    bytes ──▶ leaf hashes ──▶ tiles ──▶ root
      └────▶ the columns beside them, the register of ids, the digests of sealed fields

No column, register row or tile is trusted: each is compared with what the entries' bytes say. The
entries are read once, in runs; the register is read beside them, by position, so that a row too
many is seen like one that is missing. Memory does not grow with the log.

`verify.py` makes the pass, and compares its root with what was signed.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import msgspec
from attrs import field, frozen, mutable

from lianjian.core.checkpoint import Checkpoint
from lianjian.core.errors import LianjianError, Words
from lianjian.core.event import (
    Envelope,
    EventType,
    disclosure_digest,
    event_type,
    open_disclosure,
    read_envelope,
)
from lianjian.core.notices import ERASED, ERASURE, NEVER_REPLACED, Erased, FiguresPublished
from lianjian.core.records import LOG_KEY
from lianjian.core.sealing import sealed_in
from lianjian.core.shapes import New, digests, kind_of, mentions, plain, sealed_fields
from lianjian.core.store import COLUMNS, EntryRow, Store
from lianjian.core.tree import (
    HASH_SIZE,
    TILE_HEIGHT,
    TILE_WIDTH,
    Frontier,
    all_tiles,
    extend,
    frontier_root,
    leaf_hash,
    unlike_leaves,
)

RUN = 1024  # entries hashed in one go: four level-0 tiles, measured to be long enough
MOST = 100  # findings kept; a log that was rewritten would have one for each entry

PUBLISHED = event_type(FiguresPublished).name

Progress = Callable[[int], None]


@frozen
class Finding:
    """One thing that does not follow: its place, what is wrong, what was expected and found.

    `check` names the check that found it (see `Check`), "" where nobody said.
    """

    place: Words
    what: Words
    expected: str | Words = ""
    found: str | Words = ""
    check: str = ""


ENTRIES, TREE, SIGNATURE, SIGNED, REGISTER, VIEWS = (
    "entries",
    "tree",
    "signature",
    "signed",
    "register",
    "views",
)


@frozen
class Check(Words):
    """What was checked, in words, and the name under which its findings stand."""

    name: str = ""


@mutable
class Evidence:
    """What was found so far, up to a limit; `more` counts what went beyond it.

    `check` is the check that is under way.
    """

    findings: list[Finding] = field(factory=list)
    notes: list[Words] = field(factory=list)
    more: int = 0
    check: str = ""

    def find(self, place: Words, what: Words, expected: object = "", found: object = "") -> None:
        """Add a finding."""
        if len(self.findings) < MOST:
            ends = _end(expected), _end(found)
            self.findings.append(Finding(place, what, *ends, check=self.check))
        else:
            self.more += 1

    def mark(self) -> tuple[int, int, int]:
        """Return how much was found, to go back to."""
        return len(self.findings), len(self.notes), self.more

    def back_to(self, mark: tuple[int, int, int]) -> None:
        """Forget what was found since a mark."""
        findings, notes, self.more = mark
        del self.findings[findings:], self.notes[notes:]

    def note(self, zh: str, en: str) -> None:
        """Say what could not be checked, or deserves attention."""
        self.notes.append(Words(zh, en))


def _end(value: object) -> str | Words:
    """Return what was expected or found as people read it."""
    return value if isinstance(value, Words) else "-" if value is None else str(value)


MISSING = Words(
    "封存字段的原文缺失，而没有删除它的记录",
    "the text behind a sealed field is missing, and no event says that it was erased",
)
NOT_SEALED = Words("所删除的封存字段从未在此封存", "it erases a field that was never sealed there")
STILL_THERE = Words(
    "原文已记为删除，却仍在：请再次运行 lianjian erase",
    "the text is there, though it says that it was erased: run `lianjian erase` again",
)


def disclosed(open_: int, erased: int) -> list[Words]:
    """Return how many sealed fields have their text and how many were erased, if there are any."""
    if not open_ + erased:
        return []
    zh = f"{open_} 个封存字段有原文，{erased} 个已依规删除"
    return [Words(zh, f"{open_} sealed field(s) disclosed, {erased} erased")]


def at(position: int) -> Words:
    """Return a position of the log as a place."""
    return Words(f"第 {position} 条", f"position {position}")


def _tile(level: int, index: int) -> Words:
    return Words(f"瓦片 {level}/{index}", f"tile {level}/{index}")


@frozen
class _Kind:
    """What hangs on the entries of one type and version.

    `read` returns the object in an entry, and is None where nothing hangs on it; `introducing` are
    its marks that introduce ids, `sealed` tells whether it has sealed fields.
    """

    read: Callable[[EntryRow, Envelope], Any] | None = None
    introducing: tuple[tuple[New, Callable[[Any], Any]], ...] = ()
    sealed: bool = False
    installed: bool = True


def _kind_of(type_: EventType | None, version: int) -> _Kind:
    if type_ is None:
        return _Kind(installed=False)
    introducing = tuple((m, texts) for m, texts in mentions(type_.cls) if isinstance(m, New))
    sealed = sealed_fields(type_.cls)
    if not introducing and not sealed:
        return _Kind()
    if version == type_.version:
        # The envelope has found where the data stand: they alone are left to be read.
        decode: Callable[[Any], Any] = msgspec.json.Decoder(type_.cls).decode
        return _Kind(lambda _, envelope: decode(envelope.data), introducing, sealed)
    try:
        reader = type_.reader(version)
    except (LianjianError, TypeError):
        return _Kind(installed=False)
    return _Kind(lambda row, _: reader(row.entry).data, introducing, sealed)


def _sealed_places(row: EntryRow) -> list[tuple[str, str]]:
    """Return (path, digest) of what an entry seals, judged from its bytes alone."""
    try:
        return sealed_in(row.entry)
    except (msgspec.MsgspecError, ValueError, TypeError, RecursionError):
        return []  # no proper entry, which is a finding of its own


class Audit:
    """A pass over a log whose entries should come from `origin`; `types` are those installed."""

    def __init__(
        self, store: Store, origin: str, types: Mapping[str, EventType], evidence: Evidence
    ) -> None:
        self.store = store
        self.origin = origin
        self.types = types
        self.evidence = evidence
        self.find = evidence.find
        self.note = evidence.note
        self.size = 0
        self.published = 0
        self._frontier: Frontier = {}
        self._next = 0
        self._last = ""
        self.open = 0
        self.erased = 0
        self._disclosed = 0
        self._unlike: list[tuple[int, bytes, bytes]] = []
        self._kinds: dict[tuple[str, int], _Kind] = {}
        self._unknown: set[str] = set()
        self._unread: list[int] = []

    @property
    def root(self) -> bytes:
        """Return the root over the entries' bytes that were read so far."""
        return frontier_root(self._frontier)

    def read(self, progress: Progress | None = None) -> None:
        """Read the whole log, reporting all but the hashes that differ (see `blame`)."""
        cursor = self.store.db.execute(f"SELECT {COLUMNS} FROM entries ORDER BY position")
        while rows := cursor.fetchmany(RUN):
            self._run(list(map(EntryRow._make, rows)))
            if progress:
                progress(self.size)
        self._register_beyond()
        self._last_tiles()
        self._tiles_too_many()
        self._disclosures_too_many()
        self._note_unread()

    def _run(self, rows: list[EntryRow]) -> None:
        """Take the next run of entries."""
        first = self._next if self.size else min(rows[0].position, 0)
        expected: dict[tuple[str, str, int], int | None] = {}
        unread: set[int] = set()
        until = self._superseded(first, rows[-1].position + 1)
        leaves = []
        for row in rows:
            self.evidence.check = ENTRIES
            if row.position != self._next:
                what = Words("位置有缺口", "there is a gap in the positions")
                self.find(at(row.position), what, self._next, row.position)
            self._next = row.position + 1
            if not isinstance(row.entry, bytes):
                what = Words("记录不是字节", "the entry is not bytes")
                self.find(at(row.position), what, found=type(row.entry).__name__)
                leaves.append(leaf_hash(b""))
                continue
            leaves.append(leaf_hash(row.entry))
            envelope = self._columns(row)
            self.published += row.type == PUBLISHED
            kind = self._kinds.get((row.type, row.version)) or self._kind(row)
            event = self._event(kind, row, envelope) if kind.read else None
            if event is None:
                if kind.read or not kind.installed:
                    unread.add(row.position)
                    for _, digest in _sealed_places(row):
                        self._disclosure(digest, row.position)
                continue
            for mark, texts in kind.introducing:
                for text in texts(event):
                    key = kind_of(mark, event), text, row.position
                    expected[key] = until.get(row.position)
            for digest in digests(plain(event)) if kind.sealed else ():
                self._disclosure(digest, row.position)
            if row.type == ERASED:
                self._erasure(event, row.position)
        self._register(first, expected, unread)
        self._hashes(leaves)

    def _superseded(self, start: int, stop: int) -> dict[int, int]:
        sql = "SELECT replaces, position FROM entries WHERE replaces >= ? AND replaces < ?"
        return dict(self.store.db.execute(sql, (start, stop)))

    # Columns.

    def _columns(self, row: EntryRow) -> Envelope | None:
        """Compare an entry's columns with its envelope, and return that."""
        self.evidence.check = ENTRIES
        try:
            envelope = read_envelope(row.entry)
        except (msgspec.MsgspecError, ValueError, TypeError, RecursionError) as error:
            what = Words("字节不是合格的 CloudEvents", "the bytes are no proper CloudEvents object")
            self.find(at(row.position), what, found=error)
            return None
        stated = (
            envelope.id,
            envelope.type,
            envelope.dataversion,
            envelope.recordedat,
            envelope.batch or None,
        )
        beside = (row.id, row.type, row.version, row.recordedat, row.batch)
        if stated != beside:
            names = ("id", "type", "version", "recordedat", "batch")
            for name, a, b in zip(names, stated, beside, strict=True):
                if a != b:
                    what = Words(
                        f"{name} 列与字节不符", f"the column {name} is not what the bytes say"
                    )
                    self.find(at(row.position), what, a, b)
        if envelope.recordedat < self._last:
            what = Words("录入时间倒退", "the recording time goes back")
            self.find(at(row.position), what, f">= {self._last}", envelope.recordedat)
        self._last = max(self._last, envelope.recordedat)
        if envelope.source != self.origin:
            what = Words("source 不是本日志", "the source is not this log")
            self.find(at(row.position), what, self.origin, envelope.source)
        if envelope.replaces or row.replaces is not None:
            self._replaces(row, envelope.replaces)
        return envelope

    def _replaces(self, row: EntryRow, target_id: str) -> None:
        """Check that an entry supersedes what its bytes name: an earlier one, and it alone does."""
        sql = "SELECT position, type FROM entries WHERE id = ?"
        found = self.store.db.execute(sql, (target_id,)).fetchone()
        target, type_ = found or (None, "")
        if target != row.replaces or target is None:
            what = Words("replaces 列与字节不符", "the column replaces is not what the bytes say")
            self.find(at(row.position), what, target, row.replaces)
            return
        fits = row.type in ("voided", type_)
        if target >= row.position or type_ in NEVER_REPLACED or not fits:
            what = Words("取代了不可取代的记录", "it replaces what it cannot replace")
            self.find(at(row.position), what, f"< {row.position}", target)
        sql = "SELECT count(*) FROM entries WHERE replaces = ?"
        count = self.store.db.execute(sql, (target,)).fetchone()[0]
        if count != 1:
            what = Words("同一记录被取代多次", "the same entry is replaced more than once")
            self.find(at(target), what, 1, count)

    # The register and the sealed fields.

    def _event(self, kind: _Kind, row: EntryRow, envelope: Envelope | None) -> Any:
        """Return the object in an entry, None where it cannot be read."""
        try:
            return kind.read(row, envelope) if kind.read and envelope else None
        except Exception:  # noqa: BLE001  an upcast is a plugin's, and may fail in any way
            if len(self._unread) < MOST:
                self._unread.append(row.position)
            return None

    def _kind(self, row: EntryRow) -> _Kind:
        """Return what hangs on entries of a type and version; worked out once."""
        kind = self._kinds[row.type, row.version] = _kind_of(self.types.get(row.type), row.version)
        if not kind.installed:
            self._unknown.add(f"{row.type} {row.version}" if row.type in self.types else row.type)
        return kind

    def _register(
        self, first: int, expected: Mapping[tuple[str, str, int], int | None], unread: set[int]
    ) -> None:
        """Compare the register of a run of entries with what they introduce, row by row."""
        self.evidence.check = REGISTER
        sql = "SELECT kind, id, position, until FROM register WHERE position >= ? AND position < ?"
        rows = self.store.db.execute(sql, (first, self._next))
        # What core alone introduces is never excused by a type that is not installed.
        found = {
            row[:3]: row[3] for row in rows if row[2] not in unread or row[0] in (ERASURE, LOG_KEY)
        }
        if found == expected:
            return
        for key in sorted(expected.keys() | found.keys(), key=str):
            if key not in found or key not in expected or expected[key] != found[key]:
                kind, id_, position = key
                what = Words(
                    f"编号登记不符：{kind} {id_}", f"the register is wrong about {kind} {id_}"
                )
                self.find(at(position), what, _until(expected, key), _until(found, key))

    def _register_beyond(self) -> None:
        """Report register rows at positions that the log does not have."""
        self.evidence.check = REGISTER
        sql = "SELECT kind, id, position FROM register WHERE position < 0 OR position >= ?"
        for kind, id_, position in self.store.db.execute(sql, (self._next,)):
            what = Words(f"编号登记不符：{kind} {id_}", f"the register is wrong about {kind} {id_}")
            self.find(at(position), what, _until({}, ""), kind)

    def _disclosure(self, digest: str, position: int) -> None:
        """Check the text behind a digest; a correction may carry an earlier entry's over."""
        self.evidence.check = REGISTER
        sql = "SELECT position, disclosure FROM disclosures WHERE digest = ?"
        found = self.store.db.execute(sql, (digest,)).fetchone()
        if found is None and self.store.known(ERASURE, digest) is not None:
            self.erased += 1
            return
        if found is None:
            self.find(at(position), MISSING, digest, "")
            return
        self._disclosed += found[0] == position
        try:
            open_disclosure(found[1])
            opens = disclosure_digest(found[1]) == digest and found[0] <= position
        except (ValueError, TypeError):
            opens = False
        self.open += opens
        if not opens:
            what = Words(
                "封存字段的原文与摘要不符", "a sealed field's text does not open its digest"
            )
            self.find(at(position), what, digest, f"{found[0]}: {str(found[1])[:20]}")

    def _erasure(self, said: Erased, position: int) -> None:
        """Check that an erasure is of a field that was sealed before, and that its text is gone."""
        self.evidence.check = REGISTER
        row = self.store.row(said.position) if said.position < position else None
        sealed = dict(_sealed_places(row)).get(said.path) if row else None
        if sealed != said.digest:
            place = f"{said.position} {said.path}"
            self.find(
                at(position), NOT_SEALED, f"{place} {said.digest}", f"{place} {sealed or '-'}"
            )
        if self.store.disclosure(said.digest) is not None:
            self.find(at(position), STILL_THERE, "", said.digest)

    def _disclosures_too_many(self) -> None:
        """Report texts that no entry calls for; looked for only where there are too many."""
        self.evidence.check = REGISTER
        count = self.store.db.execute("SELECT count(*) FROM disclosures").fetchone()[0]
        if count == self._disclosed:
            return
        rows = self.store.db.execute("SELECT digest, position FROM disclosures ORDER BY position")
        for digest, position in rows:
            row = self.store.row(position)
            kind = self._kinds.get((row.type, row.version)) if row else _Kind()
            event = self._event(kind, row, read_envelope(row.entry)) if row and kind else None
            sealed = digests(plain(event)) if event is not None else ()
            if kind and kind.installed and digest not in sealed:
                what = Words("没有记录封存过的原文", "a text that this entry does not seal")
                self.find(at(position), what, "", digest)

    def _note_unread(self) -> None:
        if self._unknown:
            names = ", ".join(sorted(map(str, self._unknown)))
            self.note(
                f"未安装的事件类型，未查其编号：{names}",
                f"types not installed, their ids not checked: {names}",
            )
        if self._unread:
            where = ", ".join(map(str, self._unread[:10]))
            self.note(
                f"无法按其类型读取的记录：{where}", f"entries that their type cannot read: {where}"
            )

    # Hashes and tiles.

    def _hashes(self, leaves: list[bytes]) -> None:
        """Grow the tree by a run of leaves, and compare the tiles that they complete."""
        tiles, self._frontier = extend(self.size, self._frontier, leaves)
        self._leaves(leaves)
        for (level, index), hashes in tiles.items():
            if len(hashes) == TILE_WIDTH * HASH_SIZE:
                self._compare(level, index, hashes)
        self.size += len(leaves)

    def _leaves(self, leaves: list[bytes]) -> None:
        """Compare leaf hashes with the level-0 tiles; which of the two is wrong is seen at the end."""
        for unlike in unlike_leaves(self.size, leaves, partial(self._stored, 0)):
            if len(self._unlike) <= MOST:
                self._unlike.append(unlike)

    def _stored(self, level: int, index: int) -> bytes:
        sql = "SELECT hashes FROM tiles WHERE level = ? AND tile = ?"
        found = self.store.db.execute(sql, (level, index)).fetchone()
        return found[0] if found and isinstance(found[0], bytes) else b""

    def _compare(self, level: int, index: int, hashes: bytes) -> None:
        self.evidence.check = TREE
        stored = self._stored(level, index)
        if stored == hashes or (level == 0 and len(stored) == len(hashes)):
            return  # a level-0 tile of the right length is reported hash by hash
        what = Words("瓦片与其下的哈希不符", "the tile does not follow from what is below it")
        self.find(_tile(level, index), what, _digest_of(hashes), _digest_of(stored))

    def _last_tiles(self) -> None:
        """Compare the tiles at the right edge, which only the last entry has settled."""
        for level, hashes in self._frontier.items():
            self._compare(level, self.size >> (TILE_HEIGHT * (level + 1)), hashes)

    def _tiles_too_many(self) -> None:
        """Report tiles that a tree of this size does not have; looked for only where there are."""
        self.evidence.check = TREE
        expected = sum(1 for _ in all_tiles(self.size))
        if self.store.db.execute("SELECT count(*) FROM tiles").fetchone()[0] == expected:
            return
        what = Words("树中没有这一瓦片", "the tree has no such tile")
        for level, index in self.store.db.execute("SELECT level, tile FROM tiles"):
            hashes = self.size >> (TILE_HEIGHT * level) if level >= 0 else 0
            if not 0 <= index * TILE_WIDTH < hashes:
                self.find(_tile(level, index), what)

    def blame(self, signed: Checkpoint | None) -> None:
        """Say of each hash that differs whether entry or tile is wrong: the signed root knows."""
        entries_stand = signed is not None and signed.root == self.root
        for position, stored, computed in self._unlike:
            self.evidence.check = TREE if entries_stand else ENTRIES
            if entries_stand:
                what = Words(
                    f"第 {position} 条的哈希不符", f"the hash of position {position} is wrong"
                )
                self.find(_tile(0, position // TILE_WIDTH), what, computed.hex(), stored.hex())
            else:
                what = Words(
                    "记录的字节不是当初写入的", "the bytes are not those that were recorded"
                )
                self.find(at(position), what, stored.hex(), computed.hex())


def _until(rows: Mapping[Any, int | None], key: Any) -> str:
    return f"until {rows[key]}" if key in rows else "-"


def _digest_of(hashes: bytes) -> str:
    return f"{len(hashes) // HASH_SIZE} hashes, {leaf_hash(hashes).hex()[:16]}…" if hashes else "-"
