"""The auditor: re-derives everything from the stored bytes and reports what does not follow.

    bytes ──▶ leaf hashes ──▶ tiles ──▶ root ──▶ the signed checkpoint, the guard
      └────▶ every column beside them, the register, the disclosures' digests, the views

It never imports the writer, and trusts no column, tile or view: each is compared with what the
entries' bytes say. It reports evidence, not a verdict alone: where, what was expected, what was
found. Everything streams; memory does not grow with the log.
"""

import base64
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import msgspec
from attrs import field, frozen, mutable

from lianjian.core.checkpoint import Checkpoint, open_checkpoint
from lianjian.core.errors import LianjianError, LogDamaged, Words
from lianjian.core.event import (
    EventType,
    disclosure_digest,
    event_type,
    open_disclosure,
    read_envelope,
)
from lianjian.core.guard import Guard
from lianjian.core.indicator import Family
from lianjian.core.records import Records
from lianjian.core.replay import differences
from lianjian.core.shapes import New, digests, kind_of, mentions, plain, sealed_fields
from lianjian.core.store import SCHEMA, EntryRow, Store, connect
from lianjian.core.tree import (
    EMPTY_ROOT,
    HASH_SIZE,
    TILE_WIDTH,
    Frontier,
    all_tiles,
    extend,
    frontier_root,
    leaf_hash,
    root,
)

RUN = 1024  # entries hashed in one go: four level-0 tiles, measured to be long enough
MOST = 100  # findings kept; a log that was rewritten would have one for each entry


@frozen
class Finding:
    """One thing that does not follow: its place, what is wrong, what was expected and found."""

    place: Words
    what: Words
    expected: str = ""
    found: str = ""


@frozen
class Report:
    """What a verification saw.

    `size` and `root` are those of the tree over the entries' bytes. `checked` says what was
    compared, `notes` what could not be or deserves attention; with no `findings` all is well.
    """

    size: int
    root: bytes
    findings: tuple[Finding, ...]
    checked: tuple[Words, ...]
    notes: tuple[Words, ...]


Progress = Callable[[int], None]


def verify(
    records: Records, families: Sequence[Family], progress: Progress | None = None
) -> Report:
    """Verify a records folder: the log, its signatures and guard, and its views.

    A damaged file is a finding, not an exception. Raises LogMissing where there is no log.
    """
    audit = _Audit(records, {event_type(e).name: event_type(e) for f in families for e in f.events})
    try:
        with Store.open(records.log) as store:
            audit.log(store, progress)
            audit.views(store, families)
    except LogDamaged as error:
        audit.find(LOG, Words(error.message("zh"), error.message("en")))
    except sqlite3.DatabaseError as error:
        audit.find(LOG, Words("数据库文件损坏", "the database file is damaged"), found=str(error))
    if audit.more:
        audit.notes.append(Words(f"另有 {audit.more} 处未列出", f"{audit.more} more not listed"))
    return Report(
        audit.size, audit.root, tuple(audit.findings), tuple(audit.checked), tuple(audit.notes)
    )


LOG = Words("log.db", "log.db")


def _at(position: int) -> Words:
    return Words(f"第 {position} 条", f"position {position}")


@mutable
class _Audit:
    """One verification under way."""

    records: Records
    types: Mapping[str, EventType]
    size: int = 0
    root: bytes = EMPTY_ROOT
    findings: list[Finding] = field(factory=list)
    checked: list[Words] = field(factory=list)
    notes: list[Words] = field(factory=list)
    more: int = 0
    signed: Checkpoint | None = None

    def find(self, place: Words, what: Words, expected: object = "", found: object = "") -> None:
        """Add a finding, up to a limit."""
        if len(self.findings) < MOST:
            self.findings.append(Finding(place, what, str(expected), str(found)))
        else:
            self.more += 1

    # The log.

    def log(self, store: Store, progress: Progress | None) -> None:
        """Check everything in log.db, in one snapshot."""
        store.db.execute("BEGIN")
        self._schema(store)
        self.signed = self._signed(store)
        reading = _Reading(self, store)
        for rows in _runs(store):
            reading.take(rows)
            if progress:
                progress(reading.size)
        reading.finish()
        self.size, self.root = reading.size, frontier_root(reading.frontier)
        self._compare_root()
        self._guards(store)
        self.checked += [
            Words(f"{self.size} 条记录的字节与各列", f"bytes and columns of {self.size} entries"),
            Words("哈希树的全部瓦片与树根", "every tile of the hash tree, and its root"),
            Words("检查点签名、守护文件", "the checkpoint's signature, and the guard"),
            Words(
                "编号登记、更正与作废、封存字段", "the register of ids, corrections, sealed fields"
            ),
        ]

    def _schema(self, store: Store) -> None:
        with closing(sqlite3.connect(":memory:")) as fresh:
            fresh.executescript(SCHEMA)
            expected = _schema_of(fresh)
        found = _schema_of(store.db)
        for name in sorted(expected.keys() | found.keys()):
            if expected.get(name) != found.get(name):
                what = Words("数据库结构被改动", "the database's schema was changed")
                shown = found.get(name, Words("无", "nothing"))
                self.find(
                    Words(f"结构 {name}", f"schema {name}"), what, expected.get(name, ""), shown
                )
        for (line,) in store.db.execute("PRAGMA integrity_check(5)"):
            if line != "ok":
                self.find(LOG, Words("数据库文件损坏", "the database file is damaged"), "ok", line)

    def _signed(self, store: Store) -> Checkpoint | None:
        place = Words("检查点", "checkpoint")
        rows = store.db.execute("SELECT one, size, note FROM checkpoint").fetchall()
        if len(rows) != 1:
            what = Words("没有已签署的检查点", "there is not one signed checkpoint")
            self.find(place, what, 1, len(rows))
            return None
        _, size, note = rows[0]
        try:
            key = self.records.verifier_key()
            signed = open_checkpoint(note, self.records.origin, key)
        except LianjianError as error:
            what = Words("检查点无法核验", "the checkpoint does not verify")
            self.find(place, what, found=error)
            return None
        if signed.size != size:
            what = Words("检查点的条数列不符", "the checkpoint's size column is wrong")
            self.find(place, what, signed.size, size)
        return signed

    def _compare_root(self) -> None:
        signed, place = self.signed, Words("检查点", "checkpoint")
        if signed is None:
            return
        if signed.size != self.size:
            what = Words(
                "条数与已签署的不符", "the log does not have as many entries as were signed"
            )
            self.find(place, what, signed.size, self.size)
        elif signed.root != self.root:
            what = Words("树根与已签署的不符", "the root is not the one that was signed")
            self.find(place, what, _b64(signed.root), _b64(self.root))

    def _guards(self, store: Store) -> None:
        """Compare the log with what was signed earlier, as the files beside it remember."""
        guards = [(self.records.guard, True)]
        with suppress(LianjianError):
            guards.append((self.records.guard_copy(), False))
        for guard, own in guards:
            self._guard(store, guard, own=own)
        path = self.records.checkpoint
        if path.exists():
            try:
                note = path.read_bytes()
                held = open_checkpoint(note, self.records.origin, self.records.verifier_key())
            except (OSError, LianjianError) as error:
                what = Words("检查点文件无法核验", "the file checkpoint does not verify")
                self.find(_file(path), what, found=error)
            else:
                self._extends(store, held, _file(path))

    def _guard(self, store: Store, guard: Guard, *, own: bool) -> None:
        place = _file(guard.path)
        try:
            held = guard.read()
            if held:
                open_checkpoint(held.note, self.records.origin, self.records.verifier_key())
        except (OSError, LianjianError) as error:
            self.find(place, Words("守护文件无法核验", "the guard does not verify"), found=error)
            return
        if held:
            self._extends(store, held.checkpoint, place)
        elif own:
            self.notes.append(
                Words("没有守护文件，无从比对先前签署的内容", "there is no guard to compare with")
            )

    def _extends(self, store: Store, held: Checkpoint, place: Words) -> None:
        if held.size > self.size:
            what = Words("日志比已签署的短", "the log is shorter than what was signed")
            self.find(place, what, held.size, self.size)
            return
        try:
            found = root(held.size, store) if held.size < self.size else self.root
        except LianjianError:
            return  # a broken tile, which is a finding already
        if found != held.root:
            what = Words(
                f"前 {held.size} 条不是当时签署的", f"the first {held.size} are not what was signed"
            )
            self.find(place, what, _b64(held.root), _b64(found))

    # The views.

    def views(self, store: Store, families: Sequence[Family]) -> None:
        """Check that every fact row follows from the log; views that are not there are fine."""
        path = self.records.views
        if not path.exists():
            self.notes.append(
                Words("没有 views.db，读取时自动重建", "no views.db: it is made when read")
            )
            return
        count = 0
        try:
            with closing(connect(path, read_only=True)) as db:
                for line in db.execute("PRAGMA quick_check(1)"):
                    if line[0] != "ok":
                        raise sqlite3.DatabaseError(line[0])
                for d in differences(db, store, families):
                    count += 1
                    place = Words(
                        f"{d.table} 第 {d.position} 条", f"{d.table} position {d.position}"
                    )
                    what = Words("事实行与日志不符", "a fact row does not follow from the log")
                    self.find(place, what, d.expected, d.found)
                    if count >= MOST:
                        break
        except sqlite3.DatabaseError as error:
            what = Words(
                "无法读取；删除即可，会自动重建", "cannot be read; delete it, it is made again"
            )
            self.find(_file(path), what, found=error)
            return
        self.checked.append(
            Words(f"{len(families)} 个指标族的事实行", f"the fact rows of {len(families)} families")
        )


def _schema_of(db: sqlite3.Connection) -> dict[str, str]:
    sql = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
    return dict(db.execute(sql).fetchall())


def _runs(store: Store) -> Iterator[list[EntryRow]]:
    """Yield the entries as they stand in the table, in runs; positions are checked, not assumed."""
    cursor = store.db.execute(
        "SELECT position, id, type, version, recordedat, replaces, batch, entry "
        "FROM entries ORDER BY position"
    )
    while rows := cursor.fetchmany(RUN):
        yield [EntryRow._make(r) for r in rows]


class _Reading:
    """The pass over all entries: hashes them up, and checks what stands beside them."""

    def __init__(self, audit: _Audit, store: Store) -> None:
        self.audit = audit
        self.store = store
        self.size = 0
        self.frontier: Frontier = {}
        self.last = ""
        self.unlike: list[tuple[int, bytes, bytes]] = []
        self.registered = 0
        self.disclosed = 0
        self.unknown: Counter[str] = Counter()
        self.unreadable: list[int] = []
        self.readers: dict[tuple[str, int], Any] = {}

    def take(self, rows: list[EntryRow]) -> None:
        """Take the next run of entries."""
        leaves = []
        for row in rows:
            expected = self.size + len(leaves)
            if row.position != expected:
                what = Words("位置有缺口", "there is a gap in the positions")
                self.audit.find(_at(row.position), what, expected, row.position)
            leaves.append(leaf_hash(row.entry))
            self._columns(row)
        tiles, self.frontier = extend(self.size, self.frontier, leaves)
        self._compare_leaves(leaves)
        for (level, index), hashes in tiles.items():
            if len(hashes) == TILE_WIDTH * HASH_SIZE:
                self._compare_tile(level, index, hashes)
        self.size += len(leaves)

    def _columns(self, row: EntryRow) -> None:
        find, here = self.audit.find, _at
        try:
            envelope = read_envelope(row.entry)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            what = Words("字节不是合格的 CloudEvents", "the bytes are no proper CloudEvents object")
            find(here(row.position), what, found=error)
            return
        stated = (
            envelope.id,
            envelope.type,
            envelope.dataversion,
            envelope.recordedat,
            envelope.batch or None,
        )
        beside = (row.id, row.type, row.version, row.recordedat, row.batch)
        if stated != beside:
            for name, a, b in zip(
                ("id", "type", "version", "recordedat", "batch"), stated, beside, strict=True
            ):
                if a != b:
                    what = Words(
                        f"{name} 列与字节不符", f"the column {name} is not what the bytes say"
                    )
                    find(here(row.position), what, a, b)
        if envelope.recordedat < self.last:
            what = Words("录入时间倒退", "the recording time goes back")
            find(here(row.position), what, f">= {self.last}", envelope.recordedat)
        self.last = max(self.last, envelope.recordedat)
        if envelope.source != self.audit.records.origin:
            what = Words("source 不是本日志", "the source is not this log")
            find(here(row.position), what, self.audit.records.origin, envelope.source)
        if envelope.replaces or row.replaces is not None:
            self._replaces(row, envelope.replaces)
        self._data(row)

    def _replaces(self, row: EntryRow, target_id: str) -> None:
        """Check that an entry supersedes what its bytes name: an earlier one, and it alone does."""
        sql = "SELECT position, type FROM entries WHERE id = ?"
        found = self.store.db.execute(sql, (target_id,)).fetchone()
        target, type_ = found or (None, "")
        what = Words("replaces 列与字节不符", "the column replaces is not what the bytes say")
        if target != row.replaces or target is None:
            self.audit.find(_at(row.position), what, target, row.replaces)
            return
        if target >= row.position or type_ == "voided" or (row.type not in ("voided", type_)):
            what = Words("取代了不可取代的记录", "it replaces what it cannot replace")
            self.audit.find(_at(row.position), what, f"< {row.position}", target)
        count = self.store.db.execute(
            "SELECT count(*) FROM entries WHERE replaces = ?", (target,)
        ).fetchone()[0]
        if count != 1:
            what = Words("同一记录被取代多次", "the same entry is replaced more than once")
            self.audit.find(_at(target), what, 1, count)

    def _data(self, row: EntryRow) -> None:
        """Check the register rows and disclosures that an entry's data call for."""
        key = row.type, row.version
        if key not in self.readers:
            self.readers[key] = self._reader(row)
        reader = self.readers[key]
        if reader is None:
            return
        try:
            event = reader(row.entry).data
        except (msgspec.MsgspecError, LianjianError, ValueError, TypeError):
            self.unreadable.append(row.position)
            return
        until = self.store.superseded_by(row.position)
        for mark, texts in mentions(type(event)):
            if isinstance(mark, New):
                for text in texts(event):
                    self._register_row(kind_of(mark, event), text, row.position, until)
        if sealed_fields(type(event)):
            for digest in digests(plain(event)):
                self._disclosure(digest, row.position)

    def _reader(self, row: EntryRow) -> Any:
        """Return how to read the data of such entries, None where nothing hangs on them."""
        type_ = self.audit.types.get(row.type)
        if type_ is None:
            self.unknown[row.type] += 0
            return None
        marks = any(isinstance(mark, New) for mark, _ in mentions(type_.cls))
        if not marks and not sealed_fields(type_.cls):
            return None
        try:
            return type_.reader(row.version)
        except LianjianError:
            self.unknown[f"{row.type} {row.version}"] += 0
            return None

    def _register_row(self, kind: str, id_: str, position: int, until: int | None) -> None:
        self.registered += 1
        sql = "SELECT until FROM register WHERE kind = ? AND id = ? AND position = ?"
        found = self.store.db.execute(sql, (kind, id_, position)).fetchone()
        if found is None or found[0] != until:
            what = Words(f"编号登记不符：{kind} {id_}", f"the register is wrong about {kind} {id_}")
            shown = found[0] if found else Words("无此行", "no such row")
            self.audit.find(_at(position), what, f"until {until}", shown)

    def _disclosure(self, digest: str, position: int) -> None:
        sql = "SELECT position, disclosure FROM disclosures WHERE digest = ?"
        found = self.store.db.execute(sql, (digest,)).fetchone()
        if found is None:
            what = Words("封存字段的原文缺失", "the text behind a sealed field is missing")
            self.audit.find(_at(position), what, digest, "")
            return
        self.disclosed += 1
        at, disclosure = found
        try:
            open_disclosure(disclosure)
            opens = disclosure_digest(disclosure) == digest
        except (ValueError, TypeError):
            opens = False
        if not opens or at != position:
            what = Words(
                "封存字段的原文与摘要不符", "a sealed field's text does not open its digest"
            )
            self.audit.find(_at(position), what, digest, f"{at}: {disclosure[:20]}")

    # Tiles.

    def _compare_leaves(self, leaves: list[bytes]) -> None:
        """Compare leaf hashes with the level-0 tiles; which of the two is wrong is seen at the end."""
        first = self.size // TILE_WIDTH
        last = (self.size + len(leaves) - 1) // TILE_WIDTH
        for index in range(first, last + 1):
            stored = self._stored(0, index)
            begin = index * TILE_WIDTH
            low, high = max(begin, self.size), min(begin + TILE_WIDTH, self.size + len(leaves))
            ours = b"".join(leaves[low - self.size : high - self.size])
            theirs = stored[(low - begin) * HASH_SIZE : (high - begin) * HASH_SIZE]
            if ours == theirs:
                continue
            for i in range(high - low):
                part = slice(i * HASH_SIZE, (i + 1) * HASH_SIZE)
                if ours[part] != theirs[part] and len(self.unlike) <= MOST:
                    self.unlike.append((low + i, theirs[part], ours[part]))

    def _stored(self, level: int, index: int) -> bytes:
        sql = "SELECT hashes FROM tiles WHERE level = ? AND tile = ?"
        found = self.store.db.execute(sql, (level, index)).fetchone()
        return bytes(found[0]) if found else b""

    def _compare_tile(self, level: int, index: int, hashes: bytes) -> None:
        stored = self._stored(level, index)
        if stored == hashes or (level == 0 and len(stored) == len(hashes)):
            return  # a level-0 tile of the right length is reported hash by hash
        what = Words("瓦片与其下的哈希不符", "the tile does not follow from what is below it")
        place = Words(f"瓦片 {level}/{index}", f"tile {level}/{index}")
        self.audit.find(place, what, _digest_of(hashes), _digest_of(stored))

    def finish(self) -> None:
        """Check what can only be said at the end: frontier, counts, and who is wrong where hashes differ."""
        for level, hashes in self.frontier.items():
            index = self.size >> (8 * (level + 1))
            stored = self._stored(level, index)
            if stored != hashes and not (level == 0 and len(stored) == len(hashes)):
                what = Words(
                    "瓦片与其下的哈希不符", "the tile does not follow from what is below it"
                )
                place = Words(f"瓦片 {level}/{index}", f"tile {level}/{index}")
                self.audit.find(place, what, _digest_of(hashes), _digest_of(stored))
        self._blame()
        self._count("tiles", sum(1 for _ in all_tiles(self.size)))
        unknown = ", ".join(f"'{t.split()[0]}'" for t in self.unknown)
        installed = (
            f"WHERE position NOT IN (SELECT position FROM entries WHERE type IN ({unknown}))"
        )
        where = installed if unknown else ""
        self._count("register", self.registered + self._skipped("register"), where)
        self._count("disclosures", self.disclosed + self._skipped("disclosures"), where)
        distinct = self._one("SELECT count(DISTINCT id) FROM entries")
        if distinct != self.size:
            what = Words("事件编号重复", "event ids are not unique")
            self.audit.find(LOG, what, self.size, distinct)
        self._note_unread()

    def _skipped(self, table: str) -> int:
        """Return how many rows hang on entries that could not be read, and so were not checked."""
        positions = ", ".join(map(str, self.unreadable))
        return self._one(f"SELECT count(*) FROM {table} WHERE position IN ({positions})")

    def _one(self, sql: str) -> int:
        return int(self.store.db.execute(sql).fetchone()[0])

    def _count(self, table: str, expected: int, where: str = "") -> None:
        found = self._one(f"SELECT count(*) FROM {table} {where}")
        if found != expected:
            what = Words(
                f"表 {table} 行数不符", f"the table {table} has not as many rows as it should"
            )
            self.audit.find(LOG, what, expected, found)

    def _blame(self) -> None:
        """Say of each hash that differs whether the entry or the tile is wrong: the signed root knows."""
        signed = self.audit.signed
        entries_stand = signed and signed.root == frontier_root(self.frontier)
        for position, stored, computed in self.unlike:
            if entries_stand:
                index = position // TILE_WIDTH
                place = Words(f"瓦片 0/{index}", f"tile 0/{index}")
                what = Words(
                    f"第 {position} 条的哈希不符", f"the hash of position {position} is wrong"
                )
                self.audit.find(place, what, computed.hex(), stored.hex())
            else:
                what = Words(
                    "记录的字节不是当初写入的", "the bytes are not those that were recorded"
                )
                self.audit.find(_at(position), what, stored.hex(), computed.hex())

    def _note_unread(self) -> None:
        if self.unknown:
            names = ", ".join(self.unknown)
            self.audit.notes.append(
                Words(
                    f"未安装的事件类型，未查其编号：{names}",
                    f"types not installed, their ids not checked: {names}",
                )
            )
        if self.unreadable:
            at = ", ".join(map(str, self.unreadable[:10]))
            self.audit.notes.append(
                Words(f"无法按其类型读取的记录：{at}", f"entries that their type cannot read: {at}")
            )


def _b64(hash_: bytes) -> str:
    return base64.b64encode(hash_).decode()


def _digest_of(hashes: bytes) -> str:
    return f"{len(hashes) // HASH_SIZE} hashes, {leaf_hash(hashes).hex()[:16]}…" if hashes else "-"


def _file(path: Path) -> Words:
    return Words(str(path), str(path))
